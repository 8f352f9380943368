/* SPDX-License-Identifier: Apache-2.0 */

#include <ncrun/container.h>

#include "base/number.h"
#include "cli/commands.h"
#include "cli/nodes.h"

struct stop_args {
	uint64_t grace_ms;
	bool grace_given;
	const char *const *names;
};

static int set_grace(void *data, const char *value, struct ncrun_error *err)
{
	struct stop_args *args = data;

	args->grace_given = true;
	return duration_parse("--grace", value, &args->grace_ms, err);
}

static int stop(struct ncrun_container *container, const char *name __attribute__((unused)),
		void *data, struct ncrun_error *err)
{
	const struct stop_args *args = data;

	return ncrun_container_stop(container, args->grace_given ? args->grace_ms : UINT64_MAX,
				    err);
}

static int stop_run(const struct cli *cli, void *data,
		    struct ncrun_error *err __attribute__((unused)))
{
	struct stop_args *args = data;

	return nodes_each(cli, args->names, stop, args);
}

static const struct option options[] = {
	{
		.name = "grace",
		.value = "TIME",
		.help = "from the stop signal to KILL; 0 kills at once",
		.fallback = "the node's own, see node --stop-grace",
		OPTION_CALL(set_grace),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct stop_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Ask the main command of each node to end, and end the whole node by KILL if it does not. A "
	"node that has ended already is no error.",
	NULL,
};

const struct command cmd_stop = {
	.name = "stop",
	.summary = "end nodes in good order",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct stop_args),
	.run = stop_run,
};
