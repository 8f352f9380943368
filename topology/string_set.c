/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/string_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/** Where it is, or would be. */
static size_t set_find(const struct string_set *set, const char *string)
{
	size_t at = text_slot(string) & (set->size - 1);

	while (set->slots[at] && !text_equal(set->slots[at], string))
		at = (at + 1) & (set->size - 1);
	return at;
}

static int set_grow(struct string_set *set)
{
	struct string_set grown = {.size = set->size ? set->size * 2 : 64, .count = set->count};

	grown.slots = calloc(grown.size, sizeof(char *));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			grown.slots[set_find(&grown, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = grown;
	return 0;
}

bool string_set_has(const struct string_set *set, const char *string)
{
	return set->size > 0 && set->slots[set_find(set, string)];
}

int string_set_add(struct string_set *set, const char *string)
{
	char **slot;

	if (string_set_has(set, string))
		return -EEXIST;
	if (2 * (set->count + 1) > set->size && set_grow(set) < 0)
		return -ENOMEM;
	slot = &set->slots[set_find(set, string)];
	*slot = strdup(string);
	if (!*slot)
		return -ENOMEM;
	set->count++;
	return 0;
}

void string_set_done(struct string_set *set)
{
	for (size_t i = 0; i < set->size; i++)
		free(set->slots[i]);
	free(set->slots);
	*set = (struct string_set){0};
}
