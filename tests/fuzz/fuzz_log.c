/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a line of a node's log: what is delivered lies within it. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "runtime/log_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *copy = malloc(size ? size : 1);
	struct ncrun_log_line line = {0};

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (!log_line_parse(copy, size, &line))
		return 0;
	assert(*line.service && line.service > copy && line.text > line.service);
	assert(line.text + line.length == copy + size);
	assert(line.service + strlen(line.service) < line.text);
	assert(line.stream == 1 || line.stream == 2);
	return 0;
}
