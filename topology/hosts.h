/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Hosts files: which node knows whom by which address. */

#include "topology/model.h"

#define HOSTS_NONE UINT32_MAX

/**
 * struct hosts - the texts of all hosts files; nodes with the same text share it
 * @texts:	in the order of the first node of each
 * @of_node:	which text, by the number of the node; HOSTS_NONE for switches
 */
struct hosts {
	char **texts; /* owned, as the strings are */
	size_t count;
	uint32_t *of_node; /* owned */
};

/**
 * hosts_find() - what each node of a completed topology is to know
 *
 * Every node that packets of it reach, by name and as NODE-INTERFACE; addresses in a subnet that
 * both are in come first. What a nat hides is left out. In networks so large that the texts
 * would grow with the square of it, nodes that reach the same share a text, in the order of the
 * file; and in those where even that grows so, all nodes share one with everybody.
 */
int hosts_find(const struct ncrun_topology *topology, struct hosts *ret, struct ncrun_error *err);
void hosts_done(struct hosts *hosts);
#define _cleanup_hosts_ _cleanup_(hosts_done)
