/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/document.h"

struct element_index {
	size_t count;
	const struct element *sorted[];
};

static int compare_keys(const void *a, const void *b)
{
	const struct element *left = *(const struct element *const *)a;
	const struct element *right = *(const struct element *const *)b;

	return strcmp(left->key, right->key);
}

struct element_index *element_index_new(const struct element *map)
{
	size_t count = map && map->kind == ELEMENT_MAP ? map->count : 0;
	struct element_index *index =
		malloc(sizeof(*index) + count * sizeof(const struct element *));

	if (!index)
		return NULL;
	index->count = count;
	for (size_t i = 0; i < count; i++)
		index->sorted[i] = &map->children[i];
	qsort(index->sorted, count, sizeof(const struct element *), compare_keys);
	return index;
}

struct element_index *element_index_free(struct element_index *index)
{
	free(index);
	return NULL;
}

const struct element *element_index_get(const struct element_index *index, const char *key)
{
	const struct element wanted = {.key = key}, *at = &wanted;
	const struct element *const *found = bsearch(&at, index->sorted, index->count,
						     sizeof(const struct element *), compare_keys);

	return found ? *found : NULL;
}
