/* SPDX-License-Identifier: Apache-2.0 */

/*
 * worst KIB FOLDER - give the program so much of the worst of everything that it reads
 *
 * A line of TAP each: it ends by itself within 2 s of processor time and 100 MB, and says in one
 * sentence why, or takes it. FOLDER is for the inputs.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/worst_inputs.h"

#define CPU_MS_MAX  2000
#define RSS_KIB_MAX (100 * 1024)

/* Then each access costs more, and memory that was given back is kept for a while. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 10
#else
#define SANITIZED 1
#endif
#define WORDS_MAX  16
#define SAID_MAX   (1 << 20)
#define WHOLE_SIZE ((size_t)15 << 20)

/** struct end - how the program came to it */
struct end {
	int status;
	long cpu_ms, rss_kib;
	char *said; /* owned; on standard error */
};

static long milliseconds(const struct timeval *time)
{
	return time->tv_sec * 1000 + time->tv_usec / 1000;
}

/** "inspect n" as words; a '@' stands for the input's path. */
static void words_cut(char *command, const char *path, char *ret[WORDS_MAX])
{
	char *rest = command;
	int count = 0;

	ret[count++] = (char *)"ncrun";
	while (count < WORDS_MAX - 1 && (ret[count] = strsep(&rest, " "))) {
		if (strcmp(ret[count], "@") == 0)
			ret[count] = (char *)path;
		count++;
	}
	ret[count] = NULL;
}

static void child_run(char *const words[], int said)
{
	const struct rlimit seconds = {60, 60}; /* a hang is to be told as one */
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setrlimit(RLIMIT_CPU, &seconds);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(said, STDERR_FILENO);
	execvp(words[0], words);
	_exit(127);
}

static bool run(const struct worst_input *input, const char *path, struct end *ret)
{
	_cleanup_free_ char *command = strdup(input->command);
	_cleanup_close_ int said = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *words[WORDS_MAX];
	struct rusage usage;
	pid_t pid;
	ssize_t n;

	if (!command || said < 0)
		return false;
	words_cut(command, path, words);
	pid = fork();
	if (pid == 0)
		child_run(words, said);
	if (pid < 0 || wait4(pid, &ret->status, 0, &usage) != pid)
		return false;
	ret->cpu_ms = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
	ret->rss_kib = usage.ru_maxrss;
	ret->said = malloc(SAID_MAX);
	n = ret->said ? pread(said, ret->said, SAID_MAX - 1, 0) : -1;
	if (n < 0)
		return false;
	ret->said[n] = '\0';
	return true;
}

/** How many times slower this machine is than one that is not emulated; see tests/run. */
static long slowness(void)
{
	const char *factor = getenv("NCRUN_TEST_TIMEOUT_FACTOR");

	return (factor && atol(factor) > 1 ? atol(factor) : 1) * SANITIZED;
}

/** What is wrong with how it ended, or NULL. */
static const char *complaint(const struct worst_input *input, const struct end *end)
{
	size_t lines = 0;

	for (const char *c = end->said; *c; c++)
		lines += *c == '\n';
	if (!WIFEXITED(end->status))
		return "it was killed";
	if (end->cpu_ms > CPU_MS_MAX * slowness())
		return "it took too long";
	if (end->rss_kib > RSS_KIB_MAX && SANITIZED == 1)
		return "it took too much memory";
	/* all mistakes of a file are told, up to a hundred, and that there are more */
	if (lines > 101)
		return "it said too much";
	if (WEXITSTATUS(end->status) == 0)
		return input->refused ? "it took that" : NULL;
	if (strncmp(end->said, "ncrun ", 6) != 0)
		return "it did not say why";
	return input->told && !strstr(end->said, input->told) ? "it said something else" : NULL;
}

static bool try_one(const struct worst_input *input, size_t size, const char *folder)
{
	char path[4096];
	struct end end = {.said = NULL};
	const char *wrong = "it could not be tried";

	snprintf(path, sizeof(path), "%s/%s", folder, input->file);
	if (worst_input_write(input, path, size) && run(input, path, &end))
		wrong = complaint(input, &end);
	if (input->tar) /* the next is not to pay for its end */
		(void)!system("ncrun rootfs rm x >/dev/null 2>&1");
	printf("%s - %s (%ld ms, %ld MB): %.*s%s%s\n", wrong ? "not ok" : "ok", input->what,
	       end.cpu_ms, end.rss_kib / 1024, end.said ? (int)strcspn(end.said, "\n") : 0,
	       end.said ? end.said : "", wrong ? " # " : "", wrong ? wrong : "");
	fflush(stdout);
	free(end.said);
	unlink(path);
	return !wrong;
}

/** All of a table of which @only is a part. */
static bool try_all(const struct worst_input *inputs, size_t count, const char *only, size_t size,
		    const char *folder)
{
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		struct worst_input input = inputs[i];

		/* what is taken is written to disk, and what is a bomb is large at any size */
		if (!strstr(input.what, only) ||
		    (size < WHOLE_SIZE && (input.bomb || (input.tar && !input.refused))))
			continue;
		/* what it meets first is what all of it is for */
		if (size < WHOLE_SIZE)
			input.told = NULL, input.refused = false;
		good = try_one(&input, size, folder) && good;
	}
	return good;
}

int main(int argc, char **argv)
{
	const char *only = argc > 3 ? argv[3] : "";
	const struct worst_input *inputs, *archives;
	size_t count, archive_count, size;

	if (argc < 3) {
		fprintf(stderr, "usage: worst KIB FOLDER [WHAT]\n");
		return 2;
	}
	/* a little less, for limits that are that very size */
	size = ((size_t)strtoul(argv[1], NULL, 10) << 10) - 4096;
	inputs = worst_inputs(&count);
	archives = worst_archives(&archive_count);
	return try_all(inputs, count, only, size, argv[2]) &
			       try_all(archives, archive_count, only, size, argv[2])
		       ? 0
		       : 1;
}
