/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Hosts files, as text. */

#include "topology/walk.h"

/** struct hosts_writer - of one topology; [0] is IPv4, [1] IPv6 */
struct hosts_writer {
	const struct ncrun_topology *topology; /* borrowed */
	struct layer3 layer3[2];               /* owned */
	struct walk walks[2];                  /* owned */
	char **lines[2];                       /* owned, as they are; by attachment */
	uint32_t *near[2];                     /* owned; by subnet: which text it is near for */
	uint32_t number;                       /* of the text */
};

/** -ENOMEM; to be followed by hosts_writer_done() in any case. */
int hosts_writer_init(struct hosts_writer *writer, const struct ncrun_topology *topology,
		      const struct segments *segments);
void hosts_writer_done(struct hosts_writer *writer);

/** What only this node knows: entries of the file, its own name if it has no address. */
void hosts_write_extra(const struct hosts_writer *writer, const struct node *node,
		       struct text *out);
/**
 * hosts_write() - all of a file but that
 * @near_first:	addresses in a subnet of @viewer stand before others of the same node
 * @all:	also who is not reached
 */
void hosts_write(struct hosts_writer *writer, uint32_t viewer, bool near_first, bool all,
		 struct text *out);
