/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/networks.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "cli/output.h"

const char *network_state_name(enum ncrun_network_state state)
{
	static const char *const names[] = {
		[NCRUN_NETWORK_UP] = "up",
		[NCRUN_NETWORK_CHANGING] = "changing",
		[NCRUN_NETWORK_BROKEN] = "broken",
	};

	return names[state];
}

static void show_table(const struct ncrun_network_info *infos, size_t count)
{
	_cleanup_table_ struct table table = {
		.headings = {"NETWORK", "STATE", "NODES", "RUNNING", "SWITCHES", "LINKS", "TIME"},
		.right = 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5,
	};
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < count; i++) {
		_cleanup_text_ struct text since = {0};

		print_duration(&since, clock_wall_ns() - infos[i].started_at_ns);
		table_add(&table, infos[i].name);
		table_add(&table, network_state_name(infos[i].state));
		table_addf(&table, "%u", infos[i].nodes);
		table_addf(&table, "%u", infos[i].running);
		table_addf(&table, "%u", infos[i].switches);
		table_addf(&table, "%u", infos[i].links);
		table_add(&table, text_string(&since));
	}
	table_print(&table, &out);
	text_print(&out);
}

static void show_json(const struct ncrun_network_info *infos, size_t count)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *entry = json_object_new_object();

		json_put_text(entry, "name", infos[i].name);
		json_put_text(entry, "state", network_state_name(infos[i].state));
		json_put_number(entry, "nodes", infos[i].nodes);
		json_put_number(entry, "running", infos[i].running);
		json_put_number(entry, "switches", infos[i].switches);
		json_put_number(entry, "links", infos[i].links);
		json_put_time(entry, "started_at", infos[i].started_at_ns);
		json_object_array_add(array, entry);
	}
	json_show(array);
}

int networks_show(const struct cli *cli, bool json, bool names, bool none, struct ncrun_error *err)
{
	_cleanup_free_ struct ncrun_network_info *infos = NULL;
	_cleanup_text_ struct text out = {0};
	size_t count = 0;
	int r = ncrun_network_list(&cli->context, &infos, &count, err);

	if (r < 0 || (none && count == 0))
		return r;
	if (json) {
		show_json(infos, count);
	} else if (names) {
		for (size_t i = 0; i < count; i++)
			text_printf(&out, "%s\n", infos[i].name);
		text_print(&out);
	} else {
		show_table(infos, count);
	}
	return count > 0;
}

/* ---- partitions ------------------------------------------------------------------------- */

void print_groups(struct text *out, char *const *groups, uint64_t packets)
{
	if (!groups[0]) {
		text_append(out, "whole");
		return;
	}
	for (char *const *group = groups; *group; group++)
		text_printf(out, "%s%s", group == groups ? "" : " / ", *group);
	text_append(out, groups[1] ? ": " : " / all others: ");
	print_count(out, packets, "packet");
	text_append(out, " dropped");
}

static struct json_object *json_from_names(const char *names)
{
	struct json_object *list = json_object_new_array();

	while (*names) {
		size_t length = strcspn(names, ",");

		json_object_array_add(list, json_object_new_string_len(names, (int)length));
		names += length + (names[length] == ',');
	}
	return list;
}

struct json_object *json_from_groups(char *const *groups, uint64_t packets)
{
	struct json_object *object = json_object_new_object();
	struct json_object *lists = json_object_new_array();

	for (; *groups; groups++)
		json_object_array_add(lists, json_from_names(*groups));
	json_object_object_add(object, "groups", lists);
	json_put_number(object, "packets", (int64_t)packets);
	return object;
}

/* ---- files ------------------------------------------------------------------------------ */

void problem_print(void *data, const struct ncrun_problem *problem)
{
	struct problem_printer *printer = data;

	printer->count++;
	if (problem->line > 0)
		complain(printer->cli->command->name, "%s:%u:%u: %s", problem->source,
			 problem->line, problem->column, problem->text);
	else
		complain(printer->cli->command->name, "%s: %s", problem->source, problem->text);
}

int topology_open(const struct cli *cli, const char *path, struct ncrun_topology **ret,
		  struct ncrun_error *err)
{
	struct problem_printer printer = {.cli = cli};
	int r = ncrun_topology_load(path, NCRUN_TOPOLOGY_GUESS, problem_print, &printer, ret, err);

	return r < 0 && printer.count > 0 ? cli_status(r) : r;
}
