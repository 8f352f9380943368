/* SPDX-License-Identifier: Apache-2.0 */

/* From a command line to a command, and from its result to an exit status. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include <ncrun/machine.h>

#include "base/error.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"

const char *command_word(const struct command *command)
{
	const char *blank = strrchr(command->name, ' ');

	return blank ? blank + 1 : command->name;
}

const struct command *command_child(const struct command *group, const char *word)
{
	for (const struct command *const *c = group->children; c && *c; c++)
		if (text_equal(command_word(*c), word))
			return *c;
	return NULL;
}

void commands_visit(void (*visit)(void *data, const struct command *command), void *data)
{
	visit(data, &cli_root);
	for (const struct command *const *c = cli_root.children; *c; c++) {
		visit(data, *c);
		/* groups hold commands, never groups */
		for (const struct command *const *d = (*c)->children; d && *d; d++)
			visit(data, *d);
	}
}

static int command_unknown(const struct command *group, const char *word, struct ncrun_error *err)
{
	const char *blank = group->name[0] ? " " : "";
	struct nearest nearest = {0};

	for (const struct command *const *c = group->children; *c; c++)
		nearest_consider(&nearest, word, command_word(*c));
	if (nearest.word)
		return error_set(err, EINVAL, "unknown command '%s%s%s' (did you mean '%s'?)",
				 group->name, blank, word, nearest.word);
	return error_set(err, EINVAL, "unknown command '%s%s%s' (see: ncrun help)", group->name,
			 blank, word);
}

int command_find(const char *const *words, const struct command **ret, size_t *ret_used,
		 struct ncrun_error *err)
{
	const struct command *command = &cli_root;
	size_t used = 0;

	while (command->children && words[used] && words[used][0] != '-') {
		const struct command *child = command_child(command, words[used]);

		if (!child)
			return command_unknown(command, words[used], err);
		command = child;
		used++;
	}

	*ret = command;
	*ret_used = used;
	return 0;
}

static int show_usage(const struct command *command)
{
	_cleanup_text_ struct text out = {0};

	help_usage(&out, command);
	text_printf(&out, "See: ncrun %s%s--help\n", command->name, command->name[0] ? " " : "");
	fputs(text_string(&out), stderr);
	return CLI_MISUSE;
}

static int show_help(const struct command *command)
{
	_cleanup_text_ struct text out = {0};

	help_command(&out, command);
	text_print(&out);
	return 0;
}

static int failure_status(const struct command *command, int r)
{
	if (!command->runs_program)
		return cli_status(r);
	if (r == -ENOEXEC)
		return CLI_NOT_EXEC;
	return r == -ESRCH ? CLI_NOT_FOUND : CLI_NOT_RUN;
}

static int run_command(struct cli *cli, char **argv)
{
	const struct command *command = cli->command;
	void *args = calloc(1, command->args_size > 0 ? command->args_size : 1);
	struct ncrun_error err = {0};
	int r;

	if (!args) {
		complain(command->name, "no memory for the command's options");
		return failure_status(command, -ENOMEM);
	}
	r = options_parse(command, argv, args, &err);
	if (r == 0 && command->check)
		r = command->check(args, &err);
	if (r == OPTIONS_HELP) {
		r = show_help(command);
	} else if (r < 0) {
		complain(command->name, "%s", err.message);
		r = CLI_MISUSE;
	} else if (!command->run) {
		r = show_usage(command);
	} else {
		r = command->run(cli, args, &err);
		if (r < 0) {
			complain(command->name, "%s%s", err.message,
				 err.code == ENOSYS && !strstr(err.message, "doctor")
					 ? " (see: ncrun doctor)"
					 : "");
			r = failure_status(command, r);
		}
	}
	options_release(command, args);
	free(args);
	return r;
}

/*
 * A caller may have closed standard streams: then the next file that we open would
 * be one, and our messages would go into it. Such a stream is held open in the wrong
 * direction, so that using it still fails.
 */
static void streams_ensure(void)
{
	struct pollfd streams[3] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};

	if (poll(streams, 3, 0) <= 0)
		return;
	for (int i = 0; i < 3; i++)
		if (streams[i].revents & POLLNVAL)
			(void)!open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY);
}

/** With the rights of another than its caller: a file that is setuid or setgid. */
static bool rights_are_lent(void)
{
	return getauxval(AT_UID) != getauxval(AT_EUID) || getauxval(AT_GID) != getauxval(AT_EGID);
}

int cli_main(int argc, char **argv)
{
	struct globals globals = {0};
	struct ncrun_error err = {0};
	struct cli cli = {.context = {.size = sizeof(cli.context), .notice = notice_print},
			  .command = &cli_root};
	size_t used = 0;
	int r;

	streams_ensure();
	if (rights_are_lent()) {
		complain("", "it does all that its caller says, and must not be setuid or setgid");
		return CLI_NOT_RUN;
	}
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, it would take the exit codes of our children */
	r = argc > 0 ? options_parse(&cli_root, argv + 1, &globals, &err) : 0;
	if (r == OPTIONS_HELP)
		return output_close(show_help(&cli_root), CLI_FAILED);
	if (r == 0 && globals.version) {
		printf("ncrun %s\n", ncrun_version());
		return output_close(0, CLI_FAILED);
	}
	if (r == 0 && (!globals.command || !globals.command[0]))
		return show_usage(&cli_root);
	if (r == 0)
		r = command_find(globals.command, &cli.command, &used, &err);
	if (r != 0) {
		complain("", "%s", err.message);
		return CLI_MISUSE;
	}
	log_enable_debug(globals.debug);
	cli.context.state_dir = globals.state_dir;
	cli.context.store_dir = globals.store_dir;

	r = run_command(&cli, (char **)globals.command + used);
	return output_close(r, failure_status(cli.command, -EIO));
}
