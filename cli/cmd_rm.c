/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include <ncrun/container.h>
#include <ncrun/network.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/nodes.h"

struct rm_args {
	const struct cli *cli;
	bool force;
	const char *const *names;
};

static int forget(struct ncrun_container *container, const char *name __attribute__((unused)),
		  void *data, struct ncrun_error *err)
{
	const struct rm_args *args = data;
	const struct ncrun_container_info *info = NULL;
	_cleanup_free_ char *network = NULL, *node = NULL;
	int r = ncrun_container_info(container, &info, err);

	if (r < 0)
		return r;
	network = strdup(info->network);
	node = strdup(info->name);
	if (!network || !node)
		return error_errno(err, "make room for a name");
	r = ncrun_container_remove(container, args->force, err);
	return r < 0 ? r : ncrun_node_leave(&args->cli->context, network, node, err);
}

static int rm_run(const struct cli *cli, void *data,
		  struct ncrun_error *err __attribute__((unused)))
{
	struct rm_args *args = data;

	args->cli = cli;
	return nodes_each(cli, args->names, forget, args);
}

static const struct option options[] = {
	{
		.name = "force",
		.letter = 'f',
		.help = "end a node that runs",
		OPTION_FLAG(struct rm_args, force),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct rm_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Forget nodes that have ended: their exit status, their logs, their changes in memory.",
	NULL,
};

const struct command cmd_rm = {
	.name = "rm",
	.summary = "forget nodes that have ended",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct rm_args),
	.run = rm_run,
};
