/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The way that packets take from a namespace; for the files of this folder. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/netns.h"

#define TRACE_HOPS_MAX    255
#define TRACE_HOPS_SILENT 8 /* in a row, and it ends */

/**
 * struct trace_hop - who is so many hops away
 * @from:	none: nobody answered
 * @failure:	static text: why packets get no farther than there; NULL = they do
 * @reached:	it is where they were to go
 */
struct trace_hop {
	uint8_t ttl;
	struct netns_ip from;
	int64_t rtt_ns; /* -1 = no answer */
	const char *failure;
	bool reached;
};

/** struct trace - of one way; @hops: filled, from the first on */
struct trace {
	struct netns *netns; /* borrowed */
	struct netns_ip to;
	uint32_t max_hops, timeout_ms; /* for each of two requests to a hop */
	struct trace_hop hops[TRACE_HOPS_MAX];
	size_t hop_count;
};

/** Follow it, many hops at once. Ends where it is reached, packets get no farther, or nobody
 * has answered for a while. */
int trace_run(struct trace *trace, struct ncrun_error *err);
