/* SPDX-License-Identifier: Apache-2.0 */

#include "base/record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"

#define LINES_MAX 65536

struct line {
	const char *key;
	const char *value;
};

/** A list handed out; lives as long as the record. */
struct list {
	struct list *next;
	const char *values[];
};

struct record {
	char *text; /* owned; keys and values point into it */
	struct line *lines;
	size_t count;
	struct list *lists; /* owned */
};

/* A byte, and the letter that stands for it behind a backslash. */
static const struct {
	char byte, letter;
} escapes[] = {{'\n', 'n'}, {'\r', 'r'}, {'\\', '\\'}};

#define ESCAPES (sizeof(escapes) / sizeof(escapes[0]))

void record_put(struct text *out, const char *key, const char *value)
{
	text_append(out, key);
	text_append_char(out, '=');
	for (;;) {
		size_t plain = strcspn(value, "\n\r\\");

		text_append_bytes(out, value, plain);
		value += plain;
		if (!*value)
			break;
		for (size_t i = 0; i < ESCAPES; i++)
			if (escapes[i].byte == *value)
				text_printf(out, "\\%c", escapes[i].letter);
		value++;
	}
	text_append_char(out, '\n');
}

void record_put_u64(struct text *out, const char *key, uint64_t value)
{
	text_printf(out, "%s=%" PRIu64 "\n", key, value);
}

void record_put_i64(struct text *out, const char *key, int64_t value)
{
	text_printf(out, "%s=%" PRId64 "\n", key, value);
}

void record_put_list(struct text *out, const char *key, const char *const *values)
{
	for (; values && *values; values++)
		record_put(out, key, *values);
}

/** Undo the escapes in place; false for one that record_put() does not write. */
static bool value_unescape(char *value)
{
	char *to = value;

	for (const char *from = value; *from; from++) {
		size_t i = 0;

		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		while (i < ESCAPES && escapes[i].letter != *from)
			i++;
		if (i == ESCAPES)
			return false;
		*to++ = escapes[i].byte;
	}
	*to = '\0';
	return true;
}

static int line_parse(char *text, size_t number, struct line *ret, struct ncrun_error *err)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return error_set(err, EBADMSG, "line %zu is not 'key=value'", number);
	*equals = '\0';
	if (!value_unescape(equals + 1))
		return error_set(err, EBADMSG, "line %zu: bad escape in the value of '%.60s'",
				 number, text);
	*ret = (struct line){.key = text, .value = equals + 1};
	return 0;
}

static size_t lines_count(const char *text, size_t length)
{
	size_t count = length > 0 && text[length - 1] != '\n';

	for (size_t i = 0; i < length; i++)
		count += text[i] == '\n';
	return count;
}

int record_parse(const char *text, size_t length, struct record **ret, struct ncrun_error *err)
{
	_cleanup_(record_freep) struct record *record = calloc(1, sizeof(*record));
	size_t count = lines_count(text, length);
	char *at;

	if (!record)
		return error_errno(err, "parse record");
	if (count > LINES_MAX)
		return error_set(err, EBADMSG, "more than %d lines", LINES_MAX);
	if (length > 0 && memchr(text, '\0', length))
		return error_set(err, EBADMSG, "a NUL byte where text should be");
	record->text = malloc(length + 1);
	record->lines = calloc(count + 1, sizeof(*record->lines));
	if (!record->text || !record->lines)
		return error_errno(err, "parse record");
	if (length > 0)
		memcpy(record->text, text, length);
	record->text[length] = '\0';
	at = record->text;
	for (size_t i = 0; i < count; i++) {
		char *next = at + strcspn(at, "\n");
		int r;

		if (*next)
			*next++ = '\0';
		r = line_parse(at, i + 1, &record->lines[i], err);
		if (r < 0)
			return r;
		record->count++;
		at = next;
	}
	*ret = take_ptr(record);
	return 0;
}

struct record *record_free(struct record *record)
{
	if (!record)
		return NULL;
	while (record->lists) {
		struct list *list = record->lists;

		record->lists = list->next;
		free(list);
	}
	free(record->lines);
	free(record->text);
	free(record);
	return NULL;
}

const char *record_get(const struct record *record, const char *key, const char *fallback)
{
	for (size_t i = record->count; i > 0; i--)
		if (text_equal(record->lines[i - 1].key, key))
			return record->lines[i - 1].value;
	return fallback;
}

uint64_t record_get_u64(const struct record *record, const char *key, uint64_t fallback)
{
	const char *text = record_get(record, key, "");
	uint64_t value;

	return number_parse_u64(key, text, 0, UINT64_MAX, &value, NULL) == 0 ? value : fallback;
}

int64_t record_get_i64(const struct record *record, const char *key, int64_t fallback)
{
	const char *text = record_get(record, key, "");
	int64_t value;

	return number_parse_i64(key, text, INT64_MIN, INT64_MAX, &value, NULL) == 0 ? value
										    : fallback;
}

const char *const *record_get_list(struct record *record, const char *key)
{
	size_t count = 0;
	struct list *list;

	for (size_t i = 0; i < record->count; i++)
		count += text_equal(record->lines[i].key, key);
	list = malloc(sizeof(*list) + (count + 1) * sizeof(list->values[0]));
	if (!list)
		return NULL;
	list->next = record->lists;
	record->lists = list;
	count = 0;
	for (size_t i = 0; i < record->count; i++)
		if (text_equal(record->lines[i].key, key))
			list->values[count++] = record->lines[i].value;
	list->values[count] = NULL;
	return list->values;
}
