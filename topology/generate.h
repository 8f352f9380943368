/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Nodes and links after a pattern: what `topology:` in a file asks for. */

#include <ncrun/error.h>

#include "base/document.h"
#include "topology/model.h"

/**
 * topology_generate() - add the nodes and links of a pattern
 * @at:		"linear: 10", "tree: {depth: 3, fanout: 4}"; with `node:` and `link:`, keys of
 *		every host and link that is made
 *
 * Hosts are h1, h2, ...; switches s1, ..., routers r1, ...: the same pattern makes the
 * same network, in the same order. Call it before `nodes:` and `links:`, so that these can
 * add to it. Mistakes go to @problems.
 */
int topology_generate(struct ncrun_topology *topology, const struct document *document,
		      const struct element *at, struct problems *problems, struct ncrun_error *err);
