/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever a lab holds, it becomes a document or is refused; no value is without a place. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "tests/fuzz/libfyaml.h"
#include "topology/foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct element *element)
{
	assert(element->line > 0 && element->column > 0);
	for (size_t i = 0; i < element->count; i++)
		check(&element->children[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	if (topology_translate_containerlab("d/f", (const char *)data, size, &problems, &document,
					    &err) < 0) {
		assert(!document && err.code);
		return 0;
	}
	assert(document || problems.count > 0);
	if (document)
		check(document_root(document));
	return 0;
}
