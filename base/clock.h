/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Deadlines on the monotonic clock, for waits that may be interrupted. */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/** @timeout_ms from now; a negative one is never. */
static inline int64_t clock_deadline(int64_t timeout_ms)
{
	int64_t deadline;

	if (timeout_ms < 0 || __builtin_add_overflow(clock_now_ms(), timeout_ms, &deadline))
		return INT64_MAX;
	return deadline;
}

static inline bool clock_has_passed(int64_t deadline)
{
	return deadline != INT64_MAX && clock_now_ms() >= deadline;
}

/** What poll(2) wants: -1 = for ever. A deadline far away takes several polls. */
static inline int clock_poll_timeout(int64_t deadline)
{
	int64_t left;

	if (deadline == INT64_MAX)
		return -1;
	left = deadline - clock_now_ms();
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}
