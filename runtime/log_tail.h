/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The last lines of a log: what was read is kept until it is known to be of them. */

#include <stdint.h>

#include <ncrun/logs.h>

struct kept_line;

/**
 * struct log_tail - at most @most lines, and behind them one that has no end yet
 *
 * Zero-initialise but for @most; release with log_tail_clear(), after which it is as before.
 */
struct log_tail {
	uint64_t most;
	uint64_t count;
	struct kept_line *first; /* owned, and all that follow */
	struct kept_line *last;
};

/** Keep a copy, and let the oldest line go that is one too many. -ENOMEM. */
int log_tail_add(struct log_tail *tail, const struct ncrun_log_line *line);
/** Call @line for each, as ncrun_container_logs() does. */
int log_tail_deliver(const struct log_tail *tail,
		     int (*line)(void *data, const struct ncrun_log_line *line), void *data);
void log_tail_clear(struct log_tail *tail);
