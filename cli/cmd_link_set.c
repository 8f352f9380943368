/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network_target.h"
#include "cli/output.h"

struct set_args {
	bool out, in;
	const char *target;
	const char *const *words;
};

static int set_check(void *data, struct ncrun_error *err)
{
	const struct set_args *args = data;

	if (args->out && args->in)
		return error_set(err, EINVAL,
				 "--out and --in together are both directions, as without them");
	return 0;
}

static int set_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_text_ struct text options = {0};
	const struct set_args *args = data;
	enum ncrun_direction direction = args->out  ? NCRUN_DIRECTION_OUT
					 : args->in ? NCRUN_DIRECTION_IN
						    : NCRUN_DIRECTION_BOTH;
	int r = link_options(args->words, &options, err);

	if (r == 0)
		r = network_target_open(cli, args->target, true, &target, err);
	if (r == 0)
		r = ncrun_link_set(target.network, target.name, direction, text_string(&options),
				   err);
	return r;
}

static const struct option options[] = {
	{
		.name = "out",
		.letter = 'o',
		.help = "only what leaves the end that is named",
		.fallback = "both directions",
		OPTION_FLAG(struct set_args, out),
	},
	{
		.name = "in",
		.letter = 'i',
		.help = "only what comes to it",
		OPTION_FLAG(struct set_args, in),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK/NODE[:IF]",
		.help = "an end of the link; the interface can be left out if the node has one only",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct set_args, target),
	},
	{
		.name = "KEY=VALUE",
		.help = "a key of links in topology files: delay, jitter, loss, duplicate, corrupt, "
			"reorder, rate, mtu, address, ...; impair=none takes all impairments away",
		.kind = ARGUMENT_MANY,
		ARGUMENTS_AT(struct set_args, words),
	},
	{0},
};

static const char *const description[] = {
	"Change a link in place: packets that wait in its queues stay there. What is not named stays as it "
	"is. Impairments and the MTU are of both directions or of one; all else is of the end that is "
	"named.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun link set lab/web delay=20ms jitter=5ms loss=0.1%", "worse, both ways"},
	{"ncrun link set --out lab/web:eth0 rate=1mbit", "a slow way up"},
	{"ncrun link set lab/web impair=none", "as good as new"},
	{"ncrun link set lab/web 'loss={gilbert: [1%, 20%]}'", "bursts of loss"},
	{0},
};

const struct command cmd_link_set = {
	.name = "link set",
	.summary = "change a link: delay, loss, rate, MTU and more",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct set_args),
	.check = set_check,
	.run = set_run,
};

/* ---- link up, link down ----------------------------------------------------------------- */

struct up_args {
	const char *const *targets;
};

static int up_check(void *data, struct ncrun_error *err)
{
	int r = 0;

	for (const char *const *t = ((const struct up_args *)data)->targets; r == 0 && *t; t++)
		r = network_target_check(*t, err);
	return r;
}

/* All of them, even if one fails. */
static int targets_each(const struct cli *cli, const char *const *targets,
			int (*each)(const struct network_target *target, struct ncrun_error *err))
{
	int status = 0;

	for (; *targets; targets++) {
		_cleanup_network_target_ struct network_target target = {.network = NULL};
		struct ncrun_error err = {0};
		int r = network_target_open(cli, *targets, true, &target, &err);

		if (r == 0)
			r = each(&target, &err);
		if (r < 0) {
			complain(cli->command->name, "%s", err.message);
			status = CLI_FAILED;
		}
	}
	return status;
}

static int up_each(const struct network_target *target, struct ncrun_error *err)
{
	return ncrun_link_set_up(target->network, target->name, true, err);
}

static int down_each(const struct network_target *target, struct ncrun_error *err)
{
	return ncrun_link_set_up(target->network, target->name, false, err);
}

static int rm_each(const struct network_target *target, struct ncrun_error *err)
{
	return ncrun_link_remove(target->network, target->name, err);
}

static int up_run(const struct cli *cli, void *data,
		  struct ncrun_error *err __attribute__((unused)))
{
	return targets_each(cli, ((const struct up_args *)data)->targets, up_each);
}

static int down_run(const struct cli *cli, void *data,
		    struct ncrun_error *err __attribute__((unused)))
{
	return targets_each(cli, ((const struct up_args *)data)->targets, down_each);
}

static int rm_run(const struct cli *cli, void *data,
		  struct ncrun_error *err __attribute__((unused)))
{
	return targets_each(cli, ((const struct up_args *)data)->targets, rm_each);
}

static const struct argument up_arguments[] = {
	{
		.name = "NETWORK/NODE[:IF]",
		.help = "an end of a link; the interface can be left out if the node has one only",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_NODE,
		ARGUMENTS_AT(struct up_args, targets),
	},
	{0},
};

static const char *const up_description[] = {
	"Take ends of links up. Their addresses and routes are given to them again.",
	NULL,
};

static const char *const down_description[] = {
	"Take ends of links down, as if the cable were pulled: the other end loses its carrier.",
	NULL,
};

static const char *const rm_description[] = {
	"Remove links, with both ends. Routes that ncrun has computed are computed anew.",
	NULL,
};

static const struct example down_examples[] = {
	{"ncrun link down lab/web && sleep 5 && ncrun link up lab/web",
	 "five seconds without a network"},
	{0},
};

const struct command cmd_link_up = {
	.name = "link up",
	.summary = "take ends of links up",
	.description = up_description,
	.arguments = up_arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct up_args),
	.check = up_check,
	.run = up_run,
};

const struct command cmd_link_down = {
	.name = "link down",
	.summary = "take ends of links down",
	.description = down_description,
	.arguments = up_arguments,
	.examples = down_examples,
	.exits = cli_exits,
	.args_size = sizeof(struct up_args),
	.check = up_check,
	.run = down_run,
};

const struct command cmd_link_rm = {
	.name = "link rm",
	.summary = "remove links",
	.description = rm_description,
	.arguments = up_arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct up_args),
	.check = up_check,
	.run = rm_run,
};

/* ---- link add --------------------------------------------------------------------------- */

struct add_args {
	const char *target, *other;
	const char *const *words;
};

static int add_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_text_ struct text keys = {0};
	const struct add_args *args = data;
	int r = link_options(args->words, &keys, err);

	if (r == 0)
		r = network_target_open(cli, args->target, true, &target, err);
	if (r == 0)
		r = ncrun_link_add(target.network, target.name, args->other, text_string(&keys),
				   err);
	return r;
}

static const struct argument add_arguments[] = {
	{
		.name = "NETWORK/NODE[:IF]",
		.help = "one end, and the name of its interface",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct add_args, target),
	},
	{
		.name = "NODE[:IF]",
		.help = "the other one, a node of the same network",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_PEER,
		ARGUMENT_AT(struct add_args, other),
	},
	{
		.name = "KEY=VALUE",
		.help = "a key of links in topology files: address, mtu, delay and more",
		.kind = ARGUMENT_ANY,
		ARGUMENTS_AT(struct add_args, words),
	},
	{0},
};

static const char *const add_description[] = {
	"Wire two nodes that run. What is not given is assigned as in a file: names, addresses, routes.",
	NULL,
};

static const struct example add_examples[] = {
	{"ncrun link add lab/web:eth1 backup delay=5ms", "a second way"},
	{0},
};

const struct command cmd_link_add = {
	.name = "link add",
	.summary = "wire two nodes that run",
	.description = add_description,
	.arguments = add_arguments,
	.examples = add_examples,
	.exits = cli_exits,
	.args_size = sizeof(struct add_args),
	.run = add_run,
};
