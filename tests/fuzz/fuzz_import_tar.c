/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as an archive: decompressed, read as tar, every name and whiteout taken apart. */

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "rootfs/import_facts.h"
#include "rootfs/import_layers.h"
#include "rootfs/import_stream.h"
#include "rootfs/import_tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A path that passed must be one that openat2() below a root can be given. */
static void check_path(const char *path)
{
	assert(strlen(path) <= IMPORT_PATH_MAX && *path != '/');
	for (const char *at = path; *at; at++)
		assert((unsigned char)*at >= 0x20 && *at != 0x7f);
	assert(!text_starts_with(path, "../") && !strstr(path, "/../") && !strstr(path, "//"));
}

static void read_entry(struct import_tar *tar, const struct tar_entry *entry)
{
	struct tar_attribute attribute;
	enum whiteout whiteout;
	const char *victim;
	const void *bytes;
	uint64_t offset;
	size_t size;

	check_path(entry->path);
	whiteout_parse(entry->path, &whiteout, &victim, NULL);
	while (import_tar_attribute(tar, &attribute))
		assert(attribute.name);
	do {
		if (import_tar_data(tar, &bytes, &size, &offset, NULL) < 0)
			return;
		assert(size == 0 || offset + size <= entry->size);
	} while (size > 0);
}

static void read_archive(int fd, struct import_limits *limits)
{
	const struct import_stream_spec spec = {.fd = fd, .max_ratio = 10};
	_cleanup_(import_stream_freep) struct import_stream *stream = NULL;
	_cleanup_(import_tar_freep) struct import_tar *tar = NULL;
	struct tar_entry entry;
	bool more = true;

	if (import_stream_open(&spec, &stream, NULL) < 0 ||
	    import_tar_open(stream, limits, &tar, NULL) < 0)
		return;
	while (import_tar_next(tar, &entry, &more, NULL) == 0 && more)
		read_entry(tar, &entry);
	import_stream_finish(stream, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("archive", MFD_CLOEXEC);
	_cleanup_text_ struct text text = {0}, name = {0};
	struct import_limits limits;
	char path[IMPORT_PATH_MAX + 1];

	import_limits_init(&limits, NULL, NULL);
	limits.max_bytes = 1u << 20;
	if (fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0)
		read_archive(fd, &limits);
	import_tar_check_headers(data, size, NULL);
	text_append_bytes(&text, data, size);
	import_os_release(text_string(&text), &name);
	if (import_path_parse(&limits, text_string(&text), path, NULL) == 0)
		check_path(path);
	return 0;
}
