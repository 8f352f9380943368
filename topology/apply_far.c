/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Networks in which packets may have farther to go than they usually live. Each node sets
 * how far what it sends may go, and answers of a router come from that router.
 */

#include "base/error.h"
#include "topology/apply.h"

#define HOPS_USUAL 64
#define HOPS_MOST  "255"

bool topology_is_far(const struct ncrun_topology *topology)
{
	size_t routers = 0;

	for (size_t i = 0; i < topology->node_count; i++)
		routers += node_forwards(topology->nodes[i]);
	return routers + 1 > HOPS_USUAL;
}

#define FAR_SYSCTLS 2

static const struct netns_sysctl far_sysctls[FAR_SYSCTLS] = {
	{"net.ipv4.ip_default_ttl", HOPS_MOST, true},
	{"net.ipv6.conf.default.hop_limit", HOPS_MOST, true},
};

const struct netns_sysctl *far_sysctl(size_t nth)
{
	return nth < FAR_SYSCTLS ? &far_sysctls[nth] : NULL;
}

/* What was born before inherits nothing. */
static int interfaces_reach(const struct node *node, struct netns *netns, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < node->interface_count; i++) {
		_cleanup_text_ struct text name = {0};
		struct netns_sysctl sysctl = {.value = HOPS_MOST, .optional = true};
		char kernel_name[NETNS_NAME_MAX];

		r = netns_name_short(node->interfaces[i]->name, kernel_name, err);
		if (r < 0)
			return r;
		text_printf(&name, "net/ipv6/conf/%s/hop_limit", kernel_name);
		sysctl.name = text_string(&name);
		r = netns_sysctl_set(netns, &sysctl, 1, err);
	}
	return r;
}

int apply_far(struct apply *apply, struct ncrun_error *err)
{
	const struct ncrun_topology *before = apply->plan->before, *after = apply->wanted;

	if (!before || !after || topology_is_far(before) || !topology_is_far(after))
		return 0;
	for (size_t i = 0; i < after->node_count; i++) {
		const struct node *node = after->nodes[i];
		struct netns *netns = NULL;
		int r = 0;

		if (node_is_switch(node))
			continue;
		r = network_netns(apply->network, node, &netns, err);
		if (apply_forgives(apply, r))
			continue;
		if (r == 0)
			r = netns_sysctl_set(netns, far_sysctls, FAR_SYSCTLS, err);
		if (r == 0)
			r = interfaces_reach(node, netns, err);
		if (r == 0)
			r = node_sysctls_set(node, netns, false, err);
		if (r < 0)
			return error_wrap(err, r, "node '%s'", node->name);
	}
	return 0;
}
