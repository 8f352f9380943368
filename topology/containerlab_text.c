/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Variables in a containerlab file: $V ${V} ${V-else} ${V:-else} ${V+then} ... They are replaced in
 * its text, before it is YAML, as containerlab does; so places behind one in its line are
 * those of the text that comes of it.
 */

#include <stdlib.h>
#include <string.h>

#include "topology/containerlab.h"

#define NESTING_MAX 8
#define TEXT_MAX    (16u << 20)

struct expansion {
	struct text out;
	const char *problem;
	unsigned int depth;
};

static void expand(struct expansion *expansion, const char *text, size_t length);

static void expansion_done(struct expansion *expansion)
{
	text_done(&expansion->out);
}

static bool is_name(char c, bool first)
{
	return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (!first && c >= '0' && c <= '9');
}

static size_t name_length(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && is_name(text[at], at == 0))
		at++;
	return at;
}

static const char *variable(const char *name, size_t length)
{
	_cleanup_free_ char *copy = strndup(name, length);

	return copy ? getenv(copy) : NULL;
}

/** Of the '}' that ends what stands behind a "${"; @length = there is none. */
static size_t brace_find(const char *text, size_t length)
{
	unsigned int open = 1;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '{' && i > 0 && text[i - 1] == '$')
			open++;
		else if (text[i] == '}' && --open == 0)
			return i;
	}
	return length;
}

/** What stands between the braces. */
/* NOLINTNEXTLINE(misc-no-recursion): expand() counts how deep it is */
static void expand_braces(struct expansion *expansion, const char *text, size_t length)
{
	size_t name = name_length(text, length), at = name;
	const char *value = variable(text, name);
	bool set = value, empty_counts = at < length && text[at] == ':';

	at += empty_counts;
	if (empty_counts && value && !*value)
		set = false;
	if (name == 0 || (at < length && !strchr("-=+", text[at])) ||
	    (at == length && empty_counts)) {
		expansion->problem = "not a variable (try ${NAME} or ${NAME:-else})";
		return;
	}
	if (at < length && (text[at] == '+') == set)
		expand(expansion, text + at + 1, length - at - 1);
	else if (value && (at == length || text[at] != '+'))
		text_append(&expansion->out, value);
}

/** What begins with a '$'; returns how much of it that was. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static size_t expand_variable(struct expansion *expansion, const char *text, size_t length)
{
	size_t name = name_length(text + 1, length - 1), end;
	const char *value;

	if (length > 1 && text[1] == '$') {
		text_append_char(&expansion->out, '$');
		return 2;
	}
	if (length > 1 && text[1] == '{') {
		end = brace_find(text + 2, length - 2);
		if (end == length - 2)
			expansion->problem = "a '}' is missing";
		else
			expand_braces(expansion, text + 2, end);
		return end + 3;
	}
	value = name > 0 ? variable(text + 1, name) : "$";
	text_append(&expansion->out, value ? value : "");
	return name + 1;
}

static void bound(struct expansion *expansion)
{
	if (expansion->out.length > TEXT_MAX && !expansion->problem)
		expansion->problem = "the text with its variables is larger than 16 MiB";
}

/* NOLINTNEXTLINE(misc-no-recursion): to NESTING_MAX */
static void expand(struct expansion *expansion, const char *text, size_t length)
{
	if (++expansion->depth > NESTING_MAX)
		expansion->problem = "variables nested too deep";
	for (size_t at = 0; at < length && !expansion->problem;) {
		if (text[at] == '$') {
			at += expand_variable(expansion, text + at, length - at);
		} else {
			text_append_char(&expansion->out, text[at]);
			at++;
		}
		bound(expansion);
	}
	expansion->depth--;
}

/** The place of a byte of the text. */
static struct place place_of(const char *text, size_t at)
{
	struct place place = {.line = 1, .column = 1};

	for (size_t i = 0; i < at; i++) {
		place.column += (text[i] & 0xc0) != 0x80; /* not for what continues a character */
		if (text[i] == '\n')
			place = (struct place){.line = place.line + 1, .column = 1};
	}
	return place;
}

char *lab_expand(const char *text, size_t length, struct problems *problems)
{
	_cleanup_(expansion_done) struct expansion expansion = {0};
	const char *nul = memchr(text, '\0', length);

	if (nul) {
		problems_add(problems, place_of(text, (size_t)(nul - text)), "NUL byte");
		return NULL;
	}
	for (size_t at = 0; at < length;) {
		const char *dollar = memchr(text + at, '$', length - at);
		size_t plain = dollar ? (size_t)(dollar - text) - at : length - at;

		text_append_bytes(&expansion.out, text + at, plain);
		at += plain;
		if (!dollar)
			break;
		plain = expand_variable(&expansion, dollar, length - at);
		bound(&expansion);
		if (expansion.problem) {
			problems_add(problems, place_of(text, at), "'%.*s': %s",
				     (int)(length - at < 40 ? length - at : 40), dollar,
				     expansion.problem);
			return NULL;
		}
		at += plain;
	}
	return expansion.out.length > 0 ? text_take(&expansion.out) : strdup("");
}
