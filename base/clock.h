/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What time it is, and deadlines for waits that may be interrupted. */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_NS_PER_S INT64_C(1000000000)

static inline int64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

/** Date and time, since 1970 (CLOCK_REALTIME): for people, who may set it, not for waits. */
static inline int64_t clock_wall_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}

/** For waits and spans: it never goes back. */
static inline int64_t clock_now_ns(void)
{
	return clock_read_ns(CLOCK_MONOTONIC);
}

static inline int64_t clock_now_ms(void)
{
	return clock_now_ns() / 1000000;
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
