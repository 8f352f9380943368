/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The last lines of a log: what was read is kept until it is known to be of them. */

#include <stdint.h>

#include <ncrun/logs.h>

struct kept_line;

/**
 * struct log_tail - at most @most lines, and what has no end yet behind the last one left out
 * @end:	the oldest of them that ends its line: before it are parts of later ones
 * @open:	the latest part of each line without an end: of a service's stream there is one
 * @number:	of what was added last; @dropped: of the last end that was one too many
 *
 * Zero-initialise but for @most; release with log_tail_clear(), after which it is as before.
 */
struct log_tail {
	uint64_t most;
	uint64_t count;
	struct kept_line *first; /* owned, and all that follow */
	struct kept_line *last;
	struct kept_line *end, *open;
	uint64_t number, dropped;
};

/** Keep a copy, and let the oldest line go that is one too many. -ENOMEM. */
int log_tail_add(struct log_tail *tail, const struct ncrun_log_line *line);
/** Call @line for each, as ncrun_container_logs() does. */
int log_tail_deliver(struct log_tail *tail,
		     int (*line)(void *data, const struct ncrun_log_line *line), void *data);
void log_tail_clear(struct log_tail *tail);
