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

static void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static bool is_init(const char *pid)
{
	char path[64], name[sizeof(INIT_NAME) + 1] = "";
	_cleanup_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, name, sizeof(name));
	return n == sizeof(INIT_NAME) && memcmp(name, INIT_NAME "\n", (size_t)n) == 0;
}

/** Whether the process has one of @files open. */
static bool has_open(const char *pid, const struct open_files *files)
{
	char path[64];
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		struct stat st;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    fstatat(dirfd(dir), entry->d_name, &st, 0) < 0)
			continue;
		for (size_t i = 0; i < files->count; i++)
			if (st.st_ino == files->items[i].st_ino &&
			    st.st_dev == files->items[i].st_dev)
				return true;
	}
	return false;
}

/** A pidfd on that process if it is the node's init; -1. */
static int init_hold(const char *pid, const struct open_files *files)
{
	_cleanup_close_ int pidfd = -1;

	if (!is_init(pid) || !has_open(pid, files))
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
	/* once more: until it was held its number could become another's */
	if (pidfd < 0 || !is_init(pid) || !has_open(pid, files) ||
	    process_wait(pidfd, 0, NULL) == 0)
		return -1;
	return take_fd(pidfd);
}

/** Init, wherever it is; -1 when there is none. */
static int init_find(const struct node_dir *dir, pid_t *ret_pid)
{
	struct open_files files = {.count = 0};
	_cleanup_(closedirp) DIR *proc = NULL;
	const struct dirent *entry;

	for (size_t i = 0; i < INIT_FILES; i++)
		if (fstatat(dir->fd, init_files[i], &files.items[files.count],
			    AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(files.items[files.count].st_mode))
			files.count++;
	if (files.count == 0)
		return -1;
	proc = opendir("/proc");
	while (proc && (entry = readdir(proc))) {
		int pidfd = isdigit((unsigned char)entry->d_name[0])
				    ? init_hold(entry->d_name, &files)
				    : -1;

		if (pidfd >= 0) {
			*ret_pid = (pid_t)atoi(entry->d_name);
			return pidfd;
		}
	}
	return -1;
}

void container_damaged(struct ncrun_container *c, int r, const struct ncrun_error *why)
{
	const bool alone = text_equal(c->dir.network, STATE_NETWORK_DEFAULT);
	const char *network = alone ? "" : c->dir.network, *slash = alone ? "" : "/";
	struct ncrun_container_info *info = &c->info;

	c->damage = r == -ENOTSUP ? r : -EBADMSG;
	closep(&c->pidfd);
	c->pid = 0;
	if (!c->reaped)
		c->pidfd = init_find(&c->dir, &c->pid);
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
