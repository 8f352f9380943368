/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The child's half: the prepared mounts become its root.
 *
 * Nothing is allocated here. /proc and /sys are mounted while the machine's are
 * still to be seen, which the kernel asks of a user namespace; then the old root
 * goes, and only after that is a path of the image or a volume's target looked
 * up, so that there is nothing left it could lead to.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/error.h"
#include "rootfs/layers.h"
#include "rootfs/mask.h"
#include "rootfs/mount_api.h"
#include "rootfs/target.h"
#include "rootfs/volume.h"

#define PROC_ROOT_INODE 1

struct entry {
	const struct rootfs_plan *plan;
	const int *fds; /* of the parent; borrowed */
	size_t count;
	int root, dev, empty; /* borrowed from @fds or @layers */
	int volumes[ROOTFS_FDS_MAX];
	struct layers layers;
	int proc, sys; /* owned */
	bool cgroup;   /* a cgroup2 of the node's own is mounted */
};

static void entry_done(struct entry *entry)
{
	layers_done(&entry->layers);
	closep(&entry->proc);
	closep(&entry->sys);
}

static int open_verified(int root_fd, const char *name, int flags, unsigned long magic, int *ret_fd,
			 struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(root_fd, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return error_errno(err, "open the node's '/%s'", name);
	if ((unsigned long)fs.f_type != magic)
		return error_set(err, ENOTSUP, "the node's '/%s' is not what was mounted there",
				 name);
	*ret_fd = take_fd(fd);
	return 0;
}

static int enter_privately(struct entry *entry, struct ncrun_error *err)
{
	(void)entry;
	if (mount_propagation("/", MS_REC | MS_PRIVATE) < 0)
		return error_errno(err, "make mounts private");
	return 0;
}

static int take_prepared(struct entry *entry, struct ncrun_error *err)
{
	size_t at = ROOTFS_FD_VOLUMES;

	if (entry->count < ROOTFS_FD_VOLUMES + entry->plan->volume_count)
		return error_set(err, EINVAL, "%zu prepared mounts: %zu are missing", entry->count,
				 ROOTFS_FD_VOLUMES + entry->plan->volume_count - entry->count);
	entry->root = entry->fds[ROOTFS_FD_ROOT];
	entry->dev = entry->fds[ROOTFS_FD_DEV];
	entry->empty = entry->fds[ROOTFS_FD_EMPTY];
	for (size_t i = 0; i < entry->plan->mount_count; i++)
		if (entry->plan->mounts[i].kind == PLANNED_VOLUME)
			entry->volumes[i] = entry->fds[at++];
	return 0;
}

static int make_own(struct entry *entry, struct ncrun_error *err)
{
	int r;

	r = layers_make(entry->plan, &entry->layers, err);
	if (r < 0)
		return r;
	r = layers_attach(&entry->layers, err);
	if (r < 0)
		return r;
	r = layers_mount(entry->plan, true, &entry->layers, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < entry->plan->mount_count; i++) {
		if (entry->plan->mounts[i].kind != PLANNED_VOLUME)
			continue;
		r = volume_clone_by_path(&entry->plan->mounts[i], &entry->volumes[i], err);
		if (r < 0)
			return r;
	}

	entry->root = entry->layers.root;
	entry->dev = entry->layers.dev;
	entry->empty = entry->layers.empty;
	return 0;
}

static int enter_root(struct entry *entry, struct ncrun_error *err)
{
	int r = entry->plan->unprivileged ? make_own(entry, err) : take_prepared(entry, err);

	if (r < 0)
		return r;
	if (mount_attach(entry->root, AT_FDCWD, "/") < 0)
		return error_errno(err, "attach the root");
	return 0;
}

static int enter_proc(struct entry *entry, struct ncrun_error *err)
{
	_cleanup_close_ int target = -1;
	struct stat st;
	int r;

	r = target_open_own(entry->root, "proc", false, &target, err);
	if (r < 0)
		return r;
	if (fchdir(target) < 0 ||
	    mount_new("proc", ".", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return error_errno(err, "mount /proc");

	r = open_verified(entry->root, "proc", O_RDONLY, PROC_SUPER_MAGIC, &entry->proc, err);
	if (r < 0)
		return r;
	if (fstat(entry->proc, &st) < 0 || st.st_ino != PROC_ROOT_INODE)
		return error_set(err, ENOTSUP, "the node's /proc is not the root of a procfs");
	return 0;
}

/* Without a network namespace of its own a node may not have a sysfs of its own. */
static int bind_sys(int target, struct ncrun_error *err)
{
	const struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
	_cleanup_close_ int sys = mount_clone(AT_FDCWD, "/sys", AT_RECURSIVE);

	if (sys < 0 || mount_change(sys, AT_RECURSIVE, &attr) < 0 ||
	    mount_attach(sys, target, "") < 0)
		return error_errno(err, "bind the machine's /sys");
	return 0;
}

static int enter_sys(struct entry *entry, struct ncrun_error *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
	_cleanup_close_ int target = -1;
	int r;

	r = target_open_own(entry->root, "sys", false, &target, err);
	if (r < 0)
		return r;
	if (!entry->plan->network_namespace) {
		r = bind_sys(target, err);
		if (r < 0)
			return r;
	} else if (fchdir(target) < 0 || mount_new("sysfs", ".", flags, NULL) < 0) {
		return error_errno(err, "mount /sys");
	}
	return open_verified(entry->root, "sys", O_PATH, SYSFS_MAGIC, &entry->sys, err);
}

/*
 * By fsopen(2), since mount(2) could make the machine's one superblock of this
 * type read-only. A machine that uses cgroup v1 only has none.
 */
static int enter_cgroup(struct entry *entry, struct ncrun_error *err)
{
	_cleanup_close_ int fs = filesystem_open("cgroup2");
	_cleanup_close_ int mount = -1;

	if (fs >= 0)
		mount = filesystem_mount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						     MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mount < 0)
		return 0;
	if (mount_attach(mount, entry->sys, "fs/cgroup") < 0) {
		if (errno == ENOENT)
			return 0;
		return error_errno(err, "mount /sys/fs/cgroup");
	}
	entry->cgroup = true;
	return 0;
}

static int enter_dev(struct entry *entry, struct ncrun_error *err)
{
	_cleanup_close_ int target = -1;
	int r;

	r = target_open_own(entry->root, "dev", !entry->plan->writable_root, &target, err);
	if (r < 0)
		return r;
	if (mount_attach(entry->dev, target, "") < 0)
		return error_errno(err, "attach /dev");
	return entry->plan->unprivileged ? dev_bind_nodes(entry->dev, err) : 0;
}

/* The top of what is mounted at the root: ".." of a root is itself, and mounts on it are followed.
 */
static int refuse_old_root(const struct entry *entry, struct ncrun_error *err)
{
	struct statx root;
	struct statx top;

	if (statx(entry->root, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) < 0 ||
	    statx(AT_FDCWD, "..", 0, STATX_MNT_ID, &top) < 0)
		return error_errno(err, "look at the root");
	if (root.stx_mnt_id != top.stx_mnt_id)
		return error_set(err, EBUSY, "the machine's root is still mounted");
	return 0;
}

static int leave_old_root(struct entry *entry, struct ncrun_error *err)
{
	if (fchdir(entry->root) < 0)
		return error_errno(err, "enter the root");
	if (mount_pivot(".", ".") < 0)
		return error_errno(err, "make it the root");
	/* The old root lies on top of the new one, so "." names it; on it, what make_own() put. */
	if (entry->plan->unprivileged && mount_remove(".", UMOUNT_DETACH) < 0)
		return error_errno(err, "remove the layers");
	if (mount_remove(".", UMOUNT_DETACH) < 0)
		return error_errno(err, "remove the machine's root");
	return refuse_old_root(entry, err);
}

static int enter_below_dev(struct entry *entry, struct ncrun_error *err)
{
	return dev_mount_below(entry->dev, err);
}

static int enter_mounts(struct entry *entry, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < entry->plan->mount_count; i++)
		r = planned_mount_attach(&entry->plan->mounts[i], entry->root, entry->volumes[i],
					 err);
	return r;
}

static int enter_masks(struct entry *entry, struct ncrun_error *err)
{
	const struct mask_sources sources = {
		.dev_fd = entry->dev,
		.empty_fd = entry->empty,
		.proc_fd = entry->proc,
		.sys_fd = entry->sys,
		.hide_cgroups = !entry->cgroup && !entry->plan->network_namespace,
	};
	int r = mask_paths(entry->plan, entry->root, &sources, err);

	if (r < 0)
		return r;
	if (chdir("/") < 0)
		return error_errno(err, "enter the root");
	return 0;
}

/* Order matters: see the top of this file. */
static int (*const steps[])(struct entry *entry, struct ncrun_error *err) = {
	enter_privately, enter_root,     enter_proc,      enter_sys,    enter_cgroup,
	enter_dev,       leave_old_root, enter_below_dev, enter_mounts, enter_masks,
};

int rootfs_enter(const struct rootfs_plan *plan, const int *fds, size_t count, int *ret_proc_fd,
		 struct ncrun_error *err)
{
	_cleanup_(entry_done) struct entry entry = {
		.plan = plan,
		.fds = fds,
		.count = count,
		.layers = LAYERS_NONE,
		.proc = -1,
		.sys = -1,
	};
	mode_t old_umask = umask(022);
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](&entry, err);
	umask(old_umask);
	if (r < 0)
		return r;

	*ret_proc_fd = take_fd(entry.proc);
	return 0;
}

int rootfs_seal(const struct rootfs_plan *plan, struct ncrun_error *err)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	int r = mask_read_only(plan, err);

	if (r < 0)
		return r;
	if (plan->read_only && mount_change_at(AT_FDCWD, "/", 0, &attr) < 0)
		return error_errno(err, "make the root read-only");
	return 0;
}
