/* SPDX-License-Identifier: Apache-2.0 */

/* Links between nodes and the machine: their names, their addresses, their lives. */

#include "topology/uplink.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

#define GROUP_LEAD 0x6f000000u
#define GROUP_BITS 0x00fffffeu

/* 131,070 of each: the first is the machine's own, on every link. */
#define POOL_NUMBERS  131071u
#define NUMBER_TRIES  4096
#define POOL6_LENGTH  48
#define IPV6_LOOPBACK "::1/128"

/* Behind the kernel's own, so that nothing but what comes from a node finds it. */
#define LOOPBACK_METRIC 10000

/*
 * For tests of networks (RFC 2544), and what providers have inside (RFC 6598): neither is
 * likely on a machine or in a topology, where 10/8, 172.16/12 and 192.168/16 are.
 */
static const char *const pools4[] = {"198.18.0.0/15", "100.66.0.0/15"};
static const char pool6[] = "fd6e:6372:756e::/48";

#define POOLS (sizeof(pools4) / sizeof(pools4[0]))

static const int families[] = {AF_INET, AF_INET6};

/* ---- names ---------------------------------------------------------------------------------- */

bool topology_uses_machine(const struct ncrun_topology *topology)
{
	for (size_t i = 0; topology && i < topology->node_count; i++)
		if (node_has_uplink(topology->nodes[i]))
			return true;
	return false;
}

/** "nc-NETWORK~NODE~TAG"; a node's name that is too long becomes its beginning and a hash. */
static void link_name(const struct uplinks *uplinks, const char *node, char ret[NETNS_ALTNAME_MAX])
{
	const char *mark = uplinks->tag[0] ? "~" : "";
	int n = snprintf(ret, NETNS_ALTNAME_MAX, "nc-%s~%s%s%s", uplinks->network, node, mark,
			 uplinks->tag);

	if (n >= NETNS_ALTNAME_MAX)
		snprintf(ret, NETNS_ALTNAME_MAX, "nc-%s~%.30s+%08x%s%s", uplinks->network, node,
			 text_hash(node), mark, uplinks->tag);
}

int uplink_kernel_name(const struct uplinks *uplinks, const char *node, char ret[NETNS_NAME_MAX],
		       struct ncrun_error *err)
{
	char name[NETNS_ALTNAME_MAX];

	link_name(uplinks, node, name);
	return netns_name_short(name, ret, err);
}

static void table_name(struct uplinks *uplinks)
{
	int n = snprintf(uplinks->table, sizeof(uplinks->table), UPLINK_TABLE_LEAD "%s",
			 uplinks->network);

	if (uplinks->node[0] || uplinks->tag[0])
		snprintf(uplinks->table + n, sizeof(uplinks->table) - (size_t)n, "/%s%s%s",
			 uplinks->node, uplinks->tag[0] ? "/" : "", uplinks->tag);
}

static uint32_t group_of(const char *table)
{
	return GROUP_LEAD | (text_hash(table) & GROUP_BITS);
}

int uplinks_open(const struct ncrun_context *context, const char *network, const char *node,
		 struct uplinks *ret, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	_cleanup_free_ char *six = NULL;
	int r = state_tag(context, uplinks.tag, err);

	if (r < 0)
		return r;
	snprintf(uplinks.network, sizeof(uplinks.network), "%s", network);
	snprintf(uplinks.node, sizeof(uplinks.node), "%s", node ? node : "");
	table_name(&uplinks);
	uplinks.group = group_of(uplinks.table);
	r = netns_open_own(&uplinks.machine, err);
	if (r < 0)
		return r;
	uplinks.families = 2;
	r = netns_sysctl_get(uplinks.machine, "net.ipv6.conf.all.forwarding", &six, err);
	if (r == -ENOENT)
		uplinks.families = 1;
	else if (r < 0)
		return r;
	*ret = uplinks;
	uplinks = (struct uplinks){.count = 0};
	return 0;
}

void uplinks_done(struct uplinks *uplinks)
{
	netns_free(uplinks->machine);
	strings_free(uplinks->forwarding);
	for (size_t i = 0; i < uplinks->count; i++)
		free(uplinks->items[i].inside);
	free(uplinks->items);
}

static bool route_is_main(const struct route *route)
{
	return route->table == 0 || route->table == 254;
}

/* What the node's network has itself goes there, and so would answers to whoever has such an
 * address outside. */
static int item_fill(struct uplink *item, const struct node *node)
{
	size_t most = node->route_count;

	*item = (struct uplink){
		.node = node->name,
		.ports = node->ports,
		.port_count = node->port_count,
		.outside = node->uplink,
	};
	for (size_t i = 0; i < 2; i++)
		item->is_default[i] = node->uplink && !node->gateways[i].family;
	for (size_t i = 0; i < node->interface_count; i++)
		most += node->interfaces[i]->address_count;
	item->inside = calloc(most + 1, sizeof(*item->inside));
	if (!item->inside)
		return -ENOMEM;
	for (size_t i = 0; i < node->interface_count; i++)
		for (size_t n = 0; n < node->interfaces[i]->address_count; n++)
			item->inside[item->inside_count++] =
				netns_prefix_network(&node->interfaces[i]->addresses[n].prefix);
	for (size_t i = 0; i < node->route_count; i++) {
		const struct netns_prefix *to = &node->routes[i].destination;

		if (!route_is_main(&node->routes[i]))
			continue;
		if (to->length == 0)
			item->is_default[to->ip.family == AF_INET6] = false;
		else
			item->inside[item->inside_count++] = *to;
	}
	return 0;
}

int uplinks_fill(struct uplinks *uplinks, const struct ncrun_topology *topology,
		 struct ncrun_error *err)
{
	uplinks->items = calloc((topology ? topology->node_count : 0) + 1, sizeof(*uplinks->items));
	if (!uplinks->items)
		return error_errno(err, "make room for uplinks");
	for (size_t i = 0; topology && i < topology->node_count; i++)
		if (node_has_uplink(topology->nodes[i]) &&
		    item_fill(&uplinks->items[uplinks->count++], topology->nodes[i]) < 0)
			return error_errno(err, "make room for uplinks");
	return 0;
}

struct uplink *uplinks_item(struct uplinks *uplinks, const char *node)
{
	for (size_t i = 0; i < uplinks->count; i++)
		if (text_equal(uplinks->items[i].node, node))
			return &uplinks->items[i];
	return NULL;
}

/* ---- addresses ------------------------------------------------------------------------------ */

static struct netns_prefix prefix_of(const char *text)
{
	struct netns_prefix prefix = {.length = 0};

	(void)netns_prefix_parse(text, &prefix, NULL); /* a constant of ours */
	return prefix;
}

struct netns_prefix uplink_pool(const struct uplinks *uplinks, int family)
{
	return prefix_of(family == AF_INET6 ? pool6 : pools4[uplinks->pool]);
}

struct netns_ip uplink_address(const struct uplinks *uplinks, int family, uint32_t number)
{
	struct netns_ip ip = uplink_pool(uplinks, family).ip;
	size_t size = netns_ip_size(&ip);

	number++;
	for (size_t i = 0; i < 4; i++)
		ip.bytes[size - 1 - i] |= (uint8_t)(number >> (8 * i));
	return ip;
}

static struct netns_prefix address_prefix(const struct uplinks *uplinks, int family,
					  uint32_t number)
{
	return (struct netns_prefix){uplink_address(uplinks, family, number),
				     family == AF_INET6 ? 128 : 32};
}

/** The reverse; 0 = it is none. */
static uint32_t number_of(const struct netns_ip *ip, size_t pool)
{
	const struct netns_prefix prefix = prefix_of(pools4[pool]);
	uint32_t number;

	if (ip->family != AF_INET || !netns_prefix_contains(&prefix, ip))
		return 0;
	number = (uint32_t)(ip->bytes[1] & 1) << 16 | (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
	return number > 0 ? number - 1 : 0;
}

bool uplink_is_of_table(const struct netns_link_state *link, const char *table)
{
	uint32_t group = group_of(table);

	return text_starts_with(link->name, UPLINK_LINK_LEAD) &&
	       (link->group == group || link->group == group + 1);
}

static const struct netns_link_state *link_of_route(const struct netns_state *state,
						    const struct netns_route_state *route)
{
	for (size_t i = 0; i < state->link_count; i++)
		if (state->links[i].index == route->route.hop.index)
			return &state->links[i];
	return NULL;
}

/** Has the machine a network in the pool that is not of our links? */
static bool pool_is_used(const struct netns_state *state, size_t pool)
{
	const struct netns_prefix own = prefix_of(pools4[pool]);

	for (size_t i = 0; i < state->route_count; i++) {
		const struct netns_prefix *to = &state->routes[i].route.destination;
		const struct netns_link_state *link = link_of_route(state, &state->routes[i]);

		if (to->ip.family == AF_INET && to->length > 0 &&
		    (netns_prefix_contains(&own, &to->ip) || netns_prefix_contains(to, &own.ip)) &&
		    !(link && text_starts_with(link->name, "nc-")))
			return true;
	}
	return false;
}

static void mtu_find(struct uplinks *uplinks, const struct netns_state *state)
{
	for (size_t i = 0; i < state->route_count; i++) {
		const struct netns_link_state *link = link_of_route(state, &state->routes[i]);

		if (state->routes[i].route.destination.length == 0 && link && link->mtu >= 1280 &&
		    (!uplinks->mtu || link->mtu < uplinks->mtu))
			uplinks->mtu = link->mtu;
	}
}

int uplinks_find(struct uplinks *uplinks, struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	bool found = false;
	int r = netns_state_read(uplinks->machine, NETNS_LOOK_LINKS | NETNS_LOOK_ROUTES, &state,
				 err);

	if (r < 0)
		return r;
	mtu_find(uplinks, state);
	uplinks->pool = 0;
	while (uplinks->pool + 1 < POOLS && pool_is_used(state, uplinks->pool))
		uplinks->pool++;
	for (size_t i = 0; i < uplinks->count; i++) {
		char name[NETNS_ALTNAME_MAX];
		const struct netns_link_state *link;

		link_name(uplinks, uplinks->items[i].node, name);
		uplinks->items[i].number = 0;
		link = netns_state_link(state, name);
		for (size_t n = 0; link && n < state->route_count; n++) {
			const struct netns_route *route = &state->routes[n].route;

			for (size_t pool = 0; route->hop.index == link->index && pool < POOLS;
			     pool++)
				if (number_of(&route->destination.ip, pool)) {
					uplinks->items[i].number =
						number_of(&route->destination.ip, pool);
					/* what is there decides for what comes */
					uplinks->pool = found ? uplinks->pool : pool;
					found = true;
				}
		}
	}
	return 0;
}

/* ---- born ----------------------------------------------------------------------------------- */

/* Before it is up. The machine believes nothing that a node says of routers, and
 * does not tell it what other addresses it has. */
static int machine_settle(const struct uplinks *uplinks, const char *link, struct ncrun_error *err)
{
	static const struct {
		const char *family, *name, *value;
	} settings[] = {
		{"ipv4", "forwarding", "1"},
		{"ipv4", "route_localnet", "1"}, /* for published ports on 127.0.0.1 */
		{"ipv4", "rp_filter", "1"},
		{"ipv4", "accept_redirects", "0"},
		{"ipv4", "send_redirects", "0"},
		{"ipv4", "accept_source_route", "0"},
		{"ipv4", "arp_ignore", "8"},
		{"ipv6", "disable_ipv6", "0"},
		{"ipv6", "accept_ra", "0"},
		{"ipv6", "autoconf", "0"},
		{"ipv6", "accept_redirects", "0"},
		{"ipv6", "accept_dad", "0"},
		{"ipv6", "force_forwarding", "1"}, /* Linux 6.17 */
	};
	char name[128];
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct netns_sysctl sysctl = {name, settings[i].value, true};

		snprintf(name, sizeof(name), "net/%s/conf/%s/%s", settings[i].family, link,
			 settings[i].name);
		r = netns_sysctl_set(uplinks->machine, &sysctl, 1, err);
	}
	return r;
}

/** 02:... of the link's name; they differ in the last bit. */
static void link_macs(const char *name, uint8_t machine[NETNS_MAC_LENGTH],
		      uint8_t node[NETNS_MAC_LENGTH])
{
	uint32_t hash = text_hash(name);

	machine[0] = 0x02;
	for (size_t i = 0; i < 4; i++)
		machine[1 + i] = (uint8_t)(hash >> (8 * i));
	machine[5] = 0;
	memcpy(node, machine, NETNS_MAC_LENGTH);
	node[5] = 1;
}

static int link_make(struct uplinks *uplinks, const struct uplink *uplink, struct netns *netns,
		     struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	uint8_t macs[2][NETNS_MAC_LENGTH];
	char name[NETNS_ALTNAME_MAX];
	struct netns_link near = {
		.kind = NETNS_LINK_VETH,
		.name = name,
		.mac = macs[0],
		.mtu = uplinks->mtu,
		.group = uplinks->group + !uplink->outside,
		.down = true,
		.peer_netns = netns,
	};
	const struct netns_link far = {
		.name = UPLINK_INTERFACE,
		.mac = macs[1],
		.mtu = uplinks->mtu,
		.group = GROUP_NORTH,
	};
	int r = netns_batch_new(uplinks->machine, &batch, err);

	if (r < 0)
		return r;
	link_name(uplinks, uplink->node, name);
	link_macs(name, macs[0], macs[1]);
	near.peer = &far;
	netns_link_delete_name(batch, name); /* of a node that has just ended */
	netns_batch_tolerate(batch, ENODEV);
	netns_link_create(batch, &near);
	return netns_batch_send(batch, err);
}

/** Take a number: -EEXIST when the machine has a route to one of its addresses. */
static int number_take(struct uplinks *uplinks, int index, uint32_t number, const uint8_t *mac,
		       struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	int r = netns_batch_new(uplinks->machine, &batch, err);

	if (r < 0)
		return r;
	assert(uplinks->families <= sizeof(families) / sizeof(families[0]));
	for (size_t i = 0; i < uplinks->families; i++)
		netns_route_add(batch,
				&(struct netns_route){
					.destination = address_prefix(uplinks, families[i], number),
					.hop.index = index,
				});
	r = netns_batch_send(batch, err);
	for (size_t i = 0; i < uplinks->families; i++) {
		const struct netns_prefix to = address_prefix(uplinks, families[i], number);

		if (r == 0) {
			netns_neighbour_add(batch, index, &to.ip, mac);
		} else {
			netns_route_delete(batch, &(struct netns_route){.destination = to,
									.hop.index = index});
			netns_batch_tolerate(batch, ESRCH);
		}
	}
	if (r < 0) {
		(void)netns_batch_send(batch, NULL);
		return r;
	}
	if (uplinks->families == 1)
		return netns_batch_send(batch, err);
	/* What a node answers to ::1 comes in by its link: the kernel wants a route to it there. */
	netns_route_add(batch, &(struct netns_route){.kind = NETNS_ROUTE_LOCAL,
						     .destination = prefix_of(IPV6_LOOPBACK),
						     .hop.index = index,
						     .metric = LOOPBACK_METRIC + number,
						     .table = 255});
	return netns_batch_send(batch, err);
}

static int number_find(struct uplinks *uplinks, struct uplink *uplink, int index, const char *name,
		       const uint8_t *mac, struct ncrun_error *err)
{
	uint32_t first = text_hash(name) % (POOL_NUMBERS - 1);
	int r = -EEXIST;

	for (uint32_t i = 0; r == -EEXIST && i < NUMBER_TRIES; i++) {
		uplink->number = 1 + (first + i) % (POOL_NUMBERS - 1);
		r = number_take(uplinks, index, uplink->number, mac, err);
	}
	if (r < 0)
		uplink->number = 0;
	return r;
}

/* The other side: the machine's address is on the link, and beyond it is all that the node's
 * network does not know. */
static int node_settle(struct uplinks *uplinks, const struct uplink *uplink, struct netns *netns,
		       const uint8_t *machine_mac, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	int index = 0, r = netns_link_index(netns, UPLINK_INTERFACE, &index, err);

	if (r == 0)
		r = netns_batch_new(netns, &batch, err);
	if (r < 0)
		return r;
	netns_link_change(batch, index, &(struct netns_link_change){.up = NETNS_ON});
	assert(uplinks->families <= sizeof(families) / sizeof(families[0]));
	for (size_t i = 0; i < uplinks->families; i++) {
		const struct netns_prefix own =
			address_prefix(uplinks, families[i], uplink->number);
		const struct netns_prefix machine = address_prefix(uplinks, families[i], 0);

		netns_address_add(batch, index, &(struct netns_address){.prefix = own});
		netns_neighbour_add(batch, index, &machine.ip, machine_mac);
		netns_route_add(batch, &(struct netns_route){.destination = machine,
							     .hop.index = index,
							     .source = own.ip});
		if (uplink->is_default[i])
			netns_route_add(batch, &(struct netns_route){
						       .destination.ip.family = families[i],
						       .hop.via = machine.ip,
						       .hop.index = index,
						       .source = own.ip,
					       });
	}
	return netns_batch_send(batch, err);
}

int uplink_create(struct uplinks *uplinks, struct uplink *uplink, struct netns *netns,
		  struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	uint8_t macs[2][NETNS_MAC_LENGTH];
	char name[NETNS_ALTNAME_MAX], kernel[NETNS_NAME_MAX];
	int index = 0, r = link_make(uplinks, uplink, netns, err);

	if (r == 0)
		r = uplink_kernel_name(uplinks, uplink->node, kernel, err);
	if (r == 0)
		r = netns_link_index(uplinks->machine, kernel, &index, err);
	if (r == 0)
		r = machine_settle(uplinks, kernel, err);
	if (r == 0)
		r = netns_batch_new(uplinks->machine, &batch, err);
	if (r < 0)
		return r;
	link_name(uplinks, uplink->node, name);
	link_macs(name, macs[0], macs[1]);
	netns_link_change(batch, index, &(struct netns_link_change){.up = NETNS_ON});
	r = netns_batch_send(batch, err);
	if (r == 0)
		r = number_find(uplinks, uplink, index, name, macs[1], err);
	return r < 0 ? r : node_settle(uplinks, uplink, netns, macs[0], err);
}

/* ---- gone ----------------------------------------------------------------------------------- */

int uplink_delete(struct uplinks *uplinks, const char *node, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	char name[NETNS_ALTNAME_MAX];
	int r = netns_batch_new(uplinks->machine, &batch, err);

	if (r < 0)
		return r;
	link_name(uplinks, node, name);
	netns_link_delete_name(batch, name);
	netns_batch_tolerate(batch, ENODEV);
	return netns_batch_send(batch, err);
}

/* One by one each would wait for the kernel; a group of them waits once. */
int uplinks_delete_links(struct uplinks *uplinks, struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	int r = netns_state_read(uplinks->machine, NETNS_LOOK_LINKS, &state, err);

	if (r == 0)
		r = netns_batch_new(uplinks->machine, &batch, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < state->link_count; i++)
		if (uplink_is_of_table(&state->links[i], uplinks->table)) {
			netns_link_change(batch, state->links[i].index,
					  &(struct netns_link_change){.group = NETNS_GROUP_GOING});
			netns_batch_tolerate(batch, ENODEV);
		}
	if (netns_batch_count(batch) == 0)
		return 0;
	netns_link_delete_group(batch, NETNS_GROUP_GOING);
	return netns_batch_send(batch, err);
}
