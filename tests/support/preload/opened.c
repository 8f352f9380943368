/* SPDX-License-Identifier: Apache-2.0 */

/*
 * opened.so, by LD_PRELOAD: which descriptors a program leaves open when it ends; the standard
 * ones are what programs put in their place when they were closed.
 *
 *   OPENED_REPORT=FILE  gets a line for each that it had not when it began
 *
 * For itself only: what it executes does not tell.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANY 4096

static bool inherited[MANY];
static char report[PATH_MAX];
static pid_t owner;

/* Calls @see for each descriptor but the one that it takes to look. */
static void each_open(void (*see)(int fd))
{
	DIR *dir = opendir("/proc/self/fd");

	for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (entry->d_name[0] != '.' && fd < MANY && fd != dirfd(dir))
			see(fd);
	}
	if (dir)
		closedir(dir);
}

static void note(int fd)
{
	inherited[fd] = true;
}

static void tell(int fd)
{
	char path[32], target[PATH_MAX] = "", *name = program_invocation_short_name;
	char line[3 * PATH_MAX];
	ssize_t length;
	int out;

	if (fd <= STDERR_FILENO || inherited[fd])
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target) - 1);
	out = open(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (out < 0)
		return;
	length = snprintf(line, sizeof(line), "%s: %d is '%.*s'\n", name, fd,
			  (int)(length > 0 ? length : 0), target);
	(void)!write(out, line, (size_t)length);
	close(out);
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("OPENED_REPORT");

	if (!path || strlen(path) >= sizeof(report))
		return;
	strcpy(report, path);
	owner = getpid();
	unsetenv("LD_PRELOAD");
	each_open(note);
}

__attribute__((destructor)) static void end(void)
{
	if (getpid() == owner)
		each_open(tell);
}
