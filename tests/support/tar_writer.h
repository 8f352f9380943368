/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tar archives written byte by byte: also such as no archiver would write. */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/digest.h"
#include "base/text.h"

/**
 * struct tar_item - one entry; what is zero gets a sensible value
 *
 * @type:	'0' file, '1' hard link, '2' symlink, '3' and '4' devices, '5' directory, '6' FIFO
 * @mode:	0 = 0644, 0755 for directories
 * @data:	terminated, or @size bytes of it
 * @claimed:	write this size instead of the true one
 * @pax:	records made by tar_pax(); NULL = none
 */
struct tar_item {
	const char *name;
	char type;
	uint32_t mode;
	uint32_t uid, gid;
	int64_t mtime;
	const char *link;
	const char *data;
	size_t size;
	uint64_t claimed;
	uint32_t major, minor;
	const struct text *pax;
};

/** Append an entry: tar_put(&archive, .name = "etc/motd", .data = "hello\n"); */
#define tar_put(archive, ...) tar_put_item((archive), &(const struct tar_item){__VA_ARGS__})
void tar_put_item(struct text *archive, const struct tar_item *item);
/** Append a record for .pax; @length of the value, which may hold anything. */
void tar_pax(struct text *records, const char *key, const void *value, size_t length);
/** The two empty blocks. */
void tar_end(struct text *archive);

/** Write the archive to a file, through the program @filter ("gzip") unless NULL. Fails the test if
 * that fails. */
void tar_save(const struct text *archive, int dir_fd, const char *path, const char *filter);
/** SHA-256 of bytes, as text. */
void tar_digest(const void *bytes, size_t size, char ret[DIGEST_TEXT_SIZE]);
