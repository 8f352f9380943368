/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Topologies by chance, the same for the same seed. */

#include "topology/model.h"

/** struct chance - zero-initialised is a seed, too */
struct chance {
	uint64_t state;
};

/** 0 to @below - 1 */
unsigned int chance_below(struct chance *chance, unsigned int below);
/**
 * chance_links() - add so many links between nodes of a topology
 *
 * To nodes that are there or new ones of any kind. No link makes one segment of two; one of ten
 * ends at hosts is down, half of those at nats are bound for the north.
 */
void chance_links(struct chance *chance, struct ncrun_topology *topology, unsigned int links);
