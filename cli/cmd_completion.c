/* SPDX-License-Identifier: Apache-2.0 */

#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"

struct completion_args {
	const char *shell;
	struct text script;
};

static int completion_check(void *data, struct ncrun_error *err)
{
	struct completion_args *args = data;

	return completion_script(&args->script, args->shell, err);
}

static int completion_run(const struct cli *cli __attribute__((unused)), void *data,
			  struct ncrun_error *err __attribute__((unused)))
{
	text_print(&((struct completion_args *)data)->script);
	return 0;
}

static void completion_release(void *data)
{
	text_done(&((struct completion_args *)data)->script);
}

static const struct argument arguments[] = {
	{
		.name = "SHELL",
		.help = "bash, zsh or fish",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_CHOICE,
		.choices = completion_shells,
		ARGUMENT_AT(struct completion_args, shell),
	},
	{0},
};

static const char *const description[] = {
	"Print a script that makes a shell complete ncrun's commands, options, nodes and images.",
	NULL,
};

static const struct example examples[] = {
	{"source <(ncrun completion bash)", "for this shell"},
	{"ncrun completion zsh > ~/.zfunc/_ncrun", "for every zsh to come; ~/.zfunc is in fpath"},
	{"ncrun completion fish > ~/.config/fish/completions/ncrun.fish", "for every fish to come"},
	{0},
};

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print a completion script for a shell",
	.description = description,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct completion_args),
	.check = completion_check,
	.run = completion_run,
	.release = completion_release,
};
