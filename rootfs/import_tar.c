/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_tar.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "rootfs/image_archive.h"

#define END_MARK 1024

struct import_tar {
	const struct archive_api *api;
	struct archive *archive;            /* owned */
	struct archive_entry *entry;        /* borrowed from @archive */
	struct import_stream *stream;       /* borrowed */
	const struct import_limits *limits; /* borrowed */
	struct archive_locale locale;
	struct ncrun_error failure; /* of the stream */
	uint64_t size;              /* of the entry */
	bool has_end;
};

struct import_tar *import_tar_free(struct import_tar *tar)
{
	if (!tar)
		return NULL;
	if (tar->archive)
		tar->api->archive_read_free(tar->archive);
	archive_locale_leave(&tar->locale);
	free(tar);
	return NULL;
}

static la_ssize_t on_read(struct archive *archive, void *data, const void **ret)
{
	struct import_tar *tar = data;
	size_t size;

	if (import_stream_next(tar->stream, ret, &size, &tar->failure) < 0) {
		tar->api->archive_set_error(archive, EIO, "%s", tar->failure.message);
		return -1;
	}
	return (la_ssize_t)size;
}

static int tar_error(struct import_tar *tar, struct ncrun_error *err)
{
	const char *text = tar->api->archive_error_string(tar->archive);

	if (tar->failure.code)
		return error_set(err, tar->failure.code, "%s", tar->failure.message);
	if (tar->api->archive_errno(tar->archive) == ENOMEM)
		return error_set(err, ENOMEM, "unpacking it takes too much memory");
	return error_set(err, EINVAL, "damaged archive: %s", import_show(text ? text : "").text);
}

int import_tar_open(struct import_stream *stream, const struct import_limits *limits,
		    struct import_tar **ret, struct ncrun_error *err)
{
	_cleanup_(import_tar_freep) struct import_tar *tar = calloc(1, sizeof(*tar));
	int r;

	if (!tar)
		return error_errno(err, "open the archive");
	tar->stream = stream;
	tar->limits = limits;
	r = archive_api_load(&tar->api, err);
	if (r < 0)
		return r;
	archive_locale_enter(&tar->locale, "C");
	tar->archive = tar->api->archive_read_new();
	if (!tar->archive)
		return error_set(err, ENOMEM, "open the archive");
	if (tar->api->archive_read_support_format_tar(tar->archive) != ARCHIVE_OK)
		return error_set(err, ENOPKG, "libarchive here was built without tar");
	if (tar->api->archive_read_open(tar->archive, tar, NULL, on_read, NULL) != ARCHIVE_OK)
		return tar_error(tar, err);
	*ret = take_ptr(tar);
	return 0;
}

/**
 * Names beyond ASCII cannot be converted to the C locale: libarchive says so and
 * gives the bytes as they are, which is what we want. Any other warning means
 * that it read less than was written.
 */
static bool is_harmless(const struct import_tar *tar, int r)
{
	const char *text = tar->api->archive_error_string(tar->archive);

	return r == ARCHIVE_WARN && text && strstr(text, "can't be converted from");
}

static int tar_check_headers(struct import_tar *tar, struct ncrun_error *err)
{
	la_int64_t start = tar->api->archive_read_header_position(tar->archive);
	la_int64_t end = tar->api->archive_filter_bytes(tar->archive, 0);
	const unsigned char *bytes;

	if (start < 0 || end < start)
		return error_set(err, EINVAL, "damaged archive: an entry has no place in it");
	bytes = import_stream_recall(tar->stream, (uint64_t)start, (size_t)(end - start));
	if (!bytes)
		return error_set(err, E2BIG, "an entry's headers are too large");
	return import_tar_check_headers(bytes, (size_t)(end - start), err);
}

static int owner_check(const char *path, la_int64_t id, uint32_t *ret, struct ncrun_error *err)
{
	if (id < 0 || id >= UINT32_MAX)
		return error_set(err, EINVAL, "'%s' belongs to %" PRId64 ", which is no owner",
				 import_show(path).text, (int64_t)id);
	*ret = (uint32_t)id;
	return 0;
}

static int entry_fill(struct import_tar *tar, struct tar_entry *ret, struct ncrun_error *err)
{
	const struct archive_api *api = tar->api;
	struct archive_entry *entry = tar->entry;
	const char *name = api->archive_entry_pathname(entry);
	la_int64_t size = api->archive_entry_size(entry);
	int r;

	r = import_path_parse(tar->limits, name ? name : "", ret->path, err);
	if (r == 0)
		r = owner_check(ret->path, api->archive_entry_uid(entry), &ret->uid, err);
	if (r == 0)
		r = owner_check(ret->path, api->archive_entry_gid(entry), &ret->gid, err);
	if (r < 0)
		return r;
	if (size < 0)
		return error_set(err, EINVAL, "'%s' has no size", import_show(ret->path).text);
	if ((uint64_t)size > tar->limits->max_bytes)
		return error_set(err, E2BIG, "'%s' is larger than %" PRIu64 " bytes",
				 import_show(ret->path).text, tar->limits->max_bytes);
	ret->type = api->archive_entry_filetype(entry);
	ret->mode = api->archive_entry_perm(entry) & 07777;
	ret->size = (uint64_t)size;
	ret->mtime.tv_sec = api->archive_entry_mtime(entry);
	ret->mtime.tv_nsec = api->archive_entry_mtime_nsec(entry);
	ret->device =
		makedev(api->archive_entry_rdevmajor(entry), api->archive_entry_rdevminor(entry));
	ret->hard_link = api->archive_entry_hardlink(entry);
	ret->symlink = ret->type == S_IFLNK ? api->archive_entry_symlink(entry) : NULL;
	tar->size = ret->size;
	return 0;
}

int import_tar_next(struct import_tar *tar, struct tar_entry *ret, bool *ret_more,
		    struct ncrun_error *err)
{
	int r = tar->api->archive_read_next_header(tar->archive, &tar->entry);

	*ret_more = false;
	if (r == ARCHIVE_EOF) {
		tar->has_end = tar->api->archive_filter_bytes(tar->archive, 0) -
				       tar->api->archive_read_header_position(tar->archive) >=
			       END_MARK;
		return 0;
	}
	if (r != ARCHIVE_OK && !is_harmless(tar, r))
		return tar_error(tar, err);
	r = tar_check_headers(tar, err);
	if (r == 0)
		r = entry_fill(tar, ret, err);
	if (r < 0)
		return r;
	tar->api->archive_entry_xattr_reset(tar->entry);
	*ret_more = true;
	return 0;
}

int import_tar_data(struct import_tar *tar, const void **ret, size_t *ret_size,
		    uint64_t *ret_offset, struct ncrun_error *err)
{
	la_int64_t offset = 0;
	int r;

	*ret_size = 0;
	do
		r = tar->api->archive_read_data_block(tar->archive, ret, ret_size, &offset);
	while (r == ARCHIVE_OK && *ret_size == 0);
	if (r == ARCHIVE_EOF) {
		*ret_size = 0;
		return 0;
	}
	if (r != ARCHIVE_OK)
		return tar_error(tar, err);
	if (offset < 0 || (uint64_t)offset > tar->size || *ret_size > tar->size - (uint64_t)offset)
		return error_set(err, EINVAL, "damaged archive: data beyond a file's end");
	*ret_offset = (uint64_t)offset;
	return 0;
}

bool import_tar_attribute(struct import_tar *tar, struct tar_attribute *ret)
{
	return tar->api->archive_entry_xattr_next(tar->entry, &ret->name, &ret->value,
						  &ret->size) == ARCHIVE_OK &&
	       ret->name;
}

bool import_tar_has_end(const struct import_tar *tar)
{
	return tar->has_end;
}
