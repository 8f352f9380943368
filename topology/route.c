/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Routes. Packets take a way with the fewest routers; of equal ones, the one through the
 * router that stands first in the file. A nat forwards what comes from the south to anywhere, and
 * what comes from the north to nowhere: so nobody north of it has a route to what is south.
 *
 * - Who does not forward and has one router next to it: a default route, nothing else.
 * - Everybody else: a route to every subnet that can be reached, those of the same next hop
 *   joined where they are exactly a larger prefix (so there is no route to what does not exist),
 *   and a default route to the way out: the nearest uplink, else the nearest nat that can be
 *   passed to its north. Without a way out, hosts and nats have the first router next to them as
 *   default, and routers none.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topology/complete.h"
#include "topology/route_table.h"
#include "topology/segment.h"
#include "topology/walk.h"

#define ROUTES_MAX 1000000 /* of one family; the kernel needs 200 bytes for each */

/** struct routing_job - what is used for each node of a family */
struct routing_job {
	struct walk walk;
	struct route_entry *entries; /* owned */
	size_t total, max;           /* routes so far, of all nodes; and how many there may be */
};

static void routing_job_done(struct routing_job *job)
{
	walk_done(&job->walk);
	free(job->entries);
}

/* ---- what is given ------------------------------------------------------------------------- */

/** struct given_routes - what the file says of one node and family */
struct given_routes {
	size_t count; /* of all families */
	bool has_default;
	struct netns_ip gateway; /* of the default, if it has one */
};

/** How many routes the file gives: they stand before those that are computed. */
static size_t given_count(const struct node *node)
{
	size_t count = 0;

	while (count < node->route_count && !node->routes[count].assigned)
		count++;
	return count;
}

/** Only those of the main table count: what others are for is the file's affair. */
static bool route_counts(const struct route *route, int family)
{
	return route->destination.ip.family == family && (route->table == 0 || route->table == 254);
}

static struct given_routes given_routes_find(const struct node *node, int family)
{
	struct given_routes given = {.gateway = node->gateways[family_index(family)],
				     .count = given_count(node)};

	given.has_default = given.gateway.family == family;
	for (size_t i = 0; i < given.count && !given.has_default; i++) {
		const struct route *route = &node->routes[i];

		if (!route_counts(route, family) || route->destination.length > 0)
			continue;
		given.has_default = true;
		if (route->hop_count == 1)
			given.gateway = route->hops[0].via;
	}
	return given;
}

/** Does the file say where packets to all of @prefix go? */
static bool prefix_is_given(const struct node *node, const struct given_routes *given,
			    const struct netns_prefix *prefix)
{
	for (size_t i = 0; i < given->count; i++) {
		const struct route *route = &node->routes[i];

		if (route->destination.length > 0 && route_counts(route, prefix->ip.family) &&
		    route->destination.length <= prefix->length &&
		    netns_prefix_contains(&route->destination, &prefix->ip))
			return true;
	}
	return false;
}

/* ---- of one node --------------------------------------------------------------------------- */

/** The router next to @node that stands first, only to the north if @north; how many there are. */
static const struct attachment *neighbour_first(const struct layer3 *layer3, uint32_t node,
						bool north, size_t *ret_count)
{
	const struct attachment *found = NULL;
	size_t count;
	const struct attachment *const *own = layer3_of_node(layer3, node, &count);

	*ret_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct subnet *subnet = &layer3->subnets[own[i]->subnet];

		for (size_t k = 0; k < subnet->forwarding && (own[i]->north || !north); k++) {
			const struct attachment *at = &subnet->attachments[k];

			if (at->node == node)
				continue;
			(*ret_count)++;
			if (!found || at->node < found->node)
				found = at;
		}
	}
	return found;
}

/** The interface by which the hop is reached, if its address alone does not tell. */
static const struct interface *hop_interface(const struct layer3 *layer3, uint32_t node,
					     const struct attachment *hop)
{
	const struct interface *interface = NULL;
	size_t count, matches = 0;
	const struct attachment *const *own = layer3_of_node(layer3, node, &count);

	for (size_t i = 0; i < count; i++) {
		if (!interface && own[i]->subnet == hop->subnet)
			interface = own[i]->interface;
		matches += netns_prefix_contains(&layer3->subnets[own[i]->subnet].prefix, &hop->ip);
	}
	return matches > 1 ? interface : NULL;
}

static int node_route(struct node *node, const struct layer3 *layer3, struct netns_prefix to,
		      const struct attachment *hop)
{
	const struct interface *interface = hop_interface(layer3, node->mark, hop);
	struct route *route;

	if (node_add_route(node, 1, &route, NULL) < 0)
		return -ENOMEM;
	route->place = node->place;
	route->destination = to;
	route->assigned = true;
	route->hops[0].via = hop->ip;
	if (!interface)
		return 0;
	route->hops[0].interface = strdup(interface->name);
	return route->hops[0].interface ? 0 : -ENOMEM;
}

static int node_route_default(struct node *node, const struct layer3 *layer3,
			      const struct attachment *hop)
{
	return node_route(node, layer3, (struct netns_prefix){.ip.family = layer3->family}, hop);
}

/** Where what no route is for goes; NULL: nowhere, or somewhere that is not computed. */
static const struct attachment *walk_default(const struct walk *walk, const struct node *node)
{
	size_t count;
	bool has_north = node_has_north(walk->layer3, node->mark);

	if (node->uplink)
		return NULL;
	if (walk->uplink)
		return walk->uplink;
	if (walk->nat)
		return walk->nat;
	if (node_forwards(node) && !has_north)
		return NULL;
	return neighbour_first(walk->layer3, node->mark, has_north, &count);
}

/** Whom the file has as the default gateway, if we know it. */
static const struct attachment *given_hop(const struct walk *walk, const struct netns_ip *gateway)
{
	const struct layer3 *layer3 = walk->layer3;

	for (size_t i = 0; i < walk->reached_count && !walk->reached[i].hop; i++) {
		const struct subnet *subnet = &layer3->subnets[walk->reached[i].subnet];

		for (size_t k = 0; k < subnet->forwarding; k++)
			if (netns_ip_equal(&subnet->attachments[k].ip, gateway))
				return &subnet->attachments[k];
	}
	return NULL;
}

/** Everything that was reached, by prefix. */
static size_t walk_table(const struct walk *walk, const struct node *node,
			 const struct given_routes *given, struct route_entry *entries)
{
	const struct layer3 *layer3 = walk->layer3;
	size_t count = 0;

	for (size_t i = 0; i < layer3->subnet_count; i++) {
		const struct sighting *seen = &walk->subnet_seen[layer3->by_prefix[i]];
		const struct subnet *subnet = &layer3->subnets[layer3->by_prefix[i]];
		const struct attachment *hop;

		if (!walk_reached(walk, layer3->by_prefix[i]))
			continue;
		hop = walk->reached[seen->order].hop;
		if (hop && prefix_is_given(node, given, &subnet->prefix))
			continue;
		entries[count++] = (struct route_entry){
			.first = subnet->first,
			.length = subnet->prefix.length,
			.order = seen->order,
			.hop = hop,
		};
	}
	return count;
}

static int node_compute(struct node *node, struct routing_job *job)
{
	struct walk *walk = &job->walk;
	const struct layer3 *layer3 = walk->layer3;
	const struct given_routes given = given_routes_find(node, layer3->family);
	const struct attachment *fallback;
	size_t count;
	int r = 0;

	fallback = neighbour_first(layer3, node->mark, false, &count);
	if (count == 0 || (given.has_default && !node_forwards(node)))
		return 0;
	if (count == 1 && !node_forwards(node) && !node->uplink)
		return node_route_default(node, layer3, fallback);
	walk_from(walk, node->mark);
	count = walk_table(walk, node, &given, job->entries);
	if (given.has_default) {
		fallback = given_hop(walk, &given.gateway);
	} else {
		fallback = walk_default(walk, node);
		if (fallback)
			r = node_route_default(node, layer3, fallback);
	}
	count = route_table_shorten(job->entries, count, family_bits(layer3->family), fallback);
	job->total += count;
	if (job->total > job->max)
		return -E2BIG;
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct route_entry *entry = &job->entries[i];
		const struct netns_prefix to = {
			.ip = ip_from_number(layer3->family, entry->first),
			.length = entry->length,
		};

		if (entry->hop)
			r = node_route(node, layer3, to, entry->hop);
	}
	return r;
}

/* ---- of all -------------------------------------------------------------------------------- */

static void node_forget_computed(struct node *node)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->route_count; i++)
		if (node->routes[i].assigned)
			route_done(&node->routes[i]);
		else
			node->routes[kept++] = node->routes[i];
	node->route_count = kept;
}

static int family_compute(struct ncrun_topology *topology, const struct segments *segments,
			  int family, size_t max)
{
	_cleanup_layer3_ struct layer3 layer3 = {0};
	_cleanup_(routing_job_done) struct routing_job job = {.max = max};
	int r = layer3_find(topology, segments, family, &layer3);

	if (r == 0)
		r = walk_init(&job.walk, topology, &layer3);
	if (r < 0)
		return r;
	job.entries = calloc(layer3.subnet_count + 1, sizeof(*job.entries));
	if (!job.entries)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < topology->node_count; i++)
		if (!node_is_switch(topology->nodes[i]))
			r = node_compute(topology->nodes[i], &job);
	return r;
}

int routes_compute_within(struct ncrun_topology *topology, size_t max, struct ncrun_error *err)
{
	_cleanup_segments_ struct segments segments = {0};
	int r;

	for (size_t i = 0; i < topology->node_count; i++)
		node_forget_computed(topology->nodes[i]);
	if (topology->routing != ROUTING_AUTO)
		return 0;
	r = segments_find(topology, &segments, err);
	if (r < 0)
		return r;
	r = family_compute(topology, &segments, AF_INET, max);
	if (r == 0)
		r = family_compute(topology, &segments, AF_INET6, max);
	if (r == -E2BIG)
		return error_set(
			err, E2BIG,
			"more than %zu routes would be needed (say 'routing: none', or draw "
			"switches for routers)",
			max);
	return r < 0 ? error_set(err, ENOMEM, "no memory for routes") : 0;
}

int routes_compute(struct ncrun_topology *topology, struct ncrun_error *err)
{
	return routes_compute_within(topology, ROUTES_MAX, err);
}
