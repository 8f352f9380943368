/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Switches are bridges in the fabric; a large one is several. */

#include "topology/running.h"

int switch_create(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		  struct ncrun_error *err);
int switch_change(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		  struct ncrun_error *err);
int switch_delete(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		  struct ncrun_error *err);
/** The member with its bridges known. -ENODEV. */
int switch_member(struct ncrun_network *network, const struct node *node, struct member **ret,
		  struct ncrun_error *err);
/** Let all pass that were made since: when those who are new in them are wired. */
void switches_open(struct ncrun_network *network, struct netns_batch *batch);
/** The bridge that a new port is to belong to; it may have to be made, in the same batch. */
int switch_port(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		int *ret_bridge, struct ncrun_error *err);
