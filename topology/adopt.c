/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Nodes that joined a running network are in no file. A change of that network by its file keeps
 * them: whoever started one by itself ends it by itself.
 */

#include <assert.h>
#include <stdlib.h>

#include "base/error.h"
#include "topology/model.h"

static int no_memory(struct ncrun_error *err)
{
	return error_set(err, ENOMEM, "no memory for nodes that have joined");
}

/** Routes that were computed are computed again. */
static void routes_forget(struct node *node)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->route_count; i++) {
		if (node->routes[i].assigned)
			route_done(&node->routes[i]);
		else
			node->routes[kept++] = node->routes[i];
	}
	node->route_count = kept;
}

static void interface_forget(struct interface *interface)
{
	size_t kept = 0;

	for (size_t i = 0; i < interface->address_count; i++)
		if (!interface->addresses[i].assigned)
			interface->addresses[kept++] = interface->addresses[i];
	interface->address_count = kept;
	interface->index = 0;
	interface->place = (struct place){.line = 0};
	if (interface->mac_assigned)
		interface->mac_set = interface->mac_assigned = false;
	if (!interface->name_assigned)
		return;
	free(interface->name);
	interface->name = NULL;
	interface->name_assigned = false;
}

static int node_adopt(struct ncrun_topology *topology, const struct node *from,
		      struct ncrun_error *err)
{
	_cleanup_(node_freep) struct node *node = node_copy(from);
	int r;

	if (!node)
		return no_memory(err);
	node->place = (struct place){.line = 0}; /* it is in no file */
	routes_forget(node);
	r = topology_insert_node(topology, node, err);
	if (r == 0)
		take_ptr(node);
	return r;
}

static int link_adopt(struct ncrun_topology *topology, const struct link *from,
		      struct ncrun_error *err)
{
	struct node *nodes[2] = {NULL, NULL};
	struct link *link = NULL;
	int r;

	for (int end = 0; end < 2 && from->ends[end].node; end++) {
		nodes[end] = topology_node(topology, from->ends[end].node->name);
		if (!nodes[end])
			return 0;
	}
	assert(nodes[0]);
	r = topology_add_link(topology, nodes[0], nodes[1], &link, err);
	if (r < 0)
		return r;
	assert(link);
	link->kind = from->kind;
	for (int end = 0; end < 2 && from->ends[end].node; end++) {
		if (interface_copy(&link->ends[end], &from->ends[end]) < 0)
			return no_memory(err);
		interface_forget(&link->ends[end]);
	}
	return 0;
}

/** Is it to be adopted? */
static bool node_is_guest(const struct ncrun_topology *topology, const struct node *node)
{
	return node_joined(node) && !node->gone && !topology_node(topology, node->name);
}

int topology_adopt(struct ncrun_topology *topology, const struct ncrun_topology *running,
		   size_t *ret_count, struct ncrun_error *err)
{
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < running->node_count; i++) {
		struct node *node = running->nodes[i];

		node->mark = node_is_guest(topology, node);
		count += node->mark;
		if (node->mark)
			r = node_adopt(topology, node, err);
	}
	for (size_t i = 0; r == 0 && count > 0 && i < running->link_count; i++) {
		const struct link *link = running->links[i];

		if (link->ends[0].node->mark || (link->ends[1].node && link->ends[1].node->mark))
			r = link_adopt(topology, link, err);
	}
	*ret_count = count;
	return r;
}
