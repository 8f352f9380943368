/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncrun/container.h>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/networks.h"
#include "cli/nodes.h"
#include "cli/output.h"
#include "cli/uplinks.h"

struct list_args {
	bool all;
	bool json;
	bool names;
	bool networks;
	const char *network; /* of ps: only its nodes */
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

static void add_row(struct table *table, const struct ncrun_container_info *info,
		    const struct uplink_list *uplinks)
{
	_cleanup_text_ struct text name = {0}, state = {0}, since = {0}, command = {0},
				   services = {0};
	int64_t ended_at = node_ended_at(info), now = clock_wall_ns();

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
	/* of an idle node what is kept alive in it, by name */
	for (size_t i = 1; command.length == 0 && i < info->service_count; i++)
		text_printf(&services, "%s%s", i > 1 ? ", " : "", info->services[i].name);
	if (services.length > 0)
		text_printf(&command, "(%s)", text_string(&services));

	table_add(table, text_string(&name));
	table_add(table, text_string(&state));
	if (info->pid > 0)
		table_addf(table, "%d", (int)info->pid);
	else
		table_add(table, "-");
	table_add(table, text_string(&since));
	table_add(table, info->rootfs ? info->rootfs : "");
	table_add(table, command.length > 0 ? text_string(&command) : "-");
	if (uplink_list_publishes(uplinks)) {
		_cleanup_text_ struct text ports = {0};

		print_ports(&ports, uplink_list_find(uplinks, info));
		table_add(table, text_string(&ports));
	}
}

static bool wanted(const struct list_args *args, const struct ncrun_container_info *info)
{
	return !args->network || text_equal(info->network, args->network);
}

/* NULL: one that went away while we looked is not there to be shown. */
static int look(const struct list_args *args, struct ncrun_container *container,
		const struct ncrun_container_info **ret, struct ncrun_error *err)
{
	const struct ncrun_container_info *info = NULL;
	int r = ncrun_container_info(container, &info, err);

	*ret = r == 0 && wanted(args, info) ? info : NULL;
	return r == -ENOENT ? 0 : r;
}

static int show_table(const struct list_args *args, const struct container_list *list,
		      const struct uplink_list *uplinks, struct ncrun_error *err)
{
	_cleanup_table_ struct table table = {
		.headings = {"NODE", "STATE", "PID", "TIME", "ROOTFS", "COMMAND",
			     uplink_list_publishes(uplinks) ? "PORTS" : NULL},
		.right = 1u << 2,
	};
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_container_info *info;
		int r = look(args, list->items[i], &info, err);

		if (r < 0)
			return r;
		if (info)
			add_row(&table, info, uplinks);
	}
	table_print(&table, &out);
	text_print(&out);
	return 0;
}

static int show_names(const struct list_args *args, const struct container_list *list,
		      struct ncrun_error *err)
{
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_container_info *info;
		int r = look(args, list->items[i], &info, err);

		if (r < 0)
			return r;
		if (!info)
			continue;
		print_node_name(&out, info);
		text_append_char(&out, '\n');
	}
	text_print(&out);
	return 0;
}

static int show_json(const struct list_args *args, const struct container_list *list,
		     const struct uplink_list *uplinks, struct ncrun_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_container_info *info;
		struct json_object *entry;
		int r = look(args, list->items[i], &info, err);

		if (r < 0)
			return r;
		if (!info)
			continue;
		entry = json_from_container(info);
		json_put_uplink(entry, uplink_list_find(uplinks, info));
		json_object_array_add(array, entry);
	}
	json_show(array);
	return 0;
}

static int nodes_show(const struct cli *cli, const struct list_args *args, struct ncrun_error *err)
{
	_cleanup_(container_list_done) struct container_list list = {0};
	_cleanup_uplink_list_ struct uplink_list uplinks = {0};
	int r = ncrun_container_list(&cli->context, args->all, &list.items, &list.count, err);

	if (r < 0)
		return r;
	if (args->names)
		return show_names(args, &list, err);
	uplink_list_look(cli, &uplinks);
	return args->json ? show_json(args, &list, &uplinks, err)
			  : show_table(args, &list, &uplinks, err);
}

static int list_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct list_args *args = data;
	int r;

	if (args->networks) {
		r = networks_show(cli, args->json, args->names, false, err);
		return r < 0 ? r : 0;
	}
	if (!args->json && !args->names) {
		r = networks_show(cli, false, false, true, err);
		if (r < 0)
			return r;
		if (r > 0)
			printf("\n");
	}
	return nodes_show(cli, args, err);
}

static int ps_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct list_args *args = data;
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	int r = args->network && !text_equal(args->network, "default")
			? ncrun_network_open(&cli->context, args->network, &network, err)
			: 0;

	return r < 0 ? r : nodes_show(cli, args, err);
}

#define NODE_OPTIONS                                                             \
	{                                                                        \
		.name = "all",                                                   \
		.letter = 'a',                                                   \
		.help = "also nodes that have ended",                            \
		OPTION_FLAG(struct list_args, all),                              \
	},                                                                       \
		{                                                                \
			.name = "json",                                          \
			.help = "a list of what inspect shows of each, as JSON", \
			OPTION_FLAG(struct list_args, json),                     \
		},                                                               \
	{                                                                        \
		.name = "names", .help = "names only, one a line",               \
		OPTION_FLAG(struct list_args, names),                            \
	}

static const struct option list_options[] = {
	NODE_OPTIONS,
	{
		.name = "networks",
		.help = "the networks instead of the nodes",
		OPTION_FLAG(struct list_args, networks),
	},
	{0},
};

static const struct option ps_options[] = {NODE_OPTIONS, {0}};

static const struct argument ps_arguments[] = {
	{
		.name = "NETWORK",
		.help = "only its nodes",
		.kind = ARGUMENT_OPTIONAL,
		.completes = COMPLETES_NETWORK,
		ARGUMENT_AT(struct list_args, network),
	},
	{0},
};

static const char *const list_description[] = {
	"List the networks, and the nodes that run. TIME is how long; of a node that has ended, how "
	"long ago. A network that is 'broken' is one whose ncrun was killed while it changed it: "
	"whoever changes it next, and clean, take back a link's change or a node that joined; else "
	"up with the same file mends it, down and clean remove it.",
	NULL,
};

static const char *const ps_description[] = {
	"List the nodes that run, of all networks or of one. TIME is how long; of a node that has "
	"ended, how long ago.",
	NULL,
};

const struct command cmd_list = {
	.name = "list",
	.summary = "list networks and nodes",
	.description = list_description,
	.options = list_options,
	.exits = cli_exits,
	.args_size = sizeof(struct list_args),
	.run = list_run,
};

const struct command cmd_ps = {
	.name = "ps",
	.summary = "list the nodes of a network",
	.description = ps_description,
	.options = ps_options,
	.arguments = ps_arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct list_args),
	.run = ps_run,
};
