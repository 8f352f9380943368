/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Removing a tree that somebody else may be changing.
 *
 * Every directory is opened by its one name in its parent, never through a
 * symlink and never onto another mount, and every removal names an entry of
 * such a descriptor: a link put in our way is removed, not followed. The way
 * down is a list on the heap, so depth costs no stack. Only the deepest levels
 * keep a descriptor; a level whose descriptor was given up is reached again by
 * "..", and must then still be the inode it was.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#define OPEN_LEVELS 32

struct level {
	DIR *dir;   /* owned; NULL once given up */
	char *name; /* owned; its name in the level above */
	dev_t dev;
	ino_t ino;
};

struct removal {
	struct level *levels; /* owned */
	size_t depth, capacity;
	uint64_t bytes;
	bool counts;
	bool failed; /* @err holds the first failure; what can go still goes */
	struct ncrun_error *err;
	int r;
};

static void level_done(struct level *level)
{
	if (level->dir)
		closedir(level->dir);
	free(level->name);
	*level = (struct level){0};
}

static void removal_done(struct removal *removal)
{
	for (size_t i = 0; i < removal->depth; i++)
		level_done(&removal->levels[i]);
	free(removal->levels);
}

/** Note the current errno as the reason, unless there is one already. */
static void removal_fail(struct removal *removal, const char *what, const char *name)
{
	if (!removal->failed)
		removal->r = error_errno(removal->err, "%s '%s'", what, name);
	removal->failed = true;
}

static int open_below(int dir_fd, const char *name, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};

	return (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
}

/** Open a directory to be emptied; makes it accessible first where we are not root. */
static int open_directory(int dir_fd, const char *name)
{
	_cleanup_close_ int fd = open_below(dir_fd, name, O_RDONLY | O_DIRECTORY);
	struct stat st;

	if (fd < 0 && errno == EACCES) {
		_cleanup_close_ int path_fd = open_below(dir_fd, name, O_PATH | O_DIRECTORY);
		char link[32];

		if (path_fd < 0)
			return -1;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", path_fd);
		if (chmod(link, 0700) < 0)
			return -1;
		fd = open_below(dir_fd, name, O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		return -1;
	if (geteuid() != 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
		fchmod(fd, 0700); /* if it fails, removing what is inside tells */
	return take_fd(fd);
}

/** Begin with the directory behind @fd, which is taken over. */
static bool removal_push(struct removal *removal, int fd, const char *name)
{
	struct level level = {0};
	struct stat st;

	if (removal->depth == removal->capacity) {
		size_t capacity = removal->capacity ? removal->capacity * 2 : 16;
		struct level *grown = realloc(removal->levels, capacity * sizeof(*grown));

		if (!grown) {
			close(fd);
			return false;
		}
		removal->levels = grown;
		removal->capacity = capacity;
	}
	level.dir = fdopendir(fd);
	if (!level.dir) {
		close(fd);
		return false;
	}
	level.name = strdup(name);
	if (!level.name || fstat(fd, &st) < 0) {
		level_done(&level);
		return false;
	}
	level.dev = st.st_dev;
	level.ino = st.st_ino;
	if (removal->depth >= OPEN_LEVELS) {
		struct level *oldest = &removal->levels[removal->depth - OPEN_LEVELS];

		if (oldest->dir)
			closedir(oldest->dir);
		oldest->dir = NULL;
	}
	removal->levels[removal->depth++] = level;
	return true;
}

/** Remove one entry. Sets *@ret_fd when it is a directory that must be emptied first. */
static bool entry_remove(struct removal *removal, int dir_fd, const char *name, bool directory,
			 int *ret_fd)
{
	struct stat st = {0};

	if (removal->counts)
		fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW);
	if (!directory) {
		if (unlinkat(dir_fd, name, 0) == 0) {
			removal->bytes += st.st_nlink == 1 ? (uint64_t)st.st_blocks * 512 : 0;
			return true;
		}
		if (errno != EISDIR)
			return errno == ENOENT;
	}
	if (unlinkat(dir_fd, name, AT_REMOVEDIR) == 0) {
		removal->bytes += (uint64_t)st.st_blocks * 512;
		return true;
	}
	if (errno == ENOENT)
		return true;
	if (errno == ENOTDIR) /* it has become a file since it was listed */
		return unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return false;
	*ret_fd = open_directory(dir_fd, name);
	return *ret_fd >= 0;
}

/** Remove what the deepest level lists, up to the first directory that must be entered. */
static bool level_empty(struct removal *removal, struct level *level)
{
	int dir_fd = dirfd(level->dir);

	for (;;) {
		struct dirent *entry;
		int fd = -1;

		errno = 0;
		entry = readdir(level->dir);
		if (!entry) {
			if (errno)
				removal_fail(removal, "list", level->name);
			return true;
		}
		if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
			continue;
		if (!entry_remove(removal, dir_fd, entry->d_name, entry->d_type == DT_DIR, &fd)) {
			removal_fail(removal, "remove", entry->d_name);
			continue;
		}
		if (fd < 0)
			continue;
		if (removal_push(removal, fd, entry->d_name))
			return false;
		removal_fail(removal, "remove", entry->d_name);
	}
}

/** Have @level's descriptor again, as the parent of @child. */
static bool level_reopen(struct removal *removal, struct level *level, const struct level *child)
{
	int fd;
	struct stat st;

	if (level->dir)
		return true;
	if (removal->failed)
		return false; /* what could not be removed would be met again, for ever */
	fd = openat(dirfd(child->dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		removal_fail(removal, "open the parent of", child->name);
		return false;
	}
	if (fstat(fd, &st) < 0 || st.st_dev != level->dev || st.st_ino != level->ino) {
		close(fd);
		errno = ESTALE;
		removal_fail(removal, "moved while it was being removed:", child->name);
		return false;
	}
	level->dir = fdopendir(fd);
	if (!level->dir) {
		close(fd);
		removal_fail(removal, "remove", level->name);
	}
	return level->dir;
}

/** The deepest level is empty: remove it from the one above. False when that cannot be reached. */
static bool removal_pop(struct removal *removal, int top_fd)
{
	struct level child = removal->levels[--removal->depth];
	struct level *parent = removal->depth > 0 ? &removal->levels[removal->depth - 1] : NULL;
	bool reached = !parent || level_reopen(removal, parent, &child);

	if (reached) {
		int fd = parent ? dirfd(parent->dir) : top_fd;
		struct stat st = {0};

		if (removal->counts)
			fstat(dirfd(child.dir), &st);
		if (unlinkat(fd, child.name, AT_REMOVEDIR) == 0)
			removal->bytes += (uint64_t)st.st_blocks * 512;
		else if (errno != ENOENT)
			removal_fail(removal, "remove", child.name);
	}
	level_done(&child);
	return reached;
}

int tree_remove_at(int dir_fd, const char *name, uint64_t *ret_bytes, struct ncrun_error *err)
{
	_cleanup_(removal_done) struct removal removal = {.counts = ret_bytes != NULL, .err = err};
	int fd = -1;

	if (!*name || strchr(name, '/') || text_equal(name, ".") || text_equal(name, ".."))
		return error_set(err, EINVAL, "remove '%s': not a name in a directory", name);
	if (!entry_remove(&removal, dir_fd, name, false, &fd) ||
	    (fd >= 0 && !removal_push(&removal, fd, name)))
		return error_errno(err, "remove '%s'", name);
	while (removal.depth > 0) {
		struct level *deepest = &removal.levels[removal.depth - 1];

		if (level_empty(&removal, deepest) && !removal_pop(&removal, dir_fd))
			break;
	}
	if (removal.failed)
		return error_wrap(err, removal.r, "remove '%s'", name);
	if (ret_bytes)
		*ret_bytes = removal.bytes;
	return 0;
}
