/* SPDX-License-Identifier: Apache-2.0 */

/* Where in the tree an entry goes. */

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "rootfs/import_tree.h"

#define OPEN_TRIES 1000

/* Of directories that the archive does not mention: the same archive gives the same image. */
static const struct timespec no_time;

int import_tree_init(struct import_tree *tree, int root_fd, int area_fd,
		     struct import_limits *limits, struct ncrun_error *err)
{
	_cleanup_close_ int fd =
		openat(area_fd, "times", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r;

	*tree = (struct import_tree){.root_fd = -1, .parent_fd = -1, .limits = limits};
	if (fd < 0 || unlinkat(area_fd, "times", 0) < 0)
		return error_errno(err, "make a work file");
	tree->times = fdopen(fd, "r+");
	if (!tree->times)
		return error_errno(err, "make a work file");
	take_fd(fd);
	r = tree_remember_time(tree, "", no_time, err);
	if (r == 0)
		tree->root_fd = root_fd;
	return r;
}

int tree_remember_time(struct import_tree *tree, const char *path, struct timespec time,
		       struct ncrun_error *err)
{
	size_t length = strlen(path);

	if (fwrite(&time, sizeof(time), 1, tree->times) != 1 ||
	    fwrite(&length, sizeof(length), 1, tree->times) != 1 ||
	    (length > 0 && fwrite(path, length, 1, tree->times) != 1))
		return error_errno(err, "make '%s'", import_show(path).text);
	return 0;
}

void import_tree_done(struct import_tree *tree)
{
	fclosep(&tree->times);
	closep(&tree->parent_fd);
	closep(&tree->root_fd);
	text_done(&tree->losses.names);
}

const char *tree_split(const char *path, char *parent)
{
	const char *slash = strrchr(path, '/');

	parent[0] = '\0';
	if (!slash)
		return path;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	return slash + 1;
}

/**
 * Open below the root. A plain archive goes through no symlink at all. A layer may
 * find that /bin has become a link to usr/bin below it: that is followed, and
 * always ends inside the tree.
 */
static int open_inside(const struct import_tree *tree, const char *path, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve =
			RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV |
			(tree->layered ? RESOLVE_IN_ROOT : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS),
	};

	/* EAGAIN: somebody renamed something, anywhere, while the kernel went through a ".." */
	for (int tries = 0;; tries++) {
		int fd = (int)syscall(SYS_openat2, tree->root_fd, *path ? path : ".", &how,
				      sizeof(how));

		if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || tries == OPEN_TRIES)
			return fd;
	}
}

static int parent_error(const char *parent, struct ncrun_error *err)
{
	if (errno == ELOOP)
		return error_set(err, EINVAL, "'%s' leads through a symbolic link",
				 import_show(parent).text);
	if (errno == ENOTDIR)
		return error_set(err, EINVAL, "'%s' is not a directory, but an entry lies in it",
				 import_show(parent).text);
	if (errno == ENOENT)
		return error_set(err, EINVAL, "'%s' is a symbolic link that leads nowhere",
				 import_show(parent).text);
	return error_errno(err, "open '%s'", import_show(parent).text);
}

/** Make the directory @path, whose last part is @name in @above. */
static int make_directory(struct import_tree *tree, int above, const char *name, const char *path,
			  struct ncrun_error *err)
{
	int r = import_limits_add_implied(tree->limits, err);

	if (r < 0)
		return r;
	if (mkdirat(above, name, 0755) < 0) {
		errno = errno == EEXIST ? ENOENT : errno; /* a link to nowhere */
		return parent_error(path, err);
	}
	return tree_remember_time(tree, path, no_time, err);
}

/** Make each part of @parent that is missing. */
static int make_parents(struct import_tree *tree, const char *parent, struct ncrun_error *err)
{
	char path[IMPORT_PATH_MAX + 1];
	_cleanup_close_ int above = open_inside(tree, "", O_PATH | O_DIRECTORY);
	const char *at = parent;
	int r;

	if (above < 0)
		return parent_error(parent, err);
	while (*at) {
		const char *name = at;
		int fd;

		at += strcspn(at, "/");
		memcpy(path, parent, (size_t)(at - parent));
		path[at - parent] = '\0';
		at += *at == '/';
		fd = open_inside(tree, path, O_PATH | O_DIRECTORY);
		if (fd < 0 && errno == ENOENT) {
			r = make_directory(tree, above, path + (name - parent), path, err);
			if (r < 0)
				return r;
			fd = open_inside(tree, path, O_PATH | O_DIRECTORY);
		}
		if (fd < 0)
			return parent_error(path, err);
		closep(&above);
		above = fd;
	}
	return 0;
}

int tree_open_parent(struct import_tree *tree, const char *parent, bool make, int *ret_fd,
		     struct ncrun_error *err)
{
	int r;

	if (tree->parent_fd < 0 || strcmp(tree->parent, parent) != 0) {
		int fd = open_inside(tree, parent, O_PATH | O_DIRECTORY);

		if (fd < 0 && errno == ENOENT && !make)
			return -ENOENT;
		if (fd < 0 && errno == ENOENT) {
			r = make_parents(tree, parent, err);
			if (r < 0)
				return r;
			fd = open_inside(tree, parent, O_PATH | O_DIRECTORY);
		}
		if (fd < 0)
			return parent_error(parent, err);
		closep(&tree->parent_fd);
		tree->parent_fd = fd;
		memcpy(tree->parent, parent, strlen(parent) + 1);
	}
	*ret_fd = tree->parent_fd;
	return 0;
}

void tree_forget_parent(struct import_tree *tree)
{
	closep(&tree->parent_fd);
}

int tree_remove(struct import_tree *tree, int parent_fd, const char *name, struct ncrun_error *err)
{
	int r = tree_remove_at(parent_fd, name, NULL, err);

	tree_forget_parent(tree);
	return r;
}

int import_tree_finish(struct import_tree *tree, struct ncrun_error *err)
{
	char path[IMPORT_PATH_MAX + 1];
	struct timespec time;
	size_t length;

	if (fflush(tree->times) != 0) /* rewind() keeps that for itself */
		return error_errno(err, "write a work file");
	rewind(tree->times);
	while (fread(&time, sizeof(time), 1, tree->times) == 1 &&
	       fread(&length, sizeof(length), 1, tree->times) == 1 && length < sizeof(path) &&
	       fread(path, 1, length, tree->times) == length) {
		const struct timespec times[2] = {time, time};
		_cleanup_close_ int fd = -1;

		path[length] = '\0';
		/* a later entry, or a layer, may have replaced it */
		fd = open_inside(tree, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
		if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
			continue;
		if (fd < 0 || futimens(fd, times) < 0)
			return error_errno(err, "set the time of '%s'", import_show(path).text);
	}
	if (ferror(tree->times))
		return error_errno(err, "read a work file");
	return 0;
}
