/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Addresses that were assigned stay with the interfaces of a network that runs, wherever in
 * the file others have come, as long as they are in the subnet that their segment would have: one
 * that is said, or the one that it had, if everybody fits in and nobody else has it.
 */

#include <stdlib.h>

#include "base/error.h"
#include "topology/assign.h"
#include "topology/complete.h"

/** struct keeping - of one family */
struct keeping {
	const struct ncrun_topology *before; /* borrowed */
	const struct segments *segments;     /* borrowed */
	int family;
	struct span *spans; /* owned; of segments that keep what they had, by their first address */
	size_t span_count;
};

/** struct span - the subnet that a segment had */
struct span {
	ip_number first, last;
	const struct segment *segment; /* NULL: not to be kept */
	struct netns_prefix subnet;
};

static const struct netns_prefix *family_prefix(const struct interface *interface, int family,
						bool assigned_only)
{
	for (size_t i = 0; i < interface->address_count; i++) {
		const struct address *address = &interface->addresses[i];

		if (address->prefix.ip.family == family && !ip_is_link_local(&address->prefix.ip) &&
		    (address->assigned || !assigned_only))
			return &address->prefix;
	}
	return NULL;
}

/** What was assigned to the same end of the same link, if nothing is said of it. */
static const struct netns_prefix *prefix_before(const struct keeping *keeping,
						const struct interface *interface)
{
	const struct node *node = topology_node(keeping->before, interface->node->name);
	const struct interface *same = node ? node_interface(node, interface->name) : NULL;
	const struct interface *peer = same && same->link ? interface_peer(same) : NULL;
	const struct interface *far = interface_peer(interface);

	if (!peer || !far || !text_equal(peer->node->name, far->node->name) ||
	    interface->no_address || family_prefix(interface, keeping->family, false))
		return NULL;
	return family_prefix(same, keeping->family, true);
}

static bool has_room(const struct segment *segment, const struct netns_prefix *subnet)
{
	unsigned int bits = family_bits(subnet->ip.family) - subnet->length;

	return bits > 20 || ((size_t)1 << bits) >= segment->member_count + (bits > 1 ? 2 : 0);
}

/** The subnet that a segment is in if it keeps what it had; false: it had none, or has no room. */
static bool segment_subnet(const struct keeping *keeping, const struct segment *segment,
			   struct netns_prefix *ret, bool *ret_given)
{
	const struct netns_prefix *had = NULL;

	*ret_given = addresses_segment_given(segment, keeping->family, ret);
	for (size_t i = 0; !*ret_given && !had && i < segment->member_count; i++)
		had = prefix_before(keeping, segment->members[i]);
	if (had)
		*ret = netns_prefix_network(had);
	return *ret_given || (had && has_room(segment, ret));
}

static int span_compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/** Two segments that were one, or what the file gives to somebody else: then neither keeps it. */
static void spans_part(struct keeping *keeping, const struct blocks *given)
{
	struct span *spans = keeping->spans;

	qsort(spans, keeping->span_count, sizeof(*spans), span_compare);
	for (size_t i = 0; i < keeping->span_count; i++) {
		if (blocks_overlap(given, spans[i].first, spans[i].last))
			spans[i].segment = NULL;
		if (i > 0 && spans[i].first <= spans[i - 1].last)
			spans[i].segment = spans[i - 1].segment = NULL;
	}
}

static int segment_keep(const struct keeping *keeping, const struct segment *segment,
			const struct netns_prefix *subnet, struct ncrun_error *err)
{
	_cleanup_free_ ip_number *taken = NULL;
	size_t count = 0;
	int r = 0;

	if (addresses_segment_taken(segment, keeping->family, &taken, &count) < 0)
		return error_set(err, ENOMEM, "no memory for addresses");
	for (size_t i = 0; r == 0 && i < segment->member_count; i++) {
		const struct netns_prefix *had = prefix_before(keeping, segment->members[i]);
		ip_number number = had ? ip_to_number(&had->ip) : 0;

		if (had && had->length == subnet->length &&
		    netns_prefix_contains(subnet, &had->ip) &&
		    !bsearch(&number, taken, count, sizeof(number), ip_number_compare))
			r = interface_add_address(segment->members[i], had, true, err);
	}
	return r;
}

static int family_keep(struct keeping *keeping, const struct ncrun_topology *topology,
		       struct ncrun_error *err)
{
	_cleanup_blocks_ struct blocks given = {0};
	int r = addresses_collect(&given, topology, keeping->family);

	if (r < 0)
		return error_set(err, ENOMEM, "no memory for addresses");
	keeping->span_count = 0;
	for (size_t i = 0; r == 0 && i < keeping->segments->count; i++) {
		const struct segment *segment = &keeping->segments->items[i];
		struct span *span = &keeping->spans[keeping->span_count];
		bool is_given = false;

		if (!segment_subnet(keeping, segment, &span->subnet, &is_given))
			continue;
		if (is_given) {
			r = segment_keep(keeping, segment, &span->subnet, err);
			continue;
		}
		span->segment = segment;
		span->first = ip_to_number(&span->subnet.ip);
		span->last =
			span->first | ip_ones(family_bits(keeping->family) - span->subnet.length);
		keeping->span_count++;
	}
	spans_part(keeping, &given);
	for (size_t i = 0; r == 0 && i < keeping->span_count; i++)
		if (keeping->spans[i].segment)
			r = segment_keep(keeping, keeping->spans[i].segment,
					 &keeping->spans[i].subnet, err);
	return r;
}

static bool same_pool(const struct netns_prefix *a, const struct netns_prefix *b)
{
	return a->length == b->length && netns_ip_equal(&a->ip, &b->ip);
}

int addresses_keep(struct ncrun_topology *topology, const struct ncrun_topology *before,
		   struct ncrun_error *err)
{
	_cleanup_segments_ struct segments segments = {0};
	_cleanup_free_ struct span *spans = NULL;
	const bool off[2] = {topology->no_ipv4, topology->no_ipv6};
	const int families[2] = {AF_INET, AF_INET6};
	int r = segments_find(topology, &segments, err);

	if (r < 0)
		return r;
	spans = calloc(segments.count + 1, sizeof(*spans));
	if (!spans)
		return error_set(err, ENOMEM, "no memory for addresses");
	for (size_t i = 0; r == 0 && i < 2; i++) {
		struct keeping keeping = {.before = before,
					  .segments = &segments,
					  .family = families[i],
					  .spans = spans};

		if (!off[i] && same_pool(&topology->subnets[i], &before->subnets[i]))
			r = family_keep(&keeping, topology, err);
	}
	return r;
}
