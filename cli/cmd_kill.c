/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include <ncrun/container.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/nodes.h"

struct kill_args {
	int signo;
	bool all;
	const char *const *names;
};

static int send_signal(struct ncrun_container *container, const char *name __attribute__((unused)),
		       void *data, struct ncrun_error *err)
{
	const struct kill_args *args = data;

	if (args->all)
		return ncrun_container_kill_all(container, err);
	return ncrun_container_kill(container, args->signo ? args->signo : SIGTERM, err);
}

static int kill_run(const struct cli *cli, void *data,
		    struct ncrun_error *err __attribute__((unused)))
{
	struct kill_args *args = data;

	return nodes_each(cli, args->names, send_signal, args);
}

static int kill_check(void *data, struct ncrun_error *err)
{
	const struct kill_args *args = data;

	if (args->all && args->signo != 0 && args->signo != SIGKILL)
		return error_set(err, EINVAL, "--all sends KILL, and no other signal");
	return 0;
}

static const struct option options[] = {
	{
		.name = "signal",
		.letter = 's',
		.value = "SIGNAL",
		.help = "name or number",
		.fallback = "TERM",
		OPTION_SIGNAL(struct kill_args, signo),
	},
	{
		.name = "all",
		.letter = 'a',
		.help = "end all processes of the node at once, its init too, with KILL",
		OPTION_FLAG(struct kill_args, all),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node, NETWORK/NODE, or NETWORK for all of its",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODES,
		ARGUMENTS_AT(struct kill_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Send a signal to the main command of each node.",
	"With --all, the kernel ends everything that is in the node's control group, "
	"what others have put there too, in one go.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun kill -s HUP web", "many servers read their configuration anew on HUP"},
	{"ncrun kill --all web", "nothing in it has a chance to go on"},
	{0},
};

const struct command cmd_kill = {
	.name = "kill",
	.summary = "send a signal to the main command of nodes",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct kill_args),
	.check = kill_check,
	.run = kill_run,
};
