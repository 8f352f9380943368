/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Numbering in an IPv4 pool of 2^16 addresses or more: it has 256 places, and the n-th switch
 * gets the n-th: 10.0.0.0/24, 10.1.0.0/24, ... of 10.0.0.0/8, each able to grow to a /16. When all
 * are taken, the next have theirs halfway between two, and so on. 64 links between two nodes share
 * a place, as /30s. In an IPv6 pool the n-th segment has the n-th /64. Whose place is
 * in use already goes to the middle of the pool. Smaller pools are cut in order.
 */

#include "topology/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES        256u
#define LAN_BITS_V4   8u /* a /24 */
#define LINK_BITS_V4  2u /* a /30 */
#define LINKS_A_PLACE 64u
#define SUBNET_BITS   64u /* of IPv6 */

/* ---- numbers ------------------------------------------------------------------------------ */

ip_number ip_to_number(const struct netns_ip *ip)
{
	ip_number number = 0;

	for (size_t i = 0; i < netns_ip_size(ip); i++)
		number = number << 8 | ip->bytes[i];
	return number;
}

struct netns_ip ip_from_number(int family, ip_number number)
{
	struct netns_ip ip = {.family = family};

	for (size_t i = netns_ip_size(&ip); i-- > 0; number >>= 8)
		ip.bytes[i] = (uint8_t)number;
	return ip;
}

unsigned int family_bits(int family)
{
	return family == AF_INET6 ? 128 : 32;
}

bool ip_is_link_local(const struct netns_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

/* ---- blocks ------------------------------------------------------------------------------ */

static int blocks_put(struct blocks *blocks, ip_number first, ip_number last)
{
	if (array_grow((void **)&blocks->items, blocks->count, sizeof(*blocks->items)) < 0)
		return -ENOMEM;
	blocks->items[blocks->count++] = (struct block){first, last};
	return 0;
}

int blocks_add(struct blocks *blocks, const struct netns_prefix *prefix)
{
	ip_number rest = ip_ones(family_bits(prefix->ip.family) - prefix->length);
	ip_number ip = ip_to_number(&prefix->ip);

	return blocks_put(blocks, ip & ~rest, ip | rest);
}

static int block_compare(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

void blocks_sort(struct blocks *blocks)
{
	size_t kept = 0;

	if (blocks->count == 0)
		return;
	qsort(blocks->items, blocks->count, sizeof(*blocks->items), block_compare);
	for (size_t i = 1; i < blocks->count; i++) {
		struct block *last = &blocks->items[kept], *block = &blocks->items[i];

		if (block->first > last->last)
			blocks->items[++kept] = *block;
		else if (block->last > last->last)
			last->last = block->last;
	}
	blocks->count = kept + 1;
}

void blocks_done(struct blocks *blocks)
{
	free(blocks->items);
	*blocks = (struct blocks){0};
}

/** The first block that ends at @first or after it; NULL. */
static struct block *blocks_find(const struct blocks *blocks, ip_number first)
{
	size_t low = 0, high = blocks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (blocks->items[middle].last < first)
			low = middle + 1;
		else
			high = middle;
	}
	return low < blocks->count ? &blocks->items[low] : NULL;
}

/** The block in the way, or NULL. */
static const struct block *blocks_hit(const struct blocks *blocks, ip_number first, ip_number last)
{
	const struct block *block = blocks_find(blocks, first);

	return block && block->first <= last ? block : NULL;
}

bool blocks_overlap(const struct blocks *blocks, ip_number first, ip_number last)
{
	return blocks_hit(blocks, first, last);
}

/** Into sorted ones, where nothing is in the way; neighbours become one. */
static int blocks_insert(struct blocks *blocks, ip_number first, ip_number last)
{
	struct block *found = blocks_find(blocks, first);
	size_t at = found ? (size_t)(found - blocks->items) : blocks->count;
	struct block *before = at > 0 ? &blocks->items[at - 1] : NULL;

	if (before && before->last + 1 == first) {
		before->last = last;
		return 0;
	}
	if (found && last + 1 == found->first) {
		found->first = first;
		return 0;
	}
	if (blocks_put(blocks, first, last) < 0)
		return -ENOMEM;
	memmove(&blocks->items[at + 1], &blocks->items[at],
		(blocks->count - 1 - at) * sizeof(*blocks->items));
	blocks->items[at] = (struct block){first, last};
	return 0;
}

/* ---- cutting ------------------------------------------------------------------------------ */

/** struct cutter - one attempt */
struct cutter {
	int family;
	ip_number first, last; /* of the pool */
	unsigned int bits;     /* of an address in it */
	struct blocks *used;
	ip_number next[129]; /* by bits of a subnet: where the search for one goes on */
	size_t links;        /* between nodes, seen so far */
	size_t places;
	size_t link_place; /* of the links that come next */
};

/** Cut a subnet of @bits at @first, if that is free. 1, 0, -ENOMEM. */
static int cut_at(struct cutter *cutter, struct cut *cut, ip_number first, unsigned int bits)
{
	ip_number last = first | ip_ones(bits);

	if (bits > cutter->bits || (first & ip_ones(bits)) || first < cutter->first ||
	    last > cutter->last || blocks_hit(cutter->used, first, last))
		return 0;
	if (blocks_insert(cutter->used, first, last) < 0)
		return -ENOMEM;
	cut->subnet.ip = ip_from_number(cutter->family, first);
	cut->subnet.length = family_bits(cutter->family) - bits;
	return 1;
}

/** Cut it at the first free place from @from on. 0, -ENOSPC, -ENOMEM. */
static int cut_anywhere(struct cutter *cutter, struct cut *cut, ip_number from, unsigned int bits)
{
	ip_number *next = &cutter->next[bits];

	if (*next < from)
		*next = from;
	while (bits <= cutter->bits && *next <= cutter->last) {
		ip_number first = *next, end = first | ip_ones(bits);
		const struct block *hit = blocks_hit(cutter->used, first, end);
		int r = hit ? 0 : cut_at(cutter, cut, first, bits);

		if (r != 0)
			return r < 0 ? r : 0;
		if (hit && hit->last > end)
			end = hit->last | ip_ones(bits);
		if (end >= cutter->last)
			break;
		*next = end + 1;
	}
	return -ENOSPC;
}

/** How many bits @members need, with as much as @spare of them on top. */
static unsigned int bits_for(size_t members, size_t spare)
{
	unsigned int bits = LINK_BITS_V4;

	while (ip_ones(bits) - 1 < members + spare)
		bits++;
	return bits;
}

static unsigned int cut_bits(const struct cutter *cutter, const struct cut *cut)
{
	unsigned int bits = bits_for(cut->members, cut->members / 4);

	if (cutter->family == AF_INET6)
		return SUBNET_BITS;
	if (!cut->switched)
		return LINK_BITS_V4;
	return bits > LAN_BITS_V4 ? bits : LAN_BITS_V4;
}

/** Offset of the place of that number; beyond the pool when there is none. */
static ip_number place_offset(const struct cutter *cutter, size_t number)
{
	ip_number apart = ((ip_number)1 << cutter->bits) / PLACES;
	size_t half = PLACES, steps = 0;

	if (number < PLACES)
		return number * apart;
	/* the second 256 lie between those, the next 512 between all of them, ... */
	for (; number >= 2 * half; half *= 2)
		steps++;
	apart >>= steps;
	if (apart < 2u << LAN_BITS_V4)
		return (ip_number)1 << cutter->bits;
	return (number - half) * apart + apart / 2;
}

/** Where the next one belongs by its number. */
static ip_number cut_home(struct cutter *cutter, const struct cut *cut)
{
	size_t number;

	if (cutter->family == AF_INET6)
		return cutter->first + ((ip_number)cutter->places++ << SUBNET_BITS);
	if (cut->switched)
		return cutter->first + place_offset(cutter, cutter->places++);
	number = cutter->links++ % LINKS_A_PLACE;
	if (number == 0)
		cutter->link_place = cutter->places++;
	return cutter->first + place_offset(cutter, cutter->link_place) +
	       ((ip_number)number << LINK_BITS_V4);
}

/** Each in its place; what finds it taken goes to the middle. 0, -ENOSPC, -ENOMEM. */
static int cut_by_number(struct cutter *cutter, struct cut *cuts, size_t count)
{
	ip_number middle = cutter->first + ((ip_number)1 << (cutter->bits - 1));
	_cleanup_free_ bool *moved = calloc(count + 1, sizeof(*moved));
	int r = moved ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < count; i++) {
		ip_number home = cut_home(cutter, &cuts[i]);

		if (cuts[i].given)
			continue;
		r = cut_at(cutter, &cuts[i], home, cut_bits(cutter, &cuts[i]));
		moved[i] = r == 0;
	}
	for (size_t i = 0; r >= 0 && i < count; i++)
		if (moved[i])
			r = cut_anywhere(cutter, &cuts[i], middle, cut_bits(cutter, &cuts[i]));
	return r < 0 ? r : 0;
}

enum thrift {
	THRIFT_NONE,  /* as large as elsewhere */
	THRIFT_SPARE, /* by need, with a quarter more */
	THRIFT_ALL,   /* by need */
};

static unsigned int cut_bits_thrifty(const struct cutter *cutter, const struct cut *cut,
				     enum thrift thrift, size_t count)
{
	unsigned int bits = cutter->bits, need;

	if (thrift == THRIFT_NONE) {
		need = cut_bits(cutter, cut);
		return need < bits ? need : bits;
	}
	need = bits_for(cut->members, thrift == THRIFT_SPARE ? cut->members / 4 : 0);
	if (cutter->family == AF_INET)
		return need;
	/* what there is, divided evenly */
	for (size_t parts = 1; parts < count && bits > need; parts *= 2)
		bits--;
	return bits < SUBNET_BITS ? bits : SUBNET_BITS;
}

static int cut_in_order(struct cutter *cutter, struct cut *cuts, size_t count, enum thrift thrift)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (!cuts[i].given)
			r = cut_anywhere(cutter, &cuts[i], cutter->first,
					 cut_bits_thrifty(cutter, &cuts[i], thrift, count));
	return r;
}

/** Attempts: first by number, then in order, each time thriftier. */
static int pool_attempt(const struct netns_prefix *pool, const struct blocks *used,
			struct cut *cuts, size_t count, int attempt)
{
	struct netns_prefix network = netns_prefix_network(pool);
	_cleanup_blocks_ struct blocks blocks = {0};
	unsigned int bits = family_bits(pool->ip.family) - pool->length;
	struct cutter cutter = {
		.family = pool->ip.family,
		.first = ip_to_number(&network.ip),
		.last = ip_to_number(&network.ip) | ip_ones(bits),
		.bits = bits,
		.used = &blocks,
	};

	for (size_t i = 0; i < used->count; i++)
		if (blocks_put(&blocks, used->items[i].first, used->items[i].last) < 0)
			return -ENOMEM;
	if (attempt > 0)
		return cut_in_order(&cutter, cuts, count, (enum thrift)(attempt - 1));
	if (bits < (pool->ip.family == AF_INET6 ? SUBNET_BITS : 2 * LAN_BITS_V4))
		return -ENOSPC;
	return cut_by_number(&cutter, cuts, count);
}

int pool_cut(const struct netns_prefix *pool, const struct blocks *used, struct cut *cuts,
	     size_t count)
{
	int r = -ENOSPC;

	for (int attempt = 0; r == -ENOSPC && attempt <= 1 + THRIFT_ALL; attempt++)
		r = pool_attempt(pool, used, cuts, count, attempt);
	return r;
}
