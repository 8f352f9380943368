/* SPDX-License-Identifier: Apache-2.0 */

/* A node's root: the image below, its changes above, joined by overlayfs. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "base/error.h"
#include "rootfs/filesystem.h"
#include "rootfs/host.h"
#include "rootfs/layers.h"
#include "rootfs/mount_api.h"

/* Of /dev and nothing else, when the changes are on disk. */
#define SMALL_BASE_SIZE "1048576"

void layers_done(struct layers *layers)
{
	closep(&layers->root);
	closep(&layers->dev);
	closep(&layers->upper);
	closep(&layers->work);
	closep(&layers->lower);
	closep(&layers->outer);
	closep(&layers->base);
}

static int idmap(int fd, int userns_fd)
{
	const struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t)userns_fd,
	};

	return mount_change(fd, 0, &attr);
}

static int idmap_refused(const char *what, const char *path, dev_t device, struct ncrun_error *err)
{
	char name[FILESYSTEM_NAME_SIZE];

	if (errno != EINVAL)
		return error_errno(err, "id-map %s '%s'", what, path);
	filesystem_name(device, name);
	return error_set(err, EINVAL,
			 "%s '%s' cannot be id-mapped: its file system (%s) does not allow it; "
			 "keep it on another one, or use --userns host",
			 what, path, name);
}

struct root_name {
	char text[PATH_MAX];
};

/* For people: what is opened is the descriptor. */
static struct root_name root_name(const struct rootfs_plan *plan)
{
	struct root_name name;

	if (descriptor_path(plan->root_fd, name.text, NULL) < 0)
		snprintf(name.text, sizeof(name.text), "%d", plan->root_fd);
	return name;
}

static int make_lower(const struct rootfs_plan *plan, struct layers *layers,
		      struct ncrun_error *err)
{
	layers->lower = mount_clone(plan->root_fd, "", AT_EMPTY_PATH);
	if (layers->lower < 0)
		return error_errno(err, "clone root file system '%s'", root_name(plan).text);
	return 0;
}

static int idmap_lower(const struct rootfs_plan *plan, const struct layers *layers,
		       struct ncrun_error *err)
{
	if (layers->userns_fd >= 0 && idmap(layers->lower, layers->userns_fd) < 0)
		return idmap_refused("root file system", root_name(plan).text, plan->root_device,
				     err);
	return 0;
}

/* The parent's descriptor belongs to another mount namespace: the kernel refuses it as a layer. */
static int reopen_lower(const struct rootfs_plan *plan, struct layers *layers,
			struct ncrun_error *err)
{
	struct stat st;

	layers->lower = open(plan->root_path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (layers->lower < 0 || fstat(layers->lower, &st) < 0)
		return error_errno(err, "open root file system '%s'", root_name(plan).text);
	if (st.st_dev != plan->root_device || st.st_ino != plan->root_inode)
		return error_set(err, ESTALE, "root file system '%s' was replaced meanwhile",
				 root_name(plan).text);
	return 0;
}

/* The overlay's root has the owner and mode of its upper directory. */
static int make_upper(const struct rootfs_plan *plan, int dir_fd, const char *name,
		      struct ncrun_error *err)
{
	const uid_t uid = upper_id(plan->root_uid, upper_uid_base(plan));
	const gid_t gid = upper_id(plan->root_gid, upper_gid_base(plan));

	if (mkdirat(dir_fd, "work", 0700) < 0 && errno != EEXIST)
		return error_errno(err, "make the overlay's work directory");
	if (mkdirat(dir_fd, name, plan->root_mode) < 0)
		return errno == EEXIST ? 0 : error_errno(err, "make the directory for changes");
	if (!plan->unprivileged && (uid != 0 || gid != 0) &&
	    fchownat(dir_fd, name, uid, gid, 0) < 0)
		return error_errno(err, "set the owner of the directory for changes");
	if (fchmodat(dir_fd, name, plan->root_mode, 0) < 0)
		return error_errno(err, "set the mode of the directory for changes");
	return 0;
}

static int open_layers(int dir_fd, const char *upper, struct layers *layers,
		       struct ncrun_error *err)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	layers->upper = openat(dir_fd, upper, flags);
	if (layers->upper < 0)
		return error_errno(err, "open the directory for changes");
	layers->work = openat(dir_fd, "work", flags);
	if (layers->work < 0)
		return error_errno(err, "open the overlay's work directory");
	return 0;
}

static int make_base(const struct rootfs_plan *plan, struct layers *layers, struct ncrun_error *err)
{
	_cleanup_close_ int fs = filesystem_open("tmpfs");
	const bool small = plan->upper_path || plan->writable_root;
	const char *size = small ? SMALL_BASE_SIZE : plan->upper_size;

	if (fs < 0)
		return error_errno(err, "open a tmpfs");
	if (*size && filesystem_set(fs, "size", size) < 0)
		return error_errno(err, "limit a tmpfs to '%s' bytes", size);
	layers->base = filesystem_mount(fs, MOUNT_ATTR_NOSUID);
	if (layers->base < 0)
		return error_errno(err, "make a tmpfs");
	return dev_make(plan, layers->base, plan->unprivileged, err);
}

static int make_outer(const struct rootfs_plan *plan, struct layers *layers,
		      struct ncrun_error *err)
{
	struct stat st;

	if (plan->unprivileged)
		layers->outer =
			open(plan->upper_path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	else
		layers->outer = mount_clone(plan->upper_fd, "", AT_EMPTY_PATH);
	if (layers->outer < 0 || fstat(plan->upper_fd, &st) < 0)
		return error_errno(err, "open directory for changes '%s'", plan->upper_path);
	if (layers->userns_fd >= 0 && idmap(layers->outer, layers->userns_fd) < 0)
		return idmap_refused("directory for changes", plan->upper_path, st.st_dev, err);
	return 0;
}

/* Where upper and work are made: with ids as they are on disk. */
static int changes_fd(const struct rootfs_plan *plan, const struct layers *layers)
{
	return plan->upper_path ? plan->upper_fd : layers->base;
}

static int hide_secrets(const struct rootfs_plan *plan, int dir_fd, const char *upper, int lower_fd,
			struct ncrun_error *err)
{
	_cleanup_close_ int upper_fd =
		openat(dir_fd, upper, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (upper_fd < 0)
		return error_errno(err, "open the directory for changes");
	return host_hide(plan, lower_fd, upper_fd, err);
}

int layers_make(const struct rootfs_plan *plan, struct layers *layers, struct ncrun_error *err)
{
	const char *upper = plan->upper_path ? "data" : "upper";
	int r;

	/* First what can be refused; but hiding reads owners as they are on disk. */
	r = plan->unprivileged ? reopen_lower(plan, layers, err) : make_lower(plan, layers, err);
	if (r == 0 && !plan->host)
		r = idmap_lower(plan, layers, err);
	if (r == 0 && plan->upper_path)
		r = make_outer(plan, layers, err);
	if (r == 0)
		r = make_base(plan, layers, err);
	if (r < 0 || plan->writable_root)
		return r;

	r = make_upper(plan, changes_fd(plan, layers), upper, err);
	if (r == 0 && plan->host) {
		r = hide_secrets(plan, changes_fd(plan, layers), upper, layers->lower, err);
		if (r == 0)
			r = idmap_lower(plan, layers, err);
	}
	if (r < 0)
		return r;
	return open_layers(plan->upper_path ? layers->outer : layers->base, upper, layers, err);
}

static int set_layer(int fs, const char *key, int fd, bool by_path)
{
	char path[sizeof("/proc/self/fd/-2147483648")];

	if (!by_path)
		return filesystem_set_fd(fs, key, fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return filesystem_set(fs, key, path);
}

/*
 * Explicit, because the kernel's defaults are a matter of its configuration: a
 * layer must not be able to redirect a lookup out of itself.
 */
static int set_options(int fs, bool unprivileged, struct ncrun_error *err)
{
	static const struct {
		const char *key, *value;
	} options[] = {
		{"metacopy", "off"}, {"redirect_dir", "nofollow"}, {"index", "off"},
		{"xino", "off"},     {"nfs_export", "off"},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (filesystem_set(fs, options[i].key, options[i].value) < 0)
			return error_errno(err, "set overlay option '%s=%s'", options[i].key,
					   options[i].value);
	if (unprivileged && filesystem_set_flag(fs, "userxattr") < 0)
		return error_errno(err, "set overlay option 'userxattr'");
	return 0;
}

static int mount_overlay(const struct rootfs_plan *plan, bool attached, struct layers *layers,
			 struct ncrun_error *err)
{
	_cleanup_close_ int fs = filesystem_open("overlay");
	struct statfs st;
	int r;

	if (fs < 0)
		return error_errno(err, "open an overlay");
	if (set_layer(fs, attached ? "lowerdir" : "lowerdir+", layers->lower, attached) < 0 ||
	    set_layer(fs, "upperdir", layers->upper, attached) < 0 ||
	    set_layer(fs, "workdir", layers->work, attached) < 0)
		return error_errno(err, "set the layers of the overlay on '%s'",
				   root_name(plan).text);
	r = set_options(fs, plan->unprivileged, err);
	if (r < 0)
		return r;

	layers->root = filesystem_mount(fs, MOUNT_ATTR_NODEV);
	if (layers->root < 0 || fstatfs(layers->root, &st) < 0)
		return error_errno(err, "make the overlay on '%s'%s%s", root_name(plan).text,
				   plan->upper_path ? " with changes in " : "",
				   plan->upper_path ? plan->upper_path : "");
	/* So it does when it cannot use its work directory, and says so in the kernel's log only.
	 */
	if (st.f_flags & ST_RDONLY)
		return error_set(err, EROFS, "the overlay on '%s' came out read-only%s%s",
				 root_name(plan).text, plan->upper_path ? ": cannot use " : "",
				 plan->upper_path ? plan->upper_path : "");
	return 0;
}

static int mount_writable_root(const struct rootfs_plan *plan, struct layers *layers,
			       struct ncrun_error *err)
{
	/* Shared as the machine's are, it would show there what is mounted on it. */
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV, .propagation = MS_PRIVATE};

	if (!plan->unprivileged)
		layers->root = take_fd(layers->lower);
	else
		layers->root = mount_clone(layers->lower, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (layers->root < 0)
		return error_errno(err, "clone root file system '%s'", root_name(plan).text);
	if (mount_change(layers->root, plan->unprivileged ? AT_RECURSIVE : 0, &attr) < 0)
		return error_errno(err, "set flags of root file system '%s'", root_name(plan).text);
	return 0;
}

/* Before Linux 6.3 a tmpfs cannot be id-mapped: then what is there becomes the node's. */
static int idmap_dev(const struct rootfs_plan *plan, const struct layers *layers,
		     struct ncrun_error *err)
{
	if (idmap(layers->dev, layers->userns_fd) == 0)
		return 0;
	if (errno != EINVAL)
		return error_errno(err, "id-map /dev");
	return dev_give(plan, layers->dev, err);
}

int layers_mount(const struct rootfs_plan *plan, bool attached, struct layers *layers,
		 struct ncrun_error *err)
{
	int r;

	if (!attached && (plan->avoid & ROOTFS_AVOID_LAYER_FDS))
		return error_set(err, EINVAL, "overlay layers by descriptor are switched off");

	layers->dev = mount_clone(layers->base, "dev", 0);
	if (layers->dev < 0)
		return error_errno(err, "clone /dev");
	if (layers->userns_fd >= 0) {
		r = idmap_dev(plan, layers, err);
		if (r < 0)
			return r;
	}
	return plan->writable_root ? mount_writable_root(plan, layers, err)
				   : mount_overlay(plan, attached, layers, err);
}
