/* SPDX-License-Identifier: Apache-2.0 */

/* What becomes of links that are there: changed in place, impaired, deleted. */

#include <errno.h>

#include "base/error.h"
#include "topology/apply.h"

/* ---- changed ----------------------------------------------------------------------------- */

static bool has_address(const struct interface *end, const struct netns_prefix *prefix)
{
	for (size_t i = 0; i < end->address_count; i++)
		if (end->addresses[i].prefix.length == prefix->length &&
		    netns_ip_equal(&end->addresses[i].prefix.ip, &prefix->ip))
			return true;
	return false;
}

static void addresses_change(struct netns_batch *batch, const struct interface *before,
			     const struct interface *after, int index)
{
	for (size_t i = 0; i < before->address_count; i++)
		if (!has_address(after, &before->addresses[i].prefix)) {
			netns_address_delete(batch, index,
					     &(struct netns_address){
						     .prefix = before->addresses[i].prefix});
			netns_batch_tolerate(batch, EADDRNOTAVAIL);
		}
	for (size_t i = 0; i < after->address_count; i++)
		if (!has_address(before, &after->addresses[i].prefix)) {
			netns_address_add(batch, index,
					  &(struct netns_address){
						  .prefix = after->addresses[i].prefix});
			netns_batch_tolerate(batch, EEXIST);
		}
}

/* Loss of link deletes a node's IPv6 addresses: they are given again when it comes up. */
static void end_change(struct netns_batch *batch, const struct plan_step *step, int which,
		       int index)
{
	const struct interface *before = &step->link_before->ends[which];
	const struct interface *after = &step->link_after->ends[which];
	const uint32_t standard = 1500;
	struct netns_link_change change = {0};

	if (before->mtu != after->mtu)
		change.mtu = after->mtu ? after->mtu : standard;
	if (before->down != after->down)
		change.up = after->down ? NETNS_OFF : NETNS_ON;
	if (before->isolated != after->isolated)
		change.isolated = after->isolated ? NETNS_ON : NETNS_OFF;
	if (before->hairpin != after->hairpin)
		change.hairpin = after->hairpin ? NETNS_ON : NETNS_OFF;
	netns_link_change(batch, index, &change);
	if (node_is_switch(after->node))
		return;
	addresses_change(batch, before, after, index);
	if (change.up == NETNS_ON)
		for (size_t i = 0; i < after->address_count; i++) {
			netns_address_add(batch, index,
					  &(struct netns_address){
						  .prefix = after->addresses[i].prefix});
			netns_batch_tolerate(batch, EEXIST);
		}
}

static int link_change(struct apply *apply, const struct plan_step *step, struct ncrun_error *err)
{
	struct netns *netns[2];
	int r = apply_ends(apply, step->link_after, netns, err);

	for (int i = 0; r == 0 && i < 2; i++) {
		_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
		const struct interface *end = &step->link_after->ends[i];
		int index = 0;

		if (!end->node)
			continue;
		r = apply_index(apply, end, &index, err);
		if (r == 0)
			r = netns_batch_new(netns[i], &batch, err);
		if (r == 0) {
			end_change(batch, step, i, index);
			r = netns_batch_send(batch, err);
		}
	}
	return apply_forgives(apply, r) ? 0 : r;
}

int apply_links_change(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_LINK, step))) {
		int r;

		if (step->verb != NCRUN_STEP_CHANGE ||
		    !(step->changes & ~(unsigned int)PLAN_CHANGE_IMPAIRMENT))
			continue;
		step->begun = true;
		r = link_change(apply, step, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return 0;
}

/* ---- impaired ---------------------------------------------------------------------------- */

static int direction_impair(struct apply *apply, const struct link *link, int from,
			    struct ncrun_error *err)
{
	struct netns_end places[2] = {{0}};
	struct netns *netns[2];
	int r = apply_ends(apply, link, netns, err);

	for (int i = 0; r == 0 && i < 2; i++) {
		const int end = i == 0 ? from : !from;

		places[i].netns = netns[end];
		r = apply_index(apply, &link->ends[end], &places[i].index, err);
	}
	return r < 0 ? r : netns_impair(&places[0], &places[1], &link->ends[from].out, err);
}

int apply_impairments(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_LINK, step))) {
		const struct link *link = step->link_after;
		bool changes =
			step->verb == NCRUN_STEP_CHANGE && (step->changes & PLAN_CHANGE_IMPAIRMENT);

		if (step->verb == NCRUN_STEP_DELETE || !link->ends[1].node)
			continue;
		step->begun = step->begun || changes;
		for (int i = 0; i < 2; i++) {
			int r = 0;

			if (changes || (step->verb == NCRUN_STEP_CREATE &&
					!netns_impairment_is_none(&link->ends[i].out)))
				r = direction_impair(apply, link, i, err);
			if (r < 0 && !apply_forgives(apply, r))
				return apply_fail(apply, step, r, err);
		}
	}
	return 0;
}

/* ---- deleted ----------------------------------------------------------------------------- */

/* What is in the way of one that is to be made again may be that one. */
static const struct link *link_going(const struct apply *apply, const struct plan_step *step)
{
	if (step->verb == NCRUN_STEP_DELETE)
		return step->link_before;
	return step->verb == NCRUN_STEP_CREATE && apply->undoing ? step->link_after : NULL;
}

/* The end that is deleted, and takes the other with it: in the fabric, where many go at once. */
static const struct interface *going_end(const struct link *link)
{
	bool second = link->ends[1].node && node_is_switch(link->ends[1].node);

	return &link->ends[second];
}

/* One of a node that does not run any more is gone. */
static int link_delete(struct apply *apply, const struct interface *end, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct netns *netns = NULL;
	int r = apply_netns(apply, end->node, &netns, err);

	if (r == -ENOTCONN)
		return 0;
	if (r == 0)
		r = netns_batch_new(netns, &batch, err);
	if (r < 0)
		return r;
	netns_link_delete_name(batch, end->name);
	netns_batch_tolerate(batch, ENODEV);
	return netns_batch_send(batch, err);
}

/* A bridge's port each would wait for the kernel; a group of them waits once. */
static int links_delete_in_fabric(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct plan_step *step = NULL;
	int index, r = 0;

	while (r == 0 && (step = apply_next(apply, PLAN_LINK, step))) {
		const struct link *link = link_going(apply, step);
		const struct interface *end = link ? going_end(link) : NULL;

		if (!link || !node_is_switch(end->node))
			continue;
		if (!batch) {
			r = fabric_open(apply->network, err);
			if (r == 0)
				r = netns_batch_new(apply->network->fabric, &batch, err);
			if (r < 0)
				return r;
		}
		step->begun = true;
		r = apply_index(apply, end, &index, err);
		if (r == -ENODEV) { /* it went with its node */
			r = 0;
			continue;
		}
		if (r < 0)
			return apply_fail(apply, step, r, err);
		netns_link_change(batch, index,
				  &(struct netns_link_change){.group = NETNS_GROUP_GOING});
		netns_batch_tolerate(batch, ENODEV);
	}
	if (!batch)
		return 0;
	netns_link_delete_group(batch, NETNS_GROUP_GOING);
	return netns_batch_send(batch, err);
}

int apply_links_delete(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;
	int r;

	if (!apply->wanted) /* they go with the namespaces */
		return 0;
	r = links_delete_in_fabric(apply, err);
	while (r == 0 && (step = apply_next(apply, PLAN_LINK, step))) {
		const struct link *link = link_going(apply, step);
		const struct interface *end = link ? going_end(link) : NULL;

		if (!link || node_is_switch(end->node))
			continue;
		step->begun = true;
		r = link_delete(apply, end, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return r;
}
