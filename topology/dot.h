/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Graphviz' language, as far as it says what a graph is: no layout, no HTML. Own
 * parser, since libcgraph keeps no places.
 */

#include <stdbool.h>
#include <stddef.h>

#include <ncrun/error.h>

#include "base/document.h"
#include "base/text.h"
#include "topology/model.h"

#define DOT_BYTES_MAX      (16u << 20)
#define DOT_DEPTH_MAX      64 /* of subgraphs */
#define DOT_SUBGRAPHS_MAX  64000
#define DOT_STATEMENTS_MAX 250000
#define DOT_ATTRIBUTES_MAX 250000 /* of all nodes and edges together, with inherited ones */
#define DOT_LIST_MAX       256    /* attributes of one node or edge */

/**
 * dot_parse() - a graph as a plain document
 *
 *	{name: ID, attributes: {...}, nodes: {ID: {...}, ...},
 *	 edges: [{tail: ID, head: ID, tail-port: ID, head-port: ID, attributes: {...}}, ...]}
 *
 * Subgraphs, default attributes and `strict` are resolved. All values are strings.
 *
 * Return: 0; -EINVAL with the mistake in @problems, at which reading ended; -ENOMEM.
 */
int dot_parse(const char *source, const char *text, size_t length, struct problems *problems,
	      struct document **ret, struct ncrun_error *err);

/* ---- words (dot_token.c) --------------------------------------------------------------- */

enum dot_kind {
	DOT_END,
	DOT_MARK, /* one of {}[];,=: */
	DOT_EDGE, /* "->" or "--" */
	DOT_ID,
	DOT_KEYWORD,
};

/** struct dot_scanner - the text, and the word that was read last */
struct dot_scanner {
	const char *text; /* borrowed */
	size_t length, at;
	struct place here; /* of @at */
	struct problems *problems;

	enum dot_kind kind;
	char mark;          /* DOT_MARK; of DOT_EDGE its second character */
	struct text word;   /* DOT_ID; DOT_KEYWORD: in lower case */
	struct place place; /* where it begins */
};

/** Read the next word; -EINVAL with the mistake in the problems. */
int dot_scan(struct dot_scanner *scanner);

/* ---- writing ----------------------------------------------------------------------------- */

/** The text in quotes (write_dot.c). */
void dot_append_string(struct text *out, const char *chars);

/** An attribute that is of the tail's interface, unless the tail is a switch (read_dot.c). */
bool dot_is_tail_key(const char *key);
