/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_layers.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "rootfs/import_report.h"

#define REPORT_EVERY (1u << 20)

int import_archive(struct import_tree *tree, const struct import_stream_spec *spec, bool needs_end,
		   struct ncrun_error *err)
{
	_cleanup_(import_stream_freep) struct import_stream *stream = NULL;
	_cleanup_(import_tar_freep) struct import_tar *tar = NULL;
	struct tar_entry entry;
	bool more = true;
	int r;

	r = import_stream_open(spec, &stream, err);
	if (r == 0)
		r = import_tar_open(stream, tree->limits, &tar, err);
	while (r == 0 && more) {
		r = import_tar_next(tar, &entry, &more, err);
		if (r == 0 && more)
			r = import_tree_put(tree, tar, &entry, err);
	}
	if (r < 0)
		return r;
	if (needs_end && !import_tar_has_end(tar))
		return error_set(err, EINVAL, "the archive is cut off: it has no end mark");
	return import_stream_finish(stream, err);
}

/** How far all layers are: each is read twice. */
struct layer_progress {
	int reports;
	struct report_progress now;
	uint64_t told;
};

static void on_progress(void *data, uint64_t bytes)
{
	struct layer_progress *progress = data;

	progress->now.done_bytes += bytes;
	if (progress->now.done_bytes - progress->told < REPORT_EVERY)
		return;
	progress->told = progress->now.done_bytes;
	report_send(progress->reports, REPORT_PROGRESS, &progress->now, sizeof(progress->now),
		    NULL);
}

/** Does the layer's file hold what the manifest and the configuration say? */
static int layer_check(const struct oci_blob *blob, const char *diff_id,
		       struct import_stream *stream, struct ncrun_error *err)
{
	char packed[DIGEST_TEXT_SIZE], unpacked[DIGEST_TEXT_SIZE];

	import_stream_digests(stream, packed, unpacked);
	if (blob->digest[0] && !text_equal(blob->digest, packed))
		return error_set(err, EINVAL, "it is damaged: its SHA-256 is %s", packed);
	if (!text_equal(diff_id, unpacked))
		return error_set(err, EINVAL, "it is damaged: unpacked, its SHA-256 is %s",
				 unpacked);
	return 0;
}

/**
 * The first reading: what the layer removes concerns only those below it, so it
 * goes before anything is added. And nothing of a damaged one shall be added.
 */
static int layer_remove(struct import_tree *tree, const struct import_stream_spec *spec,
			const struct oci_blob *blob, const char *diff_id, struct ncrun_error *err)
{
	_cleanup_(import_stream_freep) struct import_stream *stream = NULL;
	_cleanup_(import_tar_freep) struct import_tar *tar = NULL;
	struct tar_entry entry;
	bool more = true;
	int r;

	r = import_stream_open(spec, &stream, err);
	if (r == 0)
		r = import_tar_open(stream, tree->limits, &tar, err);
	while (r == 0 && more) {
		r = import_tar_next(tar, &entry, &more, err);
		if (r == 0 && more)
			r = whiteout_apply(tree, entry.path, err);
	}
	if (r == 0)
		r = import_stream_finish(stream, err);
	return r < 0 ? r : layer_check(blob, diff_id, stream, err);
}

static int layer_add(struct import_tree *tree, const struct import_stream_spec *spec,
		     struct ncrun_error *err)
{
	_cleanup_(import_stream_freep) struct import_stream *stream = NULL;
	_cleanup_(import_tar_freep) struct import_tar *tar = NULL;
	struct tar_entry entry;
	bool more = true;
	int r;

	r = import_stream_open(spec, &stream, err);
	if (r == 0)
		r = import_tar_open(stream, tree->limits, &tar, err);
	while (r == 0 && more) {
		char parent[IMPORT_PATH_MAX + 1];
		enum whiteout whiteout = WHITEOUT_NONE;
		const char *name;

		r = import_tar_next(tar, &entry, &more, err);
		if (r == 0 && more)
			r = whiteout_parse(tree_split(entry.path, parent), &whiteout, &name, err);
		if (r == 0 && more && whiteout == WHITEOUT_NONE)
			r = import_tree_put(tree, tar, &entry, err);
	}
	return r;
}

static int layer_apply(struct import_tree *tree, int archive_fd, const struct oci_blob *blob,
		       const char *diff_id, struct layer_progress *progress,
		       struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	struct import_stream_spec spec = {
		.max_ratio = tree->limits->max_ratio,
		.digests = true,
		.progress = on_progress,
		.data = progress,
	};
	uint64_t size;
	int r;

	r = oci_blob_open(archive_fd, blob, &fd, &size, err);
	if (r < 0)
		return r;
	spec.fd = fd;
	r = layer_remove(tree, &spec, blob, diff_id, err);
	if (r < 0)
		return r;
	spec.digests = false;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "read it again");
	return layer_add(tree, &spec, err);
}

int import_layers(struct import_tree *tree, int archive_fd, const struct oci_manifest *manifest,
		  int reports, struct ncrun_error *err)
{
	struct layer_progress progress = {.reports = reports};

	for (size_t i = 0; i < manifest->layer_count; i++) {
		_cleanup_close_ int fd = -1;
		uint64_t size = 0;
		int r = oci_blob_open(archive_fd, &manifest->layers[i], &fd, &size, err);

		if (r < 0)
			return r;
		progress.now.total_bytes += 2 * size;
	}
	tree->layered = true;
	for (size_t i = 0; i < manifest->layer_count; i++) {
		int r = layer_apply(tree, archive_fd, &manifest->layers[i], manifest->diff_ids[i],
				    &progress, err);

		if (r < 0)
			return error_wrap(err, r, "layer %zu of %zu", i + 1, manifest->layer_count);
	}
	return 0;
}
