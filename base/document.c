/* SPDX-License-Identifier: Apache-2.0 */

#include "base/document.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/document_store.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/text.h"

#define BLOCK_SIZE 65536

struct document_block {
	struct document_block *next;
	size_t used, size;
	_Alignas(max_align_t) char bytes[];
};

struct document *document_new(const char *name)
{
	_cleanup_(document_freep) struct document *document = calloc(1, sizeof(*document));

	if (!document)
		return NULL;
	document->name = strdup(name);
	return document->name ? take_ptr(document) : NULL;
}

struct document *document_free(struct document *document)
{
	if (!document)
		return NULL;
	while (document->blocks) {
		struct document_block *block = document->blocks;

		document->blocks = block->next;
		free(block);
	}
	free(document->name);
	free(document);
	return NULL;
}

void *document_allocate(struct document *document, size_t size)
{
	struct document_block *block = document->blocks;
	void *taken;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!block || block->size - block->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		block = malloc(sizeof(*block) + room);
		if (!block)
			return NULL;
		*block = (struct document_block){.next = document->blocks, .size = room};
		document->blocks = block;
	}
	taken = block->bytes + block->used;
	block->used += size;
	return taken;
}

const struct element *document_root(const struct document *document)
{
	return &document->root;
}

const char *document_name(const struct document *document)
{
	return document->name;
}

const struct element *element_get(const struct element *map, const char *key)
{
	for (size_t i = 0; map->kind == ELEMENT_MAP && i < map->count; i++)
		if (text_equal(map->children[i].key, key))
			return &map->children[i];
	return NULL;
}

int element_error(const struct document *document, const struct element *at,
		  struct ncrun_error *err, const char *fmt, ...)
{
	char message[NCRUN_ERROR_MESSAGE_MAX / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	return error_set(err, EINVAL, "%s:%" PRIu32 ":%" PRIu32 ": %s", document->name, at->line,
			 at->column, message);
}

const char *element_describe(const struct element *at)
{
	static const char *const kinds[] = {
		[ELEMENT_NULL] = "null",       [ELEMENT_BOOL] = "a boolean",
		[ELEMENT_NUMBER] = "a number", [ELEMENT_STRING] = "a string",
		[ELEMENT_LIST] = "a list",     [ELEMENT_MAP] = "a map",
	};

	return at->kind == ELEMENT_NUMBER ? at->text : kinds[at->kind];
}

/** "'memory': expected ..., not ..." */
static int element_unexpected(const struct document *document, const struct element *at,
			      const char *expected, struct ncrun_error *err)
{
	const char *shown = element_describe(at);

	if (at->key)
		return element_error(document, at, err, "'%.60s': expected %s, not %.60s", at->key,
				     expected, shown);
	return element_error(document, at, err, "expected %s, not %.60s", expected, shown);
}

int element_string(const struct document *document, const struct element *at, const char **ret,
		   struct ncrun_error *err)
{
	if (at->kind != ELEMENT_STRING)
		return element_unexpected(document, at, "a string", err);
	*ret = at->text;
	return 0;
}

int element_u64(const struct document *document, const struct element *at, uint64_t max,
		uint64_t *ret, struct ncrun_error *err)
{
	char expected[64];

	if (at->kind == ELEMENT_NUMBER && number_parse_u64("", at->text, 0, max, ret, NULL) == 0)
		return 0;
	snprintf(expected, sizeof(expected), "a whole number from 0 to %" PRIu64, max);
	return element_unexpected(document, at, expected, err);
}

int element_check_keys(const struct document *document, const struct element *map,
		       const char *const *known, struct ncrun_error *err)
{
	if (map->kind != ELEMENT_MAP)
		return element_unexpected(document, map, "a map", err);
	for (size_t i = 0; i < map->count; i++) {
		const struct element *child = &map->children[i];
		const struct element at = {.line = child->key_line, .column = child->key_column};
		struct nearest nearest = {0};

		if (strings_contain(known, child->key))
			continue;
		for (size_t n = 0; known[n]; n++)
			nearest_consider(&nearest, child->key, known[n]);
		if (nearest.word)
			return element_error(document, &at, err,
					     "unknown key '%.60s' (did you mean '%s'?)", child->key,
					     nearest.word);
		return element_error(document, &at, err, "unknown key '%.60s'", child->key);
	}
	return 0;
}
