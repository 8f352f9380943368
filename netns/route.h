/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Routes, policy rules and neighbours of both families. Part of netns/netns.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "netns/address.h"

struct netns;

enum netns_route_kind {
	NETNS_ROUTE_UNICAST,
	NETNS_ROUTE_BLACKHOLE,   /* dropped in silence */
	NETNS_ROUTE_UNREACHABLE, /* the sender is told: host unreachable */
	NETNS_ROUTE_PROHIBIT,    /* ... administratively prohibited */
	NETNS_ROUTE_THROW,       /* look in the next table */
	NETNS_ROUTE_LOCAL,       /* ours, e.g. a whole prefix */
};

/** struct netns_hop - one next hop; @via of either family */
struct netns_hop {
	struct netns_ip via; /* none: the destination is on the link */
	int index;           /* interface; 0 = where @via is */
	uint8_t weight;      /* of several; 0 = 1 */
	bool onlink;         /* @via is on the link though no route says so */
};

/**
 * struct netns_route - a route; zero-initialised members are defaults
 * @destination:	length 0 is the default route; the family must be set in any case
 * @hop:		where to, if it is one
 * @hops:		several to share the load; @hop is ignored then
 * @metric:		0 = the kernel's (0, for IPv6 1024)
 * @table:		0 = main
 * @source:		preferred own address
 * @mtu:		for this route; 0 = the link's
 * @replace:		instead of another with that destination and metric
 */
struct netns_route {
	enum netns_route_kind kind;
	struct netns_prefix destination;
	struct netns_hop hop;
	const struct netns_hop *hops;
	size_t hop_count;
	uint32_t metric;
	uint32_t table;
	struct netns_ip source;
	uint32_t mtu;
	bool replace;
};

void netns_route_add(struct netns_batch *batch, const struct netns_route *route);
void netns_route_delete(struct netns_batch *batch, const struct netns_route *route);

enum netns_rule_action {
	NETNS_RULE_LOOKUP, /* in @table */
	NETNS_RULE_BLACKHOLE,
	NETNS_RULE_UNREACHABLE,
	NETNS_RULE_PROHIBIT,
};

/** struct netns_rule - which packets look in which table; zero-initialised members match all */
struct netns_rule {
	int family;
	enum netns_rule_action action;
	uint32_t table;
	uint32_t priority; /* lowest first; 0 = the kernel picks */
	struct netns_prefix from, to;
	const char *in_interface, *out_interface;
	uint32_t mark, mark_mask; /* mask 0: all bits, if @mark is set */
	bool invert;
};

void netns_rule_add(struct netns_batch *batch, const struct netns_rule *rule);
void netns_rule_delete(struct netns_batch *batch, const struct netns_rule *rule);

/** A neighbour that is known for ever: nobody asks for it. */
void netns_neighbour_add(struct netns_batch *batch, int index, const struct netns_ip *ip,
			 const uint8_t mac[NETNS_MAC_LENGTH]);
void netns_neighbour_delete(struct netns_batch *batch, int index, const struct netns_ip *ip);

/** struct netns_neighbour - one that a namespace knows, or is asking for (@pending) */
struct netns_neighbour {
	int index;
	struct netns_ip ip;
	bool pending;
	bool permanent; /* was told, not learned */
};

/**
 * netns_neighbours_most() - how many the kernel keeps, of a family, for all namespaces together
 *
 * Beyond that packets to new ones are refused. 0 = not known: only the machine's own namespace
 * tells.
 */
uint64_t netns_neighbours_most(struct netns *netns, int family);
/** All of both families; free() releases them. */
int netns_neighbours_read(struct netns *netns, struct netns_neighbour **ret, size_t *ret_count,
			  struct ncrun_error *err);
