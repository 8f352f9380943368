/* SPDX-License-Identifier: Apache-2.0 */

#include <ncrun/container.h>

#include "cli/commands.h"
#include "cli/nodes.h"

struct rm_args {
	bool force;
	const char *const *names;
};

static int forget(struct ncrun_container *container, const char *name __attribute__((unused)),
		  void *data, struct ncrun_error *err)
{
	return ncrun_container_remove(container, ((const struct rm_args *)data)->force, err);
}

static int rm_run(const struct cli *cli, void *data,
		  struct ncrun_error *err __attribute__((unused)))
{
	struct rm_args *args = data;

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
		.help = "name of a node, or NETWORK/NODE",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODE,
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
