/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/filters.h"

int filter_of_profile(const char *profile, uint64_t capabilities, int cache_dir_fd,
		      struct seccomp_filter *ret, struct ncrun_error *err)
{
	const struct seccomp_request request = {
		.profile = profile,
		.capabilities = capabilities,
		.cache = cache_dir_fd >= 0,
		.cache_dir_fd = cache_dir_fd,
	};

	return seccomp_filter_make(&request, ret, err);
}
