/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The quick program: `ncrun node` and `ncrun exec` as a small static program.
 *
 * Theory of operation: starting a dynamic program of glibc costs as much as a
 * fifth of a whole node; a static one of musl costs next to nothing. But it cannot
 * load libraries. So the same sources are built twice. `ncrun` is the quick one,
 * `ncrun-full` has everything. Functions that need a library are not in the quick
 * program: the linker puts full_become() in their place (Makefile, QUICK_ABSENT),
 * which executes the full one with the same arguments. That is right because
 * libraries are only ever wanted before anything is made: for an image that is
 * not in the store, a filter that is not in the cache, a JSON file, names of
 * capabilities.
 */

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/quick/quick.h"

/* As they were: parsing takes them apart in place. */
static char **arguments;

const struct command *const cli_commands[] = {&cmd_node, &cmd_exec, NULL};

static void try_beside(const char *self, size_t directory, const char *name)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%.*s%s", (int)directory, self, name) <
	    sizeof(path))
		execv(path, arguments);
}

/* From where a node is being made, ncrun holds signals back: then it is too late to start over. */
static bool too_late(void)
{
	sigset_t blocked;

	return sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigismember(&blocked, SIGTERM) &&
	       sigismember(&blocked, SIGHUP);
}

void full_become(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert(!too_late());
	if (n > 0) {
		self[n] = '\0';
		n = strrchr(self, '/') - self;
		try_beside(self, (size_t)n, "/ncrun-full"); /* as it is built */
		try_beside(self, (size_t)n,
			   "/../libexec/ncrun/ncrun-full"); /* as it is installed */
	}
	execv(NCRUN_LIBEXECDIR "/ncrun/ncrun-full", arguments);
	fprintf(stderr, "ncrun: execute '%s/ncrun/ncrun-full': %s\n", NCRUN_LIBEXECDIR,
		strerror(errno));
	_exit(CLI_NOT_RUN);
}

/* Names of system calls are libseccomp's: a report without it gives numbers. */
char *compile_call_name(int number);

char *compile_call_name(int number)
{
	(void)number;
	return NULL;
}

/* What the profile "log" reports is read by people: they want the names. */
static bool reports_calls(char **argv)
{
	for (char **arg = argv; *arg; arg++)
		if (text_equal(*arg, "--seccomp=log") ||
		    (text_equal(*arg, "--seccomp") && arg[1] && text_equal(arg[1], "log")))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	arguments = strings_copy((const char *const *)argv);
	if (!arguments)
		return CLI_NOT_RUN;
	/* Without root, programs such as newuidmap help: that is the full one's business. */
	if (geteuid() != 0 || argc < 2 ||
	    (!text_equal(argv[1], "node") && !text_equal(argv[1], "exec")) || reports_calls(argv))
		full_become();
	return cli_main(argc, argv);
}
