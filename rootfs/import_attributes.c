/* SPDX-License-Identifier: Apache-2.0 */

/* Owner, mode, extended attributes and times of an entry. */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "rootfs/image_archive.h"
#include "rootfs/import_tree.h"

#define NAMES_SHOWN 4

/** Was that refused because we are not root, or root of a user namespace without that id? */
static bool is_privilege(int code)
{
	return code == EPERM || code == EINVAL;
}

static int owner_failed(struct import_tree *tree, const struct tar_entry *entry,
			struct ncrun_error *err)
{
	if (!is_privilege(errno))
		return error_errno(err, "set the owner of '%s'", import_show(entry->path).text);
	tree->losses.owners++;
	return 0;
}

/** Without root every entry is the caller's. */
static bool owner_is_given_up(struct import_tree *tree, const struct tar_entry *entry)
{
	if (tree->limits->squash && (entry->uid != geteuid() || entry->gid != getegid()))
		tree->losses.owners++;
	return tree->limits->squash;
}

static void attribute_dropped(struct import_tree *tree, const char *name, uint64_t *count)
{
	(*count)++;
	if (tree->losses.attributes + tree->losses.kept_from_user > NAMES_SHOWN)
		return;
	if (tree->losses.names.length > 0)
		text_append(&tree->losses.names, ", ");
	text_printf(&tree->losses.names, "'%s'", import_show(name).text);
}

/** File capabilities for the initial user namespace; others name a root user that a node does not
 * have. */
static bool is_capability(const void *value, size_t size)
{
	uint32_t magic;

	if (size != XATTR_CAPS_SZ_2)
		return false;
	memcpy(&magic, value, sizeof(magic));
	return (le32toh(magic) & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_2;
}

static int attribute_set(struct import_tree *tree, const struct tar_entry *entry, int fd,
			 const struct tar_attribute *attribute, struct ncrun_error *err)
{
	const char *name = attribute->name;
	bool capability = strcmp(name, "security.capability") == 0;

	if (!archive_keeps_attribute(name) ||
	    (capability && !is_capability(attribute->value, attribute->size))) {
		attribute_dropped(tree, name, &tree->losses.attributes);
		return 0;
	}
	if (fsetxattr(fd, name, attribute->value, attribute->size, 0) == 0)
		return 0;
	if (errno == EOPNOTSUPP || (capability && is_privilege(errno))) {
		attribute_dropped(tree, name, &tree->losses.kept_from_user);
		return 0;
	}
	return error_errno(err, "set attribute '%s' of '%s'", import_show(name).text,
			   import_show(entry->path).text);
}

static int attributes_set(struct import_tree *tree, struct import_tar *tar,
			  const struct tar_entry *entry, int fd, struct ncrun_error *err)
{
	struct tar_attribute attribute;
	int r = 0;

	while (r == 0 && import_tar_attribute(tar, &attribute))
		r = attribute_set(tree, entry, fd, &attribute, err);
	return r;
}

/** A tree that its owner cannot read could not be used, exported or removed without root. */
static mode_t mode_of(const struct import_tree *tree, const struct tar_entry *entry)
{
	if (!tree->limits->squash)
		return entry->mode;
	return entry->mode | (entry->type == S_IFDIR ? 0700 : 0400);
}

int tree_set_attributes(struct import_tree *tree, struct import_tar *tar,
			const struct tar_entry *entry, int fd, struct ncrun_error *err)
{
	const struct timespec times[2] = {entry->mtime, entry->mtime};
	int r = 0;

	/* in this order: chown() clears setuid bits and capabilities */
	if (!owner_is_given_up(tree, entry) && fchown(fd, entry->uid, entry->gid) < 0)
		r = owner_failed(tree, entry, err);
	if (r == 0)
		r = attributes_set(tree, tar, entry, fd, err);
	if (r < 0)
		return r;
	if (fchmod(fd, mode_of(tree, entry)) < 0)
		return error_errno(err, "set the mode of '%s'", import_show(entry->path).text);
	if (entry->type == S_IFREG && futimens(fd, times) < 0)
		return error_errno(err, "set the time of '%s'", import_show(entry->path).text);
	return 0;
}

int tree_set_owner_at(struct import_tree *tree, const struct tar_entry *entry, int parent_fd,
		      const char *name, struct ncrun_error *err)
{
	const struct timespec times[2] = {entry->mtime, entry->mtime};
	int r = 0;

	if (!owner_is_given_up(tree, entry) &&
	    fchownat(parent_fd, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		r = owner_failed(tree, entry, err);
	if (r < 0)
		return r;
	if (entry->type != S_IFLNK && fchmodat(parent_fd, name, entry->mode & 0777, 0) < 0)
		return error_errno(err, "set the mode of '%s'", import_show(entry->path).text);
	if (utimensat(parent_fd, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, "set the time of '%s'", import_show(entry->path).text);
	return 0;
}
