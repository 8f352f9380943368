/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Subnets cut from a larger one. Where there is room, each has its place by its number alone,
 * far enough from the others to grow, so that what comes later moves nothing.
 */

#include "topology/model.h"

/** An address of either family as a number. */
typedef unsigned __int128 ip_number;

ip_number ip_to_number(const struct netns_ip *ip);
struct netns_ip ip_from_number(int family, ip_number number);
/** 32 or 128. */
unsigned int family_bits(int family);
/** Is it an IPv6 address that counts on one link only? */
bool ip_is_link_local(const struct netns_ip *ip);

/** 2^bits - 1, for 0 to 128 bits */
static inline ip_number ip_ones(unsigned int bits)
{
	return bits >= 128 ? ~(ip_number)0 : ((ip_number)1 << bits) - 1;
}

/** struct blocks - addresses that are in use, from first to last */
struct blocks {
	struct block {
		ip_number first, last;
	} * items; /* owned */
	size_t count;
};

/** To be followed by blocks_sort() before they are used. -ENOMEM. */
int blocks_add(struct blocks *blocks, const struct netns_prefix *prefix);
/** Sort and join what overlaps. */
void blocks_sort(struct blocks *blocks);
/** Is one of the sorted blocks in the way? */
bool blocks_overlap(const struct blocks *blocks, ip_number first, ip_number last);
void blocks_done(struct blocks *blocks);
#define _cleanup_blocks_ _cleanup_(blocks_done)

/**
 * struct cut - a subnet that is wanted
 * @members:	that need an address now
 * @switched:	more may join; else the two ends of a link
 * @given:	has one already: only keeps its number
 * @subnet:	(result)
 */
struct cut {
	size_t members;
	bool switched;
	bool given;
	struct netns_prefix subnet;
};

/**
 * pool_cut() - cut all of them from @pool, around @used
 * @used:	sorted
 *
 * Return: 0; -ENOSPC, -ENOMEM: what was cut so far means nothing.
 */
int pool_cut(const struct netns_prefix *pool, const struct blocks *used, struct cut *cuts,
	     size_t count);
