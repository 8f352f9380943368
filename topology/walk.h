/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From one node to everything that packets of it reach, by the shortest ways. */

#include "topology/layer3.h"

/** struct reached - a subnet and the first hop towards it; NULL: the node is in it */
struct reached {
	uint32_t subnet;
	const struct attachment *hop;
};

/** struct sighting - when a subnet was reached */
struct sighting {
	uint32_t walk;
	uint32_t order; /* in @reached of that walk */
};

/** struct walk - from one node to everything; kept for the next one */
struct walk {
	const struct ncrun_topology *topology; /* borrowed */
	const struct layer3 *layer3;           /* borrowed */
	struct sighting *subnet_seen;          /* owned */
	uint32_t *node_seen;                   /* owned; the number of the walk */
	uint32_t number;
	struct reached *reached; /* owned; subnets, nearest first */
	size_t reached_count;
	const struct attachment *uplink, *nat; /* first hop towards the nearest */
};

/** -ENOMEM; to be followed by walk_done() in any case. */
int walk_init(struct walk *walk, const struct ncrun_topology *topology,
	      const struct layer3 *layer3);
void walk_done(struct walk *walk);
void walk_from(struct walk *walk, uint32_t from);

static inline bool walk_reached(const struct walk *walk, uint32_t subnet)
{
	return walk->subnet_seen[subnet].walk == walk->number;
}

/** Has the node a side that is north of a nat? */
bool node_has_north(const struct layer3 *layer3, uint32_t node);
