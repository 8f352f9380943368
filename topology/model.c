/* SPDX-License-Identifier: Apache-2.0 */

/* Topologies: nodes and links are put in and taken out here. */

#include "topology/model.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "base/name.h"

/** struct node_index - nodes by name: open addressing, at most half full */
struct node_index {
	struct node **slots; /* owned list of borrowed */
	size_t size;         /* a power of two, or 0 */
};

const char *node_kind_name(enum node_kind kind)
{
	static const char *const names[] = {
		[NODE_KIND_HOST] = "host",
		[NODE_KIND_ROUTER] = "router",
		[NODE_KIND_NAT] = "nat",
		[NODE_KIND_SWITCH] = "switch",
	};

	return names[kind];
}

/* ---- the index ------------------------------------------------------------------ */

/** Where the name is, or would be. */
static size_t index_find(const struct node_index *index, const char *name)
{
	size_t at = text_slot(name) & (index->size - 1);

	while (index->slots[at] && !text_equal(index->slots[at]->name, name))
		at = (at + 1) & (index->size - 1);
	return at;
}

static int index_grow(struct node_index *index)
{
	struct node_index grown = {.size = index->size ? index->size * 2 : 32};

	grown.slots = calloc(grown.size, sizeof(struct node *));
	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; i < index->size; i++)
		if (index->slots[i])
			grown.slots[index_find(&grown, index->slots[i]->name)] = index->slots[i];
	free(index->slots);
	*index = grown;
	return 0;
}

static void index_remove(struct node_index *index, const char *name)
{
	size_t mask = index->size - 1;
	size_t at = index_find(index, name);

	index->slots[at] = NULL;
	/* what stood behind it may have wanted to stand here */
	for (at = (at + 1) & mask; index->slots[at]; at = (at + 1) & mask) {
		struct node *moved = take_ptr(index->slots[at]);

		index->slots[index_find(index, moved->name)] = moved;
	}
}

/* ---- topologies ------------------------------------------------------------------- */

int topology_new(const char *source, struct ncrun_topology **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		calloc(1, sizeof(*topology));

	if (!topology)
		return error_errno(err, "allocate a topology");
	topology->references = 1;
	topology->source = strdup(source);
	topology->index = calloc(1, sizeof(*topology->index));
	if (!topology->source || !topology->index)
		return error_set(err, ENOMEM, "no memory for a topology");
	*ret = take_ptr(topology);
	return 0;
}

NCRUN_API struct ncrun_topology *ncrun_topology_ref(struct ncrun_topology *topology)
{
	topology->references++;
	return topology;
}

NCRUN_API struct ncrun_topology *ncrun_topology_unref(struct ncrun_topology *topology)
{
	if (!topology || --topology->references > 0)
		return NULL;
	for (size_t i = 0; i < topology->link_count; i++)
		link_free(topology->links[i]);
	for (size_t i = 0; i < topology->node_count; i++)
		node_free(topology->nodes[i]);
	free(topology->links);
	free(topology->nodes);
	if (topology->index)
		free(topology->index->slots);
	free(topology->index);
	problems_done(&topology->problems);
	free(topology->source);
	free(topology->name);
	free(topology);
	return NULL;
}

NCRUN_API const char *ncrun_topology_name(const struct ncrun_topology *topology)
{
	return topology->name;
}

/* ---- nodes -------------------------------------------------------------------------- */

static int node_new(const char *name, struct node **ret)
{
	_cleanup_(node_freep) struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return -ENOMEM;
	node->limits = NCRUN_LIMITS_INIT;
	node->name = strdup(name);
	if (!node->name)
		return -ENOMEM;
	*ret = take_ptr(node);
	return 0;
}

int topology_insert_node(struct ncrun_topology *topology, struct node *node,
			 struct ncrun_error *err)
{
	struct node_index *index = topology->index;

	if (topology_node(topology, node->name))
		return error_set(err, EEXIST, "node '%s' is there already", node->name);
	if (topology->node_count == TOPOLOGY_NODES_MAX)
		return error_set(err, ENOSPC, "node '%s': more than %d nodes", node->name,
				 TOPOLOGY_NODES_MAX);
	if (array_grow((void **)&topology->nodes, topology->node_count, sizeof(struct node *)) <
		    0 ||
	    (2 * (topology->node_count + 1) > index->size && index_grow(index) < 0))
		return error_set(err, ENOMEM, "node '%s': no memory", node->name);
	index->slots[index_find(index, node->name)] = node;
	topology->nodes[topology->node_count++] = node;
	return 0;
}

int topology_add_node(struct ncrun_topology *topology, const char *name, struct node **ret,
		      struct ncrun_error *err)
{
	_cleanup_(node_freep) struct node *node = NULL;
	int r = name_check("node", name, err);

	if (r < 0)
		return r;
	if (node_new(name, &node) < 0)
		return error_set(err, ENOMEM, "node '%s': no memory", name);
	r = topology_insert_node(topology, node, err);
	if (r < 0)
		return r;
	*ret = take_ptr(node);
	return 0;
}

struct node *topology_node(const struct ncrun_topology *topology, const char *name)
{
	const struct node_index *index = topology->index;

	return index->size ? index->slots[index_find(index, name)] : NULL;
}

/** Take the pointer out; the order of the others stays. */
static void list_remove(void **list, size_t *count, const void *item)
{
	size_t i = *count - 1; /* what was added last is what goes most often */

	while (list[i] != item)
		i--;
	(*count)--;
	memmove(list + i, list + i + 1, (*count - i) * sizeof(*list));
}

void topology_remove_node(struct ncrun_topology *topology, struct node *node)
{
	while (node->interface_count > 0)
		topology_remove_link(topology, node->interfaces[node->interface_count - 1]->link);
	index_remove(topology->index, node->name);
	list_remove((void **)topology->nodes, &topology->node_count, node);
	node_free(node);
}

/* ---- links -------------------------------------------------------------------------- */

int topology_add_link(struct ncrun_topology *topology, struct node *a, struct node *b,
		      struct link **ret, struct ncrun_error *err)
{
	struct node *nodes[] = {a, b};
	_cleanup_(link_freep) struct link *link = NULL;

	if (topology->link_count == TOPOLOGY_LINKS_MAX)
		return error_set(err, ENOSPC, "link of '%s': more than %d links", a->name,
				 TOPOLOGY_LINKS_MAX);
	link = calloc(1, sizeof(*link));
	if (!link ||
	    array_grow((void **)&topology->links, topology->link_count, sizeof(struct link *)) < 0)
		return error_set(err, ENOMEM, "link of '%s': no memory", a->name);
	link->kind = b ? LINK_KIND_VETH : LINK_KIND_DUMMY;
	for (int i = 0; i < 2 && nodes[i]; i++) {
		/* a link of a node to itself adds two */
		if (array_grow((void **)&nodes[i]->interfaces,
			       nodes[i]->interface_count + (i == 1 && a == b),
			       sizeof(struct interface *)) < 0)
			return error_set(err, ENOMEM, "link of '%s': no memory", a->name);
		link->ends[i].node = nodes[i];
		link->ends[i].link = link;
	}
	for (int i = 0; i < 2 && nodes[i]; i++)
		nodes[i]->interfaces[nodes[i]->interface_count++] = &link->ends[i];
	topology->links[topology->link_count++] = link;
	*ret = take_ptr(link);
	return 0;
}

void topology_remove_link(struct ncrun_topology *topology, struct link *link)
{
	for (int i = 0; i < 2; i++) {
		struct node *node = link->ends[i].node;

		if (node)
			list_remove((void **)node->interfaces, &node->interface_count,
				    &link->ends[i]);
	}
	list_remove((void **)topology->links, &topology->link_count, link);
	link_free(link);
}

struct interface *node_interface(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->interface_count; i++)
		if (node->interfaces[i]->name && text_equal(node->interfaces[i]->name, name))
			return node->interfaces[i];
	return NULL;
}

struct interface *interface_peer(const struct interface *interface)
{
	struct link *link = interface->link;
	struct interface *peer;

	if (!link)
		return NULL;
	peer = interface == &link->ends[0] ? &link->ends[1] : &link->ends[0];
	return peer->node ? peer : NULL;
}

/* ---- copies ------------------------------------------------------------------------- */

static int copy_nodes(const struct ncrun_topology *topology, struct ncrun_topology *copy,
		      struct ncrun_error *err)
{
	for (size_t i = 0; i < topology->node_count; i++) {
		_cleanup_(node_freep) struct node *node = node_copy(topology->nodes[i]);
		int r;

		if (!node)
			return error_set(err, ENOMEM, "no memory for a copy of a topology");
		r = topology_insert_node(copy, node, err);
		if (r < 0)
			return r;
		take_ptr(node);
	}
	return 0;
}

static int copy_links(const struct ncrun_topology *topology, struct ncrun_topology *copy,
		      struct ncrun_error *err)
{
	for (size_t i = 0; i < topology->link_count; i++) {
		const struct link *from = topology->links[i];
		struct node *nodes[2] = {0};
		struct link *link = NULL;
		int r;

		for (int end = 0; end < 2 && from->ends[end].node; end++)
			nodes[end] = topology_node(copy, from->ends[end].node->name);
		assert(nodes[0]);
		r = topology_add_link(copy, nodes[0], nodes[1], &link, err);
		if (r < 0)
			return r;
		assert(link);
		link->place = from->place;
		link->kind = from->kind;
		for (int end = 0; end < 2 && from->ends[end].node; end++)
			if (interface_copy(&link->ends[end], &from->ends[end]) < 0)
				return error_set(err, ENOMEM, "no memory for a copy of a topology");
	}
	return 0;
}

int topology_copy(const struct ncrun_topology *topology, struct ncrun_topology **ret,
		  struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *copy = NULL;
	int r = topology_new(topology->source, &copy, err);

	if (r < 0)
		return r;
	assert(copy);
	copy->name_place = topology->name_place;
	copy->routing = topology->routing;
	copy->no_ipv4 = topology->no_ipv4;
	copy->no_ipv6 = topology->no_ipv6;
	copy->temporary = topology->temporary;
	memcpy(copy->subnets, topology->subnets, sizeof(copy->subnets));
	if (topology->name && !(copy->name = strdup(topology->name)))
		return error_set(err, ENOMEM, "no memory for a copy of a topology");
	r = copy_nodes(topology, copy, err);
	if (r == 0)
		r = copy_links(topology, copy, err);
	if (r < 0)
		return r;
	*ret = take_ptr(copy);
	return 0;
}
