/* SPDX-License-Identifier: Apache-2.0 */

/* The words of Graphviz' language: https://graphviz.org/doc/info/lang.html */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "topology/dot.h"

static bool scanner_ends(const struct dot_scanner *scanner)
{
	return scanner->at >= scanner->length;
}

/** The byte at that distance; 0 behind the end. */
static char scanner_peek(const struct dot_scanner *scanner, size_t ahead)
{
	size_t at = scanner->at + ahead;

	return (char)(at < scanner->length ? scanner->text[at] : '\0');
}

/** Pass a character; columns count characters, not bytes. -EINVAL: it is none. */
static int scanner_pass(struct dot_scanner *scanner)
{
	const char *chars = scanner->text + scanner->at;
	size_t size = text_utf8_length(chars, scanner->length - scanner->at);

	if (size == 0)
		return problems_add(scanner->problems, scanner->here, "byte 0x%02x is not UTF-8",
				    (unsigned char)*chars);
	if (*chars == '\0')
		return problems_add(scanner->problems, scanner->here, "NUL byte");
	scanner->at += size;
	scanner->here.column++;
	if (*chars == '\n')
		scanner->here = (struct place){.line = scanner->here.line + 1, .column = 1};
	return 0;
}

/** Pass a character and keep it. */
static int scanner_take(struct dot_scanner *scanner)
{
	size_t from = scanner->at;
	int r = scanner_pass(scanner);

	if (r == 0)
		text_append_bytes(&scanner->word, scanner->text + from, scanner->at - from);
	return r;
}

static int scanner_pass_many(struct dot_scanner *scanner, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = scanner_pass(scanner);
	return r;
}

static int pass_line(struct dot_scanner *scanner)
{
	int r = 0;

	while (r == 0 && !scanner_ends(scanner) && scanner_peek(scanner, 0) != '\n')
		r = scanner_pass(scanner);
	return r;
}

static int pass_comment(struct dot_scanner *scanner)
{
	struct place begin = scanner->here;
	int r = scanner_pass_many(scanner, 2);

	while (r == 0 && !(scanner_peek(scanner, 0) == '*' && scanner_peek(scanner, 1) == '/')) {
		if (scanner_ends(scanner))
			return problems_add(scanner->problems, begin,
					    "a comment that does not end");
		r = scanner_pass(scanner);
	}
	return r < 0 ? r : scanner_pass_many(scanner, 2);
}

/** Blanks, comments, and lines for a preprocessor. */
static int pass_blanks(struct dot_scanner *scanner)
{
	int r = 0;

	while (r == 0 && !scanner_ends(scanner)) {
		char c = scanner_peek(scanner, 0), next = scanner_peek(scanner, 1);

		if (strchr(" \t\r\n\v\f", c) && c)
			r = scanner_pass(scanner);
		else if ((c == '#' && scanner->here.column == 1) || (c == '/' && next == '/'))
			r = pass_line(scanner);
		else if (c == '/' && next == '*')
			r = pass_comment(scanner);
		else if (scanner->at == 0 && scanner->length >= 3 &&
			 memcmp(scanner->text, "\xef\xbb\xbf", 3) == 0)
			scanner->at += 3; /* a byte order mark, which is no character */
		else
			break;
	}
	return r;
}

/** "...", in which only \" and a backslash at the end of a line mean anything but themselves. */
static int scan_quoted(struct dot_scanner *scanner)
{
	struct place begin = scanner->here;
	int r = scanner_pass(scanner);

	while (r == 0) {
		char c = scanner_peek(scanner, 0), next = scanner_peek(scanner, 1);

		if (scanner_ends(scanner))
			return problems_add(scanner->problems, begin,
					    "a string that does not end (a '\"' is missing)");
		if (c == '"')
			return scanner_pass(scanner);
		if (c == '\\' && next == '\n') {
			r = scanner_pass_many(scanner, 2);
			continue;
		}
		if (c == '\\' && next == '"')
			r = scanner_pass(scanner);
		else if (c == '\\' && next == '\\')
			r = scanner_take(scanner);
		r = r < 0 ? r : scanner_take(scanner);
	}
	return r;
}

/** "..." + "..." is one. */
static int scan_string(struct dot_scanner *scanner)
{
	int r = scan_quoted(scanner);

	while (r == 0) {
		r = pass_blanks(scanner);
		if (r < 0 || scanner_peek(scanner, 0) != '+')
			return r;
		r = scanner_pass(scanner);
		if (r == 0)
			r = pass_blanks(scanner);
		if (r == 0 && scanner_peek(scanner, 0) != '"')
			return problems_add(scanner->problems, scanner->here,
					    "expected a string in '\"' behind '+'");
		if (r == 0)
			r = scan_quoted(scanner);
	}
	return r;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/** [-]?(.[0-9]+ | [0-9]+(.[0-9]*)?) */
static int scan_number(struct dot_scanner *scanner)
{
	bool point = false;
	int r = 0;

	if (scanner_peek(scanner, 0) == '-')
		r = scanner_take(scanner);
	while (r == 0 && (is_digit(scanner_peek(scanner, 0)) ||
			  (scanner_peek(scanner, 0) == '.' && !point))) {
		point |= scanner_peek(scanner, 0) == '.';
		r = scanner_take(scanner);
	}
	if (r == 0 && (is_letter(scanner_peek(scanner, 0)) || scanner_peek(scanner, 0) == '.'))
		return problems_add(scanner->problems, scanner->place,
				    "'%.20s%c': what begins like a number and is none needs quotes",
				    text_string(&scanner->word), scanner_peek(scanner, 0));
	return r;
}

static int scan_name(struct dot_scanner *scanner)
{
	static const char *const keywords[] = {"strict", "graph", "digraph", "subgraph",
					       "node",   "edge",  NULL};
	int r = 0;

	while (r == 0 &&
	       (is_letter(scanner_peek(scanner, 0)) || is_digit(scanner_peek(scanner, 0))))
		r = scanner_take(scanner);
	if (r < 0)
		return r;
	for (size_t i = 0; keywords[i]; i++) {
		if (strcasecmp(keywords[i], text_string(&scanner->word)) != 0)
			continue;
		scanner->kind = DOT_KEYWORD;
		text_done(&scanner->word);
		text_append(&scanner->word, keywords[i]);
	}
	return 0;
}

int dot_scan(struct dot_scanner *scanner)
{
	char c, next;
	int r = pass_blanks(scanner);

	if (r < 0)
		return r;
	text_done(&scanner->word);
	scanner->place = scanner->here;
	scanner->kind = DOT_END;
	if (scanner_ends(scanner))
		return 0;
	c = scanner_peek(scanner, 0);
	next = scanner_peek(scanner, 1);
	if (c && strchr("{}[];,=:", c)) {
		scanner->kind = DOT_MARK;
		scanner->mark = c;
		return scanner_pass(scanner);
	}
	if (c == '-' && (next == '-' || next == '>')) {
		scanner->kind = DOT_EDGE;
		scanner->mark = next;
		return scanner_pass_many(scanner, 2);
	}
	scanner->kind = DOT_ID;
	if (c == '"')
		return scan_string(scanner);
	if (is_letter(c))
		return scan_name(scanner);
	if (is_digit(c) || (c == '-' && (is_digit(next) || next == '.')) ||
	    (c == '.' && is_digit(next)))
		return scan_number(scanner);
	if (c == '<')
		return problems_add(scanner->problems, scanner->here,
				    "HTML is not supported (write a string in '\"')");
	r = scanner_pass(scanner); /* says what it is if it is no character */
	return r < 0 ? r : problems_add(scanner->problems, scanner->place, "unexpected '%c'", c);
}
