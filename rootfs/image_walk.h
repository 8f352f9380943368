/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Every entry of a directory tree, sorted, no symlink followed, one file system. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <ncrun/error.h>

#include "base/cleanup.h"

/** Directories may lie this deep: what an archive may hold. */
#define TREE_DEPTH_MAX 128

/** struct tree_entry - borrowed from the walk until its next step. */
struct tree_entry {
	int parent_fd;
	const char *name; /* in @parent_fd */
	const char *path; /* from the tree's root, "" for that itself */
	struct stat st;
};

struct tree_walk;

/** Begin with the directory @name of @dir_fd. */
int tree_walk_new(int dir_fd, const char *name, struct tree_walk **ret, struct ncrun_error *err);
struct tree_walk *tree_walk_free(struct tree_walk *walk);
DEFINE_CLEANUP(struct tree_walk *, tree_walk_free);

/**
 * The next entry, a directory before what is in it; *@ret_more is false after the
 * last. Entries that vanish meanwhile are passed over; mount points are shown and
 * not entered.
 */
int tree_walk_next(struct tree_walk *walk, struct tree_entry *ret, bool *ret_more,
		   struct ncrun_error *err);

/** Count entries and disk space; either may be NULL. */
int tree_measure(int dir_fd, const char *name, uint64_t *ret_entries, uint64_t *ret_bytes,
		 struct ncrun_error *err);
