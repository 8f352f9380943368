/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ncrun/container.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/exec_options.h"
#include "cli/foreground.h"

#define SHELLS_MAX 4

/* The user's own kind of shell comes first; only its name counts inside a node. */
static void shells_to_try(const char *ret[SHELLS_MAX + 1])
{
	static const char *const known[] = {"bash", "ash", "sh"};
	const char *own = getenv("SHELL");
	const char *slash = own ? strrchr(own, '/') : NULL;
	size_t count = 0;

	if (slash && slash[1])
		ret[count++] = slash + 1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (count == 0 || strcmp(ret[0], known[i]) != 0)
			ret[count++] = known[i];
	ret[count] = NULL;
}

static int shell_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	const char *shells[SHELLS_MAX + 1];
	struct exec_args *args = data;
	struct ncrun_exit end = {0};
	int r;

	r = exec_open(cli, args->node, &container, err);
	if (r < 0)
		return report_not_run(cli->command->name, err);
	if (isatty(STDIN_FILENO)) {
		args->spec.stdio = NCRUN_STDIO_TERMINAL;
		terminal_size(&args->spec.terminal_rows, &args->spec.terminal_columns);
	}
	args->spec.env = (const char *const *)args->env;
	shells_to_try(shells);
	for (size_t i = 0; shells[i]; i++) {
		const char *argv[] = {shells[i], NULL};

		args->spec.argv = argv;
		r = ncrun_container_exec(container, &args->spec, &end, err);
		/* not found, or found and cannot run there: the next one may */
		if (r != -ESRCH && r != -ENOEXEC)
			return r < 0 ? r : report_end(cli->command->name, &end);
	}
	return error_set(err, -r, "node '%s' has no shell: neither %s%s%s nor sh can be run",
			 args->node, shells[0], shells[1] && shells[2] ? ", " : "",
			 shells[1] && shells[2] ? shells[1] : "");
}

static const struct option options[] = {EXEC_OPTIONS, {0}};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "name of a running node, or NETWORK/NODE",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct exec_args, node),
	},
	{0},
};

static const char *const description[] = {
	"Open a shell in a running node: the first of your own kind ($SHELL), bash, ash and sh that "
	"the node has.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun shell web", "look around in the node 'web'"},
	{"echo 'ls /' | ncrun shell web", "without a terminal, commands come from standard input"},
	{0},
};

const struct command cmd_shell = {
	.name = "shell",
	.summary = "open a shell in a running node",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_program_exits,
	.args_size = sizeof(struct exec_args),
	.check = exec_check,
	.run = shell_run,
	.release = exec_release,
	.runs_program = true,
};
