/* SPDX-License-Identifier: Apache-2.0 */

/* Volumes and file systems in memory: planned and opened, then cloned, then attached. */

#include "rootfs/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/filesystem.h"
#include "rootfs/mount_api.h"
#include "rootfs/target.h"

#define TMPFS_SIZE_DEFAULT (64ULL << 20)

static bool below(const char *path, const char *top)
{
	size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

/* What rootfs itself mounts there, and what is derived from it, must stay true. */
static int plan_target(const char *what, const char *text, struct planned_mount *mount,
		       struct ncrun_error *err)
{
	int r = plan_path(what, text, &mount->target, &mount->depth, err);

	if (r < 0)
		return r;
	if (mount->depth == 0)
		return error_set(err, EINVAL, "%s '%s': cannot be the root itself", what, text);
	if (below(mount->target, "proc") || below(mount->target, "sys") ||
	    text_equal(mount->target, "dev"))
		return error_set(err, EINVAL, "%s '%s': '/%.*s' belongs to the node itself", what,
				 text, (int)strcspn(mount->target, "/"), mount->target);
	return 0;
}

/* The descriptor's, unless the caller has a name for it that is enough. */
static int plan_source(int fd, struct planned_mount *mount, struct ncrun_error *err)
{
	char path[PATH_MAX];
	int r = mount->source ? 0 : descriptor_path(fd, path, err);

	if (r < 0 || mount->source)
		return r;
	mount->source = strdup(path);
	return mount->source ? 0 : error_errno(err, "copy path");
}

int volume_plan_fd(int fd, struct planned_mount *mount, struct ncrun_error *err)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "look at it");
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return error_set(err, EINVAL, "a device cannot be a volume");

	r = plan_source(fd, mount, err);
	if (r < 0)
		return r;

	mount->directory = S_ISDIR(st.st_mode);
	mount->device = st.st_dev;
	mount->inode = st.st_ino;
	return 0;
}

int volume_plan(const struct ncrun_volume *volume, struct planned_mount *mount,
		struct ncrun_error *err)
{
	static const uint64_t propagation[] = {
		[NCRUN_PROPAGATION_PRIVATE] = MS_PRIVATE,
		[NCRUN_PROPAGATION_SLAVE] = MS_SLAVE,
		[NCRUN_PROPAGATION_SHARED] = MS_SHARED,
	};
	int r;

	mount->kind = PLANNED_VOLUME;
	mount->recursive = volume->recursive;
	mount->idmap = volume->idmap;
	mount->propagation = propagation[volume->propagation];
	mount->attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    (volume->read_only ? MOUNT_ATTR_RDONLY : 0) |
			    (volume->noexec ? MOUNT_ATTR_NOEXEC : 0);

	mount->source_fd = open(volume->source, O_PATH | O_CLOEXEC);
	if (mount->source_fd < 0)
		return error_errno(err, "open volume '%s'", volume->source);
	r = volume_plan_fd(mount->source_fd, mount, err);
	if (r < 0)
		return error_wrap(err, r, "volume '%s'", volume->source);

	return plan_target("volume target", volume->target, mount, err);
}

int file_plan(const struct rootfs_file *file, bool by_path, struct planned_mount *mount,
	      struct ncrun_error *err)
{
	int r;

	mount->kind = PLANNED_VOLUME;
	mount->propagation = MS_PRIVATE;
	mount->attributes =
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	mount->optional = !file->required;
	if (!by_path) {
		mount->source = strdup(file->target);
		if (!mount->source)
			return error_errno(err, "copy path");
	}
	mount->source_fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (mount->source_fd < 0)
		return error_errno(err, "duplicate a descriptor");
	r = volume_plan_fd(mount->source_fd, mount, err);
	if (r < 0)
		return error_wrap(err, r, "file for '%s'", file->target);
	return plan_target("file", file->target, mount, err);
}

int tmpfs_plan(const struct ncrun_tmpfs *tmpfs, struct planned_mount *mount,
	       struct ncrun_error *err)
{
	uint64_t size = tmpfs->size_bytes ? tmpfs->size_bytes : TMPFS_SIZE_DEFAULT;
	uint32_t mode = tmpfs->mode ? tmpfs->mode : 01777;

	mount->kind = PLANNED_TMPFS;
	mount->source_fd = -1;
	mount->flags = MS_NOSUID | MS_NODEV | (tmpfs->noexec ? MS_NOEXEC : 0);
	mount->directory = true;
	if (mode > 07777)
		return error_set(err, EINVAL, "mode '%o' of '%s': not at most 7777", mode,
				 tmpfs->target);
	snprintf(mount->options, sizeof(mount->options), "size=%llu,mode=%o",
		 (unsigned long long)size, mode);

	return plan_target("target of a file system in memory", tmpfs->target, mount, err);
}

void planned_mount_done(struct planned_mount *mount)
{
	free(mount->target);
	free(mount->source);
	closep(&mount->source_fd);
}

static int volume_set(const struct planned_mount *volume, int fd, int userns_fd,
		      struct ncrun_error *err)
{
	struct mount_attr attr = {
		.attr_set = volume->attributes,
		.propagation = volume->propagation,
	};
	unsigned int flags = volume->recursive ? AT_RECURSIVE : 0;

	if (volume->idmap && userns_fd >= 0) {
		attr.attr_set |= MOUNT_ATTR_IDMAP;
		attr.userns_fd = (uint64_t)userns_fd;
	}
	if (mount_change(fd, flags, &attr) == 0)
		return 0;
	if (!(attr.attr_set & MOUNT_ATTR_IDMAP))
		return error_errno(err, "set flags of volume '%s'", volume->source);
	if (!volume->idmap_optional) {
		char name[FILESYSTEM_NAME_SIZE];

		if (errno != EINVAL)
			return error_errno(err, "id-map volume '%s'", volume->source);
		filesystem_name(volume->device, name);
		return error_set(err, EINVAL,
				 "volume '%s' cannot be id-mapped: its file system (%s)%s "
				 "does not allow it; leave out 'idmap' or use --userns host",
				 volume->source, name,
				 volume->recursive ? " or one mounted below it" : "");
	}
	attr.attr_set = volume->attributes;
	if (mount_change(fd, flags, &attr) < 0)
		return error_errno(err, "set flags of volume '%s'", volume->source);
	return 0;
}

int volume_clone(const struct planned_mount *volume, int userns_fd, int *ret_fd,
		 struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	fd = mount_clone(volume->source_fd, "",
			 AT_EMPTY_PATH | (volume->recursive ? AT_RECURSIVE : 0));
	if (fd < 0)
		return error_errno(err, "clone volume '%s'", volume->source);
	r = volume_set(volume, fd, userns_fd, err);
	if (r < 0)
		return r;

	*ret_fd = take_fd(fd);
	return 0;
}

int volume_clone_by_path(const struct planned_mount *volume, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_close_ int source = open(volume->source, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_close_ int fd = -1;
	struct planned_mount recursive = *volume;
	struct stat st;
	int r;

	if (source < 0 || fstat(source, &st) < 0)
		return error_errno(err, "open volume '%s'", volume->source);
	if (st.st_dev != volume->device || st.st_ino != volume->inode)
		return error_set(err, ESTALE, "volume '%s' was replaced meanwhile", volume->source);

	/* The mounts below are locked to it in a user namespace (mount_namespaces(7)). */
	recursive.recursive = true;
	fd = mount_clone(source, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (fd < 0)
		return error_errno(err, "clone volume '%s'", volume->source);
	r = volume_set(&recursive, fd, -1, err);
	if (r < 0)
		return r;

	*ret_fd = take_fd(fd);
	return 0;
}

/* A link of the image must not put a mount where rootfs looks for its own. */
static int refuse_kernel_file_systems(int target, const struct planned_mount *mount,
				      struct ncrun_error *err)
{
	struct statfs fs;

	if (fstatfs(target, &fs) < 0)
		return error_errno(err, "look at mount target '/%s'", mount->target);
	if (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC ||
	    fs.f_type == CGROUP2_SUPER_MAGIC || fs.f_type == CGROUP_SUPER_MAGIC)
		return error_set(err, EINVAL, "mount target '/%s' leads into /proc or /sys",
				 mount->target);
	return 0;
}

/* Links that lead nowhere or into the kernel's file systems, a directory or file in the way, a
 * root that cannot be written. */
static bool no_place(int r)
{
	return r == -ELOOP || r == -ENOENT || r == -ENOTDIR || r == -EISDIR || r == -EINVAL ||
	       r == -EROFS || r == -EACCES || r == -EPERM;
}

int planned_mount_attach(const struct planned_mount *mount, int root_fd, int fd,
			 struct ncrun_error *err)
{
	_cleanup_close_ int target = -1;
	int r;

	r = target_open(root_fd, mount->target, mount->directory, &target, err);
	if (r == 0)
		r = refuse_kernel_file_systems(target, mount, err);
	if (r < 0)
		return mount->optional && no_place(r) ? 0 : r;

	if (mount->kind == PLANNED_VOLUME) {
		if (mount_attach(fd, target, "") < 0)
			return error_errno(err, "mount volume at '/%s'", mount->target);
		return 0;
	}
	if (fchdir(target) < 0 || mount_new("tmpfs", ".", mount->flags, mount->options) < 0)
		return error_errno(err, "mount file system in memory at '/%s'", mount->target);
	return 0;
}
