/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include <ncrun/container.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/environment.h"
#include "cli/exec_options.h"
#include "cli/foreground.h"

int exec_add_env(void *data, const char *value, struct ncrun_error *err)
{
	return environment_add(&((struct exec_args *)data)->env, value, err);
}

int exec_add_env_file(void *data, const char *value, struct ncrun_error *err)
{
	return environment_add_file(&((struct exec_args *)data)->env, value, err);
}

int exec_check(void *data, struct ncrun_error *err)
{
	struct exec_args *args = data;

	if (args->terminal && args->no_terminal)
		return error_set(err, EINVAL, "--terminal contradicts --no-terminal");

	args->spec.size = sizeof(args->spec);
	args->spec.argv = args->command;
	args->spec.groups = (const char *const *)args->groups;
	return 0;
}

void exec_release(void *data)
{
	struct exec_args *args = data;

	strings_free(args->env);
}

int exec_open(const struct cli *cli, const char *name, struct ncrun_container **ret,
	      struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	const struct ncrun_container_info *info = NULL;
	int r;

	r = node_open(cli, name, &container, err);
	if (r == 0)
		r = ncrun_container_info(container, &info, err);
	if (r < 0)
		return r;
	if (info && info->damage)
		return error_set(err, EBADMSG, "%s", info->damage);
	if (!info || info->state != NCRUN_CONTAINER_RUNNING)
		return error_set(err, EBUSY, "node '%s' does not run", name);

	*ret = take_ptr(container);
	return 0;
}

/* A node that ended meanwhile must not look like a command that is not there. */
static bool is_running(struct ncrun_container *container)
{
	const struct ncrun_container_info *info;

	return ncrun_container_info(container, &info, NULL) == 0 &&
	       info->state == NCRUN_CONTAINER_RUNNING;
}

static int exec_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_container_ struct ncrun_container *container = NULL;
	struct exec_args *args = data;
	struct ncrun_exit end = {0};
	int r;

	r = node_open(cli, args->node, &container, err);
	if (r < 0)
		return report_not_run(cli->command->name, err);
	if (terminal_wanted(args->terminal, args->no_terminal)) {
		args->spec.stdio = NCRUN_STDIO_TERMINAL;
		terminal_size(&args->spec.terminal_rows, &args->spec.terminal_columns);
	}
	r = environment_pass_sockets(&args->env, &args->spec.preserve_fds, err);
	if (r < 0)
		return r;
	args->spec.env = (const char *const *)args->env;
	r = ncrun_container_exec(container, &args->spec, &end, err);
	if (r == -ENOTCONN || (r == -ESRCH && !is_running(container)))
		return report_not_run(cli->command->name, err);
	return r < 0 ? r : report_end(cli->command->name, &end);
}

static const struct option options[] = {
	EXEC_OPTIONS,
	{
		.name = "terminal",
		.letter = 't',
		.help = "give the command a terminal of its own",
		.fallback = "if standard input and output are terminals",
		OPTION_FLAG(struct exec_args, terminal),
	},
	{
		.name = "no-terminal",
		.help = "pass standard input, output and error on as they are",
		OPTION_FLAG(struct exec_args, no_terminal),
	},
	{
		.name = "interactive",
		.letter = 'i',
		.help = "accepted for compatibility: input is always passed on",
		OPTION_FLAG(struct exec_args, interactive),
	},
	{
		.name = "timeout",
		.value = "TIME",
		.help = "end the command after so long; exit 124",
		OPTION_DURATION(struct exec_args, spec.timeout_ms),
	},
	{
		.name = "preserve-fd",
		.value = "N",
		.help = "descriptors 3 .. 2+N stay open in the command",
		.fallback = "0",
		OPTION_U32(struct exec_args, spec.preserve_fds, 0, 1000),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NODE",
		.help = "name of a running node, or NETWORK/NODE",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct exec_args, node),
	},
	{
		.name = "COMMAND",
		.help = "what to run in it",
		.kind = ARGUMENT_COMMAND,
		.required = true,
		ARGUMENTS_AT(struct exec_args, command),
	},
	{0},
};

static const char *const description[] = {
	"Run a further command in a running node. It gets the node's own capabilities, seccomp "
	"filter, masks and limits.",
	"Signals that ncrun gets are passed on to it. Only when ncrun is ended by KILL, "
	"the command runs on, until it or the node ends.",
	"What follows the first word of COMMAND belongs to it, options too.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun exec web ps", "what runs there"},
	{"ncrun exec -u postgres db psql -c 'select 1'", "as another user"},
	{0},
};

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run a further command in a running node",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_program_exits,
	.args_size = sizeof(struct exec_args),
	.check = exec_check,
	.run = exec_run,
	.release = exec_release,
	.runs_program = true,
};
