/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What there is to see of a network: every format of graph.c draws this. */

#include "base/text.h"
#include "topology/model.h"

/** struct picture_end - one end of a link, as texts; "" = none */
struct picture_end {
	size_t node; /* its number */
	const struct interface *interface;
	char *addresses;  /* owned; "10.0.0.1/24 fd00::1/64" */
	char *impairment; /* owned; "delay: 20ms, loss: 0.1%" of what leaves here */
	bool down;
	bool no_carrier;
};

struct picture_link {
	struct picture_end ends[2];
	int end_count;
};

/** struct picture_node - @state: "running", ...; NULL = not known, or a switch */
struct picture_node {
	const struct node *node;
	const char *state; /* borrowed of nobody: a literal */
};

/** struct picture - of a completed topology, which it borrows from */
struct picture {
	const char *name;           /* "" = none */
	struct picture_node *nodes; /* owned */
	size_t node_count;
	struct picture_link *links; /* owned */
	size_t link_count;
};

/** Marks the nodes of the topology. */
int picture_new(struct ncrun_topology *topology, struct picture **ret, struct ncrun_error *err);
struct picture *picture_free(struct picture *picture);
DEFINE_CLEANUP(struct picture *, picture_free);

/** Put in what runs now and which ends are up (picture_state.c); of the picture's own network. */
int picture_look(struct picture *picture, struct ncrun_network *network, struct ncrun_error *err);

/* ---- formats (graph_*.c); out of memory is remembered by the text ------------------------- */

void picture_draw_dot(const struct picture *picture, struct text *out);
void picture_draw_ascii(const struct picture *picture, struct text *out);
void picture_draw_json(const struct picture *picture, struct text *out);
