/* SPDX-License-Identifier: Apache-2.0 */

/* A graph is read whole or refused with one mistake and its place; every edge has its nodes. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "topology/dot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct element *root)
{
	const struct element *nodes = element_get(root, "nodes");
	const struct element *edges = element_get(root, "edges");

	assert(element_get(root, "attributes")->kind == ELEMENT_MAP);
	for (size_t i = 0; i < nodes->count; i++)
		assert(nodes->children[i].kind == ELEMENT_MAP && nodes->children[i].line > 0);
	for (size_t i = 0; i < edges->count && i < 100; i++) {
		const struct element *edge = &edges->children[i];

		assert(element_get(nodes, element_get(edge, "tail")->text));
		assert(element_get(nodes, element_get(edge, "head")->text));
		assert(element_get(edge, "attributes")->kind == ELEMENT_MAP);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	if (dot_parse("f", (const char *)data, size, &problems, &document, &err) < 0) {
		assert(!document && problems.count == 1 && problems.items[0].place.line > 0);
		return 0;
	}
	assert(problems.count == 0);
	check(document_root(document));
	return 0;
}
