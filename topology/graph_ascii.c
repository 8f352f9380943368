/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A picture for a terminal: from the node with the most links down, nearest first. Of the
 * branches of a node the largest comes last and is not indented, so that a chain of a
 * hundred routers is as wide as one. Links that close a circle name the node they go to.
 *
 *	lan (switch)
 *	|-- a  eth0 10.0.0.1/24
 *	`-- b  eth0 10.0.0.2/24  {delay: 20ms}
 */

#include <stdlib.h>
#include <string.h>

#include "topology/picture.h"

#define NOBODY SIZE_MAX

/** struct sketch - the tree in the graph, by numbers of nodes and links */
struct sketch {
	const struct picture *picture;
	size_t *first, *links_of; /* owned: links of node i are links_of[first[i] ... first[i+1]] */
	size_t *up;               /* owned: the link to its parent */
	size_t *size;             /* owned: of its subtree */
	size_t *order;            /* owned: as they were reached */
	size_t reached;
	bool *drawn; /* owned: links */
};

static void sketch_done(struct sketch *sketch)
{
	free(sketch->first);
	free(sketch->links_of);
	free(sketch->up);
	free(sketch->size);
	free(sketch->order);
	free(sketch->drawn);
}

static size_t other_node(const struct picture_link *link, size_t node)
{
	return link->ends[link->ends[0].node == node].node;
}

static void sketch_index(struct sketch *sketch)
{
	const struct picture *picture = sketch->picture;
	size_t *next = sketch->size; /* is not needed yet */

	for (size_t i = 0; i < picture->link_count; i++)
		for (int end = 0; end < picture->links[i].end_count; end++)
			sketch->first[picture->links[i].ends[end].node + 1]++;
	for (size_t i = 0; i < picture->node_count; i++) {
		sketch->first[i + 1] += sketch->first[i];
		next[i] = sketch->first[i];
	}
	for (size_t i = 0; i < picture->link_count; i++)
		for (int end = 0; end < picture->links[i].end_count; end++)
			sketch->links_of[next[picture->links[i].ends[end].node]++] = i;
}

static size_t degree(const struct sketch *sketch, size_t node)
{
	return sketch->first[node + 1] - sketch->first[node];
}

/** Breadth first, so that each node hangs where it is nearest. */
static void sketch_reach(struct sketch *sketch, size_t root)
{
	const struct picture *picture = sketch->picture;
	size_t at = sketch->reached;

	sketch->order[sketch->reached++] = root;
	sketch->size[root] = 1;
	for (; at < sketch->reached; at++) {
		size_t node = sketch->order[at];

		for (size_t i = sketch->first[node]; i < sketch->first[node + 1]; i++) {
			const struct picture_link *link = &picture->links[sketch->links_of[i]];
			size_t other = other_node(link, node);

			if (link->end_count < 2 || sketch->size[other])
				continue;
			sketch->size[other] = 1;
			sketch->up[other] = sketch->links_of[i];
			sketch->order[sketch->reached++] = other;
		}
	}
}

/** The part of the graph around that node, from the one in it that has the most links. */
static void sketch_reach_part(struct sketch *sketch, size_t node)
{
	size_t start = sketch->reached, root = node;

	sketch_reach(sketch, node);
	for (size_t i = start; i < sketch->reached; i++) {
		size_t reached = sketch->order[i];

		if (degree(sketch, reached) > degree(sketch, root))
			root = reached;
		sketch->size[reached] = 0;
		sketch->up[reached] = NOBODY;
	}
	sketch->reached = start;
	sketch_reach(sketch, root);
}

static void sketch_measure(struct sketch *sketch)
{
	for (size_t i = sketch->reached; i-- > 0;) {
		size_t node = sketch->order[i];

		if (sketch->up[node] != NOBODY)
			sketch->size[other_node(&sketch->picture->links[sketch->up[node]], node)] +=
				sketch->size[node];
	}
}

/** The node, with what is not plain about it. */
static void draw_name(const struct sketch *sketch, size_t node, struct text *out)
{
	const struct picture_node *drawn = &sketch->picture->nodes[node];

	text_append(out, drawn->node->name);
	if (drawn->node->kind != NODE_KIND_HOST)
		text_printf(out, " (%s)", node_kind_name(drawn->node->kind));
	if (drawn->node->uplink)
		text_append(out, " [uplink]");
	if (drawn->state && !text_equal(drawn->state, "running"))
		text_printf(out, " [%s]", drawn->state);
}

static void draw_interface(const struct sketch *sketch, const struct picture_end *end,
			   const char *before, struct text *out)
{
	if (node_is_switch(sketch->picture->nodes[end->node].node))
		return;
	text_printf(out, "%s%s", before, end->interface->name ? end->interface->name : "?");
	if (*end->addresses)
		text_printf(out, " %s", end->addresses);
}

/** @near: the end at the node that was named. */
static void draw_link(const struct sketch *sketch, const struct picture_end *near,
		      const struct picture_end *far, struct text *out)
{
	draw_interface(sketch, near, "  ", out);
	if (far)
		draw_interface(sketch, far,
			       node_is_switch(sketch->picture->nodes[near->node].node) ? "  -- "
										       : " -- ",
			       out);
	if (far && text_equal(near->impairment, far->impairment)) {
		if (*near->impairment)
			text_printf(out, "  {%s}", near->impairment);
	} else {
		if (*near->impairment)
			text_printf(out, "  {out: %s}", near->impairment);
		if (far && *far->impairment)
			text_printf(out, "  {in: %s}", far->impairment);
	}
	if (near->down || (far && far->down))
		text_append(out, "  [down]");
	else if (near->no_carrier || (far && far->no_carrier))
		text_append(out, "  [no carrier]");
}

/** Is the link drawn as a branch of that node, and not as a reference? */
static bool is_branch(const struct sketch *sketch, size_t node, size_t link)
{
	const struct picture_link *drawn = &sketch->picture->links[link];

	return drawn->end_count == 2 && sketch->up[other_node(drawn, node)] == link &&
	       other_node(drawn, node) != node;
}

/** The largest branch; NOBODY if there is none that has branches itself. */
static size_t last_branch(const struct sketch *sketch, size_t node)
{
	size_t best = NOBODY, most = 1;

	for (size_t i = sketch->first[node]; i < sketch->first[node + 1]; i++) {
		size_t link = sketch->links_of[i], size;

		if (!is_branch(sketch, node, link))
			continue;
		size = sketch->size[other_node(&sketch->picture->links[link], node)];
		if (size > most) {
			most = size;
			best = link;
		}
	}
	return best;
}

static void draw_below(struct sketch *sketch, size_t node, struct text *indent, struct text *out);

/** One link of a node, and what hangs on it. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree of nodes that is drawn */
static void draw_branch(struct sketch *sketch, size_t node, size_t number, bool last,
			struct text *indent, struct text *out)
{
	const struct picture_link *link = &sketch->picture->links[number];
	int near = link->end_count == 2 && link->ends[0].node == node;
	size_t other = link->ends[near].node, length = indent->length;

	sketch->drawn[number] = true;
	text_printf(out, "%s%s ", text_string(indent), last ? "`--" : "|--");
	if (link->end_count == 1) {
		text_append(out, "(dummy)");
		draw_link(sketch, &link->ends[0], NULL, out);
	} else {
		if (!is_branch(sketch, node, number))
			text_append(out, "-> "); /* is drawn elsewhere */
		draw_name(sketch, other, out);
		draw_link(sketch, &link->ends[near], &link->ends[!near], out);
	}
	text_append_char(out, '\n');
	if (!is_branch(sketch, node, number))
		return;
	text_append(indent, last ? "    " : "|   ");
	draw_below(sketch, other, indent, out);
	indent->length = length;
	indent->chars[length] = '\0';
}

/** Will there be another branch behind this one? A link from a node to itself stands there twice.
 */
static bool has_undrawn(const struct sketch *sketch, size_t from, size_t to)
{
	size_t number = sketch->links_of[from++];

	while (from < to &&
	       (sketch->drawn[sketch->links_of[from]] || sketch->links_of[from] == number))
		from++;
	return from < to;
}

/** All that hangs on a node; its largest branch goes on where it stands itself. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void draw_below(struct sketch *sketch, size_t node, struct text *indent, struct text *out)
{
	for (;;) {
		size_t chain = last_branch(sketch, node), end = sketch->first[node + 1];
		const struct picture_link *link;
		int near;

		if (chain != NOBODY)
			sketch->drawn[chain] = true;
		for (size_t i = sketch->first[node]; i < end; i++) {
			size_t number = sketch->links_of[i];

			if (!sketch->drawn[number])
				draw_branch(sketch, node, number,
					    chain == NOBODY && !has_undrawn(sketch, i, end), indent,
					    out);
		}
		if (chain == NOBODY)
			return;
		link = &sketch->picture->links[chain];
		near = link->ends[0].node == node;
		text_printf(out, "%s|\n%s", text_string(indent), text_string(indent));
		node = link->ends[near].node;
		draw_name(sketch, node, out);
		draw_link(sketch, &link->ends[near], &link->ends[!near], out);
		text_append_char(out, '\n');
	}
}

void picture_draw_ascii(const struct picture *picture, struct text *out)
{
	_cleanup_(sketch_done) struct sketch sketch = {
		.picture = picture,
		.first = calloc(picture->node_count + 2, sizeof(size_t)),
		.links_of = calloc(2 * picture->link_count + 1, sizeof(size_t)),
		.up = calloc(picture->node_count + 1, sizeof(size_t)),
		.size = calloc(picture->node_count + 1, sizeof(size_t)),
		.order = calloc(picture->node_count + 1, sizeof(size_t)),
		.drawn = calloc(picture->link_count + 1, sizeof(bool)),
	};
	_cleanup_text_ struct text indent = {0};

	if (!sketch.first || !sketch.links_of || !sketch.up || !sketch.size || !sketch.order ||
	    !sketch.drawn) {
		out->failed = true;
		return;
	}
	sketch_index(&sketch);
	memset(sketch.size, 0, picture->node_count * sizeof(size_t));
	memset(sketch.up, 0xff, picture->node_count * sizeof(size_t));
	for (size_t i = 0; i < picture->node_count; i++)
		if (!sketch.size[i])
			sketch_reach_part(&sketch, i);
	sketch_measure(&sketch);
	for (size_t i = 0; i < picture->node_count; i++) {
		size_t root = sketch.order[i];

		if (sketch.up[root] != NOBODY)
			continue;
		text_append(out, i > 0 ? "\n" : "");
		draw_name(&sketch, root, out);
		text_append_char(out, '\n');
		draw_below(&sketch, root, &indent, out);
	}
}
