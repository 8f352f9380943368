/* SPDX-License-Identifier: Apache-2.0 */

/* The first byte tells the format; every element must be whole and in its place. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/document.h"
#include "tests/fuzz/libfyaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct document *document, const struct element *element, int depth)
{
	struct ncrun_error err = {0};
	const char *string;
	uint64_t number;
	bool scalar = element->kind != ELEMENT_LIST && element->kind != ELEMENT_MAP;

	assert(depth <= 64 && element->line > 0 && element->column > 0);
	assert(scalar ? element->text && !element->count : !element->text);
	assert((element_string(document, element, &string, &err) == 0) ==
	       (element->kind == ELEMENT_STRING));
	if (element_u64(document, element, 100, &number, &err) == 0)
		assert(element->kind == ELEMENT_NUMBER && number <= 100);
	for (size_t i = 0; i < element->count; i++) {
		const struct element *child = &element->children[i];

		assert(!child->key == (element->kind == ELEMENT_LIST));
		if (child->key)
			assert(child->key_line > 0 && element_get(element, child->key) == child);
		check(document, child, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const known[] = {"a", "name", NULL};
	_cleanup_(document_freep) struct document *document = NULL;
	struct ncrun_error err = {0};
	enum document_format format;

	if (size == 0)
		return 0;
	format = data[0] == 'j' ? DOCUMENT_JSON : DOCUMENT_YAML;
	if (document_parse("f", (const char *)data + 1, size - 1, format, &document, &err) < 0) {
		assert(err.code && strncmp(err.message, "f:", 2) == 0);
		return 0;
	}
	check(document, document_root(document), 0);
	element_check_keys(document, document_root(document), known, &err);
	return 0;
}
