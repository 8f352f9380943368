/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Links: [a, lan], or {ends: [a, {node: lan, ...}], ...}.
 *
 * Keys beside `ends` hold for both ends where that makes sense (mtu, impairments); else for
 * the one end that can have them, or for the one that is no switch; and if that leaves two,
 * they are lists of two. What an end says itself counts more.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "topology/read.h"

/* ---- ends ---------------------------------------------------------------------------------- */

struct node *end_find(struct reader *reader, const struct element *at, const char *text,
		      const char **ret_interface)
{
	const char *colon = strchr(text, ':');
	char name[NCRUN_NAME_MAX + 2];
	struct nearest nearest = {0};
	struct node *node;

	snprintf(name, sizeof(name), "%.*s", colon ? (int)(colon - text) : (int)sizeof(name) - 1,
		 text);
	node = topology_node(reader->topology, name);
	if (node) {
		*ret_interface = colon ? colon + 1 : NULL;
		return node;
	}
	/* a look at all nodes, for a message that will be seen */
	for (size_t i = 0; problems_keep(reader->problems) && i < reader->topology->node_count; i++)
		nearest_consider(&nearest, name, reader->topology->nodes[i]->name);
	if (nearest.word)
		reader_problem(reader, at, "no node '%.64s' (did you mean '%s'?)", name,
			       nearest.word);
	else
		reader_problem(reader, at, "no node '%.64s'", name);
	return NULL;
}

/** struct end_draft - @keys: its own map, without `node`; @name_at: where "a:eth0" stands */
struct end_draft {
	struct node *node;          /* borrowed */
	const char *interface;      /* borrowed; NULL = not said */
	const struct element *keys; /* borrowed; NULL = none */
	const struct element *at;   /* borrowed */
};

static bool end_read(struct reader *reader, const struct element *at, struct end_draft *end)
{
	const struct element *node = at->kind == ELEMENT_MAP ? element_get(at, "node") : at;
	const char *text;

	*end = (struct end_draft){.at = at, .keys = at->kind == ELEMENT_MAP ? at : NULL};
	if (!node)
		return reader_problem(reader, at, "an end without 'node'");
	text = reader_text(reader, node);
	if (!text)
		return false;
	end->node = end_find(reader, node, text, &end->interface);
	return end->node;
}

/** "link 'a -- lan'", as far as it is known. */
static void link_enter(struct reader *reader, const struct end_draft ends[2])
{
	if (ends[0].node && ends[1].node)
		reader_enter(reader, "link '%s -- %s'", ends[0].node->name, ends[1].node->name);
	else if (ends[0].node)
		reader_enter(reader, "link of '%s'", ends[0].node->name);
	else
		reader_enter(reader, "link");
}

/* ---- keys beside the ends -------------------------------------------------------------------- */

/** Which ends may have it; one that is no switch comes before one that is. */
static unsigned int key_ends(const struct link *link, const struct key *key)
{
	unsigned int ends = 0, no_switches = 0;

	for (int i = 0; i < 2 && link->ends[i].node; i++) {
		if (!(key->kinds & 1u << link->ends[i].node->kind))
			continue;
		ends |= 1u << i;
		if (!node_is_switch(link->ends[i].node))
			no_switches |= 1u << i;
	}
	return no_switches ? no_switches : ends;
}

static bool key_apply(struct reader *reader, struct link *link, const struct key *key,
		      const struct element *at)
{
	unsigned int ends = key_ends(link, key);
	bool good = true;

	if (ends == 0) {
		const struct element place = element_key(at);

		return reader_problem(reader, &place, "neither end can have '%s'", key->name);
	}
	if (key->both || ends != 3) {
		/* a value that is wrong is so at both ends, and told once */
		for (int i = 0; good && i < 2 && link->ends[i].node; i++)
			if (key->both || ends & 1u << i)
				good = key->value->read(reader, key, &link->ends[i], at);
		return good;
	}
	if (at->kind != ELEMENT_LIST || at->count != 2)
		return reader_problem(reader, at,
				      "'%s': whose? (a list of two in the order of the ends, null "
				      "for none)",
				      key->name);
	for (int i = 0; i < 2; i++) {
		struct element value = at->children[i];

		value.key = at->key;
		if (value.kind != ELEMENT_NULL)
			good &= key->value->read(reader, key, &link->ends[i], &value);
	}
	return good;
}

static bool link_key_unknown(struct reader *reader, const struct element *at)
{
	const struct key_table *const tables[] = {&link_keys, &interface_keys};

	return key_unknown(reader, tables, 2, at, KINDS_ALL);
}

bool link_read_keys(struct reader *reader, struct link *link, const struct element *map)
{
	bool good = true;

	for (size_t i = 0; i < map->count; i++) {
		const struct element *at = &map->children[i];
		const struct element place = element_key(at);
		struct key key;

		if (at->kind == ELEMENT_NULL || key_find(&link_keys, at->key, &key))
			continue;
		good &= key_find(&interface_keys, at->key, &key) ? key_apply(reader, link, &key, at)
								 : link_key_unknown(reader, &place);
	}
	return good;
}

bool link_apply(struct reader *reader, struct link *link, const struct element *map)
{
	struct problems ignored = {0};
	struct reader quiet = reader_quiet(reader, &ignored);
	bool good = true;

	for (size_t i = 0; map && i < map->count; i++) {
		struct key key;

		if (key_find(&interface_keys, map->children[i].key, &key) && key.both &&
		    map->children[i].kind != ELEMENT_NULL)
			good &= key_apply(&quiet, link, &key, &map->children[i]);
	}
	problems_done(&ignored);
	reader->failed |= quiet.failed;
	return good;
}

bool link_judge(struct reader *reader, const struct element *map, bool common)
{
	struct interface scratch = {0};
	bool good = reader_expects(reader, map, ELEMENT_MAP);

	if (!good)
		return false;
	for (size_t i = 0; i < map->count; i++) {
		const struct element *at = &map->children[i];
		const struct element place = element_key(at);
		struct key key;

		if (!common && key_find(&link_keys, at->key, &key))
			continue;
		if (!key_find(&interface_keys, at->key, &key))
			good = link_key_unknown(reader, &place);
		else if (common && !key.both)
			good = reader_problem(reader, &place, "'%s' cannot be said of all links",
					      key.name);
		else if (key.both && at->kind != ELEMENT_NULL)
			good &= key.value->read(reader, &key, &scratch, at);
	}
	return good;
}

/* ---- links ------------------------------------------------------------------------------- */

/** Keys that an end has itself. */
static bool end_apply(struct reader *reader, const struct end_draft *draft, struct interface *end)
{
	const char *kind = node_kind_name(end->node->kind);
	bool good = true;

	if (draft->interface) {
		const struct element value = {.kind = ELEMENT_STRING,
					      .line = draft->at->line,
					      .column = draft->at->column,
					      .text = draft->interface};
		struct key key;

		key_find(&interface_keys, "interface", &key);
		good &= key.value->read(reader, &key, end, &value);
	}
	for (size_t i = 0; draft->keys && i < draft->keys->count; i++) {
		const struct element *at = &draft->keys->children[i];
		const struct element place = element_key(at);
		struct key key;

		if (at->kind == ELEMENT_NULL || text_equal(at->key, "node"))
			continue;
		if (!key_find(&interface_keys, at->key, &key))
			good = link_key_unknown(reader, &place);
		else if (!(key.kinds & 1u << end->node->kind))
			good = reader_problem(reader, &place, "an end at a %s has no '%s'", kind,
					      key.name);
		else
			good &= key.value->read(reader, &key, end, at);
	}
	return good;
}

/** Which kind of link it is, and so how many ends. */
static enum link_kind kind_read(struct reader *reader, const struct element *at)
{
	const struct element *kind = at->kind == ELEMENT_MAP ? element_get(at, "kind") : NULL;
	struct link scratch = {0};
	struct key key;

	if (kind && key_find(&link_keys, "kind", &key))
		key.value->read(reader, &key, &scratch, kind);
	return scratch.kind;
}

static bool ends_read(struct reader *reader, const struct element *at, enum link_kind kind,
		      struct end_draft ends[2])
{
	const struct element *list = at->kind == ELEMENT_MAP ? element_get(at, "ends") : at;
	size_t wanted = kind == LINK_KIND_DUMMY ? 1 : 2;
	const struct element *items;
	bool good = true;
	size_t count;

	if (!list)
		return reader_problem(reader, at, "a link without 'ends'");
	items = element_items(list, &count);
	if (count != wanted)
		return reader_problem(reader, list, "%s, not %zu%s",
				      wanted == 1 ? "kind 'dummy' has one end"
						  : "a link has two ends",
				      count,
				      wanted == 2 && count > 2 ? " (a switch joins more)" : "");
	for (size_t i = 0; i < count; i++)
		good &= end_read(reader, &items[i], &ends[i]);
	return good;
}

bool link_read(struct reader *reader, const struct element *at, const struct element *defaults)
{
	struct end_draft ends[2] = {0};
	struct ncrun_error err = {0};
	enum link_kind kind;
	struct link *link;
	bool good;

	reader_enter(reader, "link");
	if (at->kind != ELEMENT_LIST && at->kind != ELEMENT_MAP)
		return reader_expected(reader, at, "two ends, [a, b], or a map with 'ends'");
	kind = kind_read(reader, at);
	good = ends_read(reader, at, kind, ends);
	link_enter(reader, ends);
	if (!good) {
		if (at->kind == ELEMENT_MAP)
			link_judge(reader, at, false);
		return false;
	}
	if (topology_add_link(reader->topology, ends[0].node, ends[1].node, &link, &err) < 0)
		return reader_failed(reader, at, &err);
	link->place = element_place(at);
	link->kind = kind;
	good = link_apply(reader, link, defaults);
	if (at->kind == ELEMENT_MAP)
		good &= link_read_keys(reader, link, at);
	for (int i = 0; i < 2 && ends[i].node; i++) {
		link->ends[i].place = element_place(ends[i].at);
		good &= end_apply(reader, &ends[i], &link->ends[i]);
	}
	return good;
}
