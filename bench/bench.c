/* SPDX-License-Identifier: Apache-2.0 */

/*
 * bench ROUNDS FILE - how long commands take, measured side by side
 *
 * Each line of FILE is NAME, a tab, and a command with its arguments, separated by
 * blanks; a first word "9<PATH" opens that file on descriptor 9, one "8@" runs the command in
 * the mount namespace that descriptor 8 holds, one "-PATH" removes that tree before time
 * runs. The commands take turns, in another order each
 * round, so that whatever else slows the machine meets them all. Time runs from before the process
 * is made until it has been reaped; one that fails is measured no more, and the reason shown.
 *
 * Prints a line for each run: NAME, a tab, microseconds.
 */

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CONTENDERS_MAX 24
#define ARGUMENTS_MAX  64
#define WARM_UP        3

struct contender {
	char *line; /* owned */
	const char *name;
	const char *input;   /* for descriptor 9, or NULL */
	const char *removed; /* beforehand, or NULL */
	bool outside;        /* in the mount namespace of descriptor 8 */
	char *argv[ARGUMENTS_MAX + 1];
	double *took_us; /* owned */
	size_t count;
	int status; /* of the run that failed */
	bool failed;
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Into another mount namespace, or back: a command that is made has its maker's. */
static bool enter(int mounts_fd)
{
	if (setns(mounts_fd, CLONE_NEWNS) == 0)
		return true;
	perror("bench: enter a mount namespace");
	return false;
}

static int remove_one(const char *path, const struct stat *st __attribute__((unused)),
		      int type __attribute__((unused)), struct FTW *at __attribute__((unused)))
{
	return remove(path);
}

static void tree_remove(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool run_once(struct contender *contender, bool keep)
{
	_cleanup_close_ int mine =
		contender->outside ? open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC) : -1;
	posix_spawn_file_actions_t actions;
	extern char **environ;
	double began;
	double ended;
	pid_t pid;
	int status = 0;
	int r;

	if (contender->removed)
		tree_remove(contender->removed);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (contender->input)
		posix_spawn_file_actions_addopen(&actions, 9, contender->input, O_RDONLY, 0);
	if (contender->outside && !enter(8))
		return false;
	began = now_us();
	r = posix_spawnp(&pid, contender->argv[0], &actions, NULL, contender->argv, environ);
	if (r == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	ended = now_us();
	if (contender->outside && !enter(mine))
		return false;
	posix_spawn_file_actions_destroy(&actions);
	if (r != 0 || status != 0) {
		contender->failed = true;
		contender->status = r != 0 ? -r : status;
		return false;
	}
	if (keep)
		contender->took_us[contender->count++] = ended - began;
	return true;
}

static void print_one(const struct contender *contender)
{
	if (contender->failed)
		fprintf(stderr, "bench: '%s' failed (status %#x), not measured\n", contender->name,
			(unsigned int)contender->status);
	else
		for (size_t i = 0; i < contender->count; i++)
			printf("%s\t%.0f\n", contender->name, contender->took_us[i]);
}

static bool contender_parse(char *line, size_t rounds, struct contender *ret)
{
	char *save = NULL;
	size_t count = 0;
	char *word;

	line[strcspn(line, "\n")] = '\0';
	ret->name = strtok_r(line, "\t", &save);
	if (!ret->name)
		return false;
	while (count < ARGUMENTS_MAX && (word = strtok_r(NULL, " ", &save))) {
		if (count == 0 && strncmp(word, "9<", 2) == 0)
			ret->input = word + 2;
		else if (count == 0 && strcmp(word, "8@") == 0)
			ret->outside = true;
		else if (count == 0 && word[0] == '-')
			ret->removed = word + 1;
		else
			ret->argv[count++] = word;
	}
	ret->argv[count] = NULL;
	ret->line = line;
	ret->took_us = calloc(rounds, sizeof(double));
	return count > 0 && ret->took_us;
}

int main(int argc, char **argv)
{
	static struct contender contenders[CONTENDERS_MAX];
	_cleanup_fclose_ FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;
	size_t rounds = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
	size_t count = 0;
	size_t size = 0;
	char *line = NULL;

	if (!file || rounds == 0) {
		fputs("usage: bench ROUNDS FILE\n", stderr);
		return 2;
	}
	while (count < CONTENDERS_MAX && getline(&line, &size, file) > 0) {
		if (contender_parse(line, rounds, &contenders[count]))
			count++;
		else
			free(line);
		line = NULL;
	}
	free(line);
	for (size_t round = 0; round < rounds + WARM_UP; round++)
		for (size_t i = 0; i < count; i++) {
			struct contender *next = &contenders[(i + round) % count];

			if (!next->failed)
				run_once(next, round >= WARM_UP);
		}
	for (size_t i = 0; i < count; i++) {
		print_one(&contenders[i]);
		free(contenders[i].took_us);
		free(contenders[i].line);
	}
	return 0;
}
