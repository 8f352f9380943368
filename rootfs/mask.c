/* SPDX-License-Identifier: Apache-2.0 */

/* Paths of a node that show nothing, and paths that cannot be written. */

#include "rootfs/mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "rootfs/mount_api.h"
#include "rootfs/stage.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SHARED_IDS                                                                     \
	(1u << 0) /* only where the node's root is the machine's: else nobody reads it \
		   */
#define SHARED_SYSFS (1u << 1) /* only in the machine's sysfs: an empty directory in a new one */

struct masked {
	const char *path;
	unsigned int only;
};

/* Hardware, other processes' secrets, and addresses of the kernel. */
static const struct masked proc_files[] = {
	{"kallsyms", 0},
	{"kcore", 0},
	{"keys", 0},
	{"kpagecgroup", SHARED_IDS},
	{"kpagecount", SHARED_IDS},
	{"kpageflags", SHARED_IDS},
	{"latency_stats", 0},
	{"pagetypeinfo", SHARED_IDS},
	{"sched_debug", 0},
	{"slabinfo", SHARED_IDS},
	{"timer_list", 0},
	{"timer_stats", 0},
	{"vmallocinfo", SHARED_IDS},
	{"interrupts", 0},
};
static const struct masked proc_directories[] = {
	{"acpi", 0},
	{"asound", 0},
	{"dynamic_debug", 0},
	{"scsi", 0},
};
static const struct masked sys_files[] = {{"kernel/vmcoreinfo", 0}};
static const struct masked sys_directories[] = {
	{"devices/virtual/powercap", 0},
	{"fs/bpf", SHARED_SYSFS},
	{"fs/selinux", SHARED_SYSFS},
	{"kernel/debug", SHARED_SYSFS},
	{"kernel/security", SHARED_SYSFS},
	{"kernel/tracing", SHARED_SYSFS},
	{"module", 0},
	{"dev/block", 0},
};

static const char *const proc_read_only[] = {"bus", "fs", "irq", "sys", "sysrq-trigger"};

/**
 * struct cover - an endless supply of one mount
 *
 * @next:	a detached one that is not yet used; -1 = none
 * @first:	where that was placed, by a path from the stage: all others are bound from there,
 *		which makes each of them a single call
 * @source_fd, @name: without @first, what all are cloned from
 */
struct cover {
	int next;
	const char *first;
	char path[64];
	int source_fd;
	const char *name;
};

static int cover_failed(const char *path, struct ncrun_error *err)
{
	/* A path that is not there needs no mask. */
	return errno == ENOENT ? 0 : error_errno(err, "mask '%s'", path);
}

/* On @under/@path of the stage, which is the working directory. */
static int cover_bind(struct cover *cover, const char *under, const char *path,
		      struct ncrun_error *err)
{
	char target[sizeof(cover->path)];

	snprintf(target, sizeof(target), "%s/%s", under, path);
	if (cover->first)
		return mount_bind(cover->first, target, 0) < 0 ? cover_failed(target, err) : 0;
	if (mount_attach(cover->next, AT_FDCWD, target) < 0)
		return cover_failed(target, err);
	closep(&cover->next);
	memcpy(cover->path, target, sizeof(target));
	cover->first = cover->path;
	return 0;
}

struct list {
	const char *under;
	const struct masked *masked;
	size_t count;
};

/* @shared: what of SHARED_* the node has */
static int cover_list(struct cover *cover, const struct list *list, unsigned int shared,
		      struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->count; i++)
		if ((list->masked[i].only & ~shared) == 0)
			r = cover_bind(cover, list->under, list->masked[i].path, err);
	return r;
}

/* The heat of a processor tells what others run on it. */
static int cover_thermal(struct cover *cover, int sys_fd, struct ncrun_error *err)
{
	static const char first[] = "devices/system/cpu/cpu0/thermal_throttle";
	char path[48];
	int r;

	if (faccessat(sys_fd, first, F_OK, 0) < 0)
		return 0;
	for (unsigned int cpu = 0;; cpu++) {
		snprintf(path, sizeof(path), "devices/system/cpu/cpu%u", cpu);
		if (faccessat(sys_fd, path, F_OK, 0) < 0)
			return 0;
		snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/thermal_throttle", cpu);
		r = cover_bind(cover, "sys", path, err);
		if (r < 0)
			return r;
	}
}

static int cover_next(struct cover *cover, struct ncrun_error *err)
{
	if (cover->next >= 0)
		return 0;
	cover->next = mount_clone(cover->source_fd, cover->name, *cover->name ? 0 : AT_EMPTY_PATH);
	if (cover->next < 0)
		return error_errno(err, "clone what covers a masked path");
	return 0;
}

static int cover_place(struct cover *cover, int target, const char *path, struct ncrun_error *err)
{
	int r = cover_next(cover, err);

	if (r < 0)
		return r;
	if (mount_attach(cover->next, target, "") < 0)
		return cover_failed(path, err);
	/* The first of a given empty directory is what all others are cloned from. */
	if (cover->next != cover->source_fd)
		close(cover->next);
	cover->next = -1;
	return 0;
}

static int cover_given(struct cover *file, struct cover *directory, int root_fd, const char *path,
		       struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		path_open(root_fd, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "open masked path '/%s'", path);
	return cover_place(S_ISDIR(st.st_mode) ? directory : file, fd, path, err);
}

int mask_built_in(const struct rootfs_plan *plan, const struct rootfs_begun *begun, int null_fd,
		  struct ncrun_error *err)
{
	static const struct list lists[] = {
		{"proc", proc_directories, COUNT(proc_directories)},
		{"sys", sys_directories, COUNT(sys_directories)},
		{"proc", proc_files, COUNT(proc_files)},
		{"sys", sys_files, COUNT(sys_files)},
	};
	const unsigned int shared = (plan->userns && plan->uid_base != 0 ? 0 : SHARED_IDS) |
				    (plan->network_namespace ? 0 : SHARED_SYSFS);
	struct cover file = {.next = -1}, directory = {.next = -1};
	int r = stage_clone(begun->stage_fd, &directory.next, err);

	if (r < 0)
		return r;
	file.next = mount_clone(null_fd, "", AT_EMPTY_PATH);
	if (file.next < 0)
		r = error_errno(err, "clone what covers a masked path");
	for (size_t i = 0; r == 0 && i < COUNT(lists); i++)
		r = cover_list(i < 2 ? &directory : &file, &lists[i], shared, err);
	if (r == 0)
		r = cover_thermal(&directory, begun->sys_fd, err);
	closep(&file.next);
	closep(&directory.next);
	return r;
}

int mask_given(const struct rootfs_plan *plan, int root_fd, int dev_fd, int empty_fd,
	       struct ncrun_error *err)
{
	struct cover file = {.source_fd = dev_fd, .name = "null", .next = -1};
	struct cover directory = {.source_fd = empty_fd, .name = "", .next = empty_fd};
	int r = 0;

	for (char **path = plan->masked; r == 0 && *path; path++)
		r = cover_given(&file, &directory, root_fd, *path, err);
	closep(&file.next);
	if (directory.next != empty_fd)
		closep(&directory.next);
	return r;
}

static int read_only_given(const char *path, struct ncrun_error *err)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	_cleanup_close_ int root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int target = -1;
	_cleanup_close_ int mount = -1;

	target = path_open(root_fd, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (target < 0)
		return error_errno(err, "open read-only path '/%s'", path);
	mount = mount_clone(target, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (mount < 0 || mount_change(mount, AT_RECURSIVE, &attr) < 0 ||
	    mount_attach(mount, target, "") < 0)
		return error_errno(err, "make '/%s' read-only", path);
	return 0;
}

int mask_read_only(const struct rootfs_begun *begun, struct ncrun_error *err)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	/* Names in procfs itself: nothing of the image lies on the way. */
	if (fchdir(begun->proc_fd) < 0)
		return error_errno(err, "enter the node's /proc");
	for (size_t i = 0; i < COUNT(proc_read_only); i++) {
		const char *name = proc_read_only[i];

		if (mount_bind(name, name, MS_REC) < 0) {
			if (errno == ENOENT)
				continue;
			return error_errno(err, "bind '/proc/%s'", name);
		}
		if (mount_change_at(AT_FDCWD, name, 0, &attr) < 0)
			return error_errno(err, "make '/proc/%s' read-only", name);
	}
	return 0;
}

int mask_read_only_given(const struct rootfs_plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (char **path = plan->read_only_paths; r == 0 && path && *path; path++)
		r = read_only_given(*path, err);
	return r;
}

/* ---- for those who look ------------------------------------------------------------------ */

const char *rootfs_masked_path(bool own_ids, size_t nth, char *buffer, size_t size)
{
	static const struct {
		const char *under;
		const struct masked *list;
		size_t count;
	} lists[] = {
		{"/proc", proc_files, COUNT(proc_files)},
		{"/proc", proc_directories, COUNT(proc_directories)},
		{"/sys", sys_files, COUNT(sys_files)},
		{"/sys", sys_directories, COUNT(sys_directories)},
	};
	const unsigned int shared = own_ids ? 0 : SHARED_IDS;

	for (size_t i = 0; i < COUNT(lists); i++)
		for (size_t n = 0; n < lists[i].count; n++) {
			if ((lists[i].list[n].only & ~shared) != 0 || nth-- != 0)
				continue;
			snprintf(buffer, size, "%s/%s", lists[i].under, lists[i].list[n].path);
			return buffer;
		}
	return NULL;
}

const char *rootfs_read_only_path(size_t nth, char *buffer, size_t size)
{
	static const char *const others[] = {"/sys", "/sys/fs/cgroup"};

	if (nth < COUNT(others))
		return others[nth];
	nth -= COUNT(others);
	if (nth >= COUNT(proc_read_only))
		return NULL;
	snprintf(buffer, size, "/proc/%s", proc_read_only[nth]);
	return buffer;
}
