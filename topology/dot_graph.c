/* SPDX-License-Identifier: Apache-2.0 */

/* A graph that grows as its file is read. */

#include "topology/dot_graph.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct dot_slot {
	char *name; /* owned; NULL = free */
	size_t number;
};

struct dot_node {
	const char *name; /* borrowed of the draft */
	struct draft_value *attributes;
	uint32_t seen; /* by names_unique() */
};

int dot_graph_no_memory(const struct dot_graph *graph)
{
	return error_set(graph->err, ENOMEM, "no memory for a graph");
}

/* ---- numbers by name ------------------------------------------------------------------ */

static struct dot_slot *index_slot(const struct dot_index *index, const char *name)
{
	size_t at = text_slot(name) & (index->size - 1);

	while (index->slots[at].name && !text_equal(index->slots[at].name, name))
		at = (at + 1) & (index->size - 1);
	return &index->slots[at];
}

/** The slot of that name; one that is free gets it with the number @next. */
static struct dot_slot *index_ensure(struct dot_index *index, const char *name, size_t next)
{
	struct dot_slot *slot;

	if (2 * (index->count + 1) > index->size) {
		struct dot_index grown = {.size = index->size ? index->size * 2 : 32,
					  .count = index->count};

		grown.slots = calloc(grown.size, sizeof(*grown.slots));
		if (!grown.slots)
			return NULL;
		for (size_t i = 0; i < index->size; i++)
			if (index->slots[i].name)
				*index_slot(&grown, index->slots[i].name) = index->slots[i];
		free(index->slots);
		*index = grown;
	}
	slot = index_slot(index, name);
	if (slot->name)
		return slot;
	slot->name = strdup(name);
	slot->number = next;
	index->count++;
	return slot->name ? slot : NULL;
}

static void index_done(struct dot_index *index)
{
	for (size_t i = 0; i < index->size; i++)
		free(index->slots[i].name);
	free(index->slots);
}

/* ---- names of nodes ------------------------------------------------------------------- */

static void names_done(struct dot_names *names)
{
	free(names->numbers);
}

static int names_add(struct dot_graph *graph, struct dot_names *names, size_t number)
{
	if (array_grow((void **)&names->numbers, names->count, sizeof(size_t)) < 0)
		return dot_graph_no_memory(graph);
	names->numbers[names->count++] = number;
	return 0;
}

/** Each once, in the order in which they came first. */
static void names_unique(struct dot_graph *graph, struct dot_names *names)
{
	size_t kept = 0;

	graph->stamp++;
	for (size_t i = 0; i < names->count; i++) {
		struct dot_node *node = &graph->nodes[names->numbers[i]];

		if (node->seen == graph->stamp)
			continue;
		node->seen = graph->stamp;
		names->numbers[kept++] = names->numbers[i];
	}
	names->count = kept;
}

/* ---- attributes ----------------------------------------------------------------------- */

int dot_graph_merge(struct dot_graph *graph, struct place place, struct draft_value *to,
		    const struct draft_value *from)
{
	graph->attribute_count += draft_count(from);
	if (graph->attribute_count > DOT_ATTRIBUTES_MAX)
		return problems_add(graph->problems, place, "more than %d attributes",
				    DOT_ATTRIBUTES_MAX);
	draft_merge(to, from);
	if (draft_count(to) > DOT_LIST_MAX)
		return problems_add(graph->problems, place, "more than %d attributes of one thing",
				    DOT_LIST_MAX);
	return 0;
}

/* ---- nodes and edges ------------------------------------------------------------------ */

int dot_graph_node(struct dot_graph *graph, struct dot_scope *scope, const char *name,
		   struct place place, struct dot_names *ret)
{
	const struct element like = {.kind = ELEMENT_MAP,
				     .line = place.line,
				     .column = place.column};
	size_t count = graph->index.count;
	const struct dot_slot *slot = index_ensure(&graph->index, name, count);
	struct dot_node *node;
	int r = 0;

	if (!slot)
		return dot_graph_no_memory(graph);
	if (slot->number == count) {
		if (count == TOPOLOGY_NODES_MAX)
			return problems_add(graph->problems, place, "more than %d nodes",
					    TOPOLOGY_NODES_MAX);
		if (array_grow((void **)&graph->nodes, count, sizeof(*node)) < 0)
			return dot_graph_no_memory(graph);
		node = &graph->nodes[count];
		*node = (struct dot_node){.attributes = draft_add(graph->node_map, name, &like)};
		if (!node->attributes)
			return dot_graph_no_memory(graph);
		node->name = draft_element(node->attributes)->key;
		r = dot_graph_merge(graph, place, node->attributes, scope->node);
	}
	if (r == 0)
		r = names_add(graph, &scope->names, slot->number);
	return r < 0 ? r : names_add(graph, ret, slot->number);
}

struct draft_value *dot_graph_attributes(const struct dot_graph *graph, size_t number)
{
	return graph->nodes[number].attributes;
}

int dot_graph_close(struct dot_graph *graph, struct dot_names *names, struct dot_scope *outer)
{
	int r = 0;

	names_unique(graph, names);
	for (size_t i = 0; r == 0 && i < names->count; i++)
		r = names_add(graph, &outer->names, names->numbers[i]);
	return r;
}

void dot_graph_put(struct draft_value *map, const char *key, const char *text, struct place place)
{
	const struct element element = {.kind = ELEMENT_STRING,
					.text = text,
					.line = place.line,
					.column = place.column};

	if (text)
		draft_add(map, key, &element);
}

/** In a strict graph two edges between the same nodes are one: where its attributes are. */
static int strict_slot(struct dot_graph *graph, size_t tail, size_t head, struct draft_value **ret)
{
	const struct dot_slot *slot;
	char pair[64];

	if (!graph->directed && tail > head)
		snprintf(pair, sizeof(pair), "%zu %zu", head, tail);
	else
		snprintf(pair, sizeof(pair), "%zu %zu", tail, head);
	slot = index_ensure(&graph->pairs, pair, graph->edge_count);
	if (!slot)
		return dot_graph_no_memory(graph);
	if (slot->number < graph->edge_count)
		*ret = graph->edges[slot->number];
	return 0;
}

static int edge_add(struct dot_graph *graph, const struct dot_operand *left,
		    const struct dot_operand *right, const size_t ends[2],
		    const struct draft_value *attributes)
{
	const struct place place = left->place;
	const struct element map = {.kind = ELEMENT_MAP,
				    .line = place.line,
				    .column = place.column};
	struct draft_value *edge, *own = NULL;
	int r = graph->strict ? strict_slot(graph, ends[0], ends[1], &own) : 0;

	if (r < 0)
		return r;
	if (own)
		return dot_graph_merge(graph, place, own, attributes);
	if (graph->edge_count == TOPOLOGY_LINKS_MAX)
		return problems_add(graph->problems, place, "more than %d links",
				    TOPOLOGY_LINKS_MAX);
	edge = draft_add(graph->edge_list, NULL, &map);
	dot_graph_put(edge, "tail", graph->nodes[ends[0]].name, left->place);
	dot_graph_put(edge, "head", graph->nodes[ends[1]].name, right->place);
	dot_graph_put(edge, "tail-port", left->port, left->place);
	dot_graph_put(edge, "head-port", right->port, right->place);
	own = draft_add(edge, "attributes", &map);
	if (!own ||
	    array_grow((void **)&graph->edges, graph->edge_count, sizeof(struct draft_value *)) < 0)
		return dot_graph_no_memory(graph);
	graph->edges[graph->edge_count++] = own;
	return dot_graph_merge(graph, place, own, attributes);
}

int dot_graph_join(struct dot_graph *graph, const struct dot_operand *left,
		   const struct dot_operand *right, const struct draft_value *attributes)
{
	for (size_t i = 0; i < left->names.count; i++)
		for (size_t j = 0; j < right->names.count; j++) {
			const size_t ends[] = {left->names.numbers[i], right->names.numbers[j]};
			int r = edge_add(graph, left, right, ends, attributes);

			if (r < 0)
				return r;
		}
	return 0;
}

/* ---- the graph ------------------------------------------------------------------------- */

int dot_graph_init(struct dot_graph *graph, const char *source)
{
	static const struct element map = {.kind = ELEMENT_MAP, .line = 1, .column = 1};
	static const struct element list = {.kind = ELEMENT_LIST, .line = 1, .column = 1};
	struct draft_value *root;

	graph->draft = draft_new(source);
	root = graph->draft ? draft_root(graph->draft) : NULL;
	graph->attributes = draft_add(root, "attributes", &map);
	graph->node_map = draft_add(root, "nodes", &map);
	graph->edge_list = draft_add(root, "edges", &list);
	return graph->edge_list ? 0 : dot_graph_no_memory(graph);
}

void dot_graph_done(struct dot_graph *graph)
{
	draft_free(graph->draft);
	index_done(&graph->index);
	index_done(&graph->pairs);
	free(graph->nodes);
	free(graph->edges);
}

void dot_scope_done(struct dot_scope *scope)
{
	names_done(&scope->names);
}

void dot_operand_done(struct dot_operand *operand)
{
	names_done(&operand->names);
	free(operand->port);
}
