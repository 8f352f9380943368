/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the file says of addresses, for who assigns them (assign.c) or lets them stay (keep.c). */

#include "topology/pool.h"
#include "topology/segment.h"

/** What is said of a segment's subnet; false: nothing. */
bool addresses_segment_given(const struct segment *segment, int family, struct netns_prefix *ret);
/** Numbers of all addresses that its members have, and of gateways that they name; sorted. -ENOMEM.
 */
int addresses_segment_taken(const struct segment *segment, int family, ip_number **ret,
			    size_t *ret_count);
/** Everything of a topology's family that is given, sorted. -ENOMEM. */
int addresses_collect(struct blocks *blocks, const struct ncrun_topology *topology, int family);
/** For qsort() and bsearch(). */
int ip_number_compare(const void *a, const void *b);
