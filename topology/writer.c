/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/writer.h"

#include <stdio.h>
#include <string.h>

/* ---- strings ------------------------------------------------------------------------------ */

/** Code point of the character of @size bytes that stands there. */
static uint32_t code_point(const char *chars, size_t size)
{
	static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = (uint8_t)chars[0] & masks[size];

	for (size_t i = 1; i < size; i++)
		code = code << 6 | ((uint8_t)chars[i] & 0x3f);
	return code;
}

/** May it stand in a quoted string of YAML as it is? (YAML 1.2, 5.1) */
static bool is_printable(uint32_t code)
{
	return code >= 0x20 && code != 0x7f && !(code >= 0x80 && code < 0xa0) && code != 0x2028 &&
	       code != 0x2029 && code != 0xfeff && code != 0xfffe && code != 0xffff;
}

static void quoted_put(struct text *text, const char *chars)
{
	size_t length = strlen(chars);

	text_append_char(text, '"');
	for (size_t i = 0; i < length;) {
		size_t size = text_utf8_length(chars + i, length - i);
		uint32_t code = size ? code_point(chars + i, size) : 0xfffd;

		if (code == '"' || code == '\\')
			text_printf(text, "\\%c", (char)code);
		else if (code == '\n')
			text_append(text, "\\n");
		else if (code == '\t')
			text_append(text, "\\t");
		else if (size == 0 || !is_printable(code))
			text_printf(text, "\\u%04x", code & 0xffff);
		else
			text_append_bytes(text, chars + i, size);
		i += size ? size : 1;
	}
	text_append_char(text, '"');
}

/** Is it the same string without quotes, in a list or map of YAML's flow style? */
static bool is_plain(const char *chars)
{
	static const char *const others[] = {"null", "Null",  "NULL",  "true",  "True",
					     "TRUE", "false", "False", "FALSE", NULL};
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t length = strlen(chars);

	/* it begins as a word, a number or a path does, and holds nothing that means anything */
	if (length == 0 || length > 512 ||
	    !(strchr(letters, chars[0]) || strchr("0123456789/", chars[0])))
		return false;
	if (chars[length - 1] == ' ' || strings_contain(others, chars))
		return false;
	for (const char *c = chars; *c; c++)
		if (!strchr(letters, *c) && !strchr("0123456789/_.+=%@ -", *c))
			return false;
	return true;
}

void writer_string(struct writer *writer, const char *chars)
{
	if (writer->style == TOPOLOGY_STYLE_YAML && is_plain(chars))
		text_append(writer->text, chars);
	else
		quoted_put(writer->text, chars);
}

void writer_raw(struct writer *writer, const char *chars)
{
	text_append(writer->text, chars);
}

/* ---- lists and maps ------------------------------------------------------------------------- */

void writer_open(struct writer *writer, char bracket)
{
	text_append_char(writer->text, bracket);
}

void writer_close(struct writer *writer, char bracket)
{
	text_append_char(writer->text, bracket);
}

void writer_item(struct writer *writer)
{
	const struct text *text = writer->text;
	char last = (char)(text->length ? text->chars[text->length - 1] : '{');

	/* no value ends so */
	if (!strchr("[{ \n", last))
		text_append(writer->text, ", ");
}

void writer_key(struct writer *writer, const char *key)
{
	writer_item(writer);
	writer_string(writer, key);
	text_append(writer->text, ": ");
}

void writer_strings(struct writer *writer, const char *const *strings)
{
	if (strings[0] && !strings[1] && writer->style != TOPOLOGY_STYLE_FULL) {
		writer_string(writer, strings[0]);
		return;
	}
	writer_open(writer, '[');
	for (; *strings; strings++) {
		writer_item(writer);
		writer_string(writer, *strings);
	}
	writer_close(writer, ']');
}

void writer_ip(struct writer *writer, const struct netns_ip *ip)
{
	char buffer[NETNS_IP_TEXT_MAX];

	writer_string(writer, netns_ip_print(ip, buffer));
}

void writer_prefix(struct writer *writer, const struct netns_prefix *prefix)
{
	char buffer[NETNS_PREFIX_TEXT_MAX];

	writer_string(writer, netns_prefix_print(prefix, buffer));
}

/* ---- keys -------------------------------------------------------------------------------- */

bool key_write(struct writer *writer, const struct key *key, const void *object)
{
	size_t before = writer->text->length, value;

	writer_key(writer, key->name);
	value = writer->text->length;
	key->value->write(writer, key, object);
	if (writer->text->length > value)
		return true;
	/* it was not said */
	writer->text->length = before;
	if (writer->text->chars)
		writer->text->chars[before] = '\0';
	return false;
}

void keys_write(struct writer *writer, const struct key_table *table, const void *object,
		unsigned int kinds)
{
	struct key key;

	for (size_t i = 0; key_at(table, i, &key); i++)
		if (key.value && key.kinds & kinds)
			key_write(writer, &key, object);
}

void keys_write_map(struct writer *writer, const struct key_table *table, const void *object)
{
	writer_open(writer, '{');
	keys_write(writer, table, object, KINDS_ALL);
	writer_close(writer, '}');
}
