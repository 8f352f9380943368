/* SPDX-License-Identifier: Apache-2.0 */

/* What inspect shows of a switch. */

#include <json-c/json_tokener.h>
#include <json-c/linkhash.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/links.h"
#include "cli/output.h"

/* ---- options ---------------------------------------------------------------------------- */

struct json_object *options_of(const struct neighbourhood *around, const char *name)
{
	_cleanup_free_ char *text = NULL;

	if (ncrun_topology_node_options(ncrun_network_topology(around->network), name, &text,
					NULL) < 0)
		return NULL;
	return json_tokener_parse(text);
}

void print_options(struct text *out, struct json_object *options)
{
	if (!options)
		return;
	json_object_object_foreach(options, key, value)
	{
		const char *text = json_object_get_string(value);

		if (text_equal(key, "kind"))
			continue;
		text_printf(out, "%s%s: ", out->length ? ", " : "", key);
		text_append_escaped(out, text, strlen(text));
	}
}

/* ---- a switch --------------------------------------------------------------------------- */

static void print_stations(struct text *out, const struct ncrun_station *stations, size_t count)
{
	_cleanup_table_ struct table table = {
		.headings = {"PORT", "MAC", "WHOSE", "VLAN", "IDLE"},
		.right = 1u << 3 | 1u << 4,
	};

	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ struct text idle = {0};

		table_add(&table, stations[i].port);
		table_add(&table, stations[i].mac);
		if (stations[i].node)
			table_addf(&table, "%s:%s", stations[i].node, stations[i].interface);
		else
			table_add(&table, "-");
		if (stations[i].vlan)
			table_addf(&table, "%u", stations[i].vlan);
		else
			table_add(&table, "-");
		print_duration(&idle, (int64_t)stations[i].idle_ms * 1000000);
		table_add(&table, text_string(&idle));
	}
	table_print(&table, out);
}

static struct json_object *json_from_stations(const struct ncrun_station *stations, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_new_object();

		json_put_text(item, "mac", stations[i].mac);
		json_put_text(item, "port", stations[i].port);
		json_put_text(item, "node", stations[i].node);
		json_put_text(item, "interface", stations[i].interface);
		if (stations[i].vlan)
			json_put_number(item, "vlan", stations[i].vlan);
		else
			json_put_text(item, "vlan", NULL);
		json_put_number(item, "idle_ms", (int64_t)stations[i].idle_ms);
		json_object_array_add(array, item);
	}
	return array;
}

struct json_object *json_from_switch(const struct neighbourhood *around, const char *name)
{
	struct json_object *object = json_object_new_object();

	json_put_text(object, "name", name);
	json_put_text(object, "network", ncrun_network_name(around->network));
	json_put_text(object, "kind", "switch");
	json_object_object_add(object, "options", options_of(around, name));
	return object;
}

static void describe_switch(struct text *out, const struct neighbourhood *around, const char *name)
{
	_cleanup_json_ struct json_object *options = options_of(around, name);
	_cleanup_text_ struct text said = {0};

	text_printf(out, "%-14s%s/%s\n", "node", ncrun_network_name(around->network), name);
	put(out, "kind", "switch");
	print_options(&said, options);
	if (said.length > 0)
		put_text(out, "options", &said);
}

int inspect_switch(struct inspection *inspection, const struct neighbourhood *around,
		   const char *name, struct ncrun_error *err)
{
	_cleanup_free_ struct ncrun_station *stations = NULL;
	struct ncrun_link *links = NULL;
	size_t link_count = 0, station_count = 0;
	int r = ncrun_station_list(around->network, name, &stations, &station_count, err);

	if (r == 0)
		r = ncrun_link_list(around->network, name, &links, &link_count, err);
	if (r < 0)
		return r;
	if (inspection->array) {
		struct json_object *object = json_from_switch(around, name);

		json_object_object_add(object, "links", json_from_links(links, link_count));
		json_object_object_add(object, "stations",
				       json_from_stations(stations, station_count));
		json_object_array_add(inspection->array, object);
	} else {
		inspection_separate(inspection);
		describe_switch(inspection->out, around, name);
		text_append_char(inspection->out, '\n');
		print_links(inspection->out, links, link_count, name);
		text_append_char(inspection->out, '\n');
		print_stations(inspection->out, stations, station_count);
	}
	ncrun_link_list_free(links, link_count);
	return 0;
}
