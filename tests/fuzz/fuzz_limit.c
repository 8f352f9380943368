/* SPDX-License-Identifier: Apache-2.0 */

/* Any text as the value of each limit: what is taken is printed, and that means the same. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ncrun/limits.h>

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *name, const char *text)
{
	struct ncrun_limits limits = NCRUN_LIMITS_INIT, again = NCRUN_LIMITS_INIT;
	struct ncrun_error err = {0};
	char first[4096], second[4096];

	if (ncrun_limits_set(&limits, name, text, &err) < 0) {
		assert(err.code && err.message[0]);
	} else if (ncrun_limits_print(&limits, name, 0, first, sizeof(first)) > 0) {
		assert(ncrun_limits_set(&again, name, first, &err) == 0);
		assert(ncrun_limits_print(&again, name, 0, second, sizeof(second)) > 0);
		assert(strcmp(first, second) == 0);
	}
	ncrun_limits_check(&limits, NULL);
	ncrun_limits_clear(&limits);
	ncrun_limits_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	const struct ncrun_limit *list;
	size_t count;

	list = ncrun_limit_list(&count);
	for (size_t i = 0; text && i < count; i++)
		check(list[i].name, text);
	return 0;
}
