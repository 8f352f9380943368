/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Nodes of a running network as people name them, and their addresses; for the files of this
 * folder. */

#include "topology/network.h"

/** The node of that name that is no switch. -ENOENT, -EINVAL. */
int target_node(struct ncrun_network *network, const char *name, struct node **ret,
		struct ncrun_error *err);
/**
 * target_interface() - "NODE:INTERFACE", or "NODE" if it has one only
 * @topology:	of the network, or a copy of it. -ENOENT, -EINVAL
 */
int target_interface(struct ncrun_network *network, const struct ncrun_topology *topology,
		     const char *name, struct interface **ret, struct ncrun_error *err);

/**
 * node_address() - by which address one node reaches another
 * @family:	AF_INET, AF_INET6, or 0 = IPv4 if there is one
 *
 * One in a subnet that both are in comes first, then one that a nat does not hide. false: it has
 * none.
 */
bool node_address(const struct node *from, const struct node *to, int family, struct netns_ip *ret);

/** struct target - where packets are to go; @node, @interface: whose address that is, if anybody's
 */
struct target {
	struct netns_ip ip;
	const struct node *node;           /* borrowed; NULL = nobody's */
	const struct interface *interface; /* borrowed; NULL = not known, or lo */
};

/** @to is an address, or the name of a node. -ENOENT, -EINVAL, -EADDRNOTAVAIL. */
int target_address(struct ncrun_network *network, const struct node *from, const char *to,
		   int family, struct target *ret, struct ncrun_error *err);

/** Whose address that is; NULL = nobody's, or *@ret_node's loopback interface's. */
const struct interface *address_owner(const struct ncrun_topology *topology,
				      const struct netns_ip *ip, const struct node **ret_node);

/** AF_INET for 4, AF_INET6 for 6, AF_UNSPEC for 0; @what begins the message. -EINVAL. */
int target_family(const char *what, int number, int *ret, struct ncrun_error *err);
