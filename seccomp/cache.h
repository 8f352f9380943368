/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <ncrun/error.h>

#include "seccomp/seccomp.h"

#define CACHE_ENTRIES_MAX    64
#define CACHE_BYTES_MAX      (4u << 20)
#define CACHE_ENTRY_SIZE_MAX (1u << 20)
#define CACHE_NAME_SIZE      24

/** Whether the directory has the filter for @key; what is damaged or not ours is not had. */
bool cache_find(int dir_fd, const void *key, size_t key_size, struct seccomp_filter *ret);

/** Keep @filter, which the libseccomp at @library_path made; the oldest entries make room. */
int cache_store(int dir_fd, const void *key, size_t key_size, const struct seccomp_filter *filter,
		const char *library_path, struct ncrun_error *err);

/** The file name of an entry. */
void cache_name(const void *key, size_t key_size, char ret[CACHE_NAME_SIZE]);
