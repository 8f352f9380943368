/* SPDX-License-Identifier: Apache-2.0 */

/* Whether the kernel can do what networks need: the smallest request for each, and its answer. */

#include <errno.h>

#include "base/error.h"
#include "netns/lossy.h"
#include "netns/queue.h"

#define LOOPBACK_INDEX 1 /* in every namespace */

static int try_link(struct netns *netns, enum netns_link_kind kind, struct ncrun_error *err)
{
	static const char *const names[] = {
		[NETNS_LINK_VETH] = "veth0",       [NETNS_LINK_BRIDGE] = "bridge0",
		[NETNS_LINK_MACVLAN] = "macvlan0", [NETNS_LINK_VXLAN] = "vxlan0",
		[NETNS_LINK_VLAN] = "vlan0",       [NETNS_LINK_VRF] = "vrf0",
		[NETNS_LINK_DUMMY] = "dummy0",     [NETNS_LINK_IFB] = "ifb0",
	};
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	const struct netns_link peer = {.name = "veth1", .down = true};
	struct netns_link link = {
		.kind = kind, .name = names[kind], .down = true, .vxlan.id = 1, .vrf_table = 1};
	int r = netns_batch_new(netns, &batch, err);

	if (r < 0)
		return r;
	if (kind == NETNS_LINK_VETH)
		link.peer = &peer;
	if (kind == NETNS_LINK_MACVLAN || kind == NETNS_LINK_VLAN) {
		/* which do not go on loopback */
		netns_link_create(batch, &(struct netns_link){.name = "veth0",
							      .index = LOOPBACK_INDEX + 1,
							      .peer = &peer});
		link.lower = LOOPBACK_INDEX + 1;
		link.vlan = 1;
	}
	netns_link_create(batch, &link);
	return netns_batch_send(batch, err);
}

static int try_queue(struct netns *netns, const struct netns_impairment *impairment,
		     struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	const struct queues none = {.netem = false};
	int r = netns_batch_new(netns, &batch, err);

	if (r < 0)
		return r;
	queues_change(batch, LOOPBACK_INDEX, &none, impairment, 1500);
	return netns_batch_send(batch, err);
}

static int try_bpf(struct netns *netns, struct ncrun_error *err)
{
	const struct netns_end end = {netns, LOOPBACK_INDEX};

	return lossy_set(&end, &(struct lossy_config){.seed = 1}, err);
}

static int try_table(struct netns *netns, struct ncrun_error *err)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	int r = netns_filter_new(netns, &filter, err);

	if (r < 0)
		return r;
	netns_filter_table(filter, NETNS_FILTER_INET, "probe");
	return netns_filter_commit(filter, err);
}

int netns_feature_try(enum netns_feature feature, struct ncrun_error *err)
{
	_cleanup_(netns_freep) struct netns *netns = NULL;
	int r = netns_open_own(&netns, err);

	if (r < 0)
		return r;
	switch (feature) {
	case NETNS_FEATURE_VETH:
		return try_link(netns, NETNS_LINK_VETH, err);
	case NETNS_FEATURE_BRIDGE:
		return try_link(netns, NETNS_LINK_BRIDGE, err);
	case NETNS_FEATURE_VLAN:
		return try_link(netns, NETNS_LINK_VLAN, err);
	case NETNS_FEATURE_VXLAN:
		return try_link(netns, NETNS_LINK_VXLAN, err);
	case NETNS_FEATURE_MACVLAN:
		return try_link(netns, NETNS_LINK_MACVLAN, err);
	case NETNS_FEATURE_VRF:
		return try_link(netns, NETNS_LINK_VRF, err);
	case NETNS_FEATURE_DUMMY:
		return try_link(netns, NETNS_LINK_DUMMY, err);
	case NETNS_FEATURE_IFB:
		return try_link(netns, NETNS_LINK_IFB, err);
	case NETNS_FEATURE_NETEM:
		return try_queue(netns, &(struct netns_impairment){.delay_ns = 1}, err);
	case NETNS_FEATURE_TBF:
		return try_queue(netns, &(struct netns_impairment){.rate_bits = 1000000}, err);
	case NETNS_FEATURE_BPF:
		return try_bpf(netns, err);
	case NETNS_FEATURE_NF_TABLES:
		return try_table(netns, err);
	}
	return 0;
}
