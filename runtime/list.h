/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/container.h"

/** Called with each node; take the handle by setting *@container to NULL. Non-zero ends the walk.
 */
typedef int (*node_visitor)(void *data, struct ncrun_container **container,
			    struct ncrun_error *err);

/** Called with why a node could not be looked at, which says nothing of it. Non-zero ends the walk.
 */
typedef int (*node_unseen)(void *data, int r, const struct ncrun_error *failed);

/** Visit all nodes of all networks, in order of their names. One that cannot be looked at ends the
 * walk, unless there is @unseen to be told. */
int nodes_walk(struct state *state, node_visitor visit, node_unseen unseen, void *data,
	       struct ncrun_error *err);
