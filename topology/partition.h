/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Packets that are not to pass between groups of nodes; for the files of this folder. */

#include <stddef.h>
#include <stdint.h>

#include "netns/netns.h"

/**
 * partition_cut() - drop what a node gets from, and sends to, any of these addresses
 *
 * Instead of what was cut there before, whose counters go on from 0. In the node itself, so
 * that it does not matter which way packets take. @away is sorted by this. Its own packets
 * to itself are none of that.
 */
int partition_cut(struct netns *netns, struct netns_ip *away, size_t count,
		  struct ncrun_error *err);
/** Whole again; none is fine. */
int partition_mend(struct netns *netns, struct ncrun_error *err);
/** How many packets were dropped there; 0 where nothing is cut. */
int partition_count(struct netns *netns, uint64_t *ret, struct ncrun_error *err);

/**
 * addresses_cover() - the fewest networks that hold these addresses and no other
 * @ips:	of one family; sorted by this
 * @ret:	room for @count
 *
 * Return: how many networks. Pure.
 */
size_t addresses_cover(struct netns_ip *ips, size_t count, struct netns_prefix *ret);
