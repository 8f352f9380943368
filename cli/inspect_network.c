/* SPDX-License-Identifier: Apache-2.0 */

/* What inspect shows of a network. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/inspect.h"
#include "cli/links.h"
#include "cli/networks.h"
#include "cli/nodes.h"
#include "cli/output.h"

/* ---- the nodes of a network --------------------------------------------------------------- */

static bool is_switch(const struct ncrun_topology_node *node)
{
	return text_equal(node->kind, "switch");
}

/** struct members - containers of a network's nodes, side by side with those of its topology */
struct members {
	struct ncrun_container **items; /* owned; NULL of a switch, or of one that is not there */
	size_t count;
};

static void members_done(struct members *members)
{
	for (size_t i = 0; members->items && i < members->count; i++)
		ncrun_container_unref(members->items[i]);
	free(members->items);
}

static int members_open(const struct neighbourhood *around, struct members *ret,
			struct ncrun_error *err)
{
	ret->items = calloc(around->count + 1, sizeof(struct ncrun_container *));
	if (!ret->items)
		return error_errno(err, "make room for nodes");
	ret->count = around->count;
	for (size_t i = 0; i < around->count; i++)
		if (!is_switch(&around->nodes[i]))
			(void)ncrun_network_node(around->network, around->nodes[i].name,
						 &ret->items[i], NULL);
	return 0;
}

static const struct ncrun_container_info *member_info(const struct members *members, size_t i)
{
	const struct ncrun_container_info *info = NULL;

	if (!members->items[i] || ncrun_container_info(members->items[i], &info, NULL) < 0)
		return NULL;
	return info;
}

static void add_uplink(struct table *table, const struct ncrun_uplink *uplink)
{
	_cleanup_text_ struct text addresses = {0}, ports = {0};

	for (const char *const *ip = uplink && uplink->outside ? uplink->addresses : NULL;
	     ip && *ip; ip++)
		text_printf(&addresses, "%s%s", addresses.length ? " " : "", *ip);
	table_add(table, addresses.length ? text_string(&addresses) : "-");
	print_ports(&ports, uplink);
	table_add(table, text_string(&ports));
}

static void print_members(const struct inspection *inspection, const struct neighbourhood *around,
			  const struct members *members)
{
	_cleanup_table_ struct table table = {
		.headings = {"NODE", "KIND", "STATE", "PID", "UPLINK", "PORTS"},
		.right = 1u << 3,
	};

	for (size_t i = 0; i < around->count; i++) {
		const struct ncrun_container_info *info = member_info(members, i);
		_cleanup_text_ struct text state = {0};

		if (is_switch(&around->nodes[i]))
			continue;
		if (info)
			print_node_state(&state, info);
		table_add(&table, around->nodes[i].name);
		table_addf(&table, "%s%s", around->nodes[i].kind,
			   around->nodes[i].joined ? ", joined" : "");
		table_add(&table, info ? text_string(&state) : "missing");
		if (info && info->pid > 0)
			table_addf(&table, "%d", (int)info->pid);
		else
			table_add(&table, "-");
		add_uplink(&table, info ? uplink_list_find(&inspection->uplinks, info) : NULL);
	}
	table_print(&table, inspection->out);
}

static struct json_object *json_from_members(const struct inspection *inspection,
					     const struct neighbourhood *around,
					     const struct members *members)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < around->count; i++) {
		const struct ncrun_topology_node *node = &around->nodes[i];
		const struct ncrun_container_info *info = member_info(members, i);
		struct json_object *item;

		if (is_switch(node))
			continue;
		if (info) {
			item = json_from_member(inspection, info, node);
		} else {
			item = json_object_new_object();
			json_put_text(item, "name", node->name);
			json_put_text(item, "network", ncrun_network_name(around->network));
			json_put_text(item, "kind", node->kind);
			json_put_text(item, "state", "missing");
		}
		json_object_object_add(item, "options", options_of(around, node->name));
		json_object_array_add(array, item);
	}
	return array;
}

/* ---- its switches ------------------------------------------------------------------------- */

static void print_switches(struct text *out, const struct neighbourhood *around,
			   const struct ncrun_link *links, size_t link_count)
{
	_cleanup_table_ struct table table = {
		.headings = {"SWITCH", "PORTS", "OPTIONS"},
		.right = 1u << 1,
	};
	bool some = false;

	for (size_t i = 0; i < around->count; i++) {
		_cleanup_json_ struct json_object *options = NULL;
		_cleanup_text_ struct text said = {0};
		size_t ports = 0;

		if (!is_switch(&around->nodes[i]))
			continue;
		for (size_t link = 0; link < link_count; link++)
			for (int end = 0; end < 2 && links[link].ends[end].node; end++)
				ports += text_equal(links[link].ends[end].node,
						    around->nodes[i].name);
		options = options_of(around, around->nodes[i].name);
		print_options(&said, options);
		table_add(&table, around->nodes[i].name);
		table_addf(&table, "%zu", ports);
		table_add(&table, said.length ? text_string(&said) : "-");
		some = true;
	}
	if (!some)
		return;
	text_append_char(out, '\n');
	table_print(&table, out);
}

static struct json_object *json_from_switches(const struct neighbourhood *around)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < around->count; i++)
		if (is_switch(&around->nodes[i]))
			json_object_array_add(array,
					      json_from_switch(around, around->nodes[i].name));
	return array;
}

/* ---- the whole ----------------------------------------------------------------------------- */

/** struct whole - what is known of a network; owns it */
struct whole {
	struct ncrun_network_info info;
	struct members members;
	struct ncrun_link *links;
	size_t link_count;
	char **groups;
	uint64_t packets;
};

static void whole_done(struct whole *whole)
{
	members_done(&whole->members);
	ncrun_link_list_free(whole->links, whole->link_count);
	free(whole->groups);
}

static void describe_network(const struct inspection *inspection,
			     const struct neighbourhood *around, const struct whole *whole)
{
	_cleanup_text_ struct text started = {0}, counts = {0}, partition = {0};
	const struct ncrun_network_info *info = &whole->info;
	struct text *out = inspection->out;

	print_time(&started, info->started_at_ns);
	print_count(&counts, info->nodes, "node");
	text_printf(&counts, ", %" PRIu32 " running, %" PRIu32 " switch%s, ", info->running,
		    info->switches, info->switches == 1 ? "" : "es");
	print_count(&counts, info->links, "link");
	put(out, "network", info->name);
	put(out, "state", network_state_name(info->state));
	put_text(out, "started", &started);
	if (info->temporary)
		put(out, "ends", "with the ncrun that made it");
	put_text(out, "holds", &counts);
	if (whole->groups[0]) {
		print_groups(&partition, whole->groups, whole->packets);
		put_text(out, "partition", &partition);
	}
	text_append_char(out, '\n');
	print_members(inspection, around, &whole->members);
	print_switches(out, around, whole->links, whole->link_count);
	if (whole->link_count == 0)
		return;
	text_append_char(out, '\n');
	print_links(out, whole->links, whole->link_count, NULL);
}

static struct json_object *json_from_whole(const struct inspection *inspection,
					   const struct neighbourhood *around,
					   const struct whole *whole)
{
	struct json_object *object = json_object_new_object();

	json_put_text(object, "name", whole->info.name);
	json_put_text(object, "kind", "network");
	json_put_text(object, "state", network_state_name(whole->info.state));
	json_put_time(object, "started_at", whole->info.started_at_ns);
	json_put_flag(object, "temporary", whole->info.temporary);
	json_put_number(object, "running", whole->info.running);
	json_object_object_add(object, "partition",
			       json_from_groups(whole->groups, whole->packets));
	json_object_object_add(object, "nodes",
			       json_from_members(inspection, around, &whole->members));
	json_object_object_add(object, "switches", json_from_switches(around));
	json_object_object_add(object, "links", json_from_links(whole->links, whole->link_count));
	return object;
}

int inspect_network(struct inspection *inspection, const struct neighbourhood *around,
		    struct ncrun_error *err)
{
	_cleanup_(whole_done) struct whole whole = {.link_count = 0};
	int r = ncrun_network_info(around->network, &whole.info, err);

	if (r == 0)
		r = ncrun_network_groups(around->network, &whole.groups, &whole.packets, err);
	if (r == 0)
		r = ncrun_link_list(around->network, NULL, &whole.links, &whole.link_count, err);
	if (r == 0)
		r = members_open(around, &whole.members, err);
	if (r < 0)
		return r;
	if (inspection->array) {
		json_object_array_add(inspection->array,
				      json_from_whole(inspection, around, &whole));
	} else {
		inspection_separate(inspection);
		describe_network(inspection, around, &whole);
	}
	return 0;
}
