/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/image_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

/** One directory on the way down. */
struct level {
	int fd;       /* owned */
	char **names; /* owned */
	size_t next;
	size_t path_length; /* of this directory */
};

struct tree_walk {
	struct level levels[TREE_DEPTH_MAX + 1];
	size_t depth;
	dev_t device;
	int top_fd;       /* borrowed */
	char *top_name;   /* owned; NULL once it has been shown */
	struct text path; /* of the entry shown last */
	bool enter;       /* that is a directory */
	const char *name; /* its name, borrowed from the deepest level or from @top */
	char *top;        /* owned */
};

int tree_walk_new(int dir_fd, const char *name, struct tree_walk **ret, struct ncrun_error *err)
{
	_cleanup_(tree_walk_freep) struct tree_walk *walk = calloc(1, sizeof(*walk));

	if (walk)
		walk->top = strdup(name);
	if (!walk || !walk->top) {
		error_set(err, ENOMEM, "walk through '%s'", name);
		return -ENOMEM;
	}
	walk->top_fd = dir_fd;
	walk->top_name = walk->top;
	*ret = take_ptr(walk);
	return 0;
}

static void level_done(struct level *level)
{
	closep(&level->fd);
	level->names = strings_free(level->names);
}

struct tree_walk *tree_walk_free(struct tree_walk *walk)
{
	if (!walk)
		return NULL;
	while (walk->depth > 0)
		level_done(&walk->levels[--walk->depth]);
	text_done(&walk->path);
	free(walk->top);
	free(walk);
	return NULL;
}

/** Go into the directory that was shown last; one that is gone or somebody else's is passed over.
 */
static int walk_enter(struct tree_walk *walk, struct ncrun_error *err)
{
	int parent = walk->depth > 0 ? walk->levels[walk->depth - 1].fd : walk->top_fd;
	struct level level = {.fd = -1};
	int r;

	walk->enter = false;
	if (walk->depth > TREE_DEPTH_MAX)
		return error_set(err, ENAMETOOLONG, "'%.64s...' is more than %d directories deep",
				 text_string(&walk->path), TREE_DEPTH_MAX);
	level.fd = openat(parent, walk->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (level.fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : error_errno(err, "open '%s'", text_string(&walk->path));
	r = directory_list(level.fd, &level.names, err);
	if (r < 0) {
		level_done(&level);
		return error_wrap(err, r, "'%s'", text_string(&walk->path));
	}
	level.path_length = walk->path.length;
	walk->levels[walk->depth++] = level;
	return 0;
}

static void path_cut(struct text *path, size_t length)
{
	path->length = length;
	if (path->chars)
		path->chars[length] = '\0';
}

/** Step to the next name, up where a directory is done. False at the end. */
static bool walk_step(struct tree_walk *walk, int *ret_parent)
{
	while (walk->depth > 0) {
		struct level *level = &walk->levels[walk->depth - 1];

		path_cut(&walk->path, level->path_length);
		if (level->names[level->next]) {
			walk->name = level->names[level->next++];
			if (level->path_length > 0)
				text_append_char(&walk->path, '/');
			text_append(&walk->path, walk->name);
			*ret_parent = level->fd;
			return true;
		}
		level_done(level);
		walk->depth--;
	}
	return false;
}

static bool walk_advance(struct tree_walk *walk, int *ret_parent)
{
	if (!walk->top_name)
		return walk_step(walk, ret_parent);
	walk->name = walk->top_name;
	walk->top_name = NULL;
	*ret_parent = walk->top_fd;
	return true;
}

int tree_walk_next(struct tree_walk *walk, struct tree_entry *ret, bool *ret_more,
		   struct ncrun_error *err)
{
	for (;;) {
		bool top = walk->top_name != NULL;
		int parent = -1;
		int r = walk->enter ? walk_enter(walk, err) : 0;

		if (r < 0)
			return r;
		*ret_more = walk_advance(walk, &parent);
		if (!*ret_more)
			return 0;
		if (text_failed(&walk->path))
			return error_set(err, ENOMEM, "walk through a directory");
		if (fstatat(parent, walk->name, &ret->st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT && !top)
				continue;
			return error_errno(err, "stat '%s'",
					   top ? walk->name : text_string(&walk->path));
		}
		if (top)
			walk->device = ret->st.st_dev;
		walk->enter = S_ISDIR(ret->st.st_mode) && ret->st.st_dev == walk->device;
		ret->parent_fd = parent;
		ret->name = walk->name;
		ret->path = text_string(&walk->path);
		return 0;
	}
}

int tree_measure(int dir_fd, const char *name, uint64_t *ret_entries, uint64_t *ret_bytes,
		 struct ncrun_error *err)
{
	_cleanup_(tree_walk_freep) struct tree_walk *walk = NULL;
	uint64_t entries = 0, bytes = 0;
	struct tree_entry entry = {0};
	bool more = true;
	int r;

	r = tree_walk_new(dir_fd, name, &walk, err);
	while (r == 0 && more) {
		r = tree_walk_next(walk, &entry, &more, err);
		if (r < 0 || !more)
			break;
		entries++;
		/* each name of a file bears its part */
		bytes += (uint64_t)entry.st.st_blocks * 512 /
			 (S_ISDIR(entry.st.st_mode) || entry.st.st_nlink == 0 ? 1
									      : entry.st.st_nlink);
	}
	if (r < 0)
		return r;
	if (ret_entries)
		*ret_entries = entries;
	if (ret_bytes)
		*ret_bytes = bytes;
	return 0;
}
