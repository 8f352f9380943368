/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Switches and links of a plan. A link is born across the two namespaces that it joins, by one
 * request to that of its first end, or to the fabric; what its other end needs beyond
 * that is said there, together with all else that the node gets. Requests travel together.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "topology/apply.h"
#include "topology/switch.h"

/* ---- switches ------------------------------------------------------------------------------- */

int apply_switches(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct plan_step *step = NULL;
	int r = 0;

	while (r == 0 && (step = apply_next(apply, PLAN_SWITCH, step))) {
		if (!batch) {
			r = fabric_open(apply->network, err);
			if (r == 0)
				r = netns_batch_new(apply->network->fabric, &batch, err);
			if (r < 0)
				return r;
		}
		netns_batch_tag(batch, step);
		step->begun = true;
		if (step->verb == NCRUN_STEP_CREATE)
			r = switch_create(apply->network, batch, step->after, err);
		else if (step->verb == NCRUN_STEP_CHANGE)
			r = switch_change(apply->network, batch, step->after, err);
		else
			r = switch_delete(apply->network, batch, step->before, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	if (batch) {
		r = netns_batch_send(batch, err);
		if (r < 0)
			return apply_fail(apply, netns_batch_failed(batch), r, err);
	}
	return 0;
}

int apply_switches_open(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	int r = 0;

	if (!apply->network->fabric)
		return 0;
	r = netns_batch_new(apply->network->fabric, &batch, err);
	if (r < 0)
		return r;
	switches_open(apply->network, batch);
	return netns_batch_send(batch, err);
}

/* ---- creating ---------------------------------------------------------------------------- */

static uint32_t end_group(const struct interface *end)
{
	if (end->group)
		return end->group;
	if (end->node->kind != NODE_KIND_NAT)
		return 0;
	return end->bound == BOUND_NORTH ? GROUP_NORTH : GROUP_SOUTH;
}

/* What the kernel is to make of an end. */
static int end_link(struct apply *apply, struct netns_batch *batch, struct interface *end,
		    struct netns_link *ret, struct ncrun_error *err)
{
	struct netns *netns = NULL;
	int bridge = 0, r = apply_netns(apply, end->node, &netns, err);

	if (r == 0 && node_is_switch(end->node)) /* which may have to grow a bridge for it */
		r = switch_port(apply->network, batch, end->node, &bridge, err);
	if (r == 0)
		r = netns_index_next(netns, &end->index, err);
	if (r < 0)
		return r;
	*ret = (struct netns_link){
		.name = end->name,
		.index = end->index,
		.mac = end->mac_set ? end->mac : NULL,
		.mtu = end->mtu,
		.group = end_group(end),
		.tx_queue_length = end->tx_queue_length,
		.isolated = end->isolated,
		.hairpin = end->hairpin,
		.down = end->down,
		.master = bridge,
	};
	return 0;
}

static void port_vlans(struct netns_batch *batch, const struct interface *end)
{
	const struct vlan_port *vlan = &end->vlan;
	const struct netns_port_vlan own = {.first = vlan->access,
					    .untagged = true,
					    .native = true};
	const uint16_t standard =
		end->node->bridge.default_vlan ? end->node->bridge.default_vlan : 1;

	if (!vlan->access && vlan->trunk_count == 0)
		return;
	if (vlan->access != standard) /* which it has by itself */
		netns_port_vlan_delete(batch, end->index,
				       &(struct netns_port_vlan){.first = standard});
	if (vlan->access && vlan->access != standard)
		netns_port_vlan_add(batch, end->index, &own);
	for (size_t i = 0; i < vlan->trunk_count; i++)
		netns_port_vlan_add(batch, end->index,
				    &(struct netns_port_vlan){.first = vlan->trunk[i].first,
							      .last = vlan->trunk[i].last});
}

/* The end whose namespace is asked: the switch, where thousands of requests go together. */
static int first_end(const struct link *link)
{
	return link->ends[1].node && node_is_switch(link->ends[1].node) &&
	       !node_is_switch(link->ends[0].node);
}

/* The model is of this process, and an interface's index is what it learns of it. */
static struct link *link_of(const struct plan_step *step)
{
	return (struct link *)step->link_after;
}

static int link_create(struct apply *apply, struct netns_batch *batch, struct link *link,
		       struct ncrun_error *err)
{
	int first = first_end(link);
	struct interface *near = &link->ends[first], *far = &link->ends[!first];
	struct netns *netns[2];
	struct netns_link link_near = {0}, link_far = {0};
	int r = apply_ends(apply, link, netns, err);

	if (r == 0)
		r = end_link(apply, batch, near, &link_near, err);
	if (r == 0 && far->node)
		r = end_link(apply, batch, far, &link_far, err);
	if (r < 0)
		return r;
	link_near.kind = link->kind == LINK_KIND_DUMMY ? NETNS_LINK_DUMMY : NETNS_LINK_VETH;
	if (far->node) {
		link_near.peer = &link_far;
		link_near.peer_netns = netns[0] == netns[1] ? NULL : netns[!first];
	}
	netns_link_create(batch, &link_near);
	if (node_is_switch(near->node))
		port_vlans(batch, near);
	if (far->node && node_is_switch(far->node))
		port_vlans(batch, far);
	return 0;
}

static bool creates(const struct plan_step *step)
{
	return step->verb == NCRUN_STEP_CREATE;
}

/* Those that begin in the fabric go to the kernel as one. */
static int links_in_fabric(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct plan_step *step = NULL;
	int r = 0;

	while ((step = apply_next(apply, PLAN_LINK, step))) {
		struct link *link = link_of(step);

		if (!creates(step) || !node_is_switch(link->ends[first_end(link)].node))
			continue;
		if (!batch) {
			r = fabric_open(apply->network, err);
			if (r == 0)
				r = netns_batch_new(apply->network->fabric, &batch, err);
			if (r < 0)
				return apply_fail(apply, step, r, err);
		}
		netns_batch_tag(batch, step);
		step->begun = true;
		r = link_create(apply, batch, link, err);
		if (r < 0 && !apply_forgives(apply, r))
			return apply_fail(apply, step, r, err);
	}
	if (!batch)
		return 0;
	r = netns_batch_send(batch, err);
	return r < 0 ? apply_fail(apply, netns_batch_failed(batch), r, err) : 0;
}

static int links_of_nodes(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_LINK, step))) {
		_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
		struct netns *netns = NULL;
		struct link *link = link_of(step);
		int r;

		if (!creates(step) || node_is_switch(link->ends[first_end(link)].node))
			continue;
		r = apply_netns(apply, link->ends[0].node, &netns, err);
		if (r == 0)
			r = netns_batch_new(netns, &batch, err);
		if (r == 0) {
			step->begun = true;
			r = link_create(apply, batch, link, err);
		}
		if (r == 0)
			r = netns_batch_send(batch, err);
		if (r < 0 && !apply_forgives(apply, r))
			return apply_fail(apply, step, r, err);
	}
	return 0;
}

int apply_links_create(struct apply *apply, struct ncrun_error *err)
{
	int r = links_in_fabric(apply, err);

	return r < 0 ? r : links_of_nodes(apply, err);
}

/* ---- settling: what is said inside the nodes --------------------------------------------- */

void link_queue_addresses(struct netns_batch *batch, const struct interface *end, int index)
{
	for (size_t i = 0; i < end->address_count; i++)
		netns_address_add(batch, index,
				  &(struct netns_address){.prefix = end->addresses[i].prefix});
}

static int end_settle(struct netns_batch *batch, const struct link *link, int which)
{
	const struct interface *end = &link->ends[which];

	if (which != first_end(link))
		netns_link_settle(batch, &(struct netns_link){.name = end->name,
							      .index = end->index,
							      .down = end->down});
	link_queue_addresses(batch, end, end->index);
	return 0;
}

static int settle_step(struct apply *apply, const struct plan_step *step, struct ncrun_error *err)
{
	const struct link *link = step->link_after;
	struct netns *netns[2];
	int r = apply_ends(apply, link, netns, err);

	for (int i = 0; r == 0 && i < 2; i++) {
		_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
		const struct interface *end = &link->ends[i];

		if (!end->node || node_is_switch(end->node))
			continue;
		r = netns_batch_new(netns[i], &batch, err);
		if (r == 0)
			r = end_settle(batch, link, i);
		if (r == 0)
			r = netns_batch_send(batch, err);
	}
	return apply_forgives(apply, r) ? 0 : r;
}

int apply_links_settle(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_LINK, step))) {
		int r = creates(step) ? settle_step(apply, step, err) : 0;

		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	step = NULL;
	while ((step = apply_next(apply, PLAN_NODE, step))) {
		struct netns *netns = NULL;
		int r;

		if (!creates(step) || !step->after->sysctls)
			continue;
		r = apply_netns(apply, step->after, &netns, err);
		if (r == 0)
			r = node_sysctls_set(step->after, netns, true, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return 0;
}
