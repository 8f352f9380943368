/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/key.h"

#include <stdio.h>

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

const char *kinds_print(unsigned int kinds, char buffer[KINDS_TEXT_MAX])
{
	static const char *const plurals[] = {"hosts", "routers", "nats", "switches"};
	unsigned int left = kinds & KINDS_ALL;
	size_t length = 0;

	buffer[0] = '\0';
	for (int i = 0; i <= NODE_KIND_SWITCH; i++) {
		const char *separator = "";

		if (!(left & 1u << i))
			continue;
		left &= ~(1u << i);
		if (length > 0)
			separator = left ? ", " : " and ";
		length += (size_t)snprintf(buffer + length, KINDS_TEXT_MAX - length, "%s%s",
					   separator, plurals[i]);
	}
	return buffer;
}

void words_print(const char *const *words, struct text *out)
{
	for (size_t i = 0; words[i]; i++)
		text_printf(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

void key_form_print(const struct key *key, struct text *out)
{
	if (!key->value)
		return;
	if (key->value->form)
		text_append(out, key->value->form);
	else
		key->value->form_print(key, out);
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
