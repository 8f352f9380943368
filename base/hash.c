/* SPDX-License-Identifier: Apache-2.0 */

#include "base/hash.h"

#include <string.h>

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const char *at = bytes;

	hash ^= size; /* so that trailing zeros count */
	while (size) {
		size_t n = size < sizeof(uint64_t) ? size : sizeof(uint64_t);
		uint64_t word = 0;

		memcpy(&word, at, n);
		at += n;
		size -= n;
		hash = (hash ^ word) * UINT64_C(0x100000001b3);
		hash ^= hash >> 32; /* words need more mixing than bytes do */
	}
	return hash;
}
