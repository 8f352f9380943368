/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "rootfs/import_child.h"

/** Memory beyond what we have already: zstd's largest window is 128 MiB. */
#define MEMORY_BYTES (256ull << 20)
#define FILES_MAX    512

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_IS_COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_IS_COUNTED 0
#endif
#endif
#ifndef MEMORY_IS_COUNTED
#define MEMORY_IS_COUNTED 1
#endif

/** Close every descriptor but ours and three that lead nowhere. */
static int close_others(const struct import_job *job, struct ncrun_error *err)
{
	int kept[3] = {job->area_fd, job->input, job->reports};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int from = 3;

	if (null < 0)
		return error_errno(err, "open /dev/null");
	for (int fd = 0; fd < 3; fd++)
		if (fd != job->area_fd && fd != job->input && fd != job->reports)
			dup2(null, fd);
	for (size_t i = 0; i < 3; i++) /* three: sorted by hand */
		for (size_t j = i + 1; j < 3; j++)
			if (kept[j] < kept[i]) {
				int swap = kept[i];

				kept[i] = kept[j];
				kept[j] = swap;
			}
	for (size_t i = 0; i < 3; i++) {
		if (kept[i] < 3)
			continue;
		if ((unsigned int)kept[i] > from)
			close_range(from, (unsigned int)kept[i] - 1, 0);
		from = (unsigned int)kept[i] + 1;
	}
	close_range(from, ~0u, 0);
	return 0;
}

static void limit(__rlimit_resource_t resource, uint64_t value)
{
	struct rlimit old;

	if (getrlimit(resource, &old) < 0)
		return;
	if (old.rlim_max != RLIM_INFINITY && value > old.rlim_max)
		value = old.rlim_max;
	setrlimit(resource, &(struct rlimit){value, value});
}

/** Private memory in use: the sixth number of statm, in pages. */
static uint64_t data_bytes(void)
{
	_cleanup_free_ char *text = NULL;
	char *at;

	if (file_read_at(AT_FDCWD, "/proc/self/statm", 4096, &text, NULL, NULL) < 0)
		return 0;
	at = text;
	for (int field = 1; field < 6; field++)
		strtoull(at, &at, 10);
	return strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit_resources(const struct import_job *job)
{
	uint64_t data = data_bytes();

	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, job->limits.max_bytes + (1ull << 20)); /* we keep lists, too */
	limit(RLIMIT_NOFILE, FILES_MAX);
	if (MEMORY_IS_COUNTED && data > 0)
		limit(RLIMIT_DATA, data + MEMORY_BYTES);
}

static int write_map(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -1 : file_write_all(fd, text, strlen(text), NULL);
}

/** A user has the right to mounts of its own only in a user namespace of its own. */
static int enter_user_namespace(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER) < 0 || write_map("/proc/self/setgroups", "deny") < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	if (write_map("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	return write_map("/proc/self/gid_map", map);
}

/** Namespaces in which there is the work area and nothing else. */
static int enter_namespaces(const struct import_job *job)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	};
	_cleanup_close_ int tree = -1;

	if (job->limits.squash && enter_user_namespace() < 0)
		return -1;
	/* unlike a descriptor, the working directory comes along into the new namespace */
	if (fchdir(job->area_fd) < 0 ||
	    unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	tree = open_tree(AT_FDCWD, ".",
			 (unsigned int)OPEN_TREE_CLONE | (unsigned int)OPEN_TREE_CLOEXEC);
	if (tree < 0 ||
	    mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes)) < 0 ||
	    move_mount(tree, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -1;
	if (fchdir(tree) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -1;
	return 0;
}

static int enter_area(const struct import_job *job, struct ncrun_error *err)
{
	_cleanup_close_ int root = -1;

	/* root of a container may lack the right to mount: then at least the root changes */
	if (enter_namespaces(job) < 0 &&
	    (job->limits.squash || fchdir(job->area_fd) < 0 || chroot(".") < 0))
		return error_errno(err, "confine the unpacking process");
	/*
	 * Held for as long as we live, for collect.c; then our way to the directories
	 * around the area, and to its lock, can be closed.
	 */
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "open the work area");
	if (import_worker_lock(root, err) < 0)
		return -err->code;
	if (dup3(root, job->area_fd, O_CLOEXEC) < 0)
		return error_errno(err, "open the work area");
	return 0;
}

static int drop_capabilities(const struct import_job *job, struct ncrun_error *err)
{
	static const cap_value_t kept[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,
					   CAP_FSETID, CAP_SETFCAP,      CAP_MKNOD};
	cap_t now = cap_get_proc(), next = cap_init();
	int r = now && next ? 0 : -1;

	for (size_t i = 0; r == 0 && !job->limits.squash && i < sizeof(kept) / sizeof(kept[0]);
	     i++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (kept[i] == CAP_MKNOD && !job->limits.devices)
			continue;
		r = cap_get_flag(now, kept[i], CAP_PERMITTED, &has);
		if (r == 0 && has == CAP_SET)
			r = cap_set_flag(next, CAP_PERMITTED, 1, &kept[i], CAP_SET);
		if (r == 0 && has == CAP_SET)
			r = cap_set_flag(next, CAP_EFFECTIVE, 1, &kept[i], CAP_SET);
	}
	if (r == 0)
		r = cap_set_proc(next);
	if (r < 0)
		error_errno(err, "drop capabilities");
	cap_free(now);
	cap_free(next);
	return r < 0 ? -err->code : 0;
}

int import_confine(const struct import_job *job, struct ncrun_error *err)
{
	int r;

	r = close_others(job, err);
	if (r < 0)
		return r;
	limit_resources(job);
	r = enter_area(job, err);
	if (r < 0)
		return r;
	prctl(PR_SET_DUMPABLE, 0); /* not before: then /proc/self were not ours */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, "give up new privileges");
	return drop_capabilities(job, err);
}

int import_worker_lock(int area_fd, struct ncrun_error *err)
{
	/* never closed: the end of the process is the end of the work */
	int fd = openat(area_fd, "worker", O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd < 0 ? error_errno(err, "make a work file") : file_lock(fd, true, true, NULL, err);
}
