/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/networks.h"
#include "cli/output.h"

struct down_args {
	uint64_t grace_ms;
	bool grace_given;
	bool all;
	const char *const *names;
};

static int set_grace(void *data, const char *value, struct ncrun_error *err)
{
	struct down_args *args = data;

	args->grace_given = true;
	return duration_parse("--grace", value, &args->grace_ms, err);
}

static uint64_t grace(const struct down_args *args)
{
	return args->grace_given ? args->grace_ms : UINT64_MAX;
}

/* By name, or by the file that it was made from. */
static int down_one(const struct cli *cli, const struct down_args *args, const char *name,
		    struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	bool file = access(name, F_OK) == 0;
	struct ncrun_error ignored = {0};
	int r = ncrun_network_down(&cli->context, name, grace(args), err);

	if (r != -ENOENT && !(r == -EINVAL && file))
		return r;
	if (!file)
		return r;
	if (ncrun_topology_load(name, NCRUN_TOPOLOGY_GUESS, NULL, NULL, &topology, &ignored) < 0)
		return r;
	if (!ncrun_topology_name(topology))
		return error_set(err, EINVAL, "file '%s' names no network", name);
	return ncrun_network_down(&cli->context, ncrun_topology_name(topology), grace(args), err);
}

static int down_each(const struct cli *cli, const struct down_args *args, const char *name)
{
	struct ncrun_error err = {0};

	if (down_one(cli, args, name, &err) == 0)
		return 0;
	complain(cli->command->name, "%s", err.message);
	return CLI_FAILED;
}

static int down_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct down_args *args = data;
	_cleanup_free_ struct ncrun_network_info *infos = NULL;
	size_t count = 0;
	int status = 0, r;

	for (const char *const *name = args->names; name && *name; name++)
		if (down_each(cli, args, *name) != 0)
			status = CLI_FAILED;
	if (!args->all)
		return status;
	r = ncrun_network_list(&cli->context, &infos, &count, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		if (down_each(cli, args, infos[i].name) != 0)
			status = CLI_FAILED;
	return status;
}

static int down_check(void *data, struct ncrun_error *err)
{
	const struct down_args *args = data;
	bool named = args->names && args->names[0];

	if (named == args->all)
		return error_set(err, EINVAL,
				 named ? "--all contradicts a name" : "name a network, or --all");
	return 0;
}

static const struct option options[] = {
	{
		.name = "grace",
		.value = "TIME",
		.help = "from the stop signal to KILL; 0 kills at once",
		.fallback = "the nodes' own, 2s",
		OPTION_CALL(set_grace),
	},
	{
		.name = "all",
		.letter = 'a',
		.help = "all networks",
		OPTION_FLAG(struct down_args, all),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK|FILE",
		.help = "name of a network, or the file that it was made from",
		.kind = ARGUMENT_ANY,
		.completes = COMPLETES_NETWORK,
		ARGUMENTS_AT(struct down_args, names),
	},
	{0},
};

static const char *const description[] = {
	"End all nodes of a network, those that joined it too, and remove everything of it.",
	NULL,
};

const struct command cmd_down = {
	.name = "down",
	.summary = "end a network, and remove all of it",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct down_args),
	.check = down_check,
	.run = down_run,
};
