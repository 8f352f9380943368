/* SPDX-License-Identifier: Apache-2.0 */

/* Routes, policy rules, addresses of lo and forwarding of a node. */

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "topology/apply.h"

#define LOOPBACK_INDEX 1

/* A hop by an interface that does not exist (any more) leads nowhere. */
static int hop_index(struct apply *apply, const struct node *node, const char *name, int *ret,
		     struct ncrun_error *err)
{
	const struct interface *interface = node_interface(node, name);
	struct netns *netns = NULL;
	int r;

	if (interface)
		return apply_index(apply, interface, ret, err);
	r = apply_netns(apply, node, &netns, err);
	return r < 0 ? r : netns_link_index(netns, name, ret, err);
}

static bool goes_by(const struct hop *hop, const struct interface *interface)
{
	if (hop->interface)
		return text_equal(hop->interface, interface->name);
	for (size_t a = 0; a < interface->address_count; a++)
		if (netns_prefix_contains(&interface->addresses[a].prefix, &hop->via))
			return true;
	return false;
}

/* An interface went with the node at the other end of its link. */
static bool went(struct apply *apply, const struct interface *interface)
{
	struct netns *netns = NULL;
	int index;

	return apply->undoing && apply_netns(apply, interface->node, &netns, NULL) == 0 &&
	       netns_link_index(netns, interface->name, &index, NULL) == -ENODEV;
}

/* The kernel takes no route by what is down, and forgets those that it has. */
static bool leads_nowhere(struct apply *apply, const struct node *node, const struct route *route)
{
	for (size_t i = 0; i < node->interface_count; i++) {
		const struct interface *interface = node->interfaces[i];

		for (size_t h = 0; h < route->hop_count; h++)
			if ((interface->down || apply->undoing) &&
			    goes_by(&route->hops[h], interface) &&
			    (interface->down || went(apply, interface)))
				return true;
	}
	return false;
}

static int route_queue(struct apply *apply, struct netns_batch *batch, const struct node *node,
		       const struct route *route, struct ncrun_error *err)
{
	_cleanup_free_ struct netns_hop *hops = calloc(route->hop_count + 1, sizeof(*hops));
	struct netns_route made = {
		.kind = route->kind,
		.destination = route->destination,
		.metric = route->metric,
		.table = route->table,
		.replace = true,
	};
	int r = 0;

	if (!hops)
		return error_errno(err, "make room for a route");
	for (size_t i = 0; r == 0 && i < route->hop_count; i++) {
		const struct hop *hop = &route->hops[i];

		hops[i] = (struct netns_hop){.via = hop->via, .weight = hop->weight};
		if (hop->interface)
			r = hop_index(apply, node, hop->interface, &hops[i].index, err);
	}
	if (r < 0)
		return r;
	if (route->hop_count == 1)
		made.hop = hops[0];
	if (route->hop_count > 1) {
		made.hops = hops;
		made.hop_count = route->hop_count;
	}
	netns_route_add(batch, &made);
	return 0;
}

/* By what it is for: where it led may be gone, and the route with it. */
static void route_forget(struct netns_batch *batch, const struct route *route)
{
	netns_route_delete(batch, &(struct netns_route){
					  .kind = route->kind,
					  .destination = route->destination,
					  .metric = route->metric,
					  .table = route->table,
				  });
	netns_batch_tolerate(batch, ESRCH);
	netns_batch_tolerate(batch, ENOENT); /* IPv6 had none in the whole table */
}

static bool same_route(const struct route *a, const struct route *b)
{
	return a->table == b->table && a->metric == b->metric &&
	       a->destination.length == b->destination.length &&
	       netns_ip_equal(&a->destination.ip, &b->destination.ip);
}

static bool has_route(const struct node *node, const struct route *route)
{
	for (size_t i = 0; node && i < node->route_count; i++)
		if (same_route(&node->routes[i], route))
			return true;
	return false;
}

static void loopback_queue(struct netns_batch *batch, const struct node *before,
			   const struct node *after)
{
	for (size_t i = 0; before && i < before->loopback_count; i++) {
		netns_address_delete(batch, LOOPBACK_INDEX,
				     &(struct netns_address){.prefix = before->loopback[i].prefix});
		netns_batch_tolerate(batch, EADDRNOTAVAIL);
	}
	for (size_t i = 0; after && i < after->loopback_count; i++) {
		netns_address_add(batch, LOOPBACK_INDEX,
				  &(struct netns_address){.prefix = after->loopback[i].prefix});
		netns_batch_tolerate(batch, EEXIST);
	}
}

static void rules_queue(struct netns_batch *batch, const struct node *before,
			const struct node *after, bool undoing)
{
	for (size_t i = 0; before && i < before->rule_count; i++) {
		netns_rule_delete(batch, &before->rules[i].rule);
		netns_batch_tolerate(batch, ENOENT);
	}
	for (size_t i = 0; after && i < after->rule_count; i++) {
		netns_rule_add(batch, &after->rules[i].rule);
		if (undoing)
			netns_batch_tolerate(batch, EEXIST);
	}
}

/* What the file says of gateways, as routes. */
static int gateways_queue(struct apply *apply, struct netns_batch *batch, const struct node *before,
			  const struct node *after, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		struct hop hop = {.weight = 0};
		struct route route = {.hops = &hop, .hop_count = 1};

		if (after && after->gateways[i].family) {
			hop.via = after->gateways[i];
			route.destination.ip.family = hop.via.family;
			if (!leads_nowhere(apply, after, &route))
				r = route_queue(apply, batch, after, &route, err);
		} else if (before && before->gateways[i].family) {
			route.destination.ip.family = before->gateways[i].family;
			if (!has_route(after, &route))
				route_forget(batch, &route);
		}
	}
	return r;
}

int routes_queue(struct apply *apply, struct netns_batch *batch, const struct node *before,
		 const struct node *after, struct ncrun_error *err)
{
	int r = 0;

	loopback_queue(batch, before, after);
	for (size_t i = 0; before && i < before->route_count; i++)
		if (!has_route(after, &before->routes[i]))
			route_forget(batch, &before->routes[i]);
	for (size_t i = 0; r == 0 && after && i < after->route_count; i++)
		if (!leads_nowhere(apply, after, &after->routes[i]))
			r = route_queue(apply, batch, after, &after->routes[i], err);
	if (r == 0)
		r = gateways_queue(apply, batch, before, after, err);
	rules_queue(batch, before, after, apply->undoing);
	return r;
}

static int forwarding_set(const struct node *before, const struct node *after, struct netns *netns,
			  struct ncrun_error *err)
{
	bool forwards = after && node_forwards(after);
	const struct netns_sysctl sysctls[] = {
		{"net.ipv4.ip_forward", forwards ? "1" : "0", false},
		{"net.ipv6.conf.all.forwarding", forwards ? "1" : "0", true},
	};

	/* A new one was made so. */
	if (!before || !after || node_forwards(before) == forwards)
		return 0;
	return netns_sysctl_set(netns, sysctls, 2, err);
}

static int node_routes(struct apply *apply, const struct plan_step *step, struct ncrun_error *err)
{
	const struct node *node = step->after ? step->after : step->before;
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct netns *netns = NULL;
	int r = apply_netns(apply, node, &netns, err);

	if (apply_forgives(apply, r))
		return 0;
	if (r == 0)
		r = forwarding_set(step->before, step->after, netns, err);
	if (r == 0)
		r = netns_batch_new(netns, &batch, err);
	if (r == 0)
		r = routes_queue(apply, batch, step->before, step->after, err);
	return r < 0 ? r : netns_batch_send(batch, err);
}

int apply_routes(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_ROUTES, step))) {
		int r;

		step->begun = true;
		r = node_routes(apply, step, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return 0;
}
