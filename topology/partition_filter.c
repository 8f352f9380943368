/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "topology/partition.h"

#define TABLE "ncrun-partition"

/* Behind translation of addresses, before filters of the node's own. */
#define PRIORITY (NETNS_PRIORITY_FILTER - 10)

static const struct {
	const char *set;
	int family;
} sets[] = {{"away4", AF_INET}, {"away6", AF_INET6}};

/* ---- addresses --------------------------------------------------------------------------- */

static int ip_compare(const void *a, const void *b)
{
	const struct netns_ip *left = a, *right = b;

	if (left->family != right->family)
		return left->family < right->family ? -1 : 1;
	return memcmp(left->bytes, right->bytes, netns_ip_size(left));
}

/** Are they the two halves of one network? */
static bool are_halves(const struct netns_prefix *left, const struct netns_prefix *right)
{
	struct netns_prefix whole = *left;

	if (left->length != right->length || left->length == 0)
		return false;
	whole.length--;
	return netns_prefix_contains(&whole, &right->ip);
}

size_t addresses_cover(struct netns_ip *ips, size_t count, struct netns_prefix *ret)
{
	size_t n = 0;

	if (count > 0)
		qsort(ips, count, sizeof(*ips), ip_compare);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && netns_ip_equal(&ips[i], &ips[i - 1]))
			continue;
		ret[n++] =
			(struct netns_prefix){.ip = ips[i],
					      .length = (unsigned int)netns_ip_size(&ips[i]) * 8};
		/* Sorted and apart, two neighbours of one length that have a network in common are
		 * its halves. */
		while (n > 1 && are_halves(&ret[n - 2], &ret[n - 1]))
			ret[--n - 1].length--;
	}
	return n;
}

/* ---- filters ----------------------------------------------------------------------------- */

static void rules_put(struct netns_filter *filter, size_t family)
{
	netns_filter_rule(filter, &(struct netns_filter_rule){.chain = "input",
							      .family = sets[family].family,
							      .source_set = sets[family].set,
							      .count = true,
							      .verdict = NETNS_VERDICT_DROP});
	netns_filter_rule(filter, &(struct netns_filter_rule){.chain = "output",
							      .family = sets[family].family,
							      .destination_set = sets[family].set,
							      .count = true,
							      .verdict = NETNS_VERDICT_DROP});
}

int partition_cut(struct netns *netns, struct netns_ip *away, size_t count, struct ncrun_error *err)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	_cleanup_free_ struct netns_prefix *networks = calloc(count + 1, sizeof(*networks));
	size_t first = 0, end;
	int r;

	if (!networks)
		return error_set(err, ENOMEM, "cut a node off: out of memory");
	if (count > 0)
		qsort(away, count, sizeof(*away), ip_compare);
	r = netns_filter_new(netns, &filter, err);
	if (r < 0)
		return r;
	netns_filter_table_anew(filter, NETNS_FILTER_INET, TABLE);
	netns_filter_chain(filter, &(struct netns_chain){.name = "input",
							 .hook = NETNS_HOOK_INPUT,
							 .priority = PRIORITY});
	netns_filter_chain(filter, &(struct netns_chain){.name = "output",
							 .hook = NETNS_HOOK_OUTPUT,
							 .priority = PRIORITY});
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++, first = end) {
		size_t covered;

		for (end = first; end < count && away[end].family == sets[i].family; end++)
			;
		covered = addresses_cover(&away[first], end - first, networks);
		if (covered == 0)
			continue;
		netns_filter_set(filter, sets[i].set, sets[i].family);
		netns_filter_set_add(filter, sets[i].set, networks, covered);
		rules_put(filter, i);
	}
	return netns_filter_commit(filter, err);
}

int partition_mend(struct netns *netns, struct ncrun_error *err)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	int r = netns_filter_new(netns, &filter, err);

	if (r < 0)
		return r;
	netns_filter_table_delete(filter, NETNS_FILTER_INET, TABLE);
	return netns_filter_commit(filter, err);
}

int partition_count(struct netns *netns, uint64_t *ret, struct ncrun_error *err)
{
	_cleanup_free_ struct netns_filter_state *rules = NULL;
	size_t count = 0;
	uint64_t packets = 0;
	int r = netns_filter_list(netns, NETNS_FILTER_INET, TABLE, &rules, &count, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		packets += rules[i].packets;
	*ret = packets;
	return 0;
}
