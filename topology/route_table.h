/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tables of routes, made short. */

#include "topology/layer3.h"
#include "topology/pool.h"

/**
 * struct route_entry - where packets to @first/@length go
 * @hop:	NULL: the node is in that subnet itself
 */
struct route_entry {
	ip_number first;
	unsigned int length;
	uint32_t order; /* of entries for the same prefix the lowest counts, or one without hop */
	const struct attachment *hop;
};

/**
 * route_table_shorten() - the same decisions with fewer entries
 * @entries:	by @first and @length
 * @bits:	of an address
 * @fallback:	where the default route goes; NULL: not known, or there is none
 *
 * Two halves of a prefix that go the same way become one, and what goes where it would without
 * an entry goes away.
 *
 * Return: how many are left; those without a hop are among them.
 */
size_t route_table_shorten(struct route_entry *entries, size_t count, unsigned int bits,
			   const struct attachment *fallback);
