/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A graph that grows as its file is read: nodes, edges and what they inherit. For dot_*.c alone. */

#include "base/draft.h"
#include "topology/dot.h"

/** struct dot_index - numbers by name: open addressing, at most half full */
struct dot_index {
	struct dot_slot *slots; /* owned */
	size_t size;            /* a power of two, or 0 */
	size_t count;
};

/** struct dot_names - numbers of nodes, as written: the nodes of a subgraph */
struct dot_names {
	size_t *numbers; /* owned */
	size_t count;
};

/** struct dot_scope - what holds between two braces */
struct dot_scope {
	struct draft_value *node, *edge; /* default attributes */
	struct dot_names names;
	unsigned int depth;
};

/** struct dot_operand - one side of an edge: a node with a port, or all nodes of a subgraph */
struct dot_operand {
	struct dot_names names;
	char *port; /* owned */
	struct place place;
};

/** struct dot_graph - what is to become the document of dot_parse() */
struct dot_graph {
	struct problems *problems;
	struct ncrun_error *err;
	struct draft *draft; /* owned */
	struct draft_value *attributes, *node_map, *edge_list;
	struct dot_node *nodes; /* owned */
	struct dot_index index, pairs;
	struct draft_value **edges; /* owned list of borrowed: their attributes */
	size_t edge_count, attribute_count;
	uint32_t stamp;
	bool strict, directed;
};

/** @graph is zeroed but for @problems and @err. */
int dot_graph_init(struct dot_graph *graph, const char *source);
void dot_graph_done(struct dot_graph *graph);
int dot_graph_no_memory(const struct dot_graph *graph);

/** Set a text; none for NULL. */
void dot_graph_put(struct draft_value *map, const char *key, const char *text, struct place place);

/** Merge attributes, and keep count: what is inherited is a copy each time. */
int dot_graph_merge(struct dot_graph *graph, struct place place, struct draft_value *to,
		    const struct draft_value *from);

/** The node of that name, into @ret: made where it is first named, with what is the default there.
 */
int dot_graph_node(struct dot_graph *graph, struct dot_scope *scope, const char *name,
		   struct place place, struct dot_names *ret);
/** Its attributes. */
struct draft_value *dot_graph_attributes(const struct dot_graph *graph, size_t number);

/** The nodes of a subgraph, each once, belong to the scope around it as well. */
int dot_graph_close(struct dot_graph *graph, struct dot_names *names, struct dot_scope *outer);

/** An edge from each node of one side to each of the other. */
int dot_graph_join(struct dot_graph *graph, const struct dot_operand *left,
		   const struct dot_operand *right, const struct draft_value *attributes);

void dot_scope_done(struct dot_scope *scope);
void dot_operand_done(struct dot_operand *operand);
