/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The kernel's mount calls as functions: not every C library has them, and
 * <sys/mount.h> cannot be included beside <linux/mount.h>. Each returns what
 * the system call returns, with errno set.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#define PATH_OPEN_TRIES 10000
#define UMOUNT_DETACH   2 /* MNT_DETACH of <sys/mount.h> */

/** A detached copy of the mount at @path; @flags: AT_EMPTY_PATH, AT_RECURSIVE. */
static inline int mount_clone(int dir_fd, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir_fd, path,
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);
}

/** Attach the detached mount @fd at @path below @dir_fd; "" = at @dir_fd itself. */
static inline int mount_attach(int fd, int dir_fd, const char *path)
{
	unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (!*path)
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return (int)syscall(SYS_move_mount, fd, "", dir_fd, path, flags);
}

/** Move what is mounted at @from to @to, each a name in its directory. */
static inline int mount_move(int from_fd, const char *from, int to_fd, const char *to)
{
	return (int)syscall(SYS_move_mount, from_fd, from, to_fd, to, 0);
}

/** @flags: AT_RECURSIVE or 0. */
static inline int mount_change(int fd, unsigned int flags, const struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, attr, sizeof(*attr));
}

/** Attach a new file system at the working directory or a name in it: never give it a path. */
static inline int mount_new(const char *type, const char *name, unsigned long flags,
			    const char *options)
{
	return (int)syscall(SYS_mount, type, name, type, flags, options);
}

/** Bind @source to @target; for names in the working directory, as above. */
static inline int mount_bind(const char *source, const char *target, unsigned long flags)
{
	return (int)syscall(SYS_mount, source, target, NULL, MS_BIND | flags, NULL);
}

static inline int mount_propagation(const char *path, unsigned long flags)
{
	return (int)syscall(SYS_mount, NULL, path, NULL, flags, NULL);
}

static inline int mount_pivot(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int mount_remove(const char *path, int flags)
{
	return (int)syscall(SYS_umount2, path, flags);
}

static inline int mount_change_at(int dir_fd, const char *path, unsigned int flags,
				  const struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir_fd, path, flags, attr, sizeof(*attr));
}

static inline int filesystem_open(const char *type)
{
	return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int filesystem_set(int fs, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

static inline int filesystem_set_flag(int fs, const char *key)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0);
}

static inline int filesystem_set_fd(int fs, const char *key, int fd)
{
	return (int)syscall(SYS_fsconfig, fs, FSCONFIG_SET_FD, key, NULL, fd);
}

/** Make the superblock and a detached mount of it. */
static inline int filesystem_mount(int fs, unsigned int attributes)
{
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes);
}

/**
 * openat2(2). It answers EAGAIN when anything was renamed or mounted on the
 * machine while it went through a "..": then it is asked again.
 */
static inline int path_open(int dir_fd, const char *path, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};

	int fd = -1;

	for (int tries = 0; tries < PATH_OPEN_TRIES; tries++) {
		fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}
