/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tree that an archive is unpacked into. Every name is taken apart by us and
 * resolved by openat2() below the tree's own descriptor: nothing in an archive can
 * name a place outside, whatever links it makes.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <ncrun/error.h>

#include "base/text.h"
#include "rootfs/import_limits.h"
#include "rootfs/import_tar.h"

/** struct import_losses - what could not be kept, to be told at the end. */
struct import_losses {
	uint64_t owners;
	uint64_t devices;
	uint64_t attributes;     /* that we drop on principle */
	uint64_t kept_from_user; /* attributes that need root, or a file system that has them */
	struct text names;       /* of the first few attributes */
};

/**
 * struct import_tree - a tree in the making
 *
 * @layered:	entries lie over earlier layers: what is in the way is replaced, and a
 *		parent may be a link that an earlier layer made (it stays inside)
 */
struct import_tree {
	int root_fd; /* owned */
	bool layered;
	struct import_limits *limits; /* borrowed */
	struct import_losses losses;
	FILE *times;                      /* owned; of directories, to be set last */
	char parent[IMPORT_PATH_MAX + 1]; /* that @parent_fd was opened for */
	int parent_fd;                    /* owned; -1 = none */
};

/** Takes @root_fd over. @area_fd: where a file without a name is made for the times. */
int import_tree_init(struct import_tree *tree, int root_fd, int area_fd,
		     struct import_limits *limits, struct ncrun_error *err);
void import_tree_done(struct import_tree *tree);

/** Make what @entry says; its data and attributes come from @tar. */
int import_tree_put(struct import_tree *tree, struct import_tar *tar, const struct tar_entry *entry,
		    struct ncrun_error *err);
/** All is there: now the times of directories. */
int import_tree_finish(struct import_tree *tree, struct ncrun_error *err);

/* ---- for the files of the tree only ------------------------------------------ */

/** Split @path: its parent into @parent (IMPORT_PATH_MAX + 1 bytes), and its last part. */
const char *tree_split(const char *path, char *parent);
/**
 * The directory @parent, O_PATH; borrowed until the next call. @make: with what is
 * missing of it; else -ENOENT without a message means that there is none.
 */
int tree_open_parent(struct import_tree *tree, const char *parent, bool make, int *ret_fd,
		     struct ncrun_error *err);
/** A directory has gone or been replaced: forget what was opened. */
void tree_forget_parent(struct import_tree *tree);
/** Remove the last part, with all below it if it is a directory. */
int tree_remove(struct import_tree *tree, int parent_fd, const char *name, struct ncrun_error *err);

/** Setting the time of a directory waits until all that goes into it is there; the last one counts.
 */
int tree_remember_time(struct import_tree *tree, const char *path, struct timespec time,
		       struct ncrun_error *err);

/** Owner, mode, attributes and times of an open file or directory. */
int tree_set_attributes(struct import_tree *tree, struct import_tar *tar,
			const struct tar_entry *entry, int fd, struct ncrun_error *err);
/** Owner and time of an entry that cannot be opened: a link, a device. */
int tree_set_owner_at(struct import_tree *tree, const struct tar_entry *entry, int parent_fd,
		      const char *name, struct ncrun_error *err);
