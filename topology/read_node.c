/* SPDX-License-Identifier: Apache-2.0 */

/* Nodes: which kind, then the keys that such a node may have. */

#include <stdlib.h>

#include "topology/read.h"

static const struct word_form *kind_words(void)
{
	struct key key = {0};

	key_find(&node_keys, "kind", &key);
	return key.detail;
}

/** Of the first map that says it; a mistake there is told when its keys are read. */
static enum node_kind kind_find(const struct reader *reader, const struct layers *layers,
				enum node_kind kind)
{
	struct problems ignored = {0};
	struct reader quiet = reader_quiet(reader, &ignored);

	for (size_t i = 0; i < sizeof(layers->maps) / sizeof(layers->maps[0]); i++) {
		const struct element *map = layers->maps[i];
		const struct element *at = map ? element_get(map, "kind") : NULL;
		unsigned int word = 0;

		/* what a pattern made a switch is none by default */
		if (i > 0 && kind != NODE_KIND_HOST)
			break;

		if (!at || at->kind == ELEMENT_NULL)
			continue;
		if (word_find(&quiet, at, kind_words()->words, &word) &&
		    (i == 0 || word != NODE_KIND_SWITCH))
			kind = (enum node_kind)word;
		break;
	}
	problems_done(&ignored);
	return kind;
}

bool node_read(struct reader *reader, struct node *node, const struct layers *layers)
{
	enum node_kind kind = kind_find(reader, layers, node->kind);
	bool good;

	reader_enter(reader, "node '%s'", node->name);
	node->kind = kind;
	good = keys_read(reader, &node_keys, node, layers, 1u << kind);
	/* a layer behind the one that said it may have said another */
	node->kind = kind;
	return good;
}

static bool kind_judge(struct reader *reader, const struct element *map)
{
	const struct element *at = element_get(map, "kind");
	unsigned int word = NODE_KIND_HOST;

	if (!at || at->kind == ELEMENT_NULL)
		return true;
	if (!word_find(reader, at, kind_words()->words, &word))
		return false;
	return word != NODE_KIND_SWITCH ||
	       reader_problem(reader, at, "a switch is what its own 'kind' says, not a default");
}

/** The key without those that it may not have: `link` stands beside those of nodes. */
static bool key_judge(struct reader *reader, struct node *scratch, const struct element *at)
{
	const struct element place = element_key(at);
	struct layers layers = {{&(struct element){
		.kind = ELEMENT_MAP,
		.line = place.line,
		.column = place.column,
		.children = at,
		.count = 1,
	}}};

	struct key key;

	if (!key_find(&node_keys, at->key, &key) && key_find(&interface_keys, at->key, &key))
		return reader_problem(reader, &place,
				      "'%s' is a key of links (write 'link: {%s: ...}')", at->key,
				      at->key);
	return keys_read(reader, &node_keys, scratch, &layers, KINDS_RUNNING);
}

bool node_judge(struct reader *reader, const struct element *map, const char *what)
{
	_cleanup_(node_freep) struct node *scratch = calloc(1, sizeof(*scratch));
	bool good;

	if (!scratch)
		return reader_no_memory(reader);
	scratch->limits = NCRUN_LIMITS_INIT;
	reader_enter(reader, "%s", what);
	good = kind_judge(reader, map);
	for (size_t i = 0; i < map->count; i++)
		if (!text_equal(map->children[i].key, "kind") &&
		    !text_equal(map->children[i].key, "link"))
			good &= key_judge(reader, scratch, &map->children[i]);
	return good;
}
