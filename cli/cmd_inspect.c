/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/foreground.h"
#include "cli/inspect.h"
#include "cli/nodes.h"
#include "cli/output.h"

struct inspect_args {
	bool json;
	bool security;
	const char *const *names;
};

void inspection_separate(struct inspection *inspection)
{
	if (inspection->out->length > 0)
		text_append_char(inspection->out, '\n');
}

/** "NETWORK/SWITCH"; 1 = it is none. */
static int try_switch(struct inspection *inspection, const char *name, struct ncrun_error *err)
{
	_cleanup_(neighbourhood_done) struct neighbourhood around = {.count = 0};
	const char *slash = strchr(name, '/');
	_cleanup_free_ char *network = strndup(name, slash ? (size_t)(slash - name) : 0);
	const struct ncrun_topology_node *node;

	if (!network)
		return error_errno(err, "read '%s'", name);
	if (!slash || neighbourhood_open(inspection->cli, network, &around, NULL) < 0)
		return 1;
	node = neighbourhood_find(&around, slash + 1);
	if (!node || !text_equal(node->kind, "switch"))
		return 1;
	return inspect_switch(inspection, &around, node->name, err);
}

static int try_network(struct inspection *inspection, const char *name, struct ncrun_error *err)
{
	_cleanup_(neighbourhood_done) struct neighbourhood around = {.count = 0};
	int r = neighbourhood_open(inspection->cli, name, &around, err);

	return r < 0 ? r : inspect_network(inspection, &around, err);
}

static int inspect_each(struct ncrun_container *container, const char *name __attribute__((unused)),
			void *data, struct ncrun_error *err)
{
	return inspect_node(data, container, err);
}

/** 0, CLI_FAILED when that has been reported, or a negative errno. */
static int inspect(struct inspection *inspection, const char *name, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	const char *const names[] = {name, NULL};
	_cleanup_(strings_freep) char **all = NULL;
	struct ncrun_error other = {0};
	int r = ncrun_container_open(&inspection->cli->context, name, &container, err);

	if (r == 0)
		return inspect_node(inspection, container, err);
	if (strchr(name, '/')) {
		int tried = try_switch(inspection, name, &other);

		if (tried == 1)
			return r;
		if (tried < 0)
			*err = other;
		return tried;
	}
	if (r != -ENOENT)
		return r;
	r = try_network(inspection, name, err);
	if (r != -ENOENT)
		return r;
	/* nodes may be in a network that no file made */
	r = nodes_expand(inspection->cli, names, &all, err);
	if (r == 0 && (!all || text_equal(all[0], name)))
		return error_set(err, ENOENT, "no node '%s', and no network", name);
	return r < 0 ? r : nodes_each(inspection->cli, names, inspect_each, inspection);
}

static int inspect_run(const struct cli *cli, void *data,
		       struct ncrun_error *err __attribute__((unused)))
{
	const struct inspect_args *args = data;
	_cleanup_json_ struct json_object *array = args->json ? json_object_new_array() : NULL;
	_cleanup_text_ struct text out = {0};
	struct inspection inspection = {.cli = cli, .array = array, .out = &out};
	int status = 0;

	if (args->security)
		status = nodes_each(cli, args->names, inspect_security, &inspection);
	else
		uplink_list_look(cli, &inspection.uplinks);
	for (const char *const *name = args->names; !args->security && *name; name++) {
		struct ncrun_error failed = {0};
		int r = inspect(&inspection, *name, &failed);

		if (r < 0)
			complain(cli->command->name, "%s", failed.message);
		if (r != 0)
			status = CLI_FAILED;
	}
	uplink_list_done(&inspection.uplinks);
	if (array)
		json_show(array);
	else
		text_print(&out);
	return status;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "all of it, as a list in JSON",
		OPTION_FLAG(struct inspect_args, json),
	},
	{
		.name = "security",
		.help = "what confines a node that runs, as the kernel has it, and what differs from a "
			"node without options",
		OPTION_FLAG(struct inspect_args, security),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node, NETWORK/NODE (or a switch there), or NETWORK for the whole",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct inspect_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Show all that is known of nodes: what runs, since when, with which rights, and how it ended; and "
	"of those in a network its links, with addresses and impairments. Of a switch: its ports, and "
	"behind which of them it has seen whom. Of a network: its state, nodes, switches, links, uplinks, "
	"published ports and partition. A node of its own goes before a network of the same name.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun inspect lab", "the network"},
	{"ncrun inspect lab/lan", "a switch: ports, and MAC addresses"},
	{"ncrun inspect --security lab/web", "what it may do, and what is unusual in that"},
	{"ncrun inspect --json lab | jq -r '.[].nodes[].name'", "names of all nodes"},
	{0},
};

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "show all that is known of a node or a network",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct inspect_args),
	.run = inspect_run,
};
