/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/element_text.h"

void element_flow(struct text *out, const struct element *element)
{
	bool map = element->kind == ELEMENT_MAP;

	if (!map && element->kind != ELEMENT_LIST) {
		/* so that a text that looks like a number can be told from one */
		text_printf(out, element->kind == ELEMENT_STRING ? "%s" : "<%s>", element->text);
		return;
	}
	text_append_char(out, map ? '{' : '[');
	for (size_t i = 0; i < element->count; i++) {
		text_append(out, i > 0 ? ", " : "");
		if (map)
			text_printf(out, "%s: ", element->children[i].key);
		element_flow(out, &element->children[i]);
	}
	text_append_char(out, map ? '}' : ']');
}
