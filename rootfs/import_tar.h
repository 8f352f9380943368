/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Entries of a tar archive, as libarchive reads them and with what it lets pass refused. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "rootfs/import_limits.h"
#include "rootfs/import_stream.h"

/**
 * struct tar_entry - one entry; texts are borrowed until the next
 *
 * @path:	as import_path_parse() leaves it
 * @type:	S_IFREG, S_IFDIR, ...
 * @hard_link:	what it is another name of, unparsed; then nothing else of it counts
 * @symlink:	the target, for S_IFLNK
 */
struct tar_entry {
	char path[IMPORT_PATH_MAX + 1];
	mode_t type;
	mode_t mode; /* 07777 */
	uid_t uid;
	gid_t gid;
	uint64_t size;
	struct timespec mtime;
	dev_t device;
	const char *hard_link;
	const char *symlink;
};

struct import_tar;

/** Read entries from @stream, which is borrowed, as are @limits. */
int import_tar_open(struct import_stream *stream, const struct import_limits *limits,
		    struct import_tar **ret, struct ncrun_error *err);
struct import_tar *import_tar_free(struct import_tar *tar);
DEFINE_CLEANUP(struct import_tar *, import_tar_free);

int import_tar_next(struct import_tar *tar, struct tar_entry *ret, bool *ret_more,
		    struct ncrun_error *err);
/** The entry's next bytes and where in the file they belong; *@ret_size 0 at its end. */
int import_tar_data(struct import_tar *tar, const void **ret, size_t *ret_size,
		    uint64_t *ret_offset, struct ncrun_error *err);
/** struct tar_attribute - an extended attribute; borrowed until the next entry. */
struct tar_attribute {
	const char *name;
	const void *value;
	size_t size;
};

/** The entry's next extended attribute; false after the last. */
bool import_tar_attribute(struct import_tar *tar, struct tar_attribute *ret);
/** After the last entry: did the archive have its end mark? One without is cut off. */
bool import_tar_has_end(const struct import_tar *tar);

/** Are there NUL bytes in the names of an entry's headers? libarchive would cut them there. */
int import_tar_check_headers(const unsigned char *bytes, size_t size, struct ncrun_error *err);
