/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `make coverage` links into its programs, besides clang's own: see scripts/coverage,
 * which says where COUNTERS_PATH is. ncrun(1) closes what stands above 1023.
 */

#define COUNTERS_FD 1000

long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);
