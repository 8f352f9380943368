/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/topology_random.h"

#include <stdio.h>

#include "tests/support/test.h"

#define NODES_MAX 40

unsigned int chance_below(struct chance *chance, unsigned int below)
{
	/* Knuth's MMIX generator; the low bits of such are no good */
	chance->state = chance->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(chance->state >> 33) % below;
}

static struct node *node_by_chance(struct chance *chance, struct ncrun_topology *topology)
{
	static const enum node_kind kinds[] = {NODE_KIND_HOST,   NODE_KIND_HOST, NODE_KIND_ROUTER,
					       NODE_KIND_ROUTER, NODE_KIND_NAT,  NODE_KIND_SWITCH,
					       NODE_KIND_SWITCH};
	struct ncrun_error err = {0};
	struct node *node;
	char name[16];

	if (topology->node_count > 1 &&
	    (topology->node_count == NODES_MAX || chance_below(chance, 3) > 0))
		return topology->nodes[chance_below(chance, (unsigned int)topology->node_count)];
	snprintf(name, sizeof(name), "x%zu", topology->node_count);
	assert_ok(topology_add_node(topology, name, &node, &err));
	node->kind = kinds[chance_below(chance, sizeof(kinds) / sizeof(kinds[0]))];
	return node;
}

void chance_links(struct chance *chance, struct ncrun_topology *topology, unsigned int links)
{
	struct ncrun_error err = {0};

	while (links > 0) {
		struct node *a = node_by_chance(chance, topology);
		struct node *b = node_by_chance(chance, topology);
		struct link *link;

		/* a switch that has links already may not get one to another such */
		if (a == b || (node_is_switch(a) && node_is_switch(b) && a->interface_count > 0 &&
			       b->interface_count > 0))
			continue;
		assert_ok(topology_add_link(topology, a, b, &link, &err));
		links--;
		for (int end = 0; end < 2; end++) {
			struct interface *interface = &link->ends[end];

			if (interface->node->kind == NODE_KIND_NAT && chance_below(chance, 2))
				interface->bound = BOUND_NORTH;
			interface->down = interface->node->kind == NODE_KIND_HOST &&
					  chance_below(chance, 10) == 0;
		}
	}
}
