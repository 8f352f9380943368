/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/target.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "topology/layer3.h"

/* ---- by name ---------------------------------------------------------------------------- */

static int node_unknown(struct ncrun_network *network, const char *name, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = network_topology(network);
	struct nearest nearest = {0};

	for (size_t i = 0; i < topology->node_count; i++)
		nearest_consider(&nearest, name, topology->nodes[i]->name);
	if (nearest.word)
		return error_set(err, ENOENT, "no node '%s' in network '%s' (did you mean '%s'?)",
				 name, ncrun_network_name(network), nearest.word);
	return error_set(err, ENOENT, "no node '%s' in network '%s'", name,
			 ncrun_network_name(network));
}

int target_node(struct ncrun_network *network, const char *name, struct node **ret,
		struct ncrun_error *err)
{
	struct node *node = topology_node(network_topology(network), name);

	if (!node)
		return node_unknown(network, name, err);
	if (node_is_switch(node))
		return error_set(err, EINVAL, "node '%s' is a switch: it has no addresses", name);
	*ret = node;
	return 0;
}

int target_interface(struct ncrun_network *network, const struct ncrun_topology *topology,
		     const char *name, struct interface **ret, struct ncrun_error *err)
{
	size_t length = strcspn(name, ":");
	const char *colon = name[length] ? name + length : NULL;
	char node_name[NCRUN_NAME_MAX + 2];
	struct interface *interface;
	struct node *node;

	if (length >= sizeof(node_name)) /* longer than any name, and unknown therefore */
		length = sizeof(node_name) - 1;
	memcpy(node_name, name, length);
	node_name[length] = '\0';
	node = topology_node(topology, node_name);
	if (!node)
		return node_unknown(network, node_name, err);
	if (!colon && node->interface_count != 1)
		return error_set(err, EINVAL, "node '%s' has %zu interfaces: name one (NODE:IF)",
				 node->name, node->interface_count);
	interface = colon ? node_interface(node, colon + 1) : node->interfaces[0];
	if (!interface)
		return error_set(err, ENOENT, "node '%s' has no interface '%s'", node->name,
				 colon + 1);
	*ret = interface;
	return 0;
}

/* ---- by address ------------------------------------------------------------------------- */

/** Has the node an address in the same subnet? */
static bool node_is_in(const struct node *node, const struct netns_prefix *subnet)
{
	for (size_t i = 0; i < node->interface_count; i++) {
		const struct interface *interface = node->interfaces[i];

		for (size_t a = 0; a < interface->address_count; a++)
			if (interface->addresses[a].prefix.length == subnet->length &&
			    netns_prefix_contains(subnet, &interface->addresses[a].prefix.ip))
				return true;
	}
	return false;
}

/** How good an address is to reach @to from @from, who need not be behind a nat to see it. */
enum nearness {
	NEARNESS_ANY,
	NEARNESS_NORTH, /* of a nat: what is not hidden */
	NEARNESS_SHARED,
};

static enum nearness address_nearness(const struct node *from, const struct interface *end,
				      const struct address *address)
{
	if (node_is_in(from, &address->prefix))
		return NEARNESS_SHARED;
	return interface_is_north(end) ? NEARNESS_NORTH : NEARNESS_ANY;
}

/** The best of one family, the first of equals; else one of lo. */
static bool address_pick(const struct node *from, const struct node *to, int family,
			 struct netns_ip *ret)
{
	enum nearness nearest = NEARNESS_ANY;
	const struct address *best = NULL;

	assert(to);
	for (size_t i = 0; i < to->interface_count; i++)
		for (size_t a = 0; a < to->interfaces[i]->address_count; a++) {
			const struct address *address = &to->interfaces[i]->addresses[a];
			enum nearness nearness;

			if (address->prefix.ip.family != family)
				continue;
			nearness = address_nearness(from, to->interfaces[i], address);
			if (best && nearness <= nearest)
				continue;
			best = address;
			nearest = nearness;
		}
	for (size_t a = 0; !best && a < to->loopback_count; a++)
		if (to->loopback[a].prefix.ip.family == family)
			best = &to->loopback[a];
	if (best)
		*ret = best->prefix.ip;
	return best;
}

bool node_address(const struct node *from, const struct node *to, int family, struct netns_ip *ret)
{
	if (family)
		return address_pick(from, to, family, ret);
	return address_pick(from, to, AF_INET, ret) || address_pick(from, to, AF_INET6, ret);
}

const struct interface *address_owner(const struct ncrun_topology *topology,
				      const struct netns_ip *ip, const struct node **ret_node)
{
	*ret_node = NULL;
	for (size_t n = 0; n < topology->node_count; n++) {
		const struct node *node = topology->nodes[n];

		for (size_t i = 0; i < node->interface_count; i++)
			for (size_t a = 0; a < node->interfaces[i]->address_count; a++)
				if (netns_ip_equal(&node->interfaces[i]->addresses[a].prefix.ip,
						   ip)) {
					*ret_node = node;
					return node->interfaces[i];
				}
		for (size_t a = 0; a < node->loopback_count; a++)
			if (netns_ip_equal(&node->loopback[a].prefix.ip, ip))
				*ret_node = node;
	}
	return NULL;
}

/* As the beginning of "... address". */
static const char *family_name(int family)
{
	return family == AF_INET6 ? "IPv6 " : family == AF_INET ? "IPv4 " : "";
}

int target_address(struct ncrun_network *network, const struct node *from, const char *to,
		   int family, struct target *ret, struct ncrun_error *err)
{
	struct target target = {.node = NULL};
	struct node *node = NULL;
	int r;

	if (netns_ip_parse(to, &target.ip, NULL) == 0) {
		if (family && target.ip.family != family)
			return error_set(err, EINVAL, "'%s' is no %saddress", to,
					 family_name(family));
		target.interface =
			address_owner(network_topology(network), &target.ip, &target.node);
		*ret = target;
		return 0;
	}
	r = target_node(network, to, &node, err);
	if (r < 0)
		return r;
	if (!node_address(from, node, family, &target.ip))
		return error_set(err, EADDRNOTAVAIL, "node '%s' has no %saddress", to,
				 family_name(family));
	target.node = node;
	*ret = target;
	return 0;
}

int target_family(const char *what, int number, int *ret, struct ncrun_error *err)
{
	if (number != 0 && number != 4 && number != 6)
		return error_set(err, EINVAL, "%s: family %d: neither 4 nor 6", what, number);
	*ret = number == 4 ? AF_INET : number == 6 ? AF_INET6 : AF_UNSPEC;
	return 0;
}
