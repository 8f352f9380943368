/* SPDX-License-Identifier: Apache-2.0 */

/* Forms of values that many keys share. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"
#include "topology/read.h"
#include "topology/writer.h"

/* ---- strings -------------------------------------------------------------------------- */

static bool form_check(struct reader *reader, const struct key *key, const struct element *at,
		       const char *text)
{
	const struct text_form *form = key->detail;
	struct ncrun_error err = {0};

	if (form && form->check(key->name, text, &err) < 0)
		return reader_failed(reader, at, &err);
	return true;
}

static bool string_read(struct reader *reader, const struct key *key, void *object,
			const struct element *at)
{
	char **member = key_member(key, object);
	const char *text = reader_text(reader, at);
	char *copy;

	if (!text || !form_check(reader, key, at, text))
		return false;
	copy = strdup(text);
	if (!copy)
		return reader_no_memory(reader);
	free(*member);
	*member = copy;
	return true;
}

static void string_write(struct writer *writer, const struct key *key, const void *object)
{
	const char *text = *(char **)key_member(key, object);

	if (text)
		writer_string(writer, text);
}

static const char *text_form_what(const struct key *key)
{
	const struct text_form *form = key->detail;

	return form ? form->what : "a text";
}

static void string_form_print(const struct key *key, struct text *out)
{
	text_append(out, text_form_what(key));
}

const struct value value_string = {string_read, string_write, NULL, string_form_print};

/* ---- lists of strings ------------------------------------------------------------------ */

/** The list is the member's, if all that stands in it is good. */
static bool strings_keep(const struct key *key, void *object, char ***list, bool good)
{
	char ***member = key_member(key, object);

	if (!good)
		return false;
	strings_free(*member);
	*member = take_ptr(*list);
	return true;
}

static bool strings_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	_cleanup_(strings_freep) char **list = NULL;
	const struct element *items;
	bool good = true;
	size_t count;

	items = element_items(at, &count);
	if (!items_are_few(reader, at, count, LIST_MAX))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *text = reader_text(reader, &items[i]);

		if (!text || !form_check(reader, key, &items[i], text))
			good = false;
		else if (strings_append(&list, text) < 0)
			return reader_no_memory(reader);
	}
	return strings_keep(key, object, &list, good);
}

static void strings_write(struct writer *writer, const struct key *key, const void *object)
{
	const char *const *list = *(const char *const **)key_member(key, object);

	if (list)
		writer_strings(writer, list);
}

static void strings_form_print(const struct key *key, struct text *out)
{
	text_printf(out, "%s, or a list", text_form_what(key));
}

const struct value value_strings = {strings_read, strings_write, NULL, strings_form_print};

/* ---- pairs ----------------------------------------------------------------------------- */

static bool pair_read(struct reader *reader, const struct key *key, const struct element *at,
		      char ***list, size_t *count)
{
	_cleanup_text_ struct text pair = {0};
	const char *text = at->key && at->kind == ELEMENT_NULL ? "" : reader_text(reader, at);

	if (!text)
		return false;
	if (at->key && strchr(at->key, '='))
		return reader_problem(reader, at, "'%.60s': no name has a '=' in it", at->key);
	if (at->key)
		text_append(&pair, at->key);
	if (at->key && at->kind != ELEMENT_NULL)
		text_append_char(&pair, '=');
	text_append(&pair, text);
	if (!text_failed(&pair) && !form_check(reader, key, at, text_string(&pair)))
		return false;
	if (text_failed(&pair) || strings_append_counted(list, count, text_string(&pair)) < 0)
		return reader_no_memory(reader);
	return true;
}

static bool pairs_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	_cleanup_(strings_freep) char **list = NULL;
	size_t count = 0;
	bool good = true;

	if (at->kind != ELEMENT_MAP && at->kind != ELEMENT_LIST)
		return reader_expected(reader, at, "a map or a list of NAME=VALUE");
	if (!items_are_few(reader, at, at->count, LIST_MAX))
		return false;
	for (size_t i = 0; i < at->count; i++)
		good &= pair_read(reader, key, &at->children[i], &list, &count);
	return strings_keep(key, object, &list, good);
}

/* By name: what is before the '='. */
static int compare_pairs(const void *a, const void *b)
{
	const char *left = *(const char *const *)a, *right = *(const char *const *)b;
	size_t length = strcspn(left, "="), other = strcspn(right, "=");
	int order = memcmp(left, right, length < other ? length : other);

	return order ? order : (length > other) - (length < other);
}

/** False for want of memory, too: a list can say all that a map can. */
static bool pair_names_are_unique(const char *const *list)
{
	_cleanup_free_ const char **sorted = NULL;
	size_t count = 0;

	while (list[count])
		count++;
	sorted = malloc((count + 1) * sizeof(*sorted));
	if (!sorted)
		return false;
	memcpy(sorted, list, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_pairs);
	for (size_t i = 1; i < count; i++)
		if (compare_pairs(&sorted[i - 1], &sorted[i]) == 0)
			return false;
	return true;
}

static void pairs_write(struct writer *writer, const struct key *key, const void *object)
{
	const char *const *list = *(const char *const **)key_member(key, object);
	bool map;

	if (!list)
		return;
	map = writer->style != TOPOLOGY_STYLE_FULL && pair_names_are_unique(list);
	writer_open(writer, map ? '{' : '[');
	for (; *list; list++) {
		size_t length = strcspn(*list, "=");
		_cleanup_free_ char *name = strndup(*list, length);

		if (!map) {
			writer_item(writer);
			writer_string(writer, *list);
			continue;
		}
		writer_key(writer, name ? name : "");
		if ((*list)[length])
			writer_string(writer, *list + length + 1);
		else
			writer_raw(writer, "null");
		writer->text->failed |= !name;
	}
	writer_close(writer, map ? '}' : ']');
}

const struct value value_pairs = {pairs_read, pairs_write,
				  "{NAME: VALUE, ...} or a list of NAME=VALUE", NULL};

/* ---- true or false --------------------------------------------------------------------- */

static bool bool_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	if (!reader_expects(reader, at, ELEMENT_BOOL))
		return false;
	*(bool *)key_member(key, object) = at->boolean;
	return true;
}

static void bool_write(struct writer *writer, const struct key *key, const void *object)
{
	if (*(bool *)key_member(key, object))
		writer_raw(writer, "true");
}

const struct value value_bool = {bool_read, bool_write, "true or false", NULL};

static bool not_read(struct reader *reader, const struct key *key, void *object,
		     const struct element *at)
{
	if (!reader_expects(reader, at, ELEMENT_BOOL))
		return false;
	*(bool *)key_member(key, object) = !at->boolean;
	return true;
}

static void not_write(struct writer *writer, const struct key *key, const void *object)
{
	if (*(bool *)key_member(key, object))
		writer_raw(writer, "false");
}

const struct value value_not = {not_read, not_write, "true or false", NULL};

static bool tristate_read(struct reader *reader, const struct key *key, void *object,
			  const struct element *at)
{
	if (!reader_expects(reader, at, ELEMENT_BOOL))
		return false;
	*(enum tristate *)key_member(key, object) = at->boolean ? TRISTATE_YES : TRISTATE_NO;
	return true;
}

static void tristate_write(struct writer *writer, const struct key *key, const void *object)
{
	enum tristate state = *(enum tristate *)key_member(key, object);

	if (state != TRISTATE_DEFAULT)
		writer_raw(writer, state == TRISTATE_YES ? "true" : "false");
}

const struct value value_tristate = {tristate_read, tristate_write, "true or false", NULL};

/* ---- numbers and words ------------------------------------------------------------------ */

/* Members are of little or big endian machines alike: by their size. */
static void number_store(void *member, size_t size, uint64_t value)
{
	if (size == sizeof(uint8_t))
		*(uint8_t *)member = (uint8_t)value;
	else if (size == sizeof(uint16_t))
		*(uint16_t *)member = (uint16_t)value;
	else if (size == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)value;
	else
		*(uint64_t *)member = value;
}

static uint64_t number_load(const void *member, size_t size)
{
	if (size == sizeof(uint8_t))
		return *(const uint8_t *)member;
	if (size == sizeof(uint16_t))
		return *(const uint16_t *)member;
	if (size == sizeof(uint32_t))
		return *(const uint32_t *)member;
	return *(const uint64_t *)member;
}

static bool number_read(struct reader *reader, const struct key *key, void *object,
			const struct element *at)
{
	const struct number_form *form = key->detail;
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};
	uint64_t value = 0;

	if (!text)
		return false;
	if (form->negative
		    ? number_parse_i64(key->name, text, (int64_t)form->min, (int64_t)form->max,
				       (int64_t *)&value, &err) < 0
		    : number_parse_u64(key->name, text, form->min, form->max, &value, &err) < 0)
		return reader_failed(reader, at, &err);
	number_store(key_member(key, object), form->size, value);
	return true;
}

static void number_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct number_form *form = key->detail;
	uint64_t value = number_load(key_member(key, object), form->size);
	char text[24];

	if (!value)
		return;
	if (form->negative)
		snprintf(text, sizeof(text), "%" PRId32, (int32_t)value);
	else
		snprintf(text, sizeof(text), "%" PRIu64, value);
	writer_raw(writer, text);
}

static void number_form_print(const struct key *key, struct text *out)
{
	const struct number_form *form = key->detail;

	if (form->negative)
		text_printf(out, "a number from %" PRId64 " to %" PRId64, (int64_t)form->min,
			    (int64_t)form->max);
	else if (form->max >= UINT32_MAX)
		text_printf(out, "a number from %" PRIu64, form->min);
	else
		text_printf(out, "a number from %" PRIu64 " to %" PRIu64, form->min, form->max);
}

const struct value value_number = {number_read, number_write, NULL, number_form_print};

bool word_find(struct reader *reader, const struct element *at, const char *const *words,
	       unsigned int *ret)
{
	const char *text = reader_text(reader, at);
	_cleanup_text_ struct text known = {0};
	struct nearest nearest = {0};

	if (!text)
		return false;
	for (unsigned int i = 0; words[i]; i++) {
		nearest_consider(&nearest, text, words[i]);
		if (text_equal(words[i], text)) {
			*ret = i;
			return true;
		}
		text_printf(&known, "%s'%s'", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
	}
	if (nearest.word)
		return reader_problem(reader, at, "%s '%.60s': unknown (did you mean '%s'?)",
				      at->key ? at->key : "word", text, nearest.word);
	return reader_problem(reader, at, "%s '%.60s': not %s", at->key ? at->key : "word", text,
			      text_string(&known));
}

static bool word_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	const struct word_form *form = key->detail;
	unsigned int word = 0;

	if (!word_find(reader, at, form->words, &word))
		return false;
	number_store(key_member(key, object), form->size, word);
	return true;
}

static void word_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct word_form *form = key->detail;
	uint64_t word = number_load(key_member(key, object), form->size);

	/* the first is what it is anyway */
	if (word)
		writer_string(writer, form->words[word]);
}

static void word_form_print(const struct key *key, struct text *out)
{
	const struct word_form *form = key->detail;

	words_print(form->words, out);
}

const struct value value_word = {word_read, word_write, NULL, word_form_print};
