/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Queues that delay and slow down: netem and tbf; for the files of this folder. */

#include "netns/batch.h"
#include "netns/message.h"
#include "netns/netns.h"

/* Major numbers by which ours are told from others' queues. */
#define NETEM_HANDLE 0x6e630000u
#define TBF_HANDLE   0x6e640000u

/** struct queues - what is at the end of a link where packets leave */
struct queues {
	bool netem, tbf; /* ours */
	bool tbf_is_root;
	struct netns_impairment impairment; /* what they do */
	uint64_t dropped;
	uint32_t waiting;
};

/** Is the work of netem needed; and that of tbf? Pure. */
bool netem_is_needed(const struct netns_impairment *impairment);
bool tbf_is_needed(const struct netns_impairment *impairment);

/** Put TCA_KIND and TCA_OPTIONS. @mtu: of the link. */
void netem_put(struct message *message, const struct netns_impairment *impairment, uint32_t mtu);
void tbf_put(struct message *message, const struct netns_impairment *impairment, uint32_t mtu);
/** Read TCA_OPTIONS into what @ret says of it. */
void netem_parse(const struct nlattr *options, struct netns_impairment *ret);
void tbf_parse(const struct nlattr *options, struct netns_impairment *ret);

/** Queue what makes @from's queues do as @impairment says, @present being there. */
void queues_change(struct netns_batch *batch, int index, const struct queues *present,
		   const struct netns_impairment *impairment, uint32_t mtu);
int queues_read(struct netns *netns, int index, struct queues *ret, struct ncrun_error *err);

/** Fill a table of delays around 0 with a deviation of 1 << 13, as netem wants it. Pure. */
#define DISTRIBUTION_SIZE 4096
void distribution_fill(enum netns_distribution distribution, int16_t ret[DISTRIBUTION_SIZE]);
