/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Segments: interfaces that hear each other without a router between them. */

#include "topology/model.h"

/**
 * struct segment - a link between two nodes, or all that switches join
 * @place:	of the first link
 * @switched:	by a switch, so that more may come to it
 * @subnets:	what the first of its switches asks for, of each family
 * @members:	interfaces of nodes that are no switches, in the order of links
 */
struct segment {
	struct place place;
	bool switched;
	struct netns_prefix subnets[2];
	struct interface **members; /* borrowed, part of the list of all */
	size_t member_count;
};

/** struct segments - all of a topology, in the order of their first links */
struct segments {
	struct segment *items; /* owned */
	size_t count;
	struct interface **members; /* owned */
};

/** Also sets the mark of each node to its number. -ENOMEM. */
int segments_find(const struct ncrun_topology *topology, struct segments *ret,
		  struct ncrun_error *err);
void segments_done(struct segments *segments);
#define _cleanup_segments_ _cleanup_(segments_done)

/** 0 for IPv4, 1 for IPv6: where it stands in pairs of them. */
static inline size_t family_index(int family)
{
	return family == AF_INET6;
}
