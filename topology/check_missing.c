/* SPDX-License-Identifier: Apache-2.0 */

/* What a topology needs and has not: ways to gateways, interfaces of routes, sides of nats. */

#include <net/if.h>
#include <string.h>

#include "topology/check.h"
#include "topology/segment.h"

/** Will complete.c give this interface an address of the family? */
static bool will_be_assigned(const struct ncrun_topology *topology,
			     const struct interface *interface, int family)
{
	if (interface->no_address || (family == AF_INET ? topology->no_ipv4 : topology->no_ipv6))
		return false;
	for (size_t i = 0; i < interface->address_count; i++)
		if (interface->addresses[i].prefix.ip.family == family)
			return false;
	return true;
}

static bool node_has(const struct node *node, const struct netns_ip *ip)
{
	for (size_t i = 0; i < node->interface_count; i++)
		for (size_t n = 0; n < node->interfaces[i]->address_count; n++)
			if (netns_ip_equal(&node->interfaces[i]->addresses[n].prefix.ip, ip))
				return true;
	return false;
}

/** Is there, or may there be, an interface in whose network it is? */
static bool node_reaches(const struct ncrun_topology *topology, const struct node *node,
			 const struct netns_ip *ip)
{
	bool link_local = ip->family == AF_INET6 && ip->bytes[0] == 0xfe && ip->bytes[1] >> 6 == 2;

	if (node->uplink || link_local)
		return true;
	for (size_t i = 0; i < node->interface_count; i++) {
		const struct interface *interface = node->interfaces[i];

		if (will_be_assigned(topology, interface, ip->family))
			return true;
		for (size_t n = 0; n < interface->address_count; n++)
			if (netns_prefix_contains(&interface->addresses[n].prefix, ip))
				return true;
	}
	return false;
}

static void check_next_hop(const struct ncrun_topology *topology, const struct node *node,
			   const struct netns_ip *ip, struct place place, const char *what,
			   struct problems *problems)
{
	char text[NETNS_IP_TEXT_MAX];

	netns_ip_print(ip, text);
	if (node_has(node, ip))
		problems_add(problems, place, "node '%s': %s '%s': is its own address", node->name,
			     what, text);
	else if (!node_reaches(topology, node, ip))
		problems_add(problems, place,
			     "node '%s': %s '%s': no interface is in a network with it", node->name,
			     what, text);
}

static bool interface_may_be_called(const struct node *node, const char *name)
{
	if (node->uplink || text_equal(name, "lo") || node_interface(node, name))
		return true;
	/* what has no name yet will be called eth0, eth1 ... */
	for (size_t i = 0; i < node->interface_count; i++)
		if (!node->interfaces[i]->name)
			return text_starts_with(name, "eth");
	return false;
}

static void check_route(const struct ncrun_topology *topology, const struct node *node,
			const struct route *route, struct problems *problems)
{
	for (size_t i = 0; i < route->hop_count; i++) {
		const struct hop *hop = &route->hops[i];

		if (hop->interface && !interface_may_be_called(node, hop->interface))
			problems_add(problems, route->place,
				     "node '%s': a route by '%s': it has no "
				     "such interface",
				     node->name, hop->interface);
		if (hop->via.family)
			check_next_hop(topology, node, &hop->via, route->place, "a route via",
				       problems);
	}
}

static void check_sides(const struct node *node, struct problems *problems)
{
	bool north = node->uplink, south = false;

	for (size_t i = 0; i < node->interface_count; i++) {
		north |= node->interfaces[i]->bound == BOUND_NORTH;
		south |= node->interfaces[i]->bound != BOUND_NORTH;
	}
	/* one that is not wired yet is not wrong yet */
	if (node->interface_count == 0)
		return;
	if (!north)
		problems_add(problems, node->place,
			     "node '%s': a nat without north side (say 'bound: north' at one of "
			     "its ends, or 'uplink: true')",
			     node->name);
	if (!south)
		problems_add(problems, node->place,
			     "node '%s': a nat with no end but north-bound ones", node->name);
}

void check_missing(const struct ncrun_topology *topology, struct problems *problems)
{
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];

		for (int family = 0; family < 2; family++)
			if (node->gateways[family].family)
				check_next_hop(topology, node, &node->gateways[family], node->place,
					       "gateway", problems);
		for (size_t n = 0; n < node->route_count; n++)
			if (!node->routes[n].assigned) /* those are computed anew */
				check_route(topology, node, &node->routes[n], problems);
		if (node->kind == NODE_KIND_NAT)
			check_sides(node, problems);
	}
}
