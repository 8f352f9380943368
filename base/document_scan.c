/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A look at the text before libfyaml has it. The library reads on until it knows whether a list
 * or map that has begun in a line is a key, and keeps each token of it: brackets without end
 * cost it gigabytes. So nesting and lines are bounded here.
 *
 * Of JSON this is exact. Of YAML it is so from the bracket on that begins a value: before
 * that, only what would have to stand in a text of many lines is mistaken for one.
 */

#include <stdbool.h>
#include <string.h>

#include "base/document_store.h"

/** struct scan - @before: the last character that is no blank, or a newline */
struct scan {
	const char *text;
	size_t length, at;
	uint32_t line, column; /* from 1 */
	char before;
	bool yaml;
	unsigned int depth, items; /* of brackets that are open; of the line */
	size_t quoted;             /* length of what was passed last */
};

static void scan_step(struct scan *scan)
{
	unsigned char c = (unsigned char)scan->text[scan->at++];

	if (c == '\n') {
		scan->line++;
		scan->column = 1;
		scan->items = 0;
	} else if ((c & 0xc0) != 0x80) { /* further bytes of a character */
		scan->column++;
	}
}

/** Up to the quote that ends it; in single ones, two stand for one, which is as good as an end. */
static void scan_quoted(struct scan *scan, char quote)
{
	size_t begin = scan->at;

	scan_step(scan);
	while (scan->at < scan->length && scan->text[scan->at] != quote) {
		if (quote == '"' && scan->text[scan->at] == '\\' && scan->at + 1 < scan->length)
			scan_step(scan);
		scan_step(scan);
	}
	if (scan->at < scan->length)
		scan_step(scan);
	scan->quoted = scan->at - begin;
}

static void scan_comment(struct scan *scan)
{
	while (scan->at < scan->length && scan->text[scan->at] != '\n')
		scan_step(scan);
}

/** Does a value begin here, and not go on? */
static bool scan_is_start(const struct scan *scan)
{
	return strchr(scan->depth > 0 ? "[{,:?\n" : ":-?\n", scan->before) != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void scan_token(struct scan *scan)
{
	char c = scan->text[scan->at];
	bool start = scan_is_start(scan);

	if ((c == '"' || (scan->yaml && c == '\'')) && start) {
		scan_quoted(scan, c);
		scan->before = c;
		return;
	}
	if (scan->yaml && c == '#' && (scan->at == 0 || is_blank(scan->text[scan->at - 1]))) {
		scan_comment(scan);
		return;
	}
	if ((c == '[' || c == '{') && (start || scan->depth > 0)) {
		scan->depth++;
		scan->items++;
	} else if ((c == ']' || c == '}') && scan->depth > 0) {
		scan->depth--;
	} else if (c == ',' && scan->depth > 0) {
		scan->items++;
	}
	if (!is_blank(c) || c == '\n')
		scan->before = c;
	scan_step(scan);
}

size_t document_quoted_mib(const struct document_kind *kind)
{
	return kind->quoted_mib ? kind->quoted_mib : DOCUMENT_QUOTED_MIB;
}

enum document_excess document_scan(const struct document_kind *kind, const char *text,
				   size_t length, struct element *at)
{
	struct scan scan = {
		.text = text,
		.length = length,
		.line = 1,
		.column = 1,
		.before = '\n',
		.yaml = kind->format == DOCUMENT_YAML,
	};

	while (scan.at < length) {
		enum document_excess excess = DOCUMENT_EXCESS_NONE;

		at->line = scan.line;
		at->column = scan.column;
		scan_token(&scan);
		if (scan.depth > DOCUMENT_DEPTH_MAX)
			excess = DOCUMENT_EXCESS_DEPTH;
		else if (scan.items > DOCUMENT_LINE_ITEMS_MAX)
			excess = DOCUMENT_EXCESS_LINE;
		else if (scan.line > DOCUMENT_LINES_MAX)
			excess = DOCUMENT_EXCESS_LINES;
		else if (scan.quoted > document_quoted_mib(kind) << 20)
			excess = DOCUMENT_EXCESS_QUOTED;
		if (excess)
			return excess;
	}
	return DOCUMENT_EXCESS_NONE;
}
