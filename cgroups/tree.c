/* SPDX-License-Identifier: Apache-2.0 */

/* Groups below a group, which whoever is in it may have made. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "cgroups/group.h"

/* So deep does the kernel's path length allow no useful tree. */
#define DEPTH_MAX     128
#define BUSY_TRIES    20
#define BUSY_SLEEP_US 1000

/** The directory @name of @fd for reading; NULL with errno. */
static DIR *directory_open(int fd, const char *name)
{
	int opened = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = opened < 0 ? NULL : fdopendir(opened);

	if (!directory && opened >= 0)
		close(opened);
	return directory;
}

/** The next group in it; NULL at the end. */
static const char *directory_next(DIR *directory)
{
	const struct dirent *entry;

	while ((entry = readdir(directory)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	return NULL;
}

/* ---- processes ------------------------------------------------------------------- */

static int pid_add(struct pid_list *list, pid_t pid)
{
	if (array_grow((void **)&list->pids, list->count, sizeof(pid)) < 0)
		return -ENOMEM;
	list->pids[list->count++] = pid;
	return 0;
}

/** Those of cgroup.procs in @fd. */
static int group_processes(int fd, struct pid_list *list)
{
	_cleanup_fclose_ FILE *file = NULL;
	int opened = openat(fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char line[32];
	pid_t pid;
	int r = 0;

	if (opened < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : -errno;
	file = fdopen(opened, "r");
	if (!file) {
		close(opened);
		return -ENOMEM;
	}
	while (r == 0 && fgets(line, sizeof(line), file)) {
		pid = (pid_t)strtol(line, NULL, 10);
		/* Processes that our pid namespace does not see are 0 here, and we are to kill(2).
		 */
		r = pid > 0 ? pid_add(list, pid) : 0;
	}
	return r;
}

static int walk(int fd, unsigned int depth, struct pid_list *list) /* NOLINT(misc-no-recursion) */
{
	_cleanup_closedir_ DIR *directory = NULL;
	const char *name;
	int r = group_processes(fd, list);

	if (r < 0)
		return r;
	if (depth >= DEPTH_MAX)
		return -ELOOP;
	directory = directory_open(fd, ".");
	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (name = directory_next(directory))) {
		_cleanup_close_ int below = openat(dirfd(directory), name,
						   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below >= 0)
			r = walk(below, depth + 1, list);
		else if (errno != ENOENT)
			r = -errno;
	}
	return r;
}

int tree_processes(int fd, struct pid_list *list, struct ncrun_error *err)
{
	int r = walk(fd, 0, list);

	if (r == 0)
		return 0;
	errno = -r;
	return error_errno(err, "list the processes of a group");
}

/* ---- pruning ------------------------------------------------------------------------ */

/**
 * Remove one group of @fd that has no others in it, or open the first that has: its
 * descriptor, -ENOENT when there are none left, or a negative errno.
 */
static int prune_step(int fd)
{
	_cleanup_closedir_ DIR *directory = directory_open(fd, ".");
	const char *name;

	if (!directory)
		return -errno;
	while ((name = directory_next(directory))) {
		int below;

		if (unlinkat(dirfd(directory), name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -errno;
		below = openat(dirfd(directory), name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0 || errno != ENOENT)
			return below >= 0 ? below : -errno;
	}
	return -ENOENT;
}

/** Go down until a group has no others in it, which removes all that can be; its descriptor. */
static int prune_deepest(int fd)
{
	_cleanup_close_ int at = prune_step(fd);

	for (;;) {
		int below = at < 0 ? at : prune_step(at);

		if (at < 0)
			return at;
		if (below == -ENOENT)
			return take_fd(at);
		if (below < 0)
			return below;
		close(at);
		at = below;
	}
}

/* Depth is bounded by nothing, and so must be no stack: after each descent it starts from above. */
int tree_prune(int fd, struct ncrun_error *err)
{
	ino_t last = 0;

	for (unsigned int same = 0; same < BUSY_TRIES;) {
		_cleanup_close_ int deepest = prune_deepest(fd);
		struct stat st;

		if (deepest == -ENOENT)
			return 0;
		if (deepest < 0 || fstat(deepest, &st) < 0) {
			errno = deepest < 0 ? -deepest : errno;
			return error_errno(err, "remove the groups below a group");
		}
		/* It had none below, was busy, and is there again: it needs time, or holds
		 * processes. */
		if (st.st_ino == last) {
			same++;
			usleep(BUSY_SLEEP_US);
		} else {
			same = 0;
		}
		last = st.st_ino;
	}
	return error_set(err, EBUSY, "remove the groups below a group: one is busy");
}
