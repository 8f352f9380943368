/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a compiled filter that was kept: what is taken from it lies within it. The top bit
 * of the first byte tells whether they are as a disk has spoiled them; else their marks and their
 * checksum are right.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "seccomp/cache.h"
#include "tests/fuzz/folder.h"

#define KEY     "key"
#define LIBRARY "/" /* as good as any file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void entry_seal(uint8_t *entry, size_t size)
{
	struct cache_header header;

	if (size < sizeof(header))
		return;
	memcpy(&header, entry, sizeof(header));
	memcpy(header.magic, CACHE_MAGIC, sizeof(CACHE_MAGIC));
	cache_identify(LIBRARY, &header.library);
	header.checksum = cache_checksum(&header, entry + sizeof(header), size - sizeof(header));
	memcpy(entry, &header, sizeof(header));
}

static void check(const struct seccomp_filter *filter, size_t size)
{
	size_t bytes = filter->count * sizeof(*filter->instructions);

	assert(bytes <= size && filter->count <= BPF_MAXINSNS);
	assert(!filter->count == !filter->instructions);
	if (filter->count > 0) /* all of it can be read */
		(void)hash_bytes(HASH_START, filter->instructions, bytes);
	assert(!filter->listener_path || strlen(filter->listener_path) <= size);
	assert(!filter->listener_metadata || strlen(filter->listener_metadata) <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seccomp_filter filter = {0};
	_cleanup_free_ uint8_t *entry = malloc(size ? size : 1);
	char name[CACHE_NAME_SIZE];

	if (size < 1 || !entry || folder_fd() < 0)
		return 0;
	size--;
	memcpy(entry, data + 1, size);
	if (!(data[0] & 0x80))
		entry_seal(entry, size);
	cache_name(KEY, strlen(KEY), name);
	if (file_replace_at(folder_fd(), name, entry, size, 0600, NULL) < 0)
		return 0;
	if (cache_find(folder_fd(), KEY, strlen(KEY), &filter)) {
		check(&filter, size);
		seccomp_filter_done(&filter);
	}
	return 0;
}
