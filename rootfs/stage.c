/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "rootfs/mount_api.h"

static const char *const names[] = {"proc", "sys", "dev"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int stage_make(int *ret_fd, struct ncrun_error *err)
{
	const unsigned int flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	_cleanup_close_ int fs = filesystem_open("tmpfs");
	_cleanup_close_ int stage = -1;

	if (fs >= 0 && filesystem_set(fs, "mode", "0555") == 0)
		stage = filesystem_mount(fs, flags);
	if (stage < 0 || mount_attach(stage, AT_FDCWD, "/") < 0)
		return error_errno(err, "make a stage for mounts");
	for (size_t i = 0; i < COUNT(names); i++)
		if (mkdirat(stage, names[i], 0755) < 0)
			return error_errno(err, "make '%s' on the stage", names[i]);
	if (fchdir(stage) < 0)
		return error_errno(err, "enter the stage");

	*ret_fd = take_fd(stage);
	return 0;
}

/* ".." of a root is itself, and what is mounted on it is followed: it must be nothing. */
static int refuse_leftovers(int root_fd, struct ncrun_error *err)
{
	struct statx root;
	struct statx top;

	if (statx(root_fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &root) < 0 ||
	    statx(AT_FDCWD, "/..", 0, STATX_MNT_ID, &top) < 0)
		return error_errno(err, "look at the root");
	/* A C library may answer in the place of a kernel that has no statx(2). */
	if (!(root.stx_mask & top.stx_mask & STATX_MNT_ID)) {
		errno = ENOSYS;
		return error_errno(err, "look at the root");
	}
	if (root.stx_mnt_id != top.stx_mnt_id)
		return error_set(err, EBUSY, "a former root is still mounted");
	return 0;
}

int stage_give_way(int root_fd, struct ncrun_error *err)
{
	if (fchdir(root_fd) < 0 || mount_pivot(".", ".") < 0)
		return error_errno(err, "make it the root");
	return 0;
}

int stage_clone(int stage_fd, int *ret_fd, struct ncrun_error *err)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	_cleanup_close_ int fd = mount_clone(stage_fd, "", AT_EMPTY_PATH);

	if (fd < 0 || mount_change(fd, 0, &attr) < 0)
		return error_errno(err, "clone an empty directory");
	*ret_fd = take_fd(fd);
	return 0;
}

int stage_put_away(int stage_fd, int root_fd, int sys_fd, struct ncrun_error *err)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	for (size_t i = 0; i < COUNT(names); i++)
		if (unlinkat(stage_fd, names[i], AT_REMOVEDIR) < 0)
			return error_errno(err, "clear '%s' off the stage", names[i]);
	if (mount_change(stage_fd, 0, &attr) < 0)
		return error_errno(err, "make the stage read-only");
	/* Each lies on top of the one below it, and "." names the topmost. */
	if ((sys_fd < 0 || mount_attach(stage_fd, sys_fd, STAGE_COVERS) < 0) &&
	    mount_remove(".", UMOUNT_DETACH) < 0)
		return error_errno(err, "remove the stage");
	if (mount_remove(".", UMOUNT_DETACH) < 0)
		return error_errno(err, "remove the machine's root");
	return refuse_leftovers(root_fd, err);
}
