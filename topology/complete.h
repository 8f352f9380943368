/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of topology_complete(), in the order in which they run. All but what is given stays. */

#include "topology/model.h"

/** Interfaces of nodes eth0, eth1, ...; ports of switches SWITCH-NODE. (interface_name.c) */
int interfaces_name(struct ncrun_topology *topology, struct problems *problems,
		    struct ncrun_error *err);
/** From the names of node and interface. (mac.c) */
int interfaces_give_macs(struct ncrun_topology *topology, struct ncrun_error *err);
/** Let those that were assigned in @before stay. (keep.c) */
int addresses_keep(struct ncrun_topology *topology, const struct ncrun_topology *before,
		   struct ncrun_error *err);
/** Subnets of segments and addresses in them. (assign.c) */
int addresses_assign(struct ncrun_topology *topology, struct problems *problems,
		     struct ncrun_error *err);
/** Default routes and others; those computed earlier are forgotten. (route.c) */
int routes_compute(struct ncrun_topology *topology, struct ncrun_error *err);
/** The same if it needs no more than @max routes of one family; -E2BIG. */
int routes_compute_within(struct ncrun_topology *topology, size_t max, struct ncrun_error *err);
