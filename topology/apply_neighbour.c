/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who has an address is remembered for a while by those on its link. When its interface goes,
 * or has another one, nodes that stay are made to forget: who gets that address next would
 * not be heard of otherwise.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topology/apply.h"

/** struct owner - an address and whose it is */
struct owner {
	struct netns_ip ip;
	const struct interface *interface; /* borrowed */
};

static int owner_compare(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	if (x->ip.family != y->ip.family)
		return x->ip.family < y->ip.family ? -1 : 1;
	return memcmp(x->ip.bytes, y->ip.bytes, sizeof(x->ip.bytes));
}

static size_t addresses_of(const struct ncrun_topology *topology)
{
	size_t count = 0;

	for (size_t i = 0; i < topology->link_count; i++)
		for (int e = 0; e < 2; e++)
			count += topology->links[i]->ends[e].address_count;
	return count;
}

/** All of a topology, sorted. */
static int owners_find(const struct ncrun_topology *topology, struct owner **ret, size_t *ret_count)
{
	struct owner *owners = calloc(addresses_of(topology) + 1, sizeof(*owners));
	size_t count = 0;

	if (!owners)
		return -ENOMEM;
	for (size_t i = 0; i < topology->link_count; i++)
		for (int e = 0; e < 2; e++) {
			const struct interface *end = &topology->links[i]->ends[e];

			for (size_t a = 0; a < end->address_count; a++)
				owners[count++] = (struct owner){end->addresses[a].prefix.ip, end};
		}
	qsort(owners, count, sizeof(*owners), owner_compare);
	*ret = owners;
	*ret_count = count;
	return 0;
}

static bool is_owner(const struct owner *owners, size_t count, const struct netns_ip *ip,
		     const struct interface *interface)
{
	const struct owner key = {.ip = *ip};
	const struct owner *owner = bsearch(&key, owners, count, sizeof(key), owner_compare);

	return owner && memcmp(owner->interface->mac, interface->mac, sizeof(interface->mac)) == 0;
}

/** Addresses that interfaces of the plan's links had, into the room of @lost. */
static size_t lost_find(const struct apply *apply, const struct owner *owners, size_t count,
			struct netns_ip *lost)
{
	struct plan_step *step = NULL;
	size_t found = 0;

	while ((step = apply_next(apply, PLAN_LINK, step)))
		for (int e = 0; step->link_before && e < 2; e++) {
			const struct interface *end = &step->link_before->ends[e];

			for (size_t a = 0; a < end->address_count; a++)
				if (!is_owner(owners, count, &end->addresses[a].prefix.ip, end))
					lost[found++] = end->addresses[a].prefix.ip;
		}
	return found;
}

static bool was_on_link(const struct interface *interface, const struct netns_ip *ip)
{
	for (size_t a = 0; a < interface->address_count; a++)
		if (netns_prefix_contains(&interface->addresses[a].prefix, ip))
			return true;
	return false;
}

static int interface_forget(struct apply *apply, struct netns_batch *batch,
			    const struct interface *before, const struct interface *after,
			    const struct netns_ip *lost, size_t count)
{
	int index = 0, r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (!was_on_link(before, &lost[i]))
			continue;
		r = apply_index(apply, after, &index, NULL);
		if (r == -ENODEV && apply->undoing) /* it went with its peer's node */
			return 0;
		if (r < 0)
			return r;
		netns_neighbour_delete(batch, index, &lost[i]);
		netns_batch_tolerate(batch, ENOENT);
	}
	return r;
}

static int node_forget(struct apply *apply, const struct node *before, const struct node *after,
		       const struct netns_ip *lost, size_t count, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct netns *netns = NULL;
	int r = apply_netns(apply, after, &netns, err);

	if (apply_forgives(apply, r))
		return 0;
	if (r == 0)
		r = netns_batch_new(netns, &batch, err);
	for (size_t i = 0; r == 0 && i < before->interface_count; i++) {
		const struct interface *stays = node_interface(after, before->interfaces[i]->name);

		if (stays)
			r = interface_forget(apply, batch, before->interfaces[i], stays, lost,
					     count);
	}
	if (r == 0 && netns_batch_count(batch) > 0)
		r = netns_batch_send(batch, err);
	return r < 0 ? error_wrap(err, r, "neighbours of node '%s'", after->name) : 0;
}

int apply_neighbours(struct apply *apply, struct ncrun_error *err)
{
	const struct ncrun_topology *before = apply->plan->before, *after = apply->plan->after;
	_cleanup_free_ struct owner *owners = NULL;
	_cleanup_free_ struct netns_ip *lost = NULL;
	size_t count = 0;
	int r;

	if (!before || !after || !apply_next(apply, PLAN_LINK, NULL))
		return 0;
	lost = calloc(addresses_of(before) + 1, sizeof(*lost));
	r = lost ? owners_find(after, &owners, &count) : -ENOMEM;
	if (r < 0)
		return error_set(err, ENOMEM, "make room for addresses");
	count = lost_find(apply, owners, count, lost);
	for (size_t i = 0; r == 0 && count > 0 && i < before->node_count; i++) {
		const struct node *node = topology_node(after, before->nodes[i]->name);

		if (node && !node_is_switch(node))
			r = node_forget(apply, before->nodes[i], node, lost, count, err);
	}
	return r;
}
