/* SPDX-License-Identifier: Apache-2.0 */

#include "base/draft.h"

#include <string.h>

#include "base/document_store.h"
#include "base/hash.h"
#include "base/text.h"

struct draft_value {
	struct element
		element; /* with their number; its children are set when the draft is finished */
	struct draft *draft; /* borrowed */
	struct draft_value *first, *last, *next;
	struct key_node *keys; /* of a map of KEYS_MANY or more */
};

#define KEYS_MANY 16

/* A trie over the hashes of a map's keys: the branches of a node have two more bits in common. */
struct key_node {
	struct draft_value *value;
	struct key_node *branch[4];
};

struct draft {
	struct document *document; /* owned */
	struct draft_value root;
	bool failed;
};

struct draft *draft_new(const char *name)
{
	_cleanup_(draft_freep) struct draft *draft = calloc(1, sizeof(*draft));

	if (!draft)
		return NULL;
	draft->document = document_new(name);
	draft->root.element = (struct element){.kind = ELEMENT_MAP, .line = 1, .column = 1};
	draft->root.draft = draft;
	return draft->document ? take_ptr(draft) : NULL;
}

struct draft *draft_free(struct draft *draft)
{
	if (!draft)
		return NULL;
	document_free(draft->document);
	free(draft);
	return NULL;
}

struct draft_value *draft_root(struct draft *draft)
{
	return &draft->root;
}

/** NULL stays NULL, and is no failure. */
static const char *draft_copy_text(struct draft *draft, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	char *copy = text ? document_allocate(draft->document, size) : NULL;

	if (copy)
		memcpy(copy, text, size);
	else if (text)
		draft->failed = true;
	return copy;
}

static struct draft_value *value_new(struct draft *draft, const struct element *element)
{
	struct draft_value *value = document_allocate(draft->document, sizeof(*value));

	if (!value) {
		draft->failed = true;
		return NULL;
	}
	*value = (struct draft_value){.element = *element, .draft = draft};
	value->element.count = 0;
	return value;
}

/** Where the node of that key is, or would be. */
static struct key_node **key_place(struct key_node **keys, const char *key)
{
	uint64_t hash = hash_bytes(HASH_START, key, strlen(key));

	for (; *keys && !text_equal((*keys)->value->element.key, key); hash <<= 2)
		keys = &(*keys)->branch[hash >> 62];
	return keys;
}

static void key_add(struct draft_value *map, struct draft_value *value)
{
	struct key_node **place =
		value->element.key ? key_place(&map->keys, value->element.key) : NULL;

	if (!place || *place) /* of two with one key the first is found */
		return;
	*place = document_allocate(map->draft->document, sizeof(**place));
	if (*place)
		**place = (struct key_node){.value = value};
	else
		map->draft->failed = true;
}

static void value_append(struct draft_value *in, struct draft_value *value)
{
	if (in->last)
		in->last->next = value;
	else
		in->first = value;
	in->last = value;
	in->element.count++;
	if (in->element.kind != ELEMENT_MAP || in->element.count < KEYS_MANY)
		return;
	if (in->element.count > KEYS_MANY)
		key_add(in, value);
	for (value = in->first; in->element.count == KEYS_MANY && value; value = value->next)
		key_add(in, value);
}

struct draft_value *draft_map(struct draft *draft)
{
	return value_new(draft, &(struct element){.kind = ELEMENT_MAP});
}

size_t draft_count(const struct draft_value *in)
{
	return in ? in->element.count : 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): one level, for a copy of a scalar */
struct draft_value *draft_add(struct draft_value *in, const char *key, const struct element *like)
{
	struct draft_value *value = in ? value_new(in->draft, like) : NULL;

	if (!value)
		return NULL;
	value->element.text = draft_copy_text(in->draft, like->text);
	value->element.key = draft_copy_text(in->draft, key);
	if (key && !value->element.key)
		return NULL;
	if (key && !like->key) {
		value->element.key_line = like->line;
		value->element.key_column = like->column;
	}
	for (size_t i = 0; i < like->count; i++)
		draft_add(value, like->children[i].key, &like->children[i]);
	value_append(in, value);
	return value;
}

void draft_merge(struct draft_value *map, const struct draft_value *from)
{
	const struct draft_value *child = map && from ? from->first : NULL;

	for (; child; child = child->next) {
		struct draft_value *old = draft_get(map, child->element.key);
		struct draft_value *value;

		/* what is in it is shared: it lives as long as the draft */
		value = old ? old : value_new(map->draft, &child->element);
		if (!value)
			return;
		value->element = child->element;
		value->first = child->first;
		value->last = child->last;
		value->keys = child->keys;
		if (!old)
			value_append(map, value);
	}
}

struct draft_value *draft_get(const struct draft_value *map, const char *key)
{
	struct draft_value *child = map ? map->first : NULL;

	if (map && map->keys) {
		struct key_node *keys = map->keys, **place = key_place(&keys, key);

		return *place ? (*place)->value : NULL;
	}
	while (child && !text_equal(child->element.key, key))
		child = child->next;
	return child;
}

const struct element *draft_element(const struct draft_value *value)
{
	return &value->element;
}

/** Lay its children side by side, as documents have them. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a document may be */
static void value_settle(struct draft_value *value, struct element *ret)
{
	struct element *children = NULL;
	size_t count = 0;

	if (value->element.count > 0) {
		children = document_allocate(value->draft->document,
					     value->element.count * sizeof(*children));
		if (!children) {
			value->draft->failed = true;
			return;
		}
	}
	for (struct draft_value *child = value->first; children && child; child = child->next)
		value_settle(child, &children[count++]);
	*ret = value->element;
	ret->children = children;
	ret->count = count;
}

struct document *draft_finish(struct draft *draft_consume)
{
	_cleanup_(draft_freep) struct draft *draft = draft_consume;

	value_settle(&draft->root, &draft->document->root);
	return draft->failed ? NULL : take_ptr(draft->document);
}
