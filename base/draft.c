/* SPDX-License-Identifier: Apache-2.0 */

#include "base/draft.h"

#include <string.h>

#include "base/document_store.h"
#include "base/hash.h"
#include "base/text.h"

struct draft_value {
	struct element element; /* its children are set when the draft is finished */
	struct draft *draft;    /* borrowed */
	struct draft_value *first, *last, *next;
	size_t count;
	struct draft_value *keyed;     /* the first of a map: a trie over the hashes of the keys */
	struct draft_value *branch[4]; /* of it, with the same two bits so far */
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

	if (value)
		*value = (struct draft_value){.element = *element, .draft = draft};
	else
		draft->failed = true;
	return value;
}

/** Where the value of that key stands among those of @keyed, or would. */
static struct draft_value **key_place(struct draft_value **keyed, const char *key)
{
	uint64_t hash = hash_bytes(HASH_START, key, strlen(key));

	for (; *keyed && !text_equal((*keyed)->element.key, key); hash <<= 2)
		keyed = &(*keyed)->branch[hash >> 62];
	return keyed;
}

static void value_append(struct draft_value *in, struct draft_value *value)
{
	struct draft_value **place =
		value->element.key ? key_place(&in->keyed, value->element.key) : NULL;

	if (place && !*place) /* the first of a key is the one that is found */
		*place = value;
	if (in->last)
		in->last->next = value;
	else
		in->first = value;
	in->last = value;
	in->count++;
}

struct draft_value *draft_map(struct draft *draft)
{
	return value_new(draft, &(struct element){.kind = ELEMENT_MAP});
}

size_t draft_count(const struct draft_value *in)
{
	return in ? in->count : 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): one level, for a copy of a scalar */
struct draft_value *draft_add(struct draft_value *in, const char *key, const struct element *like)
{
	struct draft_value *value = in ? value_new(in->draft, like) : NULL;

	if (!value)
		return NULL;
	value->element.text = draft_copy_text(in->draft, like->text);
	value->element.key = draft_copy_text(in->draft, key);
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
		value->count = child->count;
		value->keyed = child->keyed;
		if (!old)
			value_append(map, value);
	}
}

struct draft_value *draft_get(const struct draft_value *map, const char *key)
{
	struct draft_value *keyed = map ? map->keyed : NULL;

	return keyed && key ? *key_place(&keyed, key) : NULL;
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

	if (value->count > 0) {
		children =
			document_allocate(value->draft->document, value->count * sizeof(*children));
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
