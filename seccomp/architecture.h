/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The machines that profiles speak of. A set of them is a bit mask of their indices. */

#include <stdbool.h>
#include <stdint.h>

/**
 * struct architecture
 * @profile_name: "SCMP_ARCH_X86_64"
 * @short_name:	as `includes` and `excludes` write it: "amd64"
 * @token:	what libseccomp knows it by
 * @audit:	what the kernel puts into struct seccomp_data
 */
struct architecture {
	const char *profile_name;
	const char *short_name;
	uint32_t token;
	uint32_t audit;
};

#define ARCHITECTURE_MAX 32

/** NULL when @index is past the last one. */
const struct architecture *architecture_at(unsigned int index);
/** The index of the one that this program is built for. */
unsigned int architecture_native(void);
/** Index by "SCMP_ARCH_ARM"; false: no such architecture. */
bool architecture_parse(const char *text, unsigned int *ret);
/** Index by "arm64"; false: no such architecture. */
bool architecture_parse_short(const char *text, unsigned int *ret);
