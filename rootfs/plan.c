/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/plan.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "rootfs/filesystem.h"
#include "rootfs/host.h"

int plan_path(const char *what, const char *text, char **ret, unsigned int *ret_depth,
	      struct ncrun_error *err)
{
	_cleanup_text_ struct text path = {0};
	unsigned int depth = 0;

	if (text[0] != '/')
		return error_set(err, EINVAL, "%s '%s': not an absolute path", what, text);
	if (strlen(text) >= PATH_MAX)
		return error_set(err, ENAMETOOLONG, "%s: path longer than %d bytes", what,
				 PATH_MAX - 1);

	for (const char *part = text; *part;) {
		size_t length = strcspn(part, "/");

		if (length == 2 && memcmp(part, "..", 2) == 0)
			return error_set(err, EINVAL, "%s '%s': '..' is not allowed here", what,
					 text);
		if (length > NAME_MAX)
			return error_set(err, ENAMETOOLONG, "%s '%s': name too long", what, text);
		if (length > 0 && !(length == 1 && part[0] == '.')) {
			if (depth++ > 0)
				text_append_char(&path, '/');
			text_append_bytes(&path, part, length);
		}
		part += length;
		part += strspn(part, "/");
	}

	*ret = depth > 0 ? text_take(&path) : strdup("");
	if (!*ret)
		return error_set(err, ENOMEM, "%s '%s': out of memory", what, text);
	*ret_depth = depth;
	return 0;
}

static int plan_paths(const char *what, const char *const *list, char ***ret,
		      struct ncrun_error *err)
{
	size_t count = strings_count(list);
	_cleanup_(strings_freep) char **paths = calloc(count + 1, sizeof(*paths));
	int r;

	if (!paths)
		return error_errno(err, "%s: allocate list", what);
	for (size_t i = 0; i < count; i++) {
		unsigned int depth = 0;

		r = plan_path(what, list[i], &paths[i], &depth, err);
		if (r < 0)
			return r;
		if (depth == 0)
			return error_set(err, EINVAL, "%s '%s': cannot be the root itself", what,
					 list[i]);
	}
	*ret = take_ptr(paths);
	return 0;
}

static int plan_lists(const struct rootfs_spec *spec, struct rootfs_plan *plan,
		      struct ncrun_error *err)
{
	int r;

	if (spec->masked_paths) {
		r = plan_paths("masked path", spec->masked_paths, &plan->masked, err);
		if (r < 0)
			return r;
	}
	if (spec->read_only_paths) {
		r = plan_paths("read-only path", spec->read_only_paths, &plan->read_only_paths,
			       err);
		if (r < 0)
			return r;
	}
	if (spec->hidden) {
		r = plan_paths("hidden path", spec->hidden, &plan->hidden, err);
		if (r < 0)
			return r;
	}
	if (spec->identity) {
		plan->identity = strdup(spec->identity);
		if (!plan->identity)
			return error_errno(err, "copy identity");
	}
	return 0;
}

static int plan_device(const struct rootfs_device *device, struct planned_device *ret,
		       struct ncrun_error *err)
{
	static const char *const own[] = {"pts/", "shm/", "mqueue/"};
	_cleanup_free_ char *path = NULL;
	unsigned int depth;
	int r;

	r = plan_path("device", device->path, &path, &depth, err);
	if (r < 0)
		return r;
	assert(path);
	if (strncmp(path, "dev/", 4) != 0)
		return error_set(err, EINVAL, "device '%s': not below /dev", device->path);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strncmp(path + 4, own[i], strlen(own[i])) == 0)
			return error_set(err, EINVAL,
					 "device '%s': is in a file system of the node's own",
					 device->path);
	*ret = (struct planned_device){
		.name = strdup(path + 4),
		.type = device->block ? S_IFBLK : S_IFCHR,
		.number = makedev(device->major, device->minor),
	};
	return ret->name ? 0 : error_errno(err, "copy the path of a device");
}

static int plan_devices(const struct rootfs_spec *spec, struct rootfs_plan *plan,
			struct ncrun_error *err)
{
	if (spec->device_count == 0)
		return 0;
	if (spec->device_count > ROOTFS_DEVICES_MAX)
		return error_set(err, E2BIG, "%zu devices: at most %d", spec->device_count,
				 ROOTFS_DEVICES_MAX);
	if (plan->unprivileged)
		return error_set(err, EPERM, "device '%s': only root can give devices",
				 spec->devices[0].path);
	plan->devices = calloc(spec->device_count, sizeof(*plan->devices));
	if (!plan->devices)
		return error_errno(err, "make room for devices");
	for (size_t i = 0; i < spec->device_count; i++) {
		int r = plan_device(&spec->devices[i], &plan->devices[i], err);

		if (r < 0)
			return r;
		plan->device_count++;
	}
	return 0;
}

static int plan_root(const struct rootfs_spec *spec, struct rootfs_plan *plan,
		     struct ncrun_error *err)
{
	struct stat st;

	if (fstat(spec->root_fd, &st) < 0)
		return error_errno(err, "look at the root file system");
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ENOTDIR, "root file system is not a directory");

	if (plan->unprivileged) { /* by which the child opens it */
		char path[PATH_MAX];
		int r = descriptor_path(spec->root_fd, path, err);

		if (r < 0)
			return r;
		plan->root_path = strdup(path);
		if (!plan->root_path)
			return error_errno(err, "copy path of the root file system");
	}
	plan->root_fd = spec->root_fd;
	plan->root_mode = st.st_mode & 07777;
	plan->root_uid = st.st_uid;
	plan->root_gid = st.st_gid;
	plan->root_device = st.st_dev;
	plan->root_inode = st.st_ino;
	return 0;
}

static int plan_upper(const struct rootfs_spec *spec, struct rootfs_plan *plan,
		      struct ncrun_error *err)
{
	int r;

	if (spec->upper_size_bytes > 0)
		snprintf(plan->upper_size, sizeof(plan->upper_size), "%llu",
			 (unsigned long long)spec->upper_size_bytes);
	if (!spec->upper)
		return 0;
	if (spec->upper_size_bytes > 0)
		return error_set(err, EINVAL,
				 "a size limit is for changes in memory, not for directory '%s'",
				 spec->upper);

	r = directory_open_private(spec->upper, &plan->upper_fd, err);
	if (r < 0)
		return error_wrap(err, r, "directory for changes");
	if (flock(plan->upper_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return error_set(err, EBUSY,
					 "directory for changes '%s' is in use by another node",
					 spec->upper);
		return error_errno(err, "lock directory for changes '%s'", spec->upper);
	}

	plan->upper_path = realpath(spec->upper, NULL);
	if (!plan->upper_path)
		return error_errno(err, "resolve directory for changes '%s'", spec->upper);
	if (plan->host && strings_append(&plan->hidden, plan->upper_path + 1) < 0)
		return error_errno(err, "copy path '%s'", plan->upper_path);
	return 0;
}

/* Stable, so that mounts of one depth keep the caller's order. */
static void sort_by_depth(struct planned_mount *mounts, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct planned_mount moved = mounts[i];
		size_t to = i;

		for (; to > 0 && mounts[to - 1].depth > moved.depth; to--)
			mounts[to] = mounts[to - 1];
		mounts[to] = moved;
	}
}

static int refuse_duplicates(const struct rootfs_plan *plan, struct ncrun_error *err)
{
	for (size_t i = 1; i < plan->mount_count; i++)
		for (size_t j = 0; j < i; j++)
			if (text_equal(plan->mounts[i].target, plan->mounts[j].target))
				return error_set(err, EINVAL, "two mounts at '/%s'",
						 plan->mounts[i].target);
	return 0;
}

/* The mount of the caller's that lies at @target or above it. */
static const struct planned_mount *mount_above(const struct rootfs_plan *plan, const char *target)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const size_t length = strlen(plan->mounts[i].target);

		if (strncmp(plan->mounts[i].target, target, length) == 0 &&
		    (target[length] == '\0' || target[length] == '/'))
			return &plan->mounts[i];
	}
	return NULL;
}

/* A volume of the caller's is meant to be seen, and nothing is to be made in it. */
static int plan_files(const struct rootfs_spec *spec, struct rootfs_plan *plan,
		      struct ncrun_error *err)
{
	const size_t own = plan->mount_count;

	for (size_t i = 0; i < spec->file_count; i++) {
		const struct rootfs_file *file = &spec->files[i];
		const struct planned_mount *above = mount_above(plan, file->target + 1);
		int r;

		if (above && file->required)
			return error_set(err, EINVAL, "'%s' is covered by the mount at '/%s'",
					 file->target, above->target);
		if (above)
			continue;
		r = file_plan(file, plan->unprivileged, &plan->mounts[plan->mount_count++], err);
		if (r < 0)
			return r;
	}
	plan->volume_count += plan->mount_count - own;
	return 0;
}

static int plan_mounts(const struct rootfs_spec *spec, struct rootfs_plan *plan,
		       struct ncrun_error *err)
{
	size_t count = spec->volume_count + spec->tmpfs_count + spec->file_count +
		       (spec->host ? HOST_MOUNTS_MAX : 0);
	int r;

	if (spec->volume_count > ROOTFS_VOLUMES_MAX)
		return error_set(err, E2BIG, "%zu volumes: at most %d", spec->volume_count,
				 ROOTFS_VOLUMES_MAX);
	if (spec->tmpfs_count > ROOTFS_TMPFS_MAX)
		return error_set(err, E2BIG, "%zu file systems in memory: at most %d",
				 spec->tmpfs_count, ROOTFS_TMPFS_MAX);
	assert(spec->file_count <= ROOTFS_FILES_MAX);
	if (count == 0)
		return 0;

	plan->mounts = calloc(count, sizeof(*plan->mounts));
	if (!plan->mounts)
		return error_errno(err, "allocate %zu mounts", count);
	for (size_t i = 0; i < count; i++)
		plan->mounts[i].source_fd = -1;
	for (size_t i = 0; i < spec->volume_count; i++) {
		r = volume_plan(&spec->volumes[i], &plan->mounts[plan->mount_count++], err);
		if (r < 0)
			return r;
		if (spec->volumes[i].idmap && plan->unprivileged)
			return error_set(err, EPERM, "volume '%s': id-mapping it needs root",
					 spec->volumes[i].source);
	}
	for (size_t i = 0; i < spec->tmpfs_count; i++) {
		r = tmpfs_plan(&spec->tmpfs[i], &plan->mounts[plan->mount_count++], err);
		if (r < 0)
			return r;
	}
	plan->volume_count = spec->volume_count;
	r = plan_files(spec, plan, err);
	if (r < 0)
		return r;
	if (spec->host) {
		r = host_plan_mounts(plan, err);
		if (r < 0)
			return r;
	}

	sort_by_depth(plan->mounts, plan->mount_count);
	return refuse_duplicates(plan, err);
}

int rootfs_plan_new(const struct rootfs_spec *spec, struct rootfs_plan **ret,
		    struct ncrun_error *err)
{
	_cleanup_(rootfs_plan_freep) struct rootfs_plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return error_errno(err, "allocate the plan of a root file system");
	plan->upper_fd = -1;
	plan->host = spec->host;
	plan->writable_root = spec->writable_root;
	plan->read_only = spec->read_only;
	plan->userns = spec->userns;
	plan->uid_base = spec->uid_base;
	plan->gid_base = spec->gid_base;
	plan->network_namespace = spec->network_namespace;
	plan->privileged = spec->privileged;
	plan->console = spec->console;
	plan->avoid = spec->avoid;
	plan->unprivileged = (spec->avoid & ROOTFS_AVOID_PRIVILEGE) || geteuid() != 0;

	if (spec->writable_root && spec->host)
		return error_set(err, EINVAL,
				 "the machine's own root cannot be a node's writable root");
	if (spec->writable_root && spec->upper)
		return error_set(err, EINVAL,
				 "a writable root keeps its changes itself, not in '%s'",
				 spec->upper);

	/* The kernel lets nobody take / without the mounts below it out of a user namespace. */
	if (spec->host && plan->unprivileged)
		return error_set(err, EPERM, "the machine's own root as a node's needs root");

	r = plan_root(spec, plan, err);
	if (r < 0)
		return r;
	r = plan_mounts(spec, plan, err);
	if (r < 0)
		return r;
	r = plan_lists(spec, plan, err);
	if (r < 0)
		return r;
	r = plan_devices(spec, plan, err);
	if (r < 0)
		return r;
	r = plan_upper(spec, plan, err);
	if (r < 0)
		return r;

	*ret = take_ptr(plan);
	return 0;
}

struct rootfs_plan *rootfs_plan_free(struct rootfs_plan *plan)
{
	if (!plan)
		return NULL;

	for (size_t i = 0; i < plan->mount_count; i++)
		planned_mount_done(&plan->mounts[i]);
	free(plan->mounts);
	strings_free(plan->masked);
	strings_free(plan->read_only_paths);
	strings_free(plan->hidden);
	for (size_t i = 0; i < plan->device_count; i++)
		free(plan->devices[i].name);
	free(plan->devices);
	free(plan->identity);
	free(plan->root_path);
	free(plan->upper_path);
	closep(&plan->upper_fd);
	free(plan);
	return NULL;
}

int rootfs_plan_lock_fd(const struct rootfs_plan *plan)
{
	return plan->upper_fd;
}

int rootfs_plan_last_fd(const struct rootfs_plan *plan)
{
	int last = plan->root_fd > plan->upper_fd ? plan->root_fd : plan->upper_fd;

	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mounts[i].source_fd > last)
			last = plan->mounts[i].source_fd;
	return last;
}
