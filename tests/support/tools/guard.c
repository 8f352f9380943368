/* SPDX-License-Identifier: Apache-2.0 */

/*
 * guard TIMEOUT FOLDER COMMAND...   run one test, and see what it leaves behind
 *
 * As a child subreaper it becomes the parent of every process that the test
 * orphans, detached nodes too. So what still descends from it when the test has
 * ended was left by this test, whatever else runs on the machine. Mounts are the
 * test's when they name FOLDER, which holds the test's state, store and TMPDIR.
 *
 * Leftovers are printed as failed TAP lines, then removed. Exit code: the
 * command's own, 128+n, 124 on a timeout.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/processes.h"

/* What a node takes down with it may be gone only a moment after the node. */
#define SETTLE_MS 3000

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Too large for a stack. */
static struct process_table table;

static size_t count_left(void)
{
	size_t left = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	process_table_read(&table, getpid());
	for (size_t i = 0; i < table.count; i++)
		left += table.list[i].below;
	return left;
}

/* One that cgroup v1 has frozen does not die before it is thawed. */
static void thaw(pid_t pid)
{
	static const char key[] = ":freezer:";
	_cleanup_fclose_ FILE *file = NULL;
	char path[4096 + 64], line[4096];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		const char *group = strstr(line, key);
		_cleanup_fclose_ FILE *state = NULL;

		if (!group)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, sizeof(path), "/sys/fs/cgroup/freezer%s/freezer.state",
			 group + sizeof(key) - 1);
		state = fopen(path, "we");
		if (state)
			fputs("THAWED", state);
	}
}

/* Says which processes are left, and ends them; their children may come to us meanwhile. */
static bool end_leftovers(bool report)
{
	bool leaked = false;

	while (count_left() > 0) {
		for (size_t i = 0; i < table.count; i++) {
			if (!table.list[i].below)
				continue;
			if (report)
				printf("not ok - left behind: process '%s'\n", table.list[i].name);
			kill(table.list[i].pid, SIGKILL);
			thaw(table.list[i].pid);
			leaked = true;
		}
		report = false;
		pause_ms(20);
	}
	return leaked;
}

static bool unmount_leftovers(const char *folder)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[8192];
	bool leaked = false;

	while (file && fgets(line, sizeof(line), file)) {
		char target[4096];

		if (!strstr(line, folder) || sscanf(line, "%*s %*s %*s %*s %4095s", target) != 1)
			continue;
		printf("not ok - left behind: mount on '%s'\n", target);
		umount2(target, MNT_DETACH);
		leaked = true;
	}
	return leaked;
}

/*
 * Reaps what the test orphans, as an init would: until a killed `ncrun exec` is
 * reaped, its process in the node keeps the node's pid namespace from ending.
 */
static bool has_ended(pid_t child)
{
	for (;;) {
		siginfo_t ended = {0};

		if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) < 0 || ended.si_pid == 0)
			return false;
		if (ended.si_pid == child)
			return true;
		waitpid(ended.si_pid, NULL, WNOHANG);
	}
}

/* Sleeps until a child ends or somebody ends us: a look every few ms costs a slow VM dearly. */
static int wait_for(pid_t child, int64_t timeout_ms, const sigset_t *awaited, bool *ret_timeout)
{
	int64_t deadline = now_ms() + timeout_ms;
	int status = 0;

	while (!has_ended(child)) {
		int64_t left = deadline - now_ms();
		struct timespec wait = {
			.tv_sec = left > 0 ? left / 1000 : 0,
			.tv_nsec = left > 0 ? left % 1000 * 1000000 : 20 * 1000000,
		};
		int signo = sigtimedwait(awaited, NULL, &wait);

		if (signo == SIGCHLD || (signo < 0 && errno == EINTR))
			continue;
		*ret_timeout = true;
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int guard(int64_t timeout_ms, const char *folder, char **argv)
{
	int64_t settled;
	bool timeout = false;
	sigset_t awaited;
	sigset_t before;
	char text[32];
	pid_t child;
	int code;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigprocmask(SIG_BLOCK, &awaited, &before);
	snprintf(text, sizeof(text), "%d", getpid());
	setenv("NCRUN_TEST_GUARD", text, 1);
	child = fork();
	if (child < 0)
		return 125;
	if (child == 0) {
		setpgid(0, 0);
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[0], argv);
		fprintf(stderr, "guard: run '%s': %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	setpgid(child, child);

	code = wait_for(child, timeout_ms, &awaited, &timeout);
	if (timeout) {
		end_leftovers(false);
		unmount_leftovers(folder);
		printf("not ok - ended after %lld s\n", (long long)timeout_ms / 1000);
		return 124;
	}
	settled = now_ms() + SETTLE_MS;
	while (count_left() > 0 && now_ms() < settled)
		pause_ms(10);
	end_leftovers(true);
	unmount_leftovers(folder);
	return code;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 4) {
		fputs("usage: guard SECONDS FOLDER COMMAND...\n", stderr);
		return 2;
	}
	return guard(strtol(argv[1], NULL, 10) * 1000, argv[2], argv + 3);
}
