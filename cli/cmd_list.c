/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include <ncrun/container.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/nodes.h"
#include "cli/output.h"

struct list_args {
	bool all;
	bool json;
	bool names;
};

/* For _cleanup_: a list and its length. */
struct container_list {
	struct ncrun_container **items;
	size_t count;
};

static void container_list_done(struct container_list *list)
{
	if (list->items)
		ncrun_container_list_free(list->items, list->count);
}

static void add_row(struct table *table, const struct ncrun_container_info *info)
{
	_cleanup_text_ struct text name = {0}, state = {0}, since = {0}, command = {0};
	int64_t ended_at = node_ended_at(info), now = time_now_ns();

	print_node_name(&name, info);
	print_node_state(&state, info);
	if (info->state == NCRUN_CONTAINER_RUNNING) {
		print_duration(&since, now - info->started_at_ns);
	} else if (ended_at > 0) {
		print_duration(&since, now - ended_at);
		text_append(&since, " ago");
	} else {
		text_append(&since, "-");
	}
	print_words(&command, info->argv);

	table_add(table, text_string(&name));
	table_add(table, text_string(&state));
	if (info->pid > 0)
		table_addf(table, "%d", (int)info->pid);
	else
		table_add(table, "-");
	table_add(table, text_string(&since));
	table_add(table, info->rootfs ? info->rootfs : "");
	table_add(table, command.length > 0 ? text_string(&command) : "-");
}

static int show_table(const struct container_list *list)
{
	_cleanup_table_ struct table table = {
		.headings = {"NODE", "STATE", "PID", "TIME", "ROOTFS", "COMMAND"},
		.right = 1u << 2,
	};
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_container_info *info;

		/* one that went away while we looked is not there to be shown */
		if (ncrun_container_info(list->items[i], &info, NULL) == 0)
			add_row(&table, info);
	}
	table_print(&table, &out);
	text_print(&out);
	return 0;
}

static int show_names(const struct container_list *list)
{
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_container_info *info;

		if (ncrun_container_info(list->items[i], &info, NULL) < 0)
			continue;
		print_node_name(&out, info);
		text_append_char(&out, '\n');
	}
	text_print(&out);
	return 0;
}

static int show_json(const struct container_list *list)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_container_info *info;

		if (ncrun_container_info(list->items[i], &info, NULL) == 0)
			json_object_array_add(array, json_from_container(info));
	}
	json_show(array);
	return 0;
}

static int list_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_(container_list_done) struct container_list list = {0};
	const struct list_args *args = data;
	int r;

	r = ncrun_container_list(&cli->context, args->all, &list.items, &list.count, err);
	if (r < 0)
		return r;
	if (args->json)
		return show_json(&list);
	return args->names ? show_names(&list) : show_table(&list);
}

static const struct option options[] = {
	{
		.name = "all",
		.letter = 'a',
		.help = "also nodes that have ended",
		OPTION_FLAG(struct list_args, all),
	},
	{
		.name = "json",
		.help = "a list of what inspect shows of each, as JSON",
		OPTION_FLAG(struct list_args, json),
	},
	{
		.name = "names",
		.help = "names only, one a line",
		OPTION_FLAG(struct list_args, names),
	},
	{0},
};

static const char *const description[] = {
	"List the nodes that run. TIME is how long; of a node that has ended, how long ago.",
	NULL,
};

const struct command cmd_list = {
	.name = "list",
	.summary = "list nodes",
	.description = description,
	.options = options,
	.exits = cli_exits,
	.args_size = sizeof(struct list_args),
	.run = list_run,
};
