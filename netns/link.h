/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Links of every kind, what can be changed about them, and bridge ports. Part of netns/netns.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/address.h"

struct netns;

enum netns_link_kind {
	NETNS_LINK_VETH, /* needs @peer */
	NETNS_LINK_BRIDGE,
	NETNS_LINK_MACVLAN, /* needs @lower */
	NETNS_LINK_VXLAN,
	NETNS_LINK_VLAN, /* needs @lower */
	NETNS_LINK_VRF,
	NETNS_LINK_DUMMY,
	NETNS_LINK_IFB,
};

/** "veth", "bridge", ...: the kernel's word. */
const char *netns_link_kind_name(enum netns_link_kind kind);

#define NETNS_NAME_MAX     16  /* of the kernel's names, with the terminator */
#define NETNS_ALTNAME_MAX  128 /* of alternative ones */
#define NETNS_VXLAN_PORT   4789
#define NETNS_BRIDGE_PORTS 1023 /* that one bridge takes */

/**
 * netns_name_short() - the name by which the kernel knows an interface
 *
 * A name that is too long for the kernel becomes its beginning and a hash; the
 * interface gets the whole as alternative name and is found by either. The same
 * name always gives the same. -EINVAL for what the kernel refuses: nothing, "."
 * and "..", a slash, a colon, a blank, control characters, over 127 bytes.
 */
int netns_name_short(const char *name, char ret[NETNS_NAME_MAX], struct ncrun_error *err);

/* Tri-state options: zero is the kernel's default. */
enum netns_switch {
	NETNS_DEFAULT,
	NETNS_ON,
	NETNS_OFF,
};

/** struct netns_bridge - STP is off and multicast snooping too, unless asked for */
struct netns_bridge {
	bool stp;
	bool vlan_filtering;
	bool multicast_snooping;
	uint32_t ageing_s;         /* 0: the kernel's 300 */
	bool no_ageing;            /* forget at once: every frame goes everywhere, as in a hub */
	uint32_t forward_delay_ms; /* 0: the kernel's 15 s; only counts with STP */
	uint32_t hello_ms;         /* 0: the kernel's 2 s */
	uint32_t max_age_ms;       /* 0: the kernel's 20 s */
	uint16_t priority;         /* 0: the kernel's 32768 */
	uint16_t default_vlan;     /* 0: the kernel's 1 */
};

struct netns_vxlan {
	uint32_t id;
	uint16_t port; /* 0: 4789 */
	struct netns_ip local;
	struct netns_ip remote; /* or a group */
	uint8_t ttl;            /* 0: inherit */
	bool no_learning;
};

enum netns_macvlan_mode {
	NETNS_MACVLAN_BRIDGE,
	NETNS_MACVLAN_PRIVATE,
	NETNS_MACVLAN_VEPA,
	NETNS_MACVLAN_PASSTHRU,
};

/**
 * struct netns_link - a link to be made; zero-initialised members are defaults
 * @name:	of any length up to 127, see netns_name_short()
 * @index:	that it shall have; 0 = the kernel picks. netns_index_next() knows free ones.
 *		A veth may only choose for its @peer if it chooses for itself
 * @mac:	6 bytes; NULL = the kernel's random one
 * @mtu:	0 = the kind's default
 * @group:	for netns_link_delete_group()
 * @master:	index of the bridge or VRF it belongs to, 0 = none
 * @isolated:	as the port of a bridge: reaches only ports that are not isolated
 * @hairpin:	as the port of a bridge: frames may go out where they came in
 * @lower:	index of the link that it stands on (macvlan, vlan, vxlan)
 * @peer:	the other end of a veth; its @kind and @peer are ignored
 * @peer_netns:	where that end is born; NULL = here
 */
struct netns_link {
	enum netns_link_kind kind;
	const char *name;
	int index;
	const uint8_t *mac;
	uint32_t mtu;
	uint32_t group;
	uint32_t tx_queues, rx_queues; /* 0: one */
	uint32_t tx_queue_length;      /* 0: the kernel's 1000 */
	int master;
	bool isolated;
	bool hairpin;
	bool down; /* links are made up */
	int lower;

	const struct netns_link *peer;
	const struct netns *peer_netns;
	struct netns_bridge bridge;
	struct netns_vxlan vxlan;
	uint16_t vlan;      /* the id of a VLAN */
	bool vlan_service;  /* 802.1ad instead of 802.1Q */
	uint32_t vrf_table; /* routing table of a VRF */
	enum netns_macvlan_mode macvlan_mode;
};

/**
 * netns_link_create() - queue it
 *
 * A veth is one request for both ends, whichever namespaces they are in. An end that is
 * elsewhere is born down and with its short name: netns_link_settle() does the rest, there.
 */
void netns_link_create(struct netns_batch *batch, const struct netns_link *link);

/** Queue, in the namespace of a veth's @peer, what could not be said when it was born: up,
 * master, the options of a bridge port, the name if it is long. */
void netns_link_settle(struct netns_batch *batch, const struct netns_link *peer);

/**
 * struct netns_link_change - what shall be different; zero-initialised = nothing
 * @name:	rename; before Linux 6.2 only what is down
 * @mac:	6 bytes
 * @master:	index of the new bridge or VRF
 * @no_master:	leave the present one
 */
struct netns_link_change {
	const char *name;
	const uint8_t *mac;
	uint32_t mtu;
	uint32_t group;
	uint32_t tx_queue_length;
	int master;
	bool no_master;
	enum netns_switch up;
	enum netns_switch carrier; /* not of every kind */
	enum netns_switch isolated;
	enum netns_switch hairpin;
	enum netns_switch learning;
	enum netns_switch flood; /* unknown unicast */
};

void netns_link_change(struct netns_batch *batch, int index,
		       const struct netns_link_change *change);
/** Change what a bridge does. */
void netns_bridge_change(struct netns_batch *batch, int index, const struct netns_bridge *bridge);

/** Dear, 20 ms each: prefer the whole group, or the namespace. */
void netns_link_delete(struct netns_batch *batch, int index);
/** -ENODEV if there is none with that name. */
void netns_link_delete_name(struct netns_batch *batch, const char *name);
/** All links of a group other than 0 at once; none is fine. */
void netns_link_delete_group(struct netns_batch *batch, uint32_t group);
/** A group of links that go, and of nothing else. */
#define NETNS_GROUP_GOING 0x6e63676fu

/** VLANs @first to @last (0: the same) of a bridge's port, or of the bridge's own interface. */
struct netns_port_vlan {
	uint16_t first, last;
	bool untagged; /* frames leave without a tag */
	bool native;   /* frames without one belong here */
	bool self;     /* @index is the bridge */
};

void netns_port_vlan_add(struct netns_batch *batch, int index, const struct netns_port_vlan *vlan);
void netns_port_vlan_delete(struct netns_batch *batch, int index,
			    const struct netns_port_vlan *vlan);

/**
 * struct netns_tap - a link whose other end is a descriptor: for wires in userspace, which no
 *	topology has yet
 * @packets:	IP packets (tun) instead of frames (tap)
 * @offload:	a virtio header before each; checksums and segments are the reader's affair
 * @persistent:	it outlives the descriptor
 */
struct netns_tap {
	const char *name; /* at most 15 bytes */
	bool packets;
	bool offload;
	bool persistent;
	bool many_queues;
};

/** Make or open it. Down, and with the kernel's defaults: netns_link_change() does the rest. */
int netns_tap_open(struct netns *netns, const struct netns_tap *tap, int *ret_fd,
		   struct ncrun_error *err);

/* ---- offloads ------------------------------------------------------------------ */

/** What a sender may leave to the link, as bits. */
enum netns_offload {
	NETNS_OFFLOAD_TX_CHECKSUM = 1u << 0,
	NETNS_OFFLOAD_RX_CHECKSUM = 1u << 1,
	NETNS_OFFLOAD_TSO = 1u << 2,
	NETNS_OFFLOAD_GSO = 1u << 3,
	NETNS_OFFLOAD_GRO = 1u << 4,
	NETNS_OFFLOAD_SCATTER_GATHER = 1u << 5,
};

/** Turn those of @mask on that are in @on, and the others of @mask off. */
int netns_offload_set(struct netns *netns, int index, unsigned int mask, unsigned int on,
		      struct ncrun_error *err);
