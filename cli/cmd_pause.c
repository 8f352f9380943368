/* SPDX-License-Identifier: Apache-2.0 */

/* pause and resume */

#include <ncrun/resources.h>

#include "cli/commands.h"
#include "cli/nodes.h"

struct pause_args {
	const char *const *names;
};

static int pause_node(struct ncrun_container *container, const char *name __attribute__((unused)),
		      void *data __attribute__((unused)), struct ncrun_error *err)
{
	return ncrun_container_pause(container, err);
}

static int resume_node(struct ncrun_container *container, const char *name __attribute__((unused)),
		       void *data __attribute__((unused)), struct ncrun_error *err)
{
	return ncrun_container_resume(container, err);
}

static int pause_run(const struct cli *cli, void *data,
		     struct ncrun_error *err __attribute__((unused)))
{
	struct pause_args *args = data;

	return nodes_each(cli, args->names, pause_node, NULL);
}

static int resume_run(const struct cli *cli, void *data,
		      struct ncrun_error *err __attribute__((unused)))
{
	struct pause_args *args = data;

	return nodes_each(cli, args->names, resume_node, NULL);
}

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a running node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct pause_args, names),
	},
	{0},
};

static const char *const pause_description[] = {
	"Stop all processes of each node where they are: they get no time and hear of no signal, as "
	"on a machine that hangs. Its interfaces stay, and packets wait. A paused node can be stopped "
	"and removed.",
	NULL,
};

static const struct example pause_examples[] = {
	{"ncrun pause db && sleep 10 && ncrun resume db", "a database that hangs for ten seconds"},
	{0},
};

static const char *const resume_description[] = {
	"Let the processes of paused nodes go on.",
	NULL,
};

const struct command cmd_pause = {
	.name = "pause",
	.summary = "stop all processes of nodes where they are",
	.description = pause_description,
	.arguments = arguments,
	.examples = pause_examples,
	.exits = cli_exits,
	.args_size = sizeof(struct pause_args),
	.run = pause_run,
};

const struct command cmd_resume = {
	.name = "resume",
	.summary = "let paused nodes go on",
	.description = resume_description,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct pause_args),
	.run = resume_run,
};
