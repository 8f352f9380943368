/* SPDX-License-Identifier: Apache-2.0 */

/* A picture in Graphviz' language. What it says of a network is read back by read_dot.c. */

#include "topology/dot.h"
#include "topology/picture.h"

static const char *const shapes[] = {
	[NODE_KIND_HOST] = "box",
	[NODE_KIND_ROUTER] = "ellipse",
	[NODE_KIND_NAT] = "hexagon",
	[NODE_KIND_SWITCH] = "box3d",
};

/** Colours of X11's, which every output of Graphviz knows. */
static const char *node_colour(const struct picture_node *node)
{
	if (!node->state)
		return "black";
	if (text_equal(node->state, "running"))
		return "forestgreen";
	return text_equal(node->state, "paused") ? "goldenrod" : "firebrick";
}

static void draw_node(const struct picture_node *node, struct text *out)
{
	text_append(out, "  ");
	dot_append_string(out, node->node->name);
	text_printf(out, " [type=%s, shape=%s", node_kind_name(node->node->kind),
		    shapes[node->node->kind]);
	if (node->node->uplink)
		text_append(out, ", uplink=true");
	if (node->state)
		text_printf(out, ", color=%s, tooltip=\"%s\"", node_colour(node), node->state);
	text_append(out, "]\n");
}

/** The interface and its addresses, a line each; the port of a switch says nothing. */
static void draw_end(const struct picture *picture, const struct picture_end *end,
		     const char *attribute, struct text *out)
{
	_cleanup_text_ struct text label = {0};

	if (node_is_switch(picture->nodes[end->node].node) && !end->down)
		return;
	if (end->interface->name)
		text_append(&label, end->interface->name);
	if (end->down)
		text_append(&label, " (down)");
	for (const char *c = end->addresses; *c; c++) {
		if (c == end->addresses)
			text_append_char(&label, '\n');
		text_append_char(&label, (char)(*c == ' ' ? '\n' : *c));
	}
	text_printf(out, "%s=", attribute);
	dot_append_string(out, text_string(&label));
	text_append(out, ", ");
}

/** Impairments of both directions once, if they are the same. */
static void draw_impairment(const struct picture *picture, const struct picture_link *link,
			    struct text *out)
{
	const struct picture_end *ends = link->ends;
	_cleanup_text_ struct text label = {0};

	if (link->end_count == 2 && text_equal(ends[0].impairment, ends[1].impairment)) {
		text_append(&label, ends[0].impairment);
	} else {
		for (int i = 0; i < link->end_count; i++)
			if (*ends[i].impairment)
				text_printf(&label, "%s%s: %s", label.length > 0 ? "\n" : "",
					    picture->nodes[ends[i].node].node->name,
					    ends[i].impairment);
	}
	if (label.length == 0)
		return;
	text_append(out, "label=");
	dot_append_string(out, text_string(&label));
	text_append(out, ", ");
}

static void draw_link(const struct picture *picture, const struct picture_link *link,
		      struct text *out)
{
	const struct picture_end *ends = link->ends;
	bool down = ends[0].down || ends[1].down || ends[0].no_carrier || ends[1].no_carrier;

	text_append(out, "  ");
	dot_append_string(out, picture->nodes[ends[0].node].node->name);
	text_append(out, " -- ");
	dot_append_string(out, picture->nodes[ends[link->end_count - 1].node].node->name);
	text_append(out, " [");
	if (link->end_count == 1)
		text_append(out, "kind=dummy, ");
	draw_end(picture, &ends[0], "taillabel", out);
	if (link->end_count == 2)
		draw_end(picture, &ends[1], "headlabel", out);
	draw_impairment(picture, link, out);
	text_printf(out, "style=%s, color=%s]\n", down ? "dashed" : "solid",
		    down ? "firebrick" : "black");
}

void picture_draw_dot(const struct picture *picture, struct text *out)
{
	text_append(out, "graph ");
	if (*picture->name) {
		dot_append_string(out, picture->name);
		text_append_char(out, ' ');
	}
	text_append(out, "{\n"
			 "  graph [overlap=false, splines=true, fontname=\"sans-serif\"]\n"
			 "  node [fontname=\"sans-serif\"]\n"
			 "  edge [fontname=\"sans-serif\", fontsize=9]\n");
	for (size_t i = 0; i < picture->node_count; i++)
		draw_node(&picture->nodes[i], out);
	for (size_t i = 0; i < picture->link_count; i++)
		draw_link(picture, &picture->links[i], out);
	text_append(out, "}\n");
}
