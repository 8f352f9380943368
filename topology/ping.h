/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Echo requests from many namespaces at once, by one process; for the files of this folder. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/netns.h"
#include "topology/echo.h"

#define PING_NOBODY UINT32_MAX

/**
 * struct ping_pair - from one namespace to one address; the rest of it is filled by ping_run()
 * @from:	index in the run's list of namespaces
 * @to:		the same, of where the address is; PING_NOBODY = somewhere else
 * @failure:	static text: why nothing came back, or not all; NULL = no reason was told
 */
struct ping_pair {
	uint32_t from, to;
	struct netns_ip address;

	uint32_t sent, received;
	int64_t min_ns, max_ns;
	double sum_ns, square_sum; /* of times, and of their squares */
	const char *failure;
	struct netns_ip failure_from;
};

/**
 * struct ping - what is to be done
 * @netns:	borrowed
 * @pairs:	in the order of @from, and of @to where that is the same
 * @count:	requests for each pair
 * @interval_ms: between them; 0 = as soon as the one before is answered
 * @answer:	called for each, NULL @answer = none in time; may be NULL
 */
struct ping {
	struct netns **netns;
	size_t netns_count;
	struct ping_pair *pairs;
	size_t pair_count;
	uint32_t count, size, interval_ms, timeout_ms;
	void (*answer)(void *data, const struct ping_pair *pair, uint32_t number,
		       const struct echo_answer *answer, int64_t rtt_ns);
	void *data;
};

/** Do it all. Packets that are lost are no error. */
int ping_run(struct ping *ping, struct ncrun_error *err);

/* ---- neighbours (ping_neighbours.c) ------------------------------------------------------ */

/**
 * struct ping_neighbours - whom the pings made namespaces know
 *
 * The kernel has room for 1,024 neighbours of all namespaces together (gc_thresh3), and
 * keeps each for a while: that is every pair of 33 nodes. What was learned on the way is
 * forgotten on the way, but not what was known before.
 */
struct ping_neighbours;

int ping_neighbours_new(struct netns **netns, size_t count, struct ping_neighbours **ret,
			struct ncrun_error *err);
struct ping_neighbours *ping_neighbours_free(struct ping_neighbours *neighbours);
DEFINE_CLEANUP(struct ping_neighbours *, ping_neighbours_free);
/** This namespace is about to learn of another, or has. */
int ping_neighbours_touch(struct ping_neighbours *neighbours, uint32_t netns,
			  struct ncrun_error *err);
/**
 * Forget what all that were touched have learned since the last time, but not those
 * @ret_pending that are still looked for and @awaited: a packet waits for each, and would go
 * with it.
 */
int ping_neighbours_forget(struct ping_neighbours *neighbours,
			   bool (*awaited)(void *data, uint32_t netns, const struct netns_ip *ip),
			   void *data, size_t *ret_pending, struct ncrun_error *err);
