/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "seccomp/seccomp.h"

/** The filter of a profile for native programs; @cache_dir_fd: -1 = do not cache. */
int filter_of_profile(const char *profile, uint64_t capabilities, int cache_dir_fd,
		      struct seccomp_filter *ret, struct ncrun_error *err);
