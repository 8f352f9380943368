/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The quick program: `ncrun node` and `ncrun exec` as a small static program.
 *
 * Theory of operation: starting a dynamic program of glibc costs as much as a
 * fifth of a whole node; a static one of musl costs next to nothing. But it cannot
 * load libraries. So the same sources are built twice. `ncrun` is the quick one,
 * `ncrun-full` has everything. Functions that need a library are not in the quick
 * program: the linker puts full_become() in their place (quick.mk, QUICK_ABSENT),
 * which executes the full one with the same arguments. That is right because
 * libraries are only ever wanted before anything is made: for an image that is
 * not in the store, a filter that is not in the cache, a JSON file, names of
 * capabilities.
 *
 * `identify` and `version` are quick too, for the sake of nodes: a static program
 * starts in any of them, whatever C library the node's image has, or none.
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

#define INSTALLED NCRUN_LIBEXECDIR "/ncrun/ncrun-full"

/* As they were: parsing takes them apart in place. */
static char **arguments;

/* Whether signals were held back when we began: then that tells nothing of a node. */
static bool held_by_caller;

const struct command *const cli_commands[] = {&cmd_node, &cmd_exec, &cmd_identify, &cmd_version,
					      NULL};

/* Where the full program may be, and why the first that is there could not be executed. */
struct search {
	char found[PATH_MAX];
	int error;
};

static void try_at(struct search *search, const char *path)
{
	int error;

	execv(path, arguments);
	error = errno;
	if (search->found[0] || access(path, F_OK) < 0)
		return;
	search->error = error;
	snprintf(search->found, sizeof(search->found), "%s", path);
}

static void try_beside(struct search *search, const char *self, size_t directory, const char *name)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%.*s%s", (int)directory, self, name) <
	    sizeof(path))
		try_at(search, path);
}

static bool signals_held(void)
{
	sigset_t blocked;

	return sigprocmask(SIG_SETMASK, NULL, &blocked) == 0 && sigismember(&blocked, SIGTERM) &&
	       sigismember(&blocked, SIGHUP);
}

static void complain_of(const struct search *search)
{
	if (!search->found[0])
		fprintf(stderr, "ncrun: execute '%s': %s\n", INSTALLED, strerror(ENOENT));
	else if (search->error == ENOENT) /* of a file that is there: its loader is not */
		fprintf(stderr, "ncrun: execute '%s': the C library that it needs is not here\n",
			search->found);
	else
		fprintf(stderr, "ncrun: execute '%s': %s\n", search->found,
			strerror(search->error));
}

void full_become(void)
{
	struct search search = {0};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	/* From where a node is being made, ncrun holds signals back: too late to start over. */
	assert(held_by_caller || !signals_held());
	if (n > 0) {
		self[n] = '\0';
		n = strrchr(self, '/') - self;
		try_beside(&search, self, (size_t)n, "/ncrun-full"); /* as it is built */
		try_beside(&search, self, (size_t)n,
			   "/../libexec/ncrun/ncrun-full"); /* as it is installed */
	}
	try_at(&search, INSTALLED);
	complain_of(&search);
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

static bool is_quick(int argc, char **argv)
{
	if (argc < 2)
		return false;
	if (text_equal(argv[1], "identify") || text_equal(argv[1], "version") ||
	    text_equal(argv[1], "--version"))
		return true;
	/* Without root, programs such as newuidmap help: that is the full one's business. */
	return geteuid() == 0 && (text_equal(argv[1], "node") || text_equal(argv[1], "exec")) &&
	       !reports_calls(argv);
}

int main(int argc, char **argv)
{
	arguments = strings_copy((const char *const *)argv);
	if (!arguments) {
		fprintf(stderr, "ncrun: make room for the arguments: %s\n", strerror(errno));
		return CLI_NOT_RUN;
	}
	held_by_caller = signals_held();
	if (!is_quick(argc, argv))
		full_become();
	return cli_main(argc, argv);
}
