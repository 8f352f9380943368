/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static int tree_bad(const struct tar_entry *entry, struct ncrun_error *err, const char *what)
{
	return error_set(err, EINVAL, "'%s' %s", import_show(entry->path).text, what);
}

static int tree_failed(const struct tar_entry *entry, struct ncrun_error *err)
{
	return error_errno(err, "make '%s'", import_show(entry->path).text);
}

/** What is there already must go, but for a directory that stays one. */
static int clear_way(struct import_tree *tree, const struct tar_entry *entry, int parent_fd,
		     const char *name, bool *ret_stays, struct ncrun_error *err)
{
	struct stat st;

	*ret_stays = false;
	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : tree_failed(entry, err);
	*ret_stays = S_ISDIR(st.st_mode) && entry->type == S_IFDIR;
	if (*ret_stays)
		return 0;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(parent_fd, name, 0) == 0 ? 0 : tree_failed(entry, err);
	if (tree->layered)
		return tree_remove(tree, parent_fd, name, err);
	if (unlinkat(parent_fd, name, AT_REMOVEDIR) == 0) {
		tree_forget_parent(tree);
		return 0;
	}
	return errno == ENOTEMPTY || errno == EEXIST
		       ? tree_bad(entry, err, "is a directory with files in it, and something else")
		       : tree_failed(entry, err);
}

static int write_at(int fd, const char *bytes, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

static int put_file(struct import_tree *tree, struct import_tar *tar, const struct tar_entry *entry,
		    int parent_fd, const char *name, struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	uint64_t end = 0;

	if (fd < 0)
		return tree_failed(entry, err);
	for (;;) {
		const void *bytes = NULL;
		uint64_t offset = 0;
		size_t size = 0;
		int r;

		r = import_tar_data(tar, &bytes, &size, &offset, err);
		if (r == 0)
			r = import_limits_add_bytes(tree->limits, size, err);
		if (r == 0 && offset > end)
			r = import_limits_add_piece(tree->limits, size, err);
		if (r < 0)
			return error_wrap(err, r, "'%s'", import_show(entry->path).text);
		if (size == 0)
			break;
		if (write_at(fd, bytes, size, offset) < 0)
			return error_errno(err, "write '%s'", import_show(entry->path).text);
		end = offset + size;
	}
	if (end < entry->size && ftruncate(fd, (off_t)entry->size) < 0)
		return error_errno(err, "write '%s'", import_show(entry->path).text);
	return tree_set_attributes(tree, tar, entry, fd, err);
}

static int put_directory(struct import_tree *tree, struct import_tar *tar,
			 const struct tar_entry *entry, int parent_fd, const char *name,
			 struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	if (mkdirat(parent_fd, name, 0700) < 0 && errno != EEXIST)
		return tree_failed(entry, err);
	fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return tree_failed(entry, err);
	r = tree_set_attributes(tree, tar, entry, fd, err);
	return r < 0 ? r : tree_remember_time(tree, entry->path, entry->mtime, err);
}

/** The root itself: "./" or "/". */
static int put_root(struct import_tree *tree, struct import_tar *tar, const struct tar_entry *entry,
		    struct ncrun_error *err)
{
	int r;

	if (entry->type != S_IFDIR || entry->hard_link)
		return error_set(err, EINVAL, "its root is not a directory");
	r = tree_set_attributes(tree, tar, entry, tree->root_fd, err);
	return r < 0 ? r : tree_remember_time(tree, entry->path, entry->mtime, err);
}

/** May it have further names? Of a symbolic link the link itself gets one, and is never followed.
 */
static bool may_be_linked(const struct stat *st)
{
	return S_ISREG(st->st_mode) || S_ISLNK(st->st_mode);
}

/** Another name for a file or link that this archive, or a layer below, has put there. */
static int put_hard_link(struct import_tree *tree, const struct tar_entry *entry,
			 struct ncrun_error *err)
{
	char target[IMPORT_PATH_MAX + 1], target_parent[IMPORT_PATH_MAX + 1];
	char parent[IMPORT_PATH_MAX + 1];
	const char *name = tree_split(entry->path, parent), *target_name;
	_cleanup_close_ int from = -1;
	bool stays;
	struct stat st;
	int r, to;

	r = import_path_parse(tree->limits, entry->hard_link, target, err);
	if (r < 0)
		return error_wrap(err, r, "link '%s'", import_show(entry->path).text);
	if (strcmp(target, entry->path) == 0)
		return tree_bad(entry, err, "is a hard link to itself");
	target_name = tree_split(target, target_parent);
	r = tree_open_parent(tree, target_parent, false, &to, err);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r < 0 || fstatat(to, target_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !may_be_linked(&st))
		return tree_bad(entry, err, "is a hard link to what is not a file of the archive");
	from = fcntl(to, F_DUPFD_CLOEXEC, 0);
	if (from < 0)
		return tree_failed(entry, err);
	r = tree_open_parent(tree, parent, true, &to, err);
	if (r == 0)
		r = clear_way(tree, entry, to, name, &stays, err);
	if (r == 0) /* that may have closed it */
		r = tree_open_parent(tree, parent, true, &to, err);
	if (r < 0)
		return r;
	return linkat(from, target_name, to, name, 0) == 0 ? 0 : tree_failed(entry, err);
}

static int put_symlink(struct import_tree *tree, const struct tar_entry *entry, int parent_fd,
		       const char *name, struct ncrun_error *err)
{
	if (!entry->symlink || !*entry->symlink)
		return tree_bad(entry, err, "is a symbolic link to nothing");
	if (symlinkat(entry->symlink, parent_fd, name) < 0)
		return tree_failed(entry, err);
	return tree_set_owner_at(tree, entry, parent_fd, name, err);
}

static int put_node(struct import_tree *tree, const struct tar_entry *entry, int parent_fd,
		    const char *name, struct ncrun_error *err)
{
	bool device = entry->type != S_IFIFO;

	if (device && !tree->limits->devices)
		return tree_bad(entry, err, "is a device node, and such were not asked for");
	if (device && entry->device == 0) /* to an overlay it says: nothing here */
		return tree_bad(entry, err, "is a device node with number 0:0");
	if (device && tree->limits->squash) {
		tree->losses.devices++;
		return 0;
	}
	if (mknodat(parent_fd, name, entry->type | 0600, device ? entry->device : 0) < 0) {
		if (!device || errno != EPERM)
			return tree_failed(entry, err);
		tree->losses.devices++; /* root of a user namespace */
		return 0;
	}
	return tree_set_owner_at(tree, entry, parent_fd, name, err);
}

int import_tree_put(struct import_tree *tree, struct import_tar *tar, const struct tar_entry *entry,
		    struct ncrun_error *err)
{
	char parent[IMPORT_PATH_MAX + 1];
	const char *name = tree_split(entry->path, parent);
	int parent_fd, r;
	bool stays;

	r = import_limits_add_entry(tree->limits, err);
	if (r < 0)
		return r;
	if (!*entry->path)
		return put_root(tree, tar, entry, err);
	if (entry->hard_link)
		return put_hard_link(tree, entry, err);
	r = tree_open_parent(tree, parent, true, &parent_fd, err);
	if (r == 0)
		r = clear_way(tree, entry, parent_fd, name, &stays, err);
	/* that may have closed it */
	if (r == 0)
		r = tree_open_parent(tree, parent, true, &parent_fd, err);
	if (r < 0)
		return r;
	switch (entry->type) {
	case S_IFREG:
		return put_file(tree, tar, entry, parent_fd, name, err);
	case S_IFDIR:
		return put_directory(tree, tar, entry, parent_fd, name, err);
	case S_IFLNK:
		return put_symlink(tree, entry, parent_fd, name, err);
	case S_IFIFO:
	case S_IFCHR:
	case S_IFBLK:
		return put_node(tree, entry, parent_fd, name, err);
	default:
		return tree_bad(entry, err, "is of a kind that images cannot hold");
	}
}
