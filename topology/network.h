/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A running network, for the files of this folder. */

#include "topology/model.h"

/**
 * struct ncrun_network - a handle
 * @topology:	completed, as the state has it; changes only under the lock
 */
struct ncrun_network;

/* ---- state (network.c) --------------------------------------------------------------------- */

/**
 * network_lock() - nobody else changes the network until network_unlock()
 *
 * Reads the topology anew, which invalidates pointers into the one before. -EBUSY when somebody
 * else is at it.
 */
int network_lock(struct ncrun_network *network, struct ncrun_error *err);
void network_unlock(struct ncrun_network *network);
#define _cleanup_network_lock_ _cleanup_(network_unlockp)
static inline void network_unlockp(struct ncrun_network **network)
{
	if (*network)
		network_unlock(*network);
}

struct ncrun_topology *network_topology(struct ncrun_network *network);
/** The network's directory in the state; borrowed. Names of its own files begin with a dot. */
int network_dir(const struct ncrun_network *network);

/**
 * network_netns() - where the interfaces of a node are
 * @ret:	of a switch the fabric; borrowed, kept open by the handle
 *
 * -ENOTCONN when the node does not run.
 */
int network_netns(struct ncrun_network *network, const struct node *node, struct netns **ret,
		  struct ncrun_error *err);

/**
 * network_change() - make the running network what @wanted says, and record it
 * @wanted:	completed; the handle has a reference on it afterwards
 *
 * With the lock held: what differs and nothing else, undone if a step fails.
 */
int network_change(struct ncrun_network *network, struct ncrun_topology *wanted,
		   struct ncrun_error *err);

/* ---- partitions (partition.c) ---------------------------------------------------------------- */

/**
 * network_partition_renew() - the same groups, with the nodes and addresses of @topology
 *
 * To be called when nodes have been made or addresses changed; cheap without a partition. Marks
 * of the nodes are their groups after it.
 */
int network_partition_renew(struct ncrun_network *network, struct ncrun_topology *topology,
			    struct ncrun_error *err);
