/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/container.h"

/** Called with each node; take the handle by setting *@container to NULL. Non-zero ends the walk.
 */
typedef int (*node_visitor)(void *data, struct ncrun_container **container,
			    struct ncrun_error *err);

/** Visit all nodes of all networks, in order of their names. */
int nodes_walk(struct state *state, node_visitor visit, void *data, struct ncrun_error *err);
