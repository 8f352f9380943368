/* SPDX-License-Identifier: Apache-2.0 */

/* What is different between two nodes or links, and what it takes to change it. */

#include <string.h>

#include "topology/plan.h"

static bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && text_equal(a, b));
}

static bool lists_equal(char *const *a, char *const *b)
{
	size_t i = 0;

	for (; a && b && a[i] && b[i]; i++)
		if (!text_equal(a[i], b[i]))
			return false;
	return (!a || !a[i]) && (!b || !b[i]);
}

/* ---- containers ----------------------------------------------------------------------- */

static const size_t texts[] = {
	offsetof(struct node, rootfs),   offsetof(struct node, pull),
	offsetof(struct node, upper),    offsetof(struct node, upper_size),
	offsetof(struct node, workdir),  offsetof(struct node, user),
	offsetof(struct node, hostname), offsetof(struct node, seccomp),
	offsetof(struct node, userns),   offsetof(struct node, stop_signal),
	offsetof(struct node, timeout),  offsetof(struct node, stop_grace),
	offsetof(struct node, log_size),
};

static const size_t lists[] = {
	offsetof(struct node, volumes), offsetof(struct node, tmpfs),
	offsetof(struct node, env),     offsetof(struct node, groups),
	offsetof(struct node, cap_add), offsetof(struct node, cap_drop),
	offsetof(struct node, rlimits), offsetof(struct node, sysctls),
	offsetof(struct node, labels),
};

static bool limits_equal(const struct ncrun_limits *a, const struct ncrun_limits *b)
{
	size_t count = 0;
	const struct ncrun_limit *list = ncrun_limit_list(&count);

	for (size_t i = 0; i < count; i++) {
		char left[4096], right[4096];
		int had = 1, has = 1;

		for (size_t n = 0; had > 0 && has > 0; n++) {
			had = ncrun_limits_print(a, list[i].name, n, left, sizeof(left));
			has = ncrun_limits_print(b, list[i].name, n, right, sizeof(right));
			if ((had > 0) != (has > 0) || (had > 0 && !text_equal(left, right)))
				return false;
		}
	}
	return true;
}

/* The same ones are said, if with other values; who may use which device is settled at the start.
 */
static bool limits_alike(const struct ncrun_limits *a, const struct ncrun_limits *b)
{
	size_t count = 0;
	const struct ncrun_limit *list = ncrun_limit_list(&count);

	for (size_t i = 0; i < count; i++) {
		char left[4096], right[4096];
		int had = 1, has = 1;

		for (size_t n = 0; had > 0 && has > 0; n++) {
			had = ncrun_limits_print(a, list[i].name, n, left, sizeof(left));
			has = ncrun_limits_print(b, list[i].name, n, right, sizeof(right));
			if ((had > 0) != (has > 0) ||
			    (had > 0 && a->device_count + b->device_count > 0 &&
			     !text_equal(left, right)))
				return false;
		}
	}
	return true;
}

bool node_limits_differ(const struct node *before, const struct node *after)
{
	return !limits_equal(&before->limits, &after->limits);
}

static bool services_equal(const struct node *a, const struct node *b)
{
	if (a->service_count != b->service_count)
		return false;
	for (size_t i = 0; i < a->service_count; i++) {
		const struct service *x = &a->services[i], *y = &b->services[i];

		if (!texts_equal(x->name, y->name) || !lists_equal(x->argv, y->argv) ||
		    x->restart.policy != y->restart.policy ||
		    x->restart.max_retries != y->restart.max_retries)
			return false;
	}
	return true;
}

bool node_needs_restart(const struct node *before, const struct node *after)
{
	if (before->kind != after->kind || before->gone)
		return true;
	if (node_is_switch(before))
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!texts_equal(*(char *const *)((const char *)before + texts[i]),
				 *(char *const *)((const char *)after + texts[i])))
			return true;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!lists_equal(*(char *const *const *)((const char *)before + lists[i]),
				 *(char *const *const *)((const char *)after + lists[i])))
			return true;
	return before->read_only != after->read_only || before->privileged != after->privileged ||
	       before->new_privileges != after->new_privileges || !services_equal(before, after) ||
	       !limits_alike(&before->limits, &after->limits);
}

/* ---- what is set in its namespace ------------------------------------------------------- */

static bool prefixes_equal(const struct netns_prefix *a, const struct netns_prefix *b)
{
	return a->length == b->length && netns_ip_equal(&a->ip, &b->ip);
}

static bool addresses_equal(const struct address *a, size_t a_count, const struct address *b,
			    size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!prefixes_equal(&a[i].prefix, &b[i].prefix))
			return false;
	return true;
}

static bool routes_equal(const struct route *a, const struct route *b)
{
	if (a->kind != b->kind || !prefixes_equal(&a->destination, &b->destination) ||
	    a->hop_count != b->hop_count || a->metric != b->metric || a->table != b->table)
		return false;
	for (size_t i = 0; i < a->hop_count; i++)
		if (!netns_ip_equal(&a->hops[i].via, &b->hops[i].via) ||
		    !texts_equal(a->hops[i].interface, b->hops[i].interface) ||
		    a->hops[i].weight != b->hops[i].weight)
			return false;
	return true;
}

static bool rules_equal(const struct netns_rule *a, const struct netns_rule *b)
{
	return a->family == b->family && a->action == b->action && a->table == b->table &&
	       a->priority == b->priority && prefixes_equal(&a->from, &b->from) &&
	       prefixes_equal(&a->to, &b->to) && texts_equal(a->in_interface, b->in_interface) &&
	       texts_equal(a->out_interface, b->out_interface) && a->mark == b->mark &&
	       a->mark_mask == b->mark_mask && a->invert == b->invert;
}

bool node_routes_differ(const struct node *before, const struct node *after)
{
	if (node_forwards(before) != node_forwards(after) ||
	    before->route_count != after->route_count || before->rule_count != after->rule_count ||
	    !netns_ip_equal(&before->gateways[0], &after->gateways[0]) ||
	    !netns_ip_equal(&before->gateways[1], &after->gateways[1]) ||
	    !addresses_equal(before->loopback, before->loopback_count, after->loopback,
			     after->loopback_count))
		return true;
	for (size_t i = 0; i < before->route_count; i++)
		if (!routes_equal(&before->routes[i], &after->routes[i]))
			return true;
	for (size_t i = 0; i < before->rule_count; i++)
		if (!rules_equal(&before->rules[i].rule, &after->rules[i].rule))
			return true;
	return false;
}

/* Zeroed before they are filled, padding too; what is pointed to is compared by itself. */
static bool filters_equal(const struct filter *a, const struct filter *b)
{
	struct netns_filter_rule x = a->rule, y = b->rule;
	const char *const pairs[][2] = {
		{x.chain, y.chain},
		{x.in_interface, y.in_interface},
		{x.out_interface, y.out_interface},
		{x.source_set, y.source_set},
		{x.destination_set, y.destination_set},
		{x.target, y.target},
		{x.comment, y.comment},
	};

	if (a->hook != b->hook)
		return false;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!texts_equal(pairs[i][0], pairs[i][1]))
			return false;
	x.chain = y.chain = x.in_interface = y.in_interface = x.out_interface = y.out_interface =
		NULL;
	x.source_set = y.source_set = x.destination_set = y.destination_set = NULL;
	x.target = y.target = x.comment = y.comment = NULL;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

bool node_filters_differ(const struct node *before, const struct node *after)
{
	if (before->filter_count != after->filter_count || before->nat_flags != after->nat_flags ||
	    before->nat_ports.first != after->nat_ports.first ||
	    before->nat_ports.last != after->nat_ports.last || before->uplink != after->uplink ||
	    (after->kind == NODE_KIND_NAT && node_ports_differ(before, after)))
		return true;
	for (size_t i = 0; i < before->filter_count; i++)
		if (!filters_equal(&before->filters[i], &after->filters[i]))
			return true;
	return false;
}

bool node_ports_differ(const struct node *before, const struct node *after)
{
	if (before->port_count != after->port_count)
		return true;
	for (size_t i = 0; i < before->port_count; i++) {
		const struct published_port *a = &before->ports[i], *b = &after->ports[i];

		if (!netns_ip_equal(&a->address, &b->address) || a->host_port != b->host_port ||
		    a->node_port != b->node_port || a->count != b->count ||
		    a->protocol != b->protocol)
			return true;
	}
	return false;
}

bool switch_differs(const struct node *before, const struct node *after)
{
	return memcmp(&before->bridge, &after->bridge, sizeof(before->bridge)) != 0 ||
	       before->mtu != after->mtu;
}

/* ---- links ------------------------------------------------------------------------------ */

static bool vlans_equal(const struct vlan_port *a, const struct vlan_port *b)
{
	return a->access == b->access && a->trunk_count == b->trunk_count &&
	       (a->trunk_count == 0 ||
		memcmp(a->trunk, b->trunk, a->trunk_count * sizeof(*a->trunk)) == 0);
}

bool link_needs_renewal(const struct link *before, const struct link *after)
{
	if (before->kind != after->kind)
		return true;
	for (int i = 0; i < 2; i++) {
		const struct interface *a = &before->ends[i], *b = &after->ends[i];

		if (memcmp(a->mac, b->mac, sizeof(a->mac)) != 0 || a->group != b->group ||
		    a->bound != b->bound || a->tx_queue_length != b->tx_queue_length ||
		    !vlans_equal(&a->vlan, &b->vlan))
			return true;
	}
	return false;
}

unsigned int link_changes(const struct link *before, const struct link *after)
{
	unsigned int changes = 0;

	for (int i = 0; i < 2; i++) {
		const struct interface *a = &before->ends[i], *b = &after->ends[i];

		if (!addresses_equal(a->addresses, a->address_count, b->addresses,
				     b->address_count))
			changes |= PLAN_CHANGE_ADDRESSES;
		if (a->mtu != b->mtu)
			changes |= PLAN_CHANGE_MTU;
		if (a->down != b->down)
			changes |= PLAN_CHANGE_UP;
		if (memcmp(&a->out, &b->out, sizeof(a->out)) != 0)
			changes |= PLAN_CHANGE_IMPAIRMENT;
		if (a->isolated != b->isolated || a->hairpin != b->hairpin)
			changes |= PLAN_CHANGE_PORT;
	}
	return changes;
}
