/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files that read containerlab's format share. For containerlab_*.c and
 * read_containerlab.c. */

#include "base/draft.h"
#include "base/text.h"
#include "topology/model.h"

#define LAB_ITEMS_MAX  4096    /* of one list or map of a node, merged */
#define LAB_VALUES_MAX 1000000 /* of all nodes: what they inherit is a copy each time */
#define LAB_LAYERS_MAX 1000    /* kinds; groups */

/** struct lab - a file that is being translated */
struct lab {
	const struct document *document; /* borrowed, as all of it but @draft */
	const char *name;                /* of the lab */
	struct problems *problems;
	struct draft *draft;
	const struct element *topology, *nodes, *kinds, *groups, *defaults;
	struct element_index *index; /* owned; of @nodes */
	size_t value_count;
	bool failed; /* no memory */
};

/** A mistake; what was told of the same place already is not told again. */
void lab_problem(struct lab *lab, const struct element *at, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));
/** "'cpu': expected a number, not a list" */
void lab_expected(struct lab *lab, const struct element *at, const char *expected);

/** struct lab_key - a key of theirs; @supported false: to be refused by its name */
struct lab_key {
	const char *name;
	bool supported;
};

/** Refuse the keys of a map that are not supported, or unknown; false if it is no map. */
bool lab_check_keys(struct lab *lab, const struct element *map, const struct lab_key *keys,
		    const char *what);

/**
 * lab_text() - a scalar as a string
 * @node:	whose magic words (__clabNodeName__ ...) are replaced; NULL = none are
 *
 * Return: free() releases it; NULL after a mistake, which has been told.
 */
char *lab_text(struct lab *lab, const struct element *at, const char *node);

/** May there be one more value? A mistake if not, told once. */
bool lab_has_room(struct lab *lab, const struct element *at);
/** Add a scalar of theirs, as it is or as a string. */
void lab_put(struct lab *lab, struct draft_value *to, const char *key, const struct element *at);
void lab_put_string(struct lab *lab, struct draft_value *to, const char *key,
		    const struct element *at, const char *text);

/** The effective kind: of the node, its group, or the defaults; NULL = none is said. */
const struct element *lab_kind(const struct lab *lab, const struct element *node);
bool lab_is_bridge(const struct lab *lab, const char *node);

/* containerlab_node.c */
void lab_translate_node(struct lab *lab, struct draft_value *nodes, const struct element *at);
/** The keys of kinds, groups and defaults, which are told of once and not for each node. */
void lab_check_layers(struct lab *lab);

/* containerlab_link.c */
void lab_translate_link(struct lab *lab, struct draft_value *links, const struct element *link);

/** The text with its $variables replaced (containerlab_text.c); NULL: a mistake was told, or there
 * is no memory. */
char *lab_expand(const char *text, size_t length, struct problems *problems);
