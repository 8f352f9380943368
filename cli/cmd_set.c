/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include <ncrun/resources.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/nodes.h"

struct set_args {
	bool force; /* first: an offset of 0 would mean that there are no limits */
	struct ncrun_limits limits;
	const char *const *names;
};

static int set_check(void *data, struct ncrun_error *err)
{
	const struct set_args *args = data;

	if (ncrun_limits_are_empty(&args->limits) && args->limits.device_count == 0)
		return error_set(err, EINVAL, "no limit is given (try --memory 128M)");
	return 0;
}

static int set_limits(struct ncrun_container *container, const char *name __attribute__((unused)),
		      void *data, struct ncrun_error *err)
{
	const struct set_args *args = data;

	return ncrun_container_set_limits(container, &args->limits, args->force, err);
}

static int set_run(const struct cli *cli, void *data,
		   struct ncrun_error *err __attribute__((unused)))
{
	struct set_args *args = data;

	return nodes_each(cli, args->names, set_limits, args);
}

static const struct option options[] = {
	{
		.name = "force",
		.letter = 'f',
		.help = "even below what is in use: the kernel reclaims memory, or kills",
		OPTION_FLAG(struct set_args, force),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a running node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct set_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Change limits of running nodes: those that are given, and no others. For each node, all of "
	"them are changed or none. \"max\" takes a limit away.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun set --memory 128M --cpus 0.5 web", "less for one node"},
	{"ncrun set --memory max web", "as much as there is"},
	{0},
};

const struct command cmd_set = {
	.name = "set",
	.summary = "change limits of running nodes",
	.description = description,
	.options = options,
	LIMITS_AT(struct set_args, limits),
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct set_args),
	.check = set_check,
	.run = set_run,
};
