/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Addresses. The subnet of a segment is what its switch says, else that of an address given in
 * it, else one cut from the network's pool; who has no address in it gets the next free one, in
 * the order of links.
 */

#include "topology/assign.h"

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "topology/complete.h"

/** Where addresses come from when the file does not say; the next is for when one is in use. */
static const char *const default_pools[2][4] = {
	{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"},
	{"fd00::/8", "fc00::/8"},
};

static const int families[2] = {AF_INET, AF_INET6};

/** struct assigning - of one family */
struct assigning {
	struct ncrun_topology *topology; /* borrowed */
	const struct segments *segments; /* borrowed */
	struct problems *problems;       /* borrowed */
	size_t index;                    /* of the family in pairs */
	int family;
	struct cut *cuts; /* owned; by segment */
};

/** Its first address of the family, not counting IPv6's link-local ones; NULL. */
static const struct netns_prefix *interface_prefix(const struct interface *interface, int family)
{
	for (size_t i = 0; i < interface->address_count; i++) {
		const struct netns_prefix *prefix = &interface->addresses[i].prefix;

		if (prefix->ip.family == family && !ip_is_link_local(&prefix->ip))
			return prefix;
	}
	return NULL;
}

/* ---- subnets -------------------------------------------------------------------------------- */

/** What the file says of a segment's subnet; false: nothing. */
bool addresses_segment_given(const struct segment *segment, int family, struct netns_prefix *ret)
{
	size_t index = family_index(family);

	if (segment->subnets[index].ip.family) {
		*ret = segment->subnets[index];
		return true;
	}
	for (size_t i = 0; i < segment->member_count; i++) {
		const struct netns_prefix *prefix = interface_prefix(segment->members[i], family);

		if (prefix && prefix->length < family_bits(prefix->ip.family)) {
			*ret = netns_prefix_network(prefix);
			return true;
		}
	}
	return false;
}

static bool interface_wants(const struct interface *interface, int family)
{
	return !interface->no_address && !interface_prefix(interface, family);
}

/** What each segment has or needs; how many are to be cut. */
static size_t assigning_survey(const struct assigning *assigning)
{
	size_t wanted = 0;

	for (size_t i = 0; i < assigning->segments->count; i++) {
		const struct segment *segment = &assigning->segments->items[i];
		struct cut *cut = &assigning->cuts[i];
		bool wants = false;

		*cut = (struct cut){.members = segment->member_count,
				    .switched = segment->switched};
		cut->given = addresses_segment_given(segment, assigning->family, &cut->subnet);
		for (size_t k = 0; !wants && k < segment->member_count; k++)
			wants = interface_wants(segment->members[k], assigning->family);
		if (!wants)
			cut->given = true;
		wanted += !cut->given;
	}
	return wanted;
}

static int blocks_add_addresses(struct blocks *blocks, const struct address *addresses,
				size_t count, int family)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (addresses[i].prefix.ip.family == family)
			r = blocks_add(blocks, &addresses[i].prefix);
	return r;
}

/** Everything that the file gives: nothing that is assigned may overlap it. */
int addresses_collect(struct blocks *blocks, const struct ncrun_topology *topology, int family)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];

		r = blocks_add_addresses(blocks, node->loopback, node->loopback_count, family);
		for (size_t k = 0; r == 0 && k < node->interface_count; k++)
			r = blocks_add_addresses(blocks, node->interfaces[k]->addresses,
						 node->interfaces[k]->address_count, family);
		for (size_t k = 0; r == 0 && k < 2; k++)
			if (node->subnets[k].ip.family == family)
				r = blocks_add(blocks, &node->subnets[k]);
		for (size_t k = 0; r == 0 && k < node->route_count; k++) {
			const struct route *route = &node->routes[k];

			if (route->destination.ip.family == family && !route->assigned &&
			    route->destination.length > 0)
				r = blocks_add(blocks, &route->destination);
		}
	}
	blocks_sort(blocks);
	return r;
}

/** -ENOSPC when the pool, or each of the default ones, is too small. */
static int assigning_cut(const struct assigning *assigning, const struct blocks *used)
{
	const struct netns_prefix *given = &assigning->topology->subnets[assigning->index];
	size_t count = assigning->segments->count;
	int r = -ENOSPC;

	if (given->ip.family)
		return pool_cut(given, used, assigning->cuts, count);
	for (const char *const *text = default_pools[assigning->index]; r == -ENOSPC && *text;
	     text++) {
		struct netns_prefix pool;

		if (netns_prefix_parse(*text, &pool, NULL) == 0)
			r = pool_cut(&pool, used, assigning->cuts, count);
	}
	return r;
}

static void problems_add_pool(const struct assigning *assigning, size_t wanted)
{
	const struct netns_prefix *given = &assigning->topology->subnets[assigning->index];
	char text[NETNS_PREFIX_TEXT_MAX];
	struct place place = {0};

	for (size_t i = assigning->segments->count; i-- > 0;)
		if (!assigning->cuts[i].given)
			place = assigning->segments->items[i].place;
	problems_add(assigning->problems, place,
		     "subnet '%s': too small for the %zu networks of links and switches that "
		     "have no address",
		     given->ip.family ? netns_prefix_print(given, text)
				      : default_pools[assigning->index][0],
		     wanted);
}

/* ---- addresses in them ---------------------------------------------------------------------- */

int ip_number_compare(const void *a, const void *b)
{
	const ip_number *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/** Numbers of all addresses that members have, and of gateways that they name; sorted. */
int addresses_segment_taken(const struct segment *segment, int family, ip_number **ret,
			    size_t *ret_count)
{
	_cleanup_free_ ip_number *numbers = NULL;
	size_t count = 0, most = 0;

	for (size_t i = 0; i < segment->member_count; i++)
		most += segment->members[i]->address_count + 1;
	numbers = calloc(most + 1, sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	for (size_t i = 0; i < segment->member_count; i++) {
		const struct interface *member = segment->members[i];
		const struct netns_ip *gateway = &member->node->gateways[family_index(family)];

		for (size_t k = 0; k < member->address_count; k++)
			if (member->addresses[k].prefix.ip.family == family)
				numbers[count++] = ip_to_number(&member->addresses[k].prefix.ip);
		if (gateway->family == family)
			numbers[count++] = ip_to_number(gateway);
	}
	qsort(numbers, count, sizeof(*numbers), ip_number_compare);
	*ret = take_ptr(numbers);
	*ret_count = count;
	return 0;
}

/** The first and last address of a subnet that a node can have. */
static void subnet_usable(const struct netns_prefix *subnet, ip_number *ret_first,
			  ip_number *ret_last)
{
	unsigned int bits = family_bits(subnet->ip.family) - subnet->length;
	ip_number first = ip_to_number(&subnet->ip), last = first | ip_ones(bits);

	/* the first is the subnet's own, in IPv6 any router's; the last for all, in IPv4 */
	if (bits > 1) {
		first++;
		if (subnet->ip.family == AF_INET)
			last--;
	}
	*ret_first = first;
	*ret_last = last;
}

static int segment_assign(const struct segment *segment, const struct netns_prefix *subnet,
			  struct problems *problems, struct ncrun_error *err)
{
	_cleanup_free_ ip_number *taken = NULL;
	int family = subnet->ip.family;
	size_t taken_count, t = 0;
	ip_number next, last;

	if (addresses_segment_taken(segment, family, &taken, &taken_count) < 0)
		return error_set(err, ENOMEM, "no memory for addresses");
	subnet_usable(subnet, &next, &last);
	for (size_t i = 0; i < segment->member_count; i++) {
		struct interface *member = segment->members[i];
		struct netns_prefix prefix = {.length = subnet->length};
		char text[NETNS_PREFIX_TEXT_MAX];
		int r;

		if (!interface_wants(member, family))
			continue;
		for (; t < taken_count && taken[t] <= next; t++)
			if (taken[t] == next)
				next++;
		if (next > last) {
			problems_add(problems, member->place,
				     "node '%s': no address is left in subnet '%s'",
				     member->node->name, netns_prefix_print(subnet, text));
			continue;
		}
		prefix.ip = ip_from_number(family, next++);
		r = interface_add_address(member, &prefix, true, err);
		if (r < 0)
			return error_wrap(err, r, "node '%s'", member->node->name);
	}
	return 0;
}

static int family_assign(struct assigning *assigning, struct ncrun_error *err)
{
	const struct segments *segments = assigning->segments;
	_cleanup_blocks_ struct blocks used = {0};
	size_t wanted = assigning_survey(assigning);
	int r = 0;

	if (wanted > 0) {
		r = addresses_collect(&used, assigning->topology, assigning->family);
		if (r == 0)
			r = assigning_cut(assigning, &used);
	}
	if (r == -ENOMEM)
		return error_set(err, ENOMEM, "no memory for subnets");
	if (r < 0)
		problems_add_pool(assigning, wanted);
	for (size_t i = 0; i < segments->count; i++) {
		const struct cut *cut = &assigning->cuts[i];
		int assigned;

		if (cut->subnet.ip.family == 0 || (r == -ENOSPC && !cut->given))
			continue;
		assigned =
			segment_assign(&segments->items[i], &cut->subnet, assigning->problems, err);
		if (assigned < 0)
			return assigned;
	}
	return 0;
}

int addresses_assign(struct ncrun_topology *topology, struct problems *problems,
		     struct ncrun_error *err)
{
	_cleanup_segments_ struct segments segments = {0};
	_cleanup_free_ struct cut *cuts = NULL;
	const bool off[2] = {topology->no_ipv4, topology->no_ipv6};
	int r = segments_find(topology, &segments, err);

	if (r < 0)
		return r;
	cuts = calloc(segments.count + 1, sizeof(*cuts));
	if (!cuts)
		return error_set(err, ENOMEM, "no memory for subnets");
	for (size_t i = 0; r == 0 && i < 2; i++) {
		struct assigning assigning = {
			.topology = topology,
			.segments = &segments,
			.problems = problems,
			.index = i,
			.family = families[i],
			.cuts = cuts,
		};

		if (!off[i])
			r = family_assign(&assigning, err);
	}
	return r;
}
