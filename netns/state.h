/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is in a namespace: links, addresses, routes, counters. Part of netns/netns.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "netns/link.h"
#include "netns/route.h"

struct netns_counters {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped;
};

/** What a bridge does with the frames of one of its ports. */
enum netns_port_state {
	NETNS_PORT_NONE, /* it is no port of a bridge */
	NETNS_PORT_DISABLED,
	NETNS_PORT_LISTENING,
	NETNS_PORT_LEARNING,
	NETNS_PORT_FORWARDING,
	NETNS_PORT_BLOCKING,
};

struct netns_link_state {
	int index;
	char name[NETNS_NAME_MAX];
	char altname[NETNS_ALTNAME_MAX]; /* the first, or "" */
	char kind[16];                   /* the kernel's word; "" for loopback and hardware */
	uint8_t mac[NETNS_MAC_LENGTH];
	uint32_t mtu;
	uint32_t group;
	uint32_t tx_queue_length;
	int master;             /* index, or 0 */
	int peer;               /* index of a veth's other end or of the lower link, or 0 */
	bool peer_is_elsewhere; /* in another namespace */
	bool up;                /* as told */
	bool carrier;           /* and somebody at the other end */
	bool ready;             /* and the kernel has taken notice: packets pass */
	enum netns_port_state port;
	struct netns_counters counters;
};

struct netns_address_state {
	int index;
	struct netns_prefix prefix;
	bool tentative; /* not usable yet */
	bool link_local;
};

struct netns_route_state {
	struct netns_route route; /* @hops owned by the list */
	bool kernel;              /* made by the kernel itself, for an address */
};

/** struct netns_state - a look at a namespace; free with netns_state_free() */
struct netns_state {
	struct netns_link_state *links;
	size_t link_count;
	struct netns_address_state *addresses;
	size_t address_count;
	struct netns_route_state *routes; /* of table main, both families */
	size_t route_count;
};

/** What to look at, as bits. */
enum netns_look {
	NETNS_LOOK_LINKS = 1u << 0,
	NETNS_LOOK_ADDRESSES = 1u << 1,
	NETNS_LOOK_ROUTES = 1u << 2,
	NETNS_LOOK_UNCOUNTED = 1u << 3, /* links without their counters: they take the longest */
};

int netns_state_read(struct netns *netns, unsigned int look, struct netns_state **ret,
		     struct ncrun_error *err);
struct netns_state *netns_state_free(struct netns_state *state);
DEFINE_CLEANUP(struct netns_state *, netns_state_free);

/** The link with that name or alternative name; NULL. */
const struct netns_link_state *netns_state_link(const struct netns_state *state, const char *name);

/** The index of the link with that name, of whatever length; -ENODEV. */
int netns_link_index(struct netns *netns, const char *name, int *ret, struct ncrun_error *err);

/** struct netns_station - @index: of the port; @vlan: 0 = none; @told: was told, not learned */
struct netns_station {
	int index;
	uint8_t mac[NETNS_MAC_LENGTH];
	uint16_t vlan;
	uint64_t idle_ms;
	bool told;
};

/** Whom a bridge has seen behind its ports, without the ports themselves; free() releases them. */
int netns_stations_read(struct netns *netns, int bridge, struct netns_station **ret,
			size_t *ret_count, struct ncrun_error *err);

/**
 * netns_wait_ready() - until each link that is up at both ends carries packets
 *
 * The kernel takes notice of a carrier a few milliseconds after the other end came up, and
 * what is sent before is lost. For the namespace of bridges and those of their nodes.
 * -ETIMEDOUT, with the link's name.
 */
int netns_wait_ready(struct netns *netns, int timeout_ms, struct ncrun_error *err);
/** The same for @count of them, side by side; on failure, which of them it was. */
int netns_wait_all_ready(struct netns *const *all, size_t count, int timeout_ms, size_t *ret_late,
			 struct ncrun_error *err);
