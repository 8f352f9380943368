/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a network has on the machine itself: a link "nc-..." to each node with an uplink or
 * published ports, and one table of nf_tables "ncrun-NETWORK". All of it is found by
 * its name alone.
 *
 * Each link is two addresses for itself, one of each family: no subnet, nobody to ask
 * who has which. The number of a node's addresses is free as long as the machine has no route
 * to them, and the route that it gets is what takes it: the kernel says who was first.
 */

#include "runtime/runtime.h"
#include "topology/model.h"

#define UPLINK_TABLE_MAX  160 /* "ncrun-NETWORK/NODE/TAG" */
#define UPLINK_LINK_LEAD  "nc-"
#define UPLINK_LINK_WILD  UPLINK_LINK_LEAD "*"
#define UPLINK_TABLE_LEAD "ncrun-"
/** The chain whose comments say what is published: "NODE PORT"; so much of the node's name. */
#define UPLINK_CHAIN_HERE   "published-here"
#define UPLINK_COMMENT_NODE 56

/**
 * struct uplink - of one node
 * @outside:	it may begin connections; else it only answers to its published ports
 * @is_default:	of each family: by it goes what the node has no other route for
 * @inside:	addresses that the node looks for elsewhere
 * @number:	of its addresses; 0 = it has no link, as far as is known
 */
struct uplink {
	const char *node;                   /* borrowed */
	const struct published_port *ports; /* borrowed */
	size_t port_count;
	bool outside;
	bool is_default[2];
	struct netns_prefix *inside; /* owned */
	size_t inside_count;
	uint32_t number;
};

/**
 * struct uplinks - those of a network, or of one node that has none in its file
 * @node:	of which alone; "" = the whole network's
 * @tag:	of the state directory; "" = the usual one
 * @group:	of the links: @group of those to the outside, @group + 1 of the others
 * @families:	1 where the machine's kernel has no IPv6
 * @pool:	where IPv4 addresses come from
 * @mtu:	of the machine's way out; 0 = not known
 * @forwarding:	"4 eth0": what of the machine forwards only because of ncrun
 */
struct uplinks {
	char network[NCRUN_NAME_MAX + 1];
	char node[NCRUN_NAME_MAX + 1];
	char tag[STATE_TAG_MAX];
	char table[UPLINK_TABLE_MAX];
	struct netns *machine; /* owned */
	struct uplink *items;  /* owned */
	size_t count;
	uint32_t group;
	size_t families;
	size_t pool;
	uint32_t mtu;
	char **forwarding; /* owned */
};

/** @node NULL: of a whole network. Its namespace is that of the calling thread. */
int uplinks_open(const struct ncrun_context *context, const char *network, const char *node,
		 struct uplinks *ret, struct ncrun_error *err);
void uplinks_done(struct uplinks *uplinks);
#define _cleanup_uplinks_ _cleanup_(uplinks_done)

/** Room for all nodes of a topology that have one; NULL = none. */
int uplinks_fill(struct uplinks *uplinks, const struct ncrun_topology *topology,
		 struct ncrun_error *err);
/** Does the topology need anything on the machine? */
bool topology_uses_machine(const struct ncrun_topology *topology);
struct uplink *uplinks_item(struct uplinks *uplinks, const char *node);

/** Find the numbers of those that are there. */
int uplinks_find(struct uplinks *uplinks, struct ncrun_error *err);

/** What the kernel, and filters, call the machine's end. */
int uplink_kernel_name(const struct uplinks *uplinks, const char *node, char ret[NETNS_NAME_MAX],
		       struct ncrun_error *err);
/** Make the link of the node in @netns, with all that is on both sides of it. */
int uplink_create(struct uplinks *uplinks, struct uplink *uplink, struct netns *netns,
		  struct ncrun_error *err);
/** None is fine. */
int uplink_delete(struct uplinks *uplinks, const char *node, struct ncrun_error *err);
/** All of them, whatever is in @uplinks->items. */
int uplinks_delete_links(struct uplinks *uplinks, struct ncrun_error *err);
/** Is it one of those that go with the table of that name? */
bool uplink_is_of_table(const struct netns_link_state *link, const char *table);

/** The addresses of a node's side, or of the machine's for number 0. @family: AF_... */
struct netns_ip uplink_address(const struct uplinks *uplinks, int family, uint32_t number);
/** Where addresses of a family come from. */
struct netns_prefix uplink_pool(const struct uplinks *uplinks, int family);

/* ---- the table (uplink_table.c) ------------------------------------------------------------- */

/** Write all of it, in one transaction: walls, and ports of those whose number is known. */
int uplinks_write_table(struct uplinks *uplinks, struct ncrun_error *err);
/** The same, with forwarding switched on: before any link is made. */
int uplinks_settle(struct uplinks *uplinks, const struct ncrun_context *context,
		   struct ncrun_error *err);
int uplinks_delete_table(struct uplinks *uplinks, struct ncrun_error *err);

/* ---- forwarding (uplink_forward.c) ---------------------------------------------------------- */

/** What forwards because of any network's table: into @uplinks->forwarding. */
int forwarding_read(struct uplinks *uplinks, struct ncrun_error *err);
/** What has to forward and does not yet, added to @uplinks->forwarding. */
int forwarding_plan(struct uplinks *uplinks, const struct ncrun_context *context,
		    struct ncrun_error *err);
/** Tell of chains of others that drop what is forwarded. */
void forwarding_tell_walls(struct uplinks *uplinks, const struct ncrun_context *context);
/** Switch it on; after the table has been written, which says so. */
int forwarding_begin(struct uplinks *uplinks, struct ncrun_error *err);
/** As it was, when this is the last table that needs it; before that is deleted, which says so. */
int forwarding_end(struct uplinks *uplinks, struct ncrun_error *err);
/** After that: another network that came up just then may have relied on it. */
int forwarding_ended(struct uplinks *uplinks, struct ncrun_error *err);

/* ---- ports (uplink_ports.c) ----------------------------------------------------------------- */

/** struct port_hold - ports of the machine that nobody else can take meanwhile */
struct port_hold {
	int *fds; /* owned, as what they are */
	size_t count;
};

/**
 * port_hold() - see that a port is free, and hold it
 *
 * -EADDRINUSE, -EADDRNOTAVAIL, -EACCES. What another network publishes, no socket has: its table
 * is asked.
 */
int port_hold(struct uplinks *uplinks, const struct published_port *port, struct port_hold *hold,
	      struct ncrun_error *err);
void port_hold_done(struct port_hold *hold);
#define _cleanup_port_hold_ _cleanup_(port_hold_done)

/* ---- whose it is (uplink_clean.c) ----------------------------------------------------------- */

/** struct uplink_owner - to whom a name on the machine belongs */
struct uplink_owner {
	char network[NCRUN_NAME_MAX + 1];
	char node[NCRUN_NAME_MAX + 1];
	char tag[STATE_TAG_MAX];
};

/** By its name; false: it is none of ours. */
bool uplink_owner_of_link(const struct netns_link_state *link, struct uplink_owner *ret);

/* ---- all of it (uplink_clean.c) ------------------------------------------------------------- */

/** Links and table, and forwarding as it was. None is fine. */
int uplinks_remove(struct uplinks *uplinks, struct ncrun_error *err);
/** The same where it is not known whether there is anything: no way to list tables is no error. */
int uplinks_remove_any(struct uplinks *uplinks, struct ncrun_error *err);
/**
 * uplinks_clean() - remove what is on the machine of networks and nodes that are gone
 * @ret_count:	links and tables
 */
int uplinks_clean(const struct ncrun_context *context, bool dry_run, uint32_t *ret_count,
		  struct ncrun_error *err);
