/* SPDX-License-Identifier: Apache-2.0 */

#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

bool text_reserve(struct text *text, size_t more)
{
	size_t needed;
	size_t capacity = text->capacity ? text->capacity : 64;
	char *chars;

	if (text->failed)
		return false;
	if (__builtin_add_overflow(text->length, more, &needed) || needed > SIZE_MAX / 4) {
		text->failed = true;
		return false;
	}
	if (needed < text->capacity)
		return true;
	while (capacity <= needed)
		capacity *= 2;
	chars = realloc(text->chars, capacity);
	if (!chars) {
		text->failed = true;
		return false;
	}
	text->chars = chars;
	text->capacity = capacity;
	return true;
}

void text_append_bytes(struct text *text, const void *bytes, size_t length)
{
	if (!text_reserve(text, length))
		return;
	if (length > 0)
		memcpy(text->chars + text->length, bytes, length);
	text->length += length;
	text->chars[text->length] = '\0';
}

void text_append(struct text *text, const char *chars)
{
	text_append_bytes(text, chars, strlen(chars));
}

void text_append_char(struct text *text, char c)
{
	text_append_bytes(text, &c, 1);
}

void text_printf(struct text *text, const char *fmt, ...)
{
	va_list args, again;
	int length;

	va_start(args, fmt);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (length < 0)
		text->failed = true;
	else if (text_reserve(text, (size_t)length)) {
		vsnprintf(text->chars + text->length, (size_t)length + 1, fmt, again);
		text->length += (size_t)length;
	}
	va_end(again);
}

bool text_failed(const struct text *text)
{
	return text->failed;
}

const char *text_string(const struct text *text)
{
	return text->chars ? text->chars : "";
}

char *text_take(struct text *text)
{
	char *taken = NULL;

	if (!text->failed)
		taken = text->chars ? take_ptr(text->chars) : strdup("");
	text_done(text);
	return taken;
}

void text_done(struct text *text)
{
	free(text->chars);
	*text = (struct text){0};
}

size_t text_utf8_length(const char *chars, size_t length)
{
	/* RFC 3629, section 4: the ranges of the second byte keep out overlong
	 * forms, surrogates and what lies beyond U+10FFFF. */
	static const struct {
		unsigned char first, last, second_min, second_max, length;
	} forms[] = {
		{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *bytes = (const unsigned char *)chars;

	for (size_t i = 0; length > 0 && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (bytes[0] < forms[i].first || bytes[0] > forms[i].last)
			continue;
		if (forms[i].length == 1)
			return 1;
		if (length < forms[i].length || bytes[1] < forms[i].second_min ||
		    bytes[1] > forms[i].second_max)
			return 0;
		for (size_t n = 2; n < forms[i].length; n++)
			if ((bytes[n] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

void text_append_escaped(struct text *text, const char *chars, size_t length)
{
	for (size_t at = 0; at < length;) {
		unsigned char c = (unsigned char)chars[at];
		size_t size = text_utf8_length(chars + at, length - at);
		/* U+0080..U+009F are control characters of one byte in 8-bit terminals */
		bool c1 = size == 2 && c == 0xc2 && (unsigned char)chars[at + 1] < 0xa0;

		if (size == 0 || c < 0x20 || c == 0x7f || c1) {
			text_printf(text, "\\x%02x", c);
			at++;
			if (c1) {
				text_printf(text, "\\x%02x", (unsigned char)chars[at]);
				at++;
			}
			continue;
		}
		text_append_bytes(text, chars + at, size);
		at += size;
	}
}

static uint32_t hash_from(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

uint32_t text_hash(const char *text)
{
	return hash_from(2166136261u, text);
}

uint32_t text_slot(const char *text)
{
	/* 16 bytes that the kernel chose at execve(2) */
	const char *random =
		(const char *)getauxval(AT_RANDOM); /* NOLINT(performance-no-int-to-ptr) */
	uint32_t secret[2] = {0};
	uint32_t hash;

	if (random)
		memcpy(secret, random + 8, sizeof(secret));
	hash = hash_from(secret[0], text);
	/* the lower bits are what tables take, and depend on those alone */
	hash = (hash ^ hash >> 15 ^ secret[1]) * 0x2c1b3c6du;
	return hash ^ hash >> 13;
}
