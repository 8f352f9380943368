/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a transaction holds; for the files of this folder. */

#include "netns/filter.h"
#include "netns/message.h"

struct netns_filter {
	struct netns_batch *batch; /* owned */
	enum netns_filter_family family;
	char table[160]; /* that what follows is about */
	uint32_t set_id; /* given out last */
};

uint8_t filter_protocol(enum netns_filter_family family);

/** As batch_request(); end it with batch_end(). @type: NFT_MSG_... */
struct message *filter_begin(struct netns_filter *filter, const char *verb, const char *name,
			     int type, int flags);
