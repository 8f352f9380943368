/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A document that a program puts together: what was read from another format becomes
 * elements, each with its place in the file that it came from.
 */

#include <stddef.h>

#include "base/document.h"

/** struct draft - a document that grows. No memory is remembered: ask draft_finish() once. */
struct draft;
/** struct draft_value - an element of it; lives as long as the draft */
struct draft_value;

/** With an empty map as its root; NULL when there is no memory. @name is copied. */
struct draft *draft_new(const char *name);
struct draft *draft_free(struct draft *draft);
DEFINE_CLEANUP(struct draft *, draft_free);

struct draft_value *draft_root(struct draft *draft);

/**
 * draft_add() - append a copy of @like, with all that is in it
 * @in:		a map or a list; NULL (of a draft_add() that failed) is allowed
 * @key:	of a map, copied; NULL in a list. It stands where the key of @like does, or @like
 *
 * Return: the copy, to which more can be added if it is a list or map.
 */
struct draft_value *draft_add(struct draft_value *in, const char *key, const struct element *like);

/** An empty map that is no part of the document: to be merged into some that are. NULL: no memory.
 */
struct draft_value *draft_map(struct draft *draft);

/** Give the values of @from to @map, of the same draft, which shares what is in them; what it has
 * of the same key is replaced. */
void draft_merge(struct draft_value *map, const struct draft_value *from);

/** How many values are in it. */
size_t draft_count(const struct draft_value *in);

/** The value of that key, or NULL. */
struct draft_value *draft_get(const struct draft_value *map, const char *key);

/** As an element, without its children. */
const struct element *draft_element(const struct draft_value *value);

/** It becomes a document; the draft is released in any case. NULL: there was no memory. */
struct document *draft_finish(struct draft *draft_consume);
