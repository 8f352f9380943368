/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bytes of an archive, decompressed. Counts both sides, so that a bomb is
 * seen while it goes off, and remembers the last few MiB for a second look.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "base/digest.h"

struct import_stream;

/**
 * struct import_stream_spec - where from
 *
 * @fd:		borrowed; read to its end by import_stream_finish()
 * @max_ratio:	as in the import's options
 * @digests:	work out the SHA-256 of both sides
 * @progress:	called with the packed bytes of each read; NULL = nobody
 */
struct import_stream_spec {
	int fd;
	uint32_t max_ratio;
	bool digests;
	void (*progress)(void *data, uint64_t bytes);
	void *data;
};

int import_stream_open(const struct import_stream_spec *spec, struct import_stream **ret,
		       struct ncrun_error *err);
struct import_stream *import_stream_free(struct import_stream *stream);
DEFINE_CLEANUP(struct import_stream *, import_stream_free);

/** The next decompressed bytes, valid until the next call; *@ret_size 0 at the end. */
int import_stream_next(struct import_stream *stream, const void **ret, size_t *ret_size,
		       struct ncrun_error *err);

/** Decompressed bytes from @offset on that were read before; NULL if forgotten. */
const unsigned char *import_stream_recall(const struct import_stream *stream, uint64_t offset,
					  size_t size);

/** Read whatever follows the archive: padding, and what lies behind it. Tells a cut-off file. */
int import_stream_finish(struct import_stream *stream, struct ncrun_error *err);
/** After import_stream_finish(), with @digests. */
void import_stream_digests(struct import_stream *stream, char ret_packed[DIGEST_TEXT_SIZE],
			   char ret_unpacked[DIGEST_TEXT_SIZE]);
