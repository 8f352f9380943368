/* SPDX-License-Identifier: Apache-2.0 */

#include <ncrun/container.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/exec_options.h"
#include "cli/foreground.h"
#include "cli/output.h"

static const char *const yes_no_choices[] = {"yes", "no", NULL};

struct attach_args {
	const char *node;
	unsigned int detach_keys;
};

static int attach_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	const struct attach_args *args = data;
	struct ncrun_exit end = {0};
	bool detached = false;
	int r;

	r = exec_open(cli, args->node, &container, err);
	if (r == 0)
		r = ncrun_container_attach(container, args->detach_keys == 0, &detached, &end, err);
	if (r < 0)
		return report_not_run(cli->command->name, err);
	if (detached) {
		notice_print(NULL, "the node runs on (see: ncrun attach)");
		return 0;
	}
	return report_end(cli->command->name, &end);
}

static const struct option options[] = {
	{
		.name = "detach-keys",
		.value = "yes|no",
		.help = "leave the node alone on ^P^Q",
		.fallback = "yes",
		OPTION_CHOICE(struct attach_args, detach_keys, yes_no_choices),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "a node that was started with --detach --terminal",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct attach_args, node),
	},
	{0},
};

static const char *const description[] = {
	"Take the terminal of a detached node again, until its command ends or ^P^Q is typed.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun node --detach --terminal --name work --rootfs alpine -- sh", "a shell that stays"},
	{"ncrun attach work", "type into it"},
	{0},
};

const struct command cmd_attach = {
	.name = "attach",
	.summary = "take the terminal of a detached node",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_program_exits,
	.args_size = sizeof(struct attach_args),
	.run = attach_run,
	.runs_program = true,
};
