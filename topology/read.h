/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading our own format. A mistake is told with reader_problem() and reading goes on:
 * a file's mistakes are all told at once. Functions that return bool say whether what
 * they read is good.
 */

#include "base/document.h"
#include "topology/key.h"
#include "topology/model.h"

/**
 * struct reader - a text that is being read
 * @context:	how messages begin: "node 'b'"; "" = with nothing
 * @failed:	no memory; nothing else is worth telling then
 */
struct reader {
	struct ncrun_topology *topology; /* borrowed */
	struct problems *problems;       /* borrowed */
	char context[192];
	bool failed;
};

/** "CONTEXT: <message>" at the place of @at; returns false. */
bool reader_problem(struct reader *reader, const struct element *at, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));
/** Set what messages begin with. */
void reader_enter(struct reader *reader, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** A call failed: -ENOMEM is no problem of the text, all else is one; returns false. */
bool reader_failed(struct reader *reader, const struct element *at, const struct ncrun_error *err);
/** No memory; returns false. */
bool reader_no_memory(struct reader *reader);
/** One that tells its problems to @ignored, which the caller releases. */
struct reader reader_quiet(const struct reader *reader, struct problems *ignored);
/** "'memory': expected a size, not a list"; returns false. */
bool reader_expected(struct reader *reader, const struct element *at, const char *expected);
/** Is it of that kind? A problem otherwise. */
bool reader_expects(struct reader *reader, const struct element *at, enum element_kind kind);
/** What stands there as text, or NULL after a problem: a string, a number or a boolean. */
const char *reader_text(struct reader *reader, const struct element *at);

static inline struct place element_place(const struct element *at)
{
	return (struct place){at->line, at->column};
}

/** Where its key stands, or it itself. */
static inline struct element element_key(const struct element *at)
{
	return (struct element){.line = at->key ? at->key_line : at->line,
				.column = at->key ? at->key_column : at->column,
				.key = at->key};
}

/** Which of the NULL-terminated words is it? */
bool word_find(struct reader *reader, const struct element *at, const char *const *words,
	       unsigned int *ret);

/** "10.0.0.0/8": no bits behind the length, else the message says what was meant. */
bool network_parse(struct reader *reader, const struct element *at, const char *what,
		   const char *text, struct netns_prefix *ret);
/** "80" or "8000-8010", from 1 to @max; @last is 0 of a single one. */
bool range_take(struct reader *reader, const struct element *at, const char *what, uint16_t max,
		struct netns_ports *ret);

#define LIST_MAX 4096 /* of one value, if nothing narrower is said */
/** Are there no more of them than that? A problem otherwise. */
bool items_are_few(struct reader *reader, const struct element *at, size_t count, size_t max);
#define LINE_MAX_BYTES (128u << 10)
/** Is it short enough to be split into words? A problem otherwise. */
bool line_is_short(struct reader *reader, const struct element *at, const char *text);
/** The children of a list; anything else is a list of itself, null of nothing. */
const struct element *element_items(const struct element *at, size_t *ret_count);

/**
 * struct layers - maps from which one object is read
 * @maps:	the one that counts most first: keys that one has are skipped behind it
 *
 * Only the first is told of mistakes; the others serve many, and were judged before.
 */
struct layers {
	const struct element *maps[3]; /* borrowed; NULL = none */
};

/** Read the keys of @layers into @object, which may be what @kinds says (bits of node kinds). */
bool keys_read(struct reader *reader, const struct key_table *table, void *object,
	       const struct layers *layers, unsigned int kinds);
/** The same from one map, into an object of which there is one kind only. */
bool keys_read_map(struct reader *reader, const struct key_table *table, void *object,
		   const struct element *map);

/** "unknown key 'memroy' (did you mean 'memory'?)", of all tables; returns false. */
bool key_unknown(struct reader *reader, const struct key_table *const *tables, size_t count,
		 const struct element *at, unsigned int kinds);

/** All of the document. */
bool file_read(struct reader *reader, const struct element *root);

/** What a node is; its kind is what the layers say, or what it was. */
bool node_read(struct reader *reader, struct node *node, const struct layers *layers);
/** Judge keys that more than one node will have: @what "defaults". */
bool node_judge(struct reader *reader, const struct element *map, const char *what);

/** One element of `links`; @defaults of every link, or NULL. */
bool link_read(struct reader *reader, const struct element *at, const struct element *defaults);
/** Keys of a link and of both its ends, as they stand beside `ends`. */
bool link_read_keys(struct reader *reader, struct link *link, const struct element *map);
/** Those of @map, NULL = none, that hold for both ends. In silence: link_judge() has spoken. */
bool link_apply(struct reader *reader, struct link *link, const struct element *map);
/** Judge keys of a link without having it; @common: of all links. */
bool link_judge(struct reader *reader, const struct element *map, bool common);

/** "a", "a:eth0": @at stands for its place; -> the node, and @ret_interface its name, or NULL. */
struct node *end_find(struct reader *reader, const struct element *at, const char *text,
		      const char **ret_interface);
