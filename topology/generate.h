/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Nodes and links after a pattern: what `topology:` in a file asks for. */

#include <ncrun/error.h>

#include "base/document.h"
#include "base/text.h"
#include "topology/model.h"

/**
 * topology_generate() - add the nodes and links of a pattern
 * @at:		{linear: 10}, {tree: {depth: 3, fanout: 4}}; `node` and `link` beside it are the
 *		caller's to apply
 *
 *	single: HOSTS		one switch with hosts
 *	star: HOSTS		one router with hosts, each on a link of its own
 *	linear: LENGTH		a chain of switches, each with one host
 *	ring: LENGTH		a circle of routers, each with one host
 *	tree: DEPTH		switches, FANOUT (2) below each, hosts below the last
 *	mesh: LENGTH		hosts, each linked with each
 *	fat-tree: K		(K/2)^2 core routers, K pods of K/2 and K/2, K/2 hosts at each edge
 *	leaf-spine: {leaves: N, spines: N}	each leaf linked with each spine; one host at each
 *
 * With {length: N, hosts: N, kind: router} and the like where that makes sense. Hosts are
 * h1, h2, ...; switches s1, routers r1 or what they are in the pattern (core1, leaf1); the
 * same pattern makes the same network, in the same order. Switches in a circle have STP.
 *
 * Mistakes of the pattern go to @problems, and 0 is returned; a call that fails (a name that
 * is there already, -ENOSPC) leaves the topology as it was.
 */
int topology_generate(struct ncrun_topology *topology, const struct element *at,
		      struct problems *problems, struct ncrun_error *err);

/** The name of pattern number @i and what it can be told, for the manual; NULL behind the last. */
const char *pattern_at(size_t i, struct text *form);
