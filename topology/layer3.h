/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who is in which subnet, of one family: the graph that routes are computed on. Interfaces
 * that are down are not in it.
 */

#include "topology/model.h"
#include "topology/pool.h"

struct segments;

/**
 * struct attachment - a node in a subnet
 * @interface:	NULL = lo
 * @ip:		its first address there
 * @forwards:	the node does, what arrives here: not at the north side of a nat
 * @north:	of a nat
 */
struct attachment {
	uint32_t node, subnet;
	const struct interface *interface;
	struct netns_ip ip;
	bool forwards, north;
};

/**
 * struct subnet - of a segment, or on a node's lo
 * @attachments: first those that forward, each part in the order of nodes
 * @forwarding:	how many do
 */
struct subnet {
	struct netns_prefix prefix;
	ip_number first;
	uint32_t segment;
	const struct attachment *attachments;
	size_t attachment_count;
	size_t forwarding;
};

struct layer3 {
	int family;
	struct subnet *subnets; /* owned */
	size_t subnet_count;
	uint32_t *by_prefix;            /* owned; the subnets by first address and length */
	struct attachment *attachments; /* owned; by subnet */
	size_t attachment_count;
	const struct attachment **by_node; /* owned; in the order of segments, then lo */
	size_t *first_of_node;             /* owned; where in @by_node; one more than nodes */
	size_t node_count;
};

/** Nodes are told by their marks, as segments_find() leaves them. -ENOMEM. */
int layer3_find(const struct ncrun_topology *topology, const struct segments *segments, int family,
		struct layer3 *ret);
void layer3_done(struct layer3 *layer3);
#define _cleanup_layer3_ _cleanup_(layer3_done)

/** The attachments of a node. */
static inline const struct attachment *const *layer3_of_node(const struct layer3 *layer3,
							     uint32_t node, size_t *ret_count)
{
	*ret_count = layer3->first_of_node[node + 1] - layer3->first_of_node[node];
	return layer3->by_node + layer3->first_of_node[node];
}

/** Is it the north side of a nat? */
static inline bool interface_is_north(const struct interface *interface)
{
	return interface->node->kind == NODE_KIND_NAT && interface->bound == BOUND_NORTH;
}
