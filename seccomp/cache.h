/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "seccomp/seccomp.h"

#define CACHE_ENTRIES_MAX    64
#define CACHE_BYTES_MAX      (4u << 20)
#define CACHE_ENTRY_SIZE_MAX (1u << 20)
#define CACHE_NAME_SIZE      24

#define CACHE_MAGIC "ncrun-bpf-1\n"

/** struct cache_identity - which file, as it was */
struct cache_identity {
	uint64_t device, inode, size;
	int64_t seconds, nanoseconds;
};

/**
 * struct cache_header - begins an entry
 *
 * What follows it, in this order: instructions, key, and three strings without NUL.
 */
struct cache_header {
	char magic[16];
	uint64_t checksum; /* of all that follows the header, and of the rest of it */
	struct cache_identity library;
	uint32_t instruction_count;
	uint32_t key_size;
	uint32_t library_path_size;
	uint32_t listener_path_size; /* UINT32_MAX = NULL */
	uint32_t listener_metadata_size;
	uint32_t flags;
	uint32_t notify;
	uint32_t reserved;
};

/** What @header is to have as that, when @rest follows it. */
uint64_t cache_checksum(const struct cache_header *header, const void *rest, size_t size);
/** False if there is no such file. */
bool cache_identify(const char *path, struct cache_identity *ret);

/** Whether the directory has the filter for @key; what is damaged or not ours is not had. */
bool cache_find(int dir_fd, const void *key, size_t key_size, struct seccomp_filter *ret);

/** Keep @filter, which the libseccomp at @library_path made; the oldest entries make room. */
int cache_store(int dir_fd, const void *key, size_t key_size, const struct seccomp_filter *filter,
		const char *library_path, struct ncrun_error *err);

/** The file name of an entry. */
void cache_name(const void *key, size_t key_size, char ret[CACHE_NAME_SIZE]);
