/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Small topologies as text, and what was computed for them as text. */

#include "topology/model.h"

/**
 * lab_read() - "a-s1 b=10.0.0.7/24-s1 s1-r1 r1-n1^ n1-c"
 *
 * Links of two ends, or of one; a node comes to be where it is named first, and its first letter is
 * its kind: a switch, a router, a nat, any other a host. "=ADDRESS", as often as needed, is an
 * address of that end; "^" marks it as bound for the north.
 */
struct ncrun_topology *lab_read(const char *text);
/** Add more of it. */
void lab_append(struct ncrun_topology *topology, const char *text);
/** The node, which must be there. */
struct node *lab_node(const struct ncrun_topology *topology, const char *name);
/** topology_complete() must find nothing wrong. */
void lab_complete(struct ncrun_topology *topology);
/** lab_read() and lab_complete() */
struct ncrun_topology *lab_completed(const char *text);

/** "eth0 10.0.0.1/24, eth1 10.1.0.1/24": all of that family. free() releases it. */
char *lab_addresses(const struct ncrun_topology *topology, const char *node, int family);
/** "default via 10.0.0.1, 10.2.0.0/24 via 10.0.0.2": the same of routes. */
char *lab_routes(const struct ncrun_topology *topology, const char *node, int family);

void lab_assert_addresses(const struct ncrun_topology *topology, const char *node, int family,
			  const char *expected);
void lab_assert_routes(const struct ncrun_topology *topology, const char *node, int family,
		       const char *expected);
