/* SPDX-License-Identifier: Apache-2.0 */

/* Groups found by name, and removed. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cgroups/group.h"

/* For a moment after the last process has gone the kernel still holds on to a group. */
#define BUSY_TRIES    60
#define BUSY_SLEEP_US 2000

/* Who finds others in it (EBUSY) leaves it to them. What fails otherwise is tried once more: nobody
 * is told of it. */
static int group_rmdir(const struct hierarchy *hierarchy, const char *path)
{
	for (int i = 0;; i++) {
		if (unlinkat(hierarchy->fd, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno == EBUSY || i > 0)
			return -errno;
	}
}

static void top_remove(const struct cgroup_root *root, const struct hierarchy *hierarchy)
{
	char parent[GROUP_PATH_MAX];

	if (group_rmdir(hierarchy, root->top) == 0)
		return;
	snprintf(parent, sizeof(parent), "%s/%s", root->top, LEAF_NAME);
	if (group_rmdir(hierarchy, parent) == 0)
		(void)group_rmdir(hierarchy, root->top);
}

/** Remove the directories above a group that is gone, unless there are others in them. */
static void parents_remove(const struct cgroup_root *root, const struct hierarchy *hierarchy,
			   const char *full)
{
	char parent[GROUP_PATH_MAX];

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(full, '/') - full), full);
	if (group_rmdir(hierarchy, parent) == 0)
		top_remove(root, hierarchy);
}

/** Make it possible to remove a group that the kernel calls busy: without processes it is. */
static int group_vacate(const struct hierarchy *hierarchy, const char *full,
			struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(hierarchy->fd, full, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool populated = false;
	int r;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_errno(err, "open group '%s'", full);
	r = hierarchy->backend->is_populated(fd, &populated);
	if (r == -ENOENT || r == -ENODEV)
		return 0; /* somebody else removes it at this moment */
	if (r < 0) {
		errno = -r;
		return error_errno(err, "look into group '%s'", full);
	}
	if (populated)
		return error_set(err, EBUSY, "remove group '%s': processes are in it", full);
	return tree_prune(fd, err);
}

int group_remove(struct cgroup_root *root, struct hierarchy *hierarchy, const char *path,
		 struct ncrun_error *err)
{
	struct ncrun_error busy = {0};
	char full[GROUP_PATH_MAX];
	int r;

	r = group_path(root, path, full, err);
	if (r < 0)
		return r;
	for (int i = 0; unlinkat(hierarchy->fd, full, AT_REMOVEDIR) < 0; i++) {
		if (errno == ENOENT)
			break;
		if (errno != EBUSY && errno != ENOTEMPTY)
			return error_errno(err, "remove group '%s'", full);
		r = group_vacate(hierarchy, full, &busy);
		if (r < 0 && (r != -EBUSY || i >= BUSY_TRIES)) {
			if (err)
				*err = busy;
			return r;
		}
		if (i >= BUSY_TRIES)
			return error_set(err, EBUSY, "remove group '%s': the kernel calls it busy",
					 full);
		if (i > 0 || r < 0)
			usleep(BUSY_SLEEP_US);
	}
	parents_remove(root, hierarchy, full);
	return 0;
}

/** Where nothing may be made there is nothing to remove; unless it could be written to before. */
static bool group_is_out_of_reach(struct cgroup_root *root, struct hierarchy *hierarchy,
				  const char *full)
{
	return !hierarchy_is_usable(root, hierarchy) &&
	       (hierarchy->fd < 0 || faccessat(hierarchy->fd, full, F_OK, AT_SYMLINK_NOFOLLOW) < 0);
}

int cgroup_remove(struct cgroup_root *root, const char *path, struct ncrun_error *err)
{
	struct ncrun_error later;
	char full[GROUP_PATH_MAX];
	int first;

	first = group_path(root, path, full, err);
	if (first < 0)
		return first;
	if (!strchr(path, '/'))
		return error_set(err, EINVAL, "remove group '%s': not a network and a node", path);
	for (size_t i = 0; i < root->count; i++) {
		struct hierarchy *hierarchy = &root->hierarchies[i];
		int r;

		if (group_is_out_of_reach(root, hierarchy, full))
			continue;
		r = group_remove(root, hierarchy, path, first < 0 ? &later : err);
		first = first < 0 ? first : r;
	}
	return first;
}

int cgroup_remove_held(const struct cgroup *cgroup, struct ncrun_error *err)
{
	struct cgroup_root *root = cgroup->root;
	struct ncrun_error later;
	int first = 0;

	for (size_t i = 0; i < root->count; i++) {
		int r = 0;

		if (cgroup->fds[i] >= 0)
			r = group_remove(root, &root->hierarchies[i], cgroup->path,
					 first < 0 ? &later : err);
		first = first < 0 ? first : r;
	}
	return first;
}

void cgroup_tidy(struct cgroup_root *root, const char *network)
{
	char full[GROUP_PATH_MAX];

	if (network && group_path(root, network, full, NULL) < 0)
		return;
	for (size_t i = 0; i < root->count; i++) {
		struct hierarchy *hierarchy = &root->hierarchies[i];

		if (!hierarchy_is_usable(root, hierarchy))
			continue;
		if (network)
			(void)group_rmdir(hierarchy, full);
		else
			top_remove(root, hierarchy);
	}
}

/* ---- all of them ------------------------------------------------------------------- */

/** Add the names of the directories in @path to *@names, each once. */
static int names_add(const struct hierarchy *hierarchy, const char *path, char ***names)
{
	int fd = openat(hierarchy->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *directory;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	directory = fdopendir(fd);
	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (entry = readdir(directory)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    !(*names && strings_contain((const char *const *)*names, entry->d_name)))
			r = strings_append(names, entry->d_name);
	closedir(directory);
	return r;
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int cgroup_list(struct cgroup_root *root, const char *network, char ***ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = calloc(1, sizeof(*names));
	char full[GROUP_PATH_MAX];
	int r = names ? 0 : -ENOMEM;

	snprintf(full, sizeof(full), "%s", root->top);
	if (r == 0 && network)
		r = group_path(root, network, full, err);
	if (r == -EINVAL)
		return r;
	for (size_t i = 0; r == 0 && i < root->count; i++) {
		struct hierarchy *hierarchy = &root->hierarchies[i];

		if (hierarchy_is_usable(root, hierarchy))
			r = names_add(hierarchy, full, &names);
	}
	if (r < 0) {
		errno = -r;
		return error_errno(err, "list groups in '%s'", full);
	}
	qsort(names, strings_count((const char *const *)names), sizeof(*names), names_compare);
	*ret = take_ptr(names);
	return 0;
}
