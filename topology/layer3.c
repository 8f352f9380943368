/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/layer3.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "topology/segment.h"

/** struct placed - an attachment before it is known which subnet that is */
struct placed {
	struct netns_prefix network;
	uint32_t segment;
	uint32_t order; /* as found: by segment, interface, address */
	struct attachment attachment;
};

struct placing {
	struct placed *items; /* owned */
	size_t count;
	int family;
};

static void placing_done(struct placing *placing)
{
	free(placing->items);
}
#define _cleanup_placing_ _cleanup_(placing_done)

static int placed_compare(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int ips = memcmp(x->network.ip.bytes, y->network.ip.bytes, sizeof(x->network.ip.bytes));

	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	if (ips != 0)
		return ips;
	if (x->network.length != y->network.length)
		return x->network.length < y->network.length ? -1 : 1;
	if (x->attachment.forwards != y->attachment.forwards)
		return x->attachment.forwards ? -1 : 1;
	if (x->attachment.node != y->attachment.node)
		return x->attachment.node < y->attachment.node ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool same_subnet(const struct placed *a, const struct placed *b)
{
	return a->segment == b->segment && a->network.length == b->network.length &&
	       netns_ip_equal(&a->network.ip, &b->network.ip);
}

static int placing_add(struct placing *placing, const struct placed *like,
		       const struct netns_prefix *prefix)
{
	const struct netns_ip *ip = &prefix->ip;
	struct placed *placed;

	if (ip->family != placing->family || ip_is_link_local(ip))
		return 0;
	if (array_grow((void **)&placing->items, placing->count, sizeof(*placing->items)) < 0)
		return -ENOMEM;
	placed = &placing->items[placing->count];
	*placed = *like;
	placed->order = (uint32_t)placing->count++;
	placed->network = netns_prefix_network(prefix);
	placed->attachment.ip = *ip;
	return 0;
}

static int placing_collect(struct placing *placing, const struct ncrun_topology *topology,
			   const struct segments *segments)
{
	int r = 0;

	for (size_t i = 0; i < segments->count; i++)
		for (size_t k = 0; k < segments->items[i].member_count; k++) {
			const struct interface *member = segments->items[i].members[k];
			const struct interface *peer = interface_peer(member);
			const bool north = interface_is_north(member);
			const struct placed like = {
				.segment = (uint32_t)i,
				.attachment = {.node = member->node->mark,
					       .interface = member,
					       .north = north,
					       .forwards = node_forwards(member->node) && !north},
			};

			if (member->down || (peer && peer->down))
				continue;
			for (size_t n = 0; r == 0 && n < member->address_count; n++)
				r = placing_add(placing, &like, &member->addresses[n].prefix);
		}
	for (uint32_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];
		const struct placed like = {
			.segment = (uint32_t)segments->count + i,
			.attachment = {.node = i, .forwards = node_forwards(node)},
		};

		for (size_t n = 0; r == 0 && n < node->loopback_count; n++)
			r = placing_add(placing, &like, &node->loopback[n].prefix);
	}
	return r;
}

/** Sorted, neighbours with the same network are one subnet. */
static void layer3_fill(struct layer3 *layer3, const struct placing *placing)
{
	for (size_t i = 0; i < placing->count; i++) {
		const struct placed *placed = &placing->items[i];
		const struct placed *before = i > 0 ? placed - 1 : NULL;
		struct attachment *attachment;
		struct subnet *subnet;

		if (!before || !same_subnet(before, placed))
			layer3->subnets[layer3->subnet_count++] = (struct subnet){
				.prefix = placed->network,
				.first = ip_to_number(&placed->network.ip),
				.segment = placed->segment,
				.attachments = &layer3->attachments[layer3->attachment_count],
			};
		else if (before->attachment.interface == placed->attachment.interface &&
			 before->attachment.node == placed->attachment.node)
			continue; /* a further address in the same subnet */
		subnet = &layer3->subnets[layer3->subnet_count - 1];
		attachment = &layer3->attachments[layer3->attachment_count++];
		*attachment = placed->attachment;
		attachment->subnet = (uint32_t)layer3->subnet_count - 1;
		subnet->attachment_count++;
		subnet->forwarding += attachment->forwards;
	}
}

static int subnet_compare(const void *a, const void *b, void *data)
{
	const struct subnet *subnets = data;
	const struct subnet *x = &subnets[*(const uint32_t *)a],
			    *y = &subnets[*(const uint32_t *)b];

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->prefix.length != y->prefix.length)
		return x->prefix.length < y->prefix.length ? -1 : 1;
	return x < y ? -1 : x > y;
}

static void layer3_sort(struct layer3 *layer3)
{
	for (uint32_t i = 0; i < layer3->subnet_count; i++)
		layer3->by_prefix[i] = i;
	qsort_r(layer3->by_prefix, layer3->subnet_count, sizeof(*layer3->by_prefix), subnet_compare,
		layer3->subnets);
}

static void layer3_index(struct layer3 *layer3)
{
	size_t *first = layer3->first_of_node, sum = 0;

	for (size_t i = 0; i < layer3->attachment_count; i++)
		first[layer3->attachments[i].node]++;
	for (size_t i = 0; i <= layer3->node_count; i++) {
		size_t own = first[i];

		first[i] = sum;
		sum += own;
	}
	/* filling moves each start to its end, which is the next one's start */
	for (size_t i = 0; i < layer3->attachment_count; i++)
		layer3->by_node[first[layer3->attachments[i].node]++] = &layer3->attachments[i];
	for (size_t i = layer3->node_count; i > 0; i--)
		first[i] = first[i - 1];
	first[0] = 0;
}

int layer3_find(const struct ncrun_topology *topology, const struct segments *segments, int family,
		struct layer3 *ret)
{
	_cleanup_placing_ struct placing placing = {.family = family};
	_cleanup_layer3_ struct layer3 layer3 = {.family = family,
						 .node_count = topology->node_count};

	if (placing_collect(&placing, topology, segments) < 0)
		return -ENOMEM;
	if (placing.count > 0)
		qsort(placing.items, placing.count, sizeof(*placing.items), placed_compare);
	layer3.subnets = calloc(placing.count + 1, sizeof(*layer3.subnets));
	layer3.by_prefix = calloc(placing.count + 1, sizeof(*layer3.by_prefix));
	layer3.attachments = calloc(placing.count + 1, sizeof(*layer3.attachments));
	layer3.by_node = calloc(placing.count + 1, sizeof(struct attachment *));
	layer3.first_of_node = calloc(layer3.node_count + 1, sizeof(*layer3.first_of_node));
	if (!layer3.subnets || !layer3.by_prefix || !layer3.attachments || !layer3.by_node ||
	    !layer3.first_of_node)
		return -ENOMEM;
	layer3_fill(&layer3, &placing);
	layer3_sort(&layer3);
	layer3_index(&layer3);
	*ret = layer3;
	layer3 = (struct layer3){0};
	return 0;
}

void layer3_done(struct layer3 *layer3)
{
	free(layer3->subnets);
	free(layer3->by_prefix);
	free(layer3->attachments);
	free(layer3->by_node);
	free(layer3->first_of_node);
	*layer3 = (struct layer3){0};
}
