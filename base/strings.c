/* SPDX-License-Identifier: Apache-2.0 */

/* NULL-terminated lists of strings, and text split into one. */

#include <errno.h>
#include <string.h>

#include "base/text.h"

size_t strings_count(const char *const *list)
{
	size_t count = 0;

	while (list && list[count])
		count++;
	return count;
}

char **strings_copy(const char *const *list)
{
	size_t count = strings_count(list);
	_cleanup_(strings_freep) char **copy = calloc(count + 1, sizeof(*copy));

	if (!copy)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		copy[i] = strdup(list[i]);
		if (!copy[i])
			return NULL;
	}
	return take_ptr(copy);
}

int strings_append(char ***list, const char *string)
{
	size_t count = strings_count((const char *const *)*list);

	return strings_append_counted(list, &count, string);
}

int strings_append_counted(char ***list, size_t *count, const char *string)
{
	char **grown = realloc(*list, (*count + 2) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*list = grown;
	grown[*count + 1] = NULL;
	grown[*count] = strdup(string);
	if (!grown[*count])
		return -ENOMEM;
	(*count)++;
	return 0;
}

bool strings_contain(const char *const *list, const char *string)
{
	for (size_t i = 0; list && list[i]; i++)
		if (text_equal(list[i], string))
			return true;
	return false;
}

char **strings_free(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
	return NULL;
}

/** Append the quoted part that begins at @at to @word; the byte after it, or NULL if it is open. */
static const char *quoted_take(const char *at, struct text *word)
{
	char quote = *at++;

	for (; *at && *at != quote; at++) {
		/* XCU 2.2.3: in double quotes a backslash escapes these alone */
		if (quote == '"' && *at == '\\' && at[1] && strchr("$`\"\\\n", at[1])) {
			at++;
			if (*at == '\n')
				continue;
		}
		text_append_char(word, *at);
	}
	return *at ? at + 1 : NULL;
}

/** Append one word; the byte after it, or NULL on an open quote. */
static const char *word_take(const char *at, struct text *word)
{
	while (at && *at && !strchr(" \t\n", *at)) {
		if (*at == '\'' || *at == '"') {
			at = quoted_take(at, word);
			continue;
		}
		if (*at == '\\') {
			at++;
			if (!*at)
				return NULL;
			if (*at == '\n') {
				at++;
				continue;
			}
		}
		text_append_char(word, *at++);
	}
	return at;
}

int words_split(const char *text, char ***ret)
{
	_cleanup_(strings_freep) char **words = calloc(1, sizeof(*words));
	size_t count = 0;

	if (!words)
		return -ENOMEM;
	for (;;) {
		_cleanup_text_ struct text word = {0};

		while (*text && (strchr(" \t\n", *text) || text_starts_with(text, "\\\n")))
			text += *text == '\\' ? 2 : 1;
		if (!*text)
			break;
		text = word_take(text, &word);
		if (!text)
			return -EINVAL;
		if (text_failed(&word) ||
		    strings_append_counted(&words, &count, text_string(&word)) < 0)
			return -ENOMEM;
	}
	*ret = take_ptr(words);
	return 0;
}
