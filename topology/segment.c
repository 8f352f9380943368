/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is one segment is found by joining: a vertex is what one switch does with one VLAN,
 * and a link between switches joins the vertices whose frames pass it. Without VLAN filtering
 * there is one vertex for each switch.
 */

#include "topology/segment.h"

#include <stdlib.h>

#include "base/error.h"

#define NO_SEGMENT UINT32_MAX
#define VLANS      4096

/** struct domains - the vertices; tag 0 is what travels untagged */
struct domains {
	uint32_t *parents;    /* owned; by vertex */
	uint32_t *segments;   /* owned; of the vertex that stands for its domain */
	uint16_t tags[VLANS]; /* number of a tag among those that matter */
	size_t tag_count;
	bool matters[VLANS];
};

static void domains_done(struct domains *domains)
{
	free(domains->parents);
	free(domains->segments);
}
#define _cleanup_domains_ _cleanup_(domains_done)

static uint32_t domain_of(struct domains *domains, uint32_t vertex)
{
	while (domains->parents[vertex] != vertex) {
		domains->parents[vertex] = domains->parents[domains->parents[vertex]];
		vertex = domains->parents[vertex];
	}
	return vertex;
}

static uint16_t switch_default_vlan(const struct node *node)
{
	return node->bridge.default_vlan ? node->bridge.default_vlan : 1;
}

static uint16_t port_vlan(const struct interface *port)
{
	return port->vlan.access ? port->vlan.access : switch_default_vlan(port->node);
}

static bool port_passes(const struct interface *port, unsigned int tag)
{
	for (size_t i = 0; i < port->vlan.trunk_count; i++)
		if (tag >= port->vlan.trunk[i].first && tag <= port->vlan.trunk[i].last)
			return true;
	return false;
}

/** Where frames with @tag on the wire go in at @port; false: nowhere. */
static bool port_vertex(const struct domains *domains, const struct interface *port,
			unsigned int tag, uint32_t *ret)
{
	if (port->node->bridge.vlan_filtering) {
		if (tag == 0)
			tag = port_vlan(port);
		else if (!port_passes(port, tag))
			return false;
	}
	*ret = port->node->mark * (uint32_t)domains->tag_count + domains->tags[tag % VLANS];
	return true;
}

/** Tags that only pass through switches join nothing: those of ports matter. */
static void domains_collect_tags(struct domains *domains, const struct ncrun_topology *topology)
{
	domains->matters[0] = true;
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];

		if (!node_is_switch(node) || !node->bridge.vlan_filtering)
			continue;
		domains->matters[switch_default_vlan(node) % VLANS] = true;
		for (size_t k = 0; k < node->interface_count; k++)
			domains->matters[port_vlan(node->interfaces[k]) % VLANS] = true;
	}
	for (size_t tag = 0; tag < VLANS; tag++)
		if (domains->matters[tag])
			domains->tags[tag] = (uint16_t)domains->tag_count++;
}

static void domains_join(struct domains *domains, const struct link *link)
{
	uint32_t a, b;

	for (unsigned int tag = 0; tag < VLANS; tag++)
		if (domains->matters[tag] && port_vertex(domains, &link->ends[0], tag, &a) &&
		    port_vertex(domains, &link->ends[1], tag, &b))
			domains->parents[domain_of(domains, a)] = domain_of(domains, b);
}

static bool link_joins_switches(const struct link *link)
{
	return link->ends[0].node && link->ends[1].node && node_is_switch(link->ends[0].node) &&
	       node_is_switch(link->ends[1].node);
}

static int domains_find(const struct ncrun_topology *topology, struct domains *domains,
			struct ncrun_error *err)
{
	size_t count;

	domains_collect_tags(domains, topology);
	count = topology->node_count * domains->tag_count;
	domains->parents = calloc(count + 1, sizeof(*domains->parents));
	domains->segments = calloc(count + 1, sizeof(*domains->segments));
	if (!domains->parents || !domains->segments)
		return error_set(err, ENOMEM, "no memory for segments");
	for (uint32_t i = 0; i < count; i++) {
		domains->parents[i] = i;
		domains->segments[i] = NO_SEGMENT;
	}
	for (size_t i = 0; i < topology->link_count; i++)
		if (link_joins_switches(topology->links[i]))
			domains_join(domains, topology->links[i]);
	return 0;
}

/** The segment of an end at @port of a switch, or of a link without one (@port NULL). */
static uint32_t segment_of(struct segments *segments, struct domains *domains,
			   const struct link *link, const struct interface *port)
{
	uint32_t *of_domain = NULL, vertex;

	if (port && port_vertex(domains, port, 0, &vertex)) {
		of_domain = &domains->segments[domain_of(domains, vertex)];
		if (*of_domain != NO_SEGMENT)
			return *of_domain;
		*of_domain = (uint32_t)segments->count;
	}
	segments->items[segments->count] =
		(struct segment){.place = link->place, .switched = of_domain};
	return (uint32_t)segments->count++;
}

/** Switches ask for their first VLAN only: two segments cannot share a subnet. */
static void segments_take_subnets(struct segments *segments, struct domains *domains,
				  const struct ncrun_topology *topology)
{
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];
		const struct interface port = {.node = topology->nodes[i]};
		uint32_t vertex, segment;

		if (!node_is_switch(node) || !port_vertex(domains, &port, 0, &vertex))
			continue;
		segment = domains->segments[domain_of(domains, vertex)];
		for (size_t k = 0; segment != NO_SEGMENT && k < 2; k++) {
			struct netns_prefix *subnet;

			if (!node->subnets[k].ip.family)
				continue;
			subnet = &segments->items[segment]
					  .subnets[family_index(node->subnets[k].ip.family)];
			if (!subnet->ip.family)
				*subnet = netns_prefix_network(&node->subnets[k]);
		}
	}
}

/** Put the ends where they belong; @of has the segment of each. */
static void segments_fill(struct segments *segments, const struct ncrun_topology *topology,
			  const uint32_t *of)
{
	struct interface **next = segments->members;

	for (size_t i = 0; i < segments->count; i++) {
		segments->items[i].members = next;
		next += segments->items[i].member_count;
		segments->items[i].member_count = 0;
	}
	for (size_t i = 0; i < 2 * topology->link_count; i++)
		if (of[i] != NO_SEGMENT) {
			struct segment *segment = &segments->items[of[i]];

			segment->members[segment->member_count++] =
				&topology->links[i / 2]->ends[i % 2];
		}
}

int segments_find(const struct ncrun_topology *topology, struct segments *ret,
		  struct ncrun_error *err)
{
	_cleanup_segments_ struct segments segments = {0};
	_cleanup_domains_ struct domains domains = {0};
	_cleanup_free_ uint32_t *of = calloc(2 * topology->link_count + 1, sizeof(*of));
	int r;

	for (size_t i = 0; i < topology->node_count; i++)
		topology->nodes[i]->mark = (uint32_t)i;
	r = domains_find(topology, &domains, err);
	if (r < 0)
		return r;
	segments.items = calloc(topology->link_count + 1, sizeof(*segments.items));
	segments.members = calloc(2 * topology->link_count + 1, sizeof(struct interface *));
	if (!of || !segments.items || !segments.members)
		return error_set(err, ENOMEM, "no memory for segments");
	for (size_t i = 0; i < topology->link_count; i++) {
		const struct link *link = topology->links[i];
		uint32_t shared = NO_SEGMENT;

		for (int end = 0; end < 2; end++) {
			const struct interface *here = &link->ends[end], *there = &link->ends[!end];
			const struct interface *port =
				there->node && node_is_switch(there->node) ? there : NULL;

			of[2 * i + (size_t)end] = NO_SEGMENT;
			if (!here->node || node_is_switch(here->node))
				continue;
			if (shared == NO_SEGMENT)
				shared = segment_of(&segments, &domains, link, port);
			of[2 * i + (size_t)end] = shared;
			segments.items[shared].member_count++;
		}
	}
	segments_fill(&segments, topology, of);
	segments_take_subnets(&segments, &domains, topology);
	*ret = segments;
	segments = (struct segments){0};
	return 0;
}

void segments_done(struct segments *segments)
{
	free(segments->items);
	free(segments->members);
	*segments = (struct segments){0};
}
