/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an import may cost, and how names in an archive are taken. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>
#include <ncrun/image.h>

#define IMPORT_PATH_MAX      4000
#define IMPORT_COMPONENT_MAX 255
#define IMPORT_LAYERS_MAX    512
/** Below this much the ratio is not looked at. */
#define IMPORT_RATIO_FROM (100ull << 20)

/** struct import_limits - the options with their defaults filled in, and what was used so far. */
struct import_limits {
	uint64_t max_bytes;
	uint64_t max_entries;
	uint32_t max_path;
	uint32_t max_ratio;
	bool devices;
	bool squash;           /* we are not root: owners and devices cannot be kept */
	const char *image_tag; /* borrowed; NULL = the only one */
	uint64_t bytes;
	uint64_t entries;
	uint64_t implied; /* of these: directories that no entry mentions */
	uint32_t crumbs;
};

/** @options may be NULL. -EINVAL for one that is out of range. */
int import_limits_init(struct import_limits *limits, const struct ncrun_import_options *options,
		       struct ncrun_error *err);
/** How many bytes an archive that keeps to the limits can have: its content, and headers. */
uint64_t import_limits_archive(const struct import_limits *limits);
/** Account for what is about to be written; -E2BIG. */
int import_limits_add_bytes(struct import_limits *limits, uint64_t bytes, struct ncrun_error *err);
int import_limits_add_entry(struct import_limits *limits, struct ncrun_error *err);
/** The same for a directory that a path leads through: a few bytes can stand for a hundred. */
int import_limits_add_implied(struct import_limits *limits, struct ncrun_error *err);

/** For a piece of a file behind a hole: a few bytes can stand for a call. */
int import_limits_add_piece(struct import_limits *limits, size_t size, struct ncrun_error *err);
/**
 * import_path_parse() - the name of an entry as a path below the root
 * @ret:	without leading '/' and './'; "" for the root itself; IMPORT_PATH_MAX + 1 bytes
 *
 * -EINVAL for '..', control bytes and no name at all; -E2BIG for one that is too
 * long or too deep.
 */
int import_path_parse(const struct import_limits *limits, const char *name, char *ret,
		      struct ncrun_error *err);

/** Bytes of @text in which it would show unchanged on a terminal, cut for a message. */
struct import_shown {
	char text[160];
};
struct import_shown import_show(const char *text);
