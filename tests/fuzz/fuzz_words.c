/* SPDX-License-Identifier: Apache-2.0 */

/* Words that were split survive being quoted and split again; escaped text is harmless. */

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void quote(struct text *out, const char *word)
{
	text_append_char(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			text_append(out, "'\\''");
		else
			text_append_char(out, *word);
	text_append(out, "' ");
}

static void check_escaped(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct text text = {0};

	text_append_escaped(&text, (const char *)data, size);
	for (size_t i = 0; i < text.length;) {
		size_t length = text_utf8_length(text.chars + i, text.length - i);

		assert(length > 0 && (unsigned char)text.chars[i] >= 0x20 && text.chars[i] != 0x7f);
		i += length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_(strings_freep) char **words = NULL, **again = NULL;
	_cleanup_text_ struct text quoted = {0};

	check_escaped(data, size);
	if (!text || words_split(text, &words) < 0)
		return 0;
	for (size_t i = 0; words[i]; i++)
		quote(&quoted, words[i]);
	assert(words_split(text_string(&quoted), &again) == 0);
	for (size_t i = 0; words[i]; i++)
		assert(again[i] && strcmp(words[i], again[i]) == 0);
	assert(strings_count((const char *const *)words) ==
	       strings_count((const char *const *)again));
	return 0;
}
