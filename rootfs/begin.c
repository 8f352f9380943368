/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a child does while its parent makes the overlay.
 *
 * Everything is mounted on a stage, a tmpfs that nobody else has, under names in
 * it: no path leads through an image. /proc and /sys must be mounted while the
 * machine's are still to be seen, which the kernel asks of a user namespace.
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
#include "rootfs/stage.h"
#include "rootfs/volume.h"

static int begin_privately(const struct rootfs_plan *plan, struct rootfs_begun *begun,
			   struct ncrun_error *err)
{
	(void)plan;
	(void)begun;
	if (mount_propagation("/", MS_REC | MS_PRIVATE) < 0)
		return error_errno(err, "make mounts private");
	return 0;
}

static int begin_stage(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		       struct ncrun_error *err)
{
	(void)plan;
	return stage_make(&begun->stage_fd, err);
}

static int open_verified(const struct rootfs_begun *begun, const char *name, int flags,
			 unsigned long magic, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(begun->stage_fd, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return error_errno(err, "open the node's '/%s'", name);
	if ((unsigned long)fs.f_type != magic)
		return error_set(err, ENOTSUP, "the node's '/%s' is not what was mounted there",
				 name);
	*ret_fd = take_fd(fd);
	return 0;
}

static int begin_proc(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		      struct ncrun_error *err)
{
	(void)plan;
	if (mount_new("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return error_errno(err, "mount /proc");
	return open_verified(begun, "proc", O_RDONLY, PROC_SUPER_MAGIC, &begun->proc_fd, err);
}

/* Without a network namespace of its own a node may not have a sysfs of its own. */
static int bind_sys(const struct rootfs_begun *begun, struct ncrun_error *err)
{
	const struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
	};
	_cleanup_close_ int sys = mount_clone(AT_FDCWD, "/sys", AT_RECURSIVE);

	if (sys < 0 || mount_change(sys, AT_RECURSIVE, &attr) < 0 ||
	    mount_attach(sys, begun->stage_fd, "sys") < 0)
		return error_errno(err, "bind the machine's /sys");
	return 0;
}

static int begin_sys(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		     struct ncrun_error *err)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY;
	int r;

	if (!plan->network_namespace) {
		r = bind_sys(begun, err);
		if (r < 0)
			return r;
	} else if (mount_new("sysfs", "sys", flags, NULL) < 0) {
		return error_errno(err, "mount /sys");
	}
	return open_verified(begun, "sys", O_PATH, SYSFS_MAGIC, &begun->sys_fd, err);
}

/*
 * By fsopen(2), since mount(2) could make the machine's one superblock of this
 * type read-only. A machine that uses cgroup v1 only has none; what a bound /sys
 * then shows is covered.
 */
static int begin_cgroup(const struct rootfs_plan *plan, struct rootfs_begun *begun,
			struct ncrun_error *err)
{
	_cleanup_close_ int fs = filesystem_open("cgroup2");
	_cleanup_close_ int mount = -1;

	if (fs >= 0)
		mount = filesystem_mount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						     MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (mount < 0 && plan->network_namespace)
		return 0;
	if (mount < 0) {
		int r = stage_clone(begun->stage_fd, &mount, err);

		if (r < 0)
			return r;
	}
	if (mount_attach(mount, begun->sys_fd, "fs/cgroup") < 0 && errno != ENOENT)
		return error_errno(err, "mount /sys/fs/cgroup");
	return 0;
}

static int begin_dev(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		     struct ncrun_error *err)
{
	(void)plan;
	(void)begun;
	return dev_mount_below(err);
}

static int own_volumes(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		       struct ncrun_error *err)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		int r;

		if (plan->mounts[i].kind != PLANNED_VOLUME)
			continue;
		r = volume_clone_by_path(&plan->mounts[i], &begun->own[begun->own_count], err);
		if (r < 0)
			return r;
		begun->own_count++;
	}
	return 0;
}

/* What rootfs_prepare() would have made, in the same order. */
static int begin_own(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		     struct ncrun_error *err)
{
	_cleanup_(layers_done) struct layers layers = LAYERS_NONE;
	int r;

	if (!plan->unprivileged)
		return 0;
	r = layers_make(plan, &layers, err);
	if (r < 0)
		return r;
	if (mkdirat(begun->stage_fd, "base", 0700) < 0 ||
	    mount_attach(layers.base, begun->stage_fd, "base") < 0)
		return error_errno(err, "attach a tmpfs");
	r = layers_mount(plan, true, &layers, err);
	if (r < 0)
		return r;

	/* The overlay has clones of its layers. */
	if (mount_remove("base", UMOUNT_DETACH) < 0 ||
	    unlinkat(begun->stage_fd, "base", AT_REMOVEDIR) < 0)
		return error_errno(err, "clear the stage");
	if (mount_attach(layers.dev, begun->stage_fd, "dev") < 0)
		return error_errno(err, "attach /dev");
	r = dev_bind_nodes(layers.dev, err);
	if (r < 0)
		return r;

	begun->own[ROOTFS_FD_ROOT] = take_fd(layers.root);
	begun->own[ROOTFS_FD_DEV] = take_fd(layers.dev);
	begun->own_count = ROOTFS_FD_VOLUMES;
	return own_volumes(plan, begun, err);
}

static int begin_masks(const struct rootfs_plan *plan, struct rootfs_begun *begun,
		       struct ncrun_error *err)
{
	_cleanup_close_ int null_fd = -1;
	int r;

	if (plan->masked || plan->privileged)
		return 0;
	r = dev_open_null(&null_fd, err);
	if (r < 0)
		return r;
	return mask_built_in(plan, begun, null_fd, err);
}

/* Order matters: see the top of this file. */
static int (*const steps[])(const struct rootfs_plan *plan, struct rootfs_begun *begun,
			    struct ncrun_error *err) = {
	begin_privately, begin_stage, begin_proc, begin_sys,
	begin_cgroup,    begin_dev,   begin_own,  begin_masks,
};

int rootfs_begin(const struct rootfs_plan *plan, struct rootfs_begun *ret, struct ncrun_error *err)
{
	const mode_t old_umask = umask(022);
	int r = 0;

	ret->stage_fd = -1;
	ret->proc_fd = -1;
	ret->sys_fd = -1;
	ret->own_count = 0;
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](plan, ret, err);
	umask(old_umask);
	return r;
}
