/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"

struct help_args {
	bool man;
	const char *const *words;
	const struct command *command; /* that the words name */
};

/** Not a command, but a manual page. */
static bool is_topology(const char *const *words)
{
	return words[0] && text_equal(words[0], "topology") && !words[1];
}

static int help_check(void *data, struct ncrun_error *err)
{
	struct help_args *args = data;
	size_t used;
	int r;

	if (args->man && args->words[0] && !is_topology(args->words))
		return error_set(err, EINVAL,
				 "--man is for all of ncrun, or for 'topology': not with '%s'",
				 args->words[0]);
	if (args->man)
		return 0;
	if (is_topology(args->words))
		return error_set(err, EINVAL,
				 "'topology' is no command, but has a manual page (try: ncrun help "
				 "--man topology | man -l -)");
	r = command_find(args->words, &args->command, &used, err);
	if (r == 0 && args->words[used])
		return error_set(err, EINVAL, "unexpected argument '%s'", args->words[used]);
	return r;
}

static int help_run(const struct cli *cli __attribute__((unused)), void *data,
		    struct ncrun_error *err)
{
	const struct help_args *args = data;
	_cleanup_text_ struct text out = {0};
	int r = 0;

	if (args->man && is_topology(args->words))
		r = man_topology(&out, err);
	else if (args->man)
		man_page(&out);
	else
		help_command(&out, args->command);
	if (r == 0)
		text_print(&out);
	return r;
}

static const struct option options[] = {
	{
		.name = "man",
		.help = "the manual page ncrun(1), or with 'topology' ncrun-topology(5), as roff",
		OPTION_FLAG(struct help_args, man),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "COMMAND",
		.help = "a command, or a group and a command: rootfs import",
		.kind = ARGUMENT_ANY,
		.completes = COMPLETES_COMMAND,
		ARGUMENTS_AT(struct help_args, words),
	},
	{0},
};

static const char *const description[] = {
	"Show all commands, or all about one of them.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun help rootfs import", "one command"},
	{"ncrun help --man | man -l -", "the whole manual"},
	{"ncrun help --man topology | man -l -", "the format of topology files"},
	{0},
};

const struct command cmd_help = {
	.name = "help",
	.summary = "show this text, or all about a command",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct help_args),
	.check = help_check,
	.run = help_run,
};
