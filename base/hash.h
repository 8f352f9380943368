/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Hashes that name files and find damage; no protection from anybody. */

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/** FNV-1a over 64-bit words, from @hash on. Two texts that differ in one word never have the same.
 */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);
