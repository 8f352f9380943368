/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "rootfs/image_archive.h"
#include "rootfs/import_limits.h"

#define READ_SIZE 65536
/* The headers of one entry must fit: libarchive takes 1 MiB of each kind. */
#define WINDOW_SIZE (8u << 20)
#define BLOCK_MAX   (1u << 20)
#define FILTERS_MAX 2 /* one, and libarchive's own "none" at the end */

struct import_stream {
	const struct archive_api *api;
	struct archive *archive; /* owned */
	struct import_stream_spec spec;
	struct digest *packed_digest;   /* owned; NULL = not asked for */
	struct digest *unpacked_digest; /* owned */
	uint64_t packed, unpacked;
	bool ended;
	struct ncrun_error failure; /* of our own read callback */
	const char *rest;           /* of a block larger than BLOCK_MAX */
	size_t rest_size;
	unsigned char *window; /* owned; ends at @unpacked */
	size_t window_used;
	char input[READ_SIZE];
};

struct import_stream *import_stream_free(struct import_stream *stream)
{
	if (!stream)
		return NULL;
	if (stream->archive)
		stream->api->archive_read_free(stream->archive);
	digest_free(stream->packed_digest);
	digest_free(stream->unpacked_digest);
	free(stream->window);
	free(stream);
	return NULL;
}

static ssize_t stream_read(struct import_stream *stream)
{
	ssize_t n;

	do
		n = read(stream->spec.fd, stream->input, sizeof(stream->input));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(&stream->failure, "read the archive");
	stream->packed += (uint64_t)n;
	if (stream->packed_digest)
		digest_update(stream->packed_digest, stream->input, (size_t)n);
	if (stream->spec.progress)
		stream->spec.progress(stream->spec.data, (uint64_t)n);
	return n;
}

static la_ssize_t on_read(struct archive *archive, void *data, const void **ret)
{
	struct import_stream *stream = data;
	ssize_t n = stream_read(stream);

	if (n < 0) {
		stream->api->archive_set_error(archive, EIO, "%s", stream->failure.message);
		return -1;
	}
	*ret = stream->input;
	return n;
}

/** What libarchive, or our own callback, says is wrong. */
static int stream_error(struct import_stream *stream, struct ncrun_error *err)
{
	const char *text = stream->api->archive_error_string(stream->archive);

	if (stream->failure.code)
		return error_set(err, stream->failure.code, "%s", stream->failure.message);
	if (stream->api->archive_errno(stream->archive) == ENOMEM)
		return error_set(err, ENOMEM, "unpacking it takes too much memory");
	return error_set(err, EINVAL, "damaged archive: %s", import_show(text ? text : "").text);
}

/**
 * Filters by name, and only where libarchive has them built in: otherwise it
 * would run programs that it finds in PATH.
 */
static int stream_add_filters(struct import_stream *stream, struct ncrun_error *err)
{
	const struct archive_api *api = stream->api;
	const struct {
		const char *name;
		int (*support)(struct archive *archive);
	} filters[] = {
		{"gzip", api->archive_read_support_filter_gzip},
		{"bzip2", api->archive_read_support_filter_bzip2},
		{"xz", api->archive_read_support_filter_xz},
		{"zstd", api->archive_read_support_filter_zstd},
		{"lz4", api->archive_read_support_filter_lz4},
	};

	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (filters[i].support(stream->archive) != ARCHIVE_OK)
			return error_set(err, ENOPKG, "libarchive here was built without %s",
					 filters[i].name);
	if (api->archive_read_support_format_raw(stream->archive) != ARCHIVE_OK)
		return error_set(err, ENOPKG, "libarchive here was built without raw streams");
	return 0;
}

static int stream_start(struct import_stream *stream, struct ncrun_error *err)
{
	const struct archive_api *api = stream->api;
	struct archive_entry *entry;
	int r;

	r = stream_add_filters(stream, err);
	if (r < 0)
		return r;
	if (api->archive_read_open(stream->archive, stream, NULL, on_read, NULL) != ARCHIVE_OK ||
	    api->archive_read_next_header(stream->archive, &entry) != ARCHIVE_OK) {
		if (stream->packed == 0 && !stream->failure.code)
			return error_set(err, EINVAL, "it is empty");
		return stream_error(stream, err);
	}
	if (api->archive_filter_count(stream->archive) > FILTERS_MAX)
		return error_set(err, EINVAL, "it is compressed more than once");
	return 0;
}

int import_stream_open(const struct import_stream_spec *spec, struct import_stream **ret,
		       struct ncrun_error *err)
{
	_cleanup_(import_stream_freep) struct import_stream *stream = calloc(1, sizeof(*stream));
	int r;

	if (!stream)
		return error_errno(err, "open the archive");
	stream->spec = *spec;
	r = archive_api_load(&stream->api, err);
	if (r < 0)
		return r;
	stream->window = malloc(WINDOW_SIZE);
	stream->archive = stream->api->archive_read_new();
	if (!stream->archive || !stream->window)
		return error_set(err, ENOMEM, "open the archive");
	if (spec->digests) {
		r = digest_new(&stream->packed_digest, err);
		if (r == 0)
			r = digest_new(&stream->unpacked_digest, err);
		if (r < 0)
			return r;
	}
	r = stream_start(stream, err);
	if (r < 0)
		return r;
	*ret = take_ptr(stream);
	return 0;
}

/** Keep a copy; what libarchive gave is only good until its next call, and this longer. */
static const void *window_push(struct import_stream *stream, const void *bytes, size_t size)
{
	unsigned char *copy;

	if (stream->window_used + size > WINDOW_SIZE) {
		size_t keep = WINDOW_SIZE / 2;

		memmove(stream->window, stream->window + stream->window_used - keep, keep);
		stream->window_used = keep;
	}
	copy = stream->window + stream->window_used;
	memcpy(copy, bytes, size);
	stream->window_used += size;
	stream->unpacked += size;
	return copy;
}

static int stream_check_ratio(const struct import_stream *stream, struct ncrun_error *err)
{
	if (stream->unpacked <= IMPORT_RATIO_FROM ||
	    stream->unpacked / stream->spec.max_ratio <= stream->packed)
		return 0;
	return error_set(err, E2BIG, "it unpacks to more than %" PRIu32 " times its size",
			 stream->spec.max_ratio);
}

int import_stream_next(struct import_stream *stream, const void **ret, size_t *ret_size,
		       struct ncrun_error *err)
{
	*ret_size = 0;
	while (!stream->ended && stream->rest_size == 0) {
		const void *block = NULL;
		la_int64_t offset;
		int r;

		r = stream->api->archive_read_data_block(stream->archive, &block,
							 &stream->rest_size, &offset);
		if (r == ARCHIVE_EOF) {
			stream->ended = true;
			stream->rest_size = 0;
		} else if (r != ARCHIVE_OK) {
			stream->rest_size = 0;
			return stream_error(stream, err);
		}
		stream->rest = block;
	}
	if (stream->ended)
		return 0;
	*ret_size = stream->rest_size < BLOCK_MAX ? stream->rest_size : BLOCK_MAX;
	*ret = window_push(stream, stream->rest, *ret_size);
	if (stream->unpacked_digest)
		digest_update(stream->unpacked_digest, *ret, *ret_size);
	stream->rest += *ret_size;
	stream->rest_size -= *ret_size;
	return stream_check_ratio(stream, err);
}

const unsigned char *import_stream_recall(const struct import_stream *stream, uint64_t offset,
					  size_t size)
{
	uint64_t start = stream->unpacked - stream->window_used;

	if (offset < start || offset > stream->unpacked || size > stream->unpacked - offset)
		return NULL;
	return stream->window + (offset - start);
}

int import_stream_finish(struct import_stream *stream, struct ncrun_error *err)
{
	const void *bytes;
	size_t size = 1;
	ssize_t n = 1;
	int r = 0;

	while (r == 0 && size > 0)
		r = import_stream_next(stream, &bytes, &size, err);
	if (r < 0)
		return r;
	while (n > 0) /* behind the compressed part */
		n = stream_read(stream);
	if (n < 0)
		return error_set(err, stream->failure.code, "%s", stream->failure.message);
	return 0;
}

void import_stream_digests(struct import_stream *stream, char ret_packed[DIGEST_TEXT_SIZE],
			   char ret_unpacked[DIGEST_TEXT_SIZE])
{
	digest_finish(stream->packed_digest, ret_packed);
	digest_finish(stream->unpacked_digest, ret_unpacked);
}
