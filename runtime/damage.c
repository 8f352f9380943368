/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Nodes whose state cannot be relied on: a file of it was cut, changed or replaced by something
 * else. Then nothing that it says is believed, the number of the process least of all. What is
 * still known: init has files of the node's directory open for as long as it lives.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "runtime/container.h"

#define INIT_NAME "ncrun-init"

/* Those of them that init writes to. */
static const char *const init_files[] = {"status", "log.0", "log.1"};

#define INIT_FILES (sizeof(init_files) / sizeof(init_files[0]))

/** struct open_files - what is looked for */
struct open_files {
	struct stat items[INIT_FILES];
	size_t count;
};

/** What errno says of a look at the process: 0 = it has gone, or could not be ours. */
static int look_failed(const char *pid)
{
	const int code = errno;
	char path[64];
	struct stat st;

	if (code == ENOENT || code == ESRCH)
		return 0;
	snprintf(path, sizeof(path), "/proc/%.16s", pid);
	if ((code == EACCES || code == EPERM) && stat(path, &st) == 0 && st.st_uid != geteuid())
		return 0;
	return -code;
}

static int is_init(const char *pid)
{
	char path[64], name[sizeof(INIT_NAME) + 1] = "";
	_cleanup_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, name, sizeof(name));
	if (n < 0)
		return look_failed(pid);
	return n == sizeof(INIT_NAME) && memcmp(name, INIT_NAME "\n", (size_t)n) == 0;
}

/** The next entry that is a number; NULL with errno = 0 at the end. */
static const char *number_next(DIR *dir)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(dir);
	} while (entry && !isdigit((unsigned char)entry->d_name[0]));
	return entry ? entry->d_name : NULL;
}

/** Whether the process has one of @files open. */
static int has_open(const char *pid, const struct open_files *files)
{
	char path[64];
	_cleanup_closedir_ DIR *dir = NULL;
	const char *number;
	int failed = 0;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return look_failed(pid);
	while ((number = number_next(dir))) {
		struct stat st;

		if (fstatat(dirfd(dir), number, &st, 0) < 0) {
			failed = failed < 0 ? failed : look_failed(pid);
			continue;
		}
		for (size_t i = 0; i < files->count; i++)
			if (st.st_ino == files->items[i].st_ino &&
			    st.st_dev == files->items[i].st_dev)
				return 1;
	}
	return errno == 0 ? failed : look_failed(pid);
}

static int is_the_init(const char *pid, const struct open_files *files)
{
	int r = is_init(pid);

	if (r > 0)
		r = has_open(pid, files);
	return r == 0 ? -ESRCH : r;
}

/** A pidfd on that process if it is the node's init, else -ESRCH. */
static int init_hold(const char *pid, const struct open_files *files)
{
	_cleanup_close_ int pidfd = -1;
	int r = is_the_init(pid, files);

	if (r < 0)
		return r;
	pidfd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(pid, NULL, 10), 0);
	if (pidfd < 0)
		return errno == EINVAL ? -ESRCH : -errno; /* now it is a thread's */
	/* once more: until it was held its number could become another's */
	r = is_the_init(pid, files);
	if (r < 0)
		return r;
	r = process_wait(pidfd, 0, NULL);
	if (r != -ETIMEDOUT)
		return r < 0 ? r : -ESRCH;
	return take_fd(pidfd);
}

/** Init, wherever it is; -ESRCH when there is none, all else is no answer. */
static int init_find(const struct node_dir *dir, pid_t *ret_pid)
{
	struct open_files files = {.count = 0};
	_cleanup_closedir_ DIR *proc = NULL;
	const char *number;
	int failed = -ESRCH;

	for (size_t i = 0; i < INIT_FILES; i++) {
		struct stat *st = &files.items[files.count];

		if (fstatat(dir->fd, init_files[i], st, AT_SYMLINK_NOFOLLOW) == 0)
			files.count += S_ISREG(st->st_mode);
		else if (errno != ENOENT)
			return -errno;
	}
	if (files.count == 0)
		return -ESRCH;
	proc = opendir("/proc");
	if (!proc)
		return errno == ESRCH ? -EIO : -errno;
	while ((number = number_next(proc))) {
		int r = init_hold(number, &files);

		if (r >= 0) {
			*ret_pid = (pid_t)strtol(number, NULL, 10);
			return r;
		}
		if (failed == -ESRCH)
			failed = r;
	}
	return errno == 0 ? failed : -errno;
}

bool container_may_run(const struct ncrun_container *c)
{
	return c->pidfd >= 0 || c->unseen < 0;
}

int container_runs(const struct ncrun_container *c, bool *ret, struct ncrun_error *err)
{
	if (c->unseen < 0)
		return error_set(err, -c->unseen, "%s", c->why.message);
	*ret = c->pidfd >= 0;
	return 0;
}

/* One that was found before, and has not ended, is not looked for again. */
static void init_look(struct ncrun_container *c)
{
	int r;

	if (c->found == 0 || c->pidfd < 0 || process_wait(c->pidfd, 0, NULL) != -ETIMEDOUT) {
		closep(&c->pidfd);
		c->found = 0;
		r = c->reaped ? -ESRCH : init_find(&c->dir, &c->found);
		if (r >= 0)
			c->pidfd = r;
		else if (r != -ESRCH)
			c->unseen = r;
	}
	c->pid = c->found;
}

void container_damaged(struct ncrun_container *c, int r, const struct ncrun_error *why)
{
	const bool alone = text_equal(c->dir.network, STATE_NETWORK_DEFAULT);
	const char *network = alone ? "" : c->dir.network, *slash = alone ? "" : "/";
	struct ncrun_container_info *info = &c->info;

	c->damage = r == -ENOTSUP ? r : -EBADMSG;
	init_look(c);
	*info = (struct ncrun_container_info){.network = c->dir.network,
					      .name = c->dir.name,
					      .rootfs = "",
					      .image_digest = "",
					      .hostname = "",
					      .user = "",
					      .seccomp = "",
					      .state = NCRUN_CONTAINER_BROKEN,
					      .pid = c->pid};
	if (c->damage == -ENOTSUP)
		error_set(&c->why, ENOTSUP, "%s", why->message);
	else if (c->pidfd >= 0)
		error_set(&c->why, EBADMSG, "%s (the node runs; end it: ncrun rm --force %s%s%s)",
			  why->message, network, slash, c->dir.name);
	else if (c->unseen < 0)
		error_set(&c->why, EBADMSG, "%s (whether the node runs is not known: %s)",
			  why->message, strerror(-c->unseen));
	else
		error_set(&c->why, EBADMSG, "%s (remove what is left: ncrun rm %s%s%s)",
			  why->message, network, slash, c->dir.name);
	info->damage = c->why.message;
}

int container_damage_tell(const struct ncrun_container *c, struct ncrun_error *err)
{
	if (err)
		*err = c->why;
	return c->damage;
}

int container_must_run(const struct ncrun_container *c, struct ncrun_error *err)
{
	if (c->damage < 0)
		return container_damage_tell(c, err);
	if (c->info.state != NCRUN_CONTAINER_RUNNING)
		return error_set(err, ENOTCONN, "node '%s' does not run", c->dir.name);
	return 0;
}
