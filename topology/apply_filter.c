/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The packet filter of a node: the rules of the file, and behind them what makes a nat.
 *
 * A nat lets its southern side out in its own northern name and answers back in. What
 * comes from the north without having been asked for is dropped in silence: a "port unreachable"
 * would close the holes that peers behind two of them punch into each other's.
 */

#include <errno.h>
#include <netinet/in.h>

#include "base/error.h"
#include "topology/apply.h"

#define TABLE "ncrun"

static const char *chain_of(enum netns_hook hook)
{
	return hook == NETNS_HOOK_INPUT    ? "input"
	       : hook == NETNS_HOOK_OUTPUT ? "output"
					   : "forward";
}

static void chain_make(struct netns_filter *filter, enum netns_hook hook, bool drop)
{
	netns_filter_chain(filter, &(struct netns_chain){
					   .name = chain_of(hook),
					   .hook = hook,
					   .priority = NETNS_PRIORITY_FILTER,
					   .drop = drop,
				   });
}

static void rules_add(struct netns_filter *filter, const struct node *node)
{
	for (size_t i = 0; i < node->filter_count; i++) {
		struct netns_filter_rule rule = node->filters[i].rule;

		netns_filter_tag(filter, &node->filters[i]);
		rule.chain = chain_of(node->filters[i].hook);
		netns_filter_rule(filter, &rule);
	}
	netns_filter_tag(filter, NULL);
}

static void nat_add(struct netns_filter *filter, const struct node *node)
{
	const struct netns_filter_rule rules[] = {
		{.chain = "input", .in_interface = "lo", .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "input", .in_group = GROUP_SOUTH, .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "input",
		 .ct = NETNS_CT_ESTABLISHED | NETNS_CT_RELATED,
		 .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "input", .protocol = IPPROTO_ICMP, .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "input", .protocol = IPPROTO_ICMPV6, .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "forward", .in_group = GROUP_SOUTH, .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "forward",
		 .ct = NETNS_CT_ESTABLISHED | NETNS_CT_RELATED,
		 .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "nat",
		 .out_group = GROUP_NORTH,
		 .verdict = NETNS_VERDICT_MASQUERADE,
		 .nat_flags = node->nat_flags},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		netns_filter_rule(filter, &rules[i]);
}

/* Ports can only be chosen where there are some. */
static void nat_ports_add(struct netns_filter *filter, const struct node *node)
{
	static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP};

	for (size_t i = 0; node->nat_ports.first && i < sizeof(protocols); i++)
		netns_filter_rule(filter, &(struct netns_filter_rule){
						  .chain = "nat",
						  .out_group = GROUP_NORTH,
						  .protocol = protocols[i],
						  .verdict = NETNS_VERDICT_MASQUERADE,
						  .to_ports = node->nat_ports,
						  .nat_flags = node->nat_flags,
					  });
}

/* Published ports lead to the nat itself, by its uplink. */
static void ports_add(struct netns_filter *filter, const struct node *node)
{
	for (size_t i = 0; i < node->port_count; i++) {
		const struct published_port *port = &node->ports[i];

		netns_filter_rule(filter,
				  &(struct netns_filter_rule){
					  .chain = "input",
					  .in_interface = UPLINK_INTERFACE,
					  .protocol = port->protocol,
					  .destination_ports = {port->node_port,
								(uint16_t)(port->node_port +
									   port->count - 1)},
					  .verdict = NETNS_VERDICT_ACCEPT,
				  });
	}
}

/* A router's network has addresses that the machine knows nothing of, and that another
 * network may have, too: they go no further than the uplink. */
static void hide_add(struct netns_filter *filter)
{
	netns_filter_rule(filter, &(struct netns_filter_rule){
					  .chain = "nat",
					  .out_interface = UPLINK_INTERFACE,
					  .verdict = NETNS_VERDICT_MASQUERADE,
				  });
}

static void table_fill(struct netns_filter *filter, const struct node *node)
{
	bool nat = node->kind == NODE_KIND_NAT;

	netns_filter_table_anew(filter, NETNS_FILTER_INET, TABLE);
	chain_make(filter, NETNS_HOOK_INPUT, nat);
	chain_make(filter, NETNS_HOOK_FORWARD, nat);
	chain_make(filter, NETNS_HOOK_OUTPUT, false);
	rules_add(filter, node);
	if (!nat && !(node->uplink && node_forwards(node)))
		return;
	netns_filter_chain(filter, &(struct netns_chain){
					   .name = "nat",
					   .hook = NETNS_HOOK_POSTROUTING,
					   .priority = NETNS_PRIORITY_SRCNAT,
					   .nat = true,
				   });
	if (!nat) {
		hide_add(filter);
		return;
	}
	ports_add(filter, node);
	nat_ports_add(filter, node);
	nat_add(filter, node);
}

static int node_filters(struct apply *apply, const struct plan_step *step, struct ncrun_error *err)
{
	const struct node *node = step->after ? step->after : step->before;
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	struct netns *netns = NULL;
	int r = apply_netns(apply, node, &netns, err);

	if (apply_forgives(apply, r))
		return 0;
	if (r == 0)
		r = netns_filter_new(netns, &filter, err);
	if (r < 0)
		return r;
	if (step->verb == NCRUN_STEP_DELETE)
		netns_filter_table_delete(filter, NETNS_FILTER_INET, TABLE);
	else
		table_fill(filter, node);
	r = netns_filter_commit(filter, err);
	if (r < 0) {
		const struct filter *bad = netns_filter_failed(filter);

		if (bad && bad->place.line)
			return error_wrap(err, r, "filter of line %u", bad->place.line);
	}
	return r;
}

int apply_filters(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_FILTERS, step))) {
		int r;

		step->begun = true;
		r = node_filters(apply, step, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return 0;
}
