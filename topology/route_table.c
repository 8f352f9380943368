/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/route_table.h"

#define DEPTH_MAX 129 /* prefixes within each other */

static bool same_prefix(const struct route_entry *a, const struct route_entry *b)
{
	return a->first == b->first && a->length == b->length;
}

static ip_number entry_last(const struct route_entry *entry, unsigned int bits)
{
	return entry->first | ip_ones(bits - entry->length);
}

/** Are they the two halves of a prefix, in order, that go the same way? */
static bool are_halves(const struct route_entry *a, const struct route_entry *b, unsigned int bits)
{
	return a->hop && a->hop == b->hop && a->length == b->length && a->length > 0 &&
	       b->first == (a->first | (ip_number)1 << (bits - a->length));
}

/** A subnet that the node is in is its own, whoever else has the same. */
static bool counts_before(const struct route_entry *a, const struct route_entry *b)
{
	if (!a->hop != !b->hop)
		return !a->hop;
	return a->order < b->order;
}

/** One of several for the same prefix stays. */
static size_t table_unite(struct route_entry *entries, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !same_prefix(&entries[i], &entries[kept - 1]))
			entries[kept++] = entries[i];
		else if (counts_before(&entries[i], &entries[kept - 1]))
			entries[kept - 1] = entries[i];
	return kept;
}

/** Halves become wholes, which may be halves themselves: those before are a stack. */
static size_t table_join(struct route_entry *entries, size_t count, unsigned int bits)
{
	size_t depth = 0;

	for (size_t i = 0; i < count; i++) {
		entries[depth++] = entries[i];
		while (depth >= 2 && are_halves(&entries[depth - 2], &entries[depth - 1], bits)) {
			struct route_entry whole = entries[depth - 2];
			struct route_entry *below = depth >= 3 ? &entries[depth - 3] : NULL;

			whole.length--;
			if (!below || !same_prefix(below, &whole)) {
				entries[depth - 2] = whole;
				depth--;
				continue;
			}
			if (!below->hop)
				break;
			/* nothing of the larger one was left to itself */
			below->hop = whole.hop;
			depth -= 2;
		}
	}
	return depth;
}

/** What lies in an entry that goes the same way, or goes where the default route does, is not
 * needed. */
static size_t table_prune(struct route_entry *entries, size_t count, unsigned int bits,
			  const struct attachment *fallback)
{
	size_t around[DEPTH_MAX], depth = 0, kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct attachment *hop = fallback;

		while (depth > 0 &&
		       entry_last(&entries[around[depth - 1]], bits) < entries[i].first)
			depth--;
		if (depth > 0)
			hop = entries[around[depth - 1]].hop;
		if (entries[i].hop && entries[i].hop == hop)
			continue;
		entries[kept] = entries[i];
		around[depth++] = kept++;
	}
	return kept;
}

size_t route_table_shorten(struct route_entry *entries, size_t count, unsigned int bits,
			   const struct attachment *fallback)
{
	count = table_unite(entries, count);
	count = table_join(entries, count, bits);
	return table_prune(entries, count, bits, fallback);
}
