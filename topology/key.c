/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/key.h"

#include "base/text.h"

bool key_at(const struct key_table *table, size_t i, struct key *ret)
{
	const struct ncrun_limit *limits;
	size_t count;

	if (i < table->count) {
		*ret = table->rows[i];
		return true;
	}
	limits = ncrun_limit_list(&count);
	if (!table->limits || i - table->count >= count)
		return false;
	*ret = (struct key){
		.name = limits[i - table->count].name,
		.kinds = KINDS_RUNNING,
		.value = &value_limit,
		.offset = offsetof(struct node, limits),
		.detail = &limits[i - table->count],
	};
	return true;
}

bool key_find(const struct key_table *table, const char *name, struct key *ret)
{
	struct key key;

	for (size_t i = 0; key_at(table, i, &key); i++) {
		if (!text_equal(key.name, name))
			continue;
		*ret = key;
		return true;
	}
	return false;
}
