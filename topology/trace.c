/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/trace.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "topology/echo.h"

#define TRACE_WINDOW   32 /* hops that are asked at once */
#define TRACE_ATTEMPTS 2

/** struct probing - of one hop */
struct probing {
	unsigned int attempts;
	int64_t deadline; /* of the last one */
	int64_t sent_ns[TRACE_ATTEMPTS];
	bool answered;
};

struct tracing {
	struct trace *trace;
	struct echo echo; /* owned */
	struct probing probings[TRACE_HOPS_MAX];
	uint32_t end; /* hops beyond are of no interest */
	int64_t now;  /* the answers until then are known: it may be we who are late */
};

/* An answer says by its sequence number which hop was asked, and which time. */
static uint16_t sequence_of(uint32_t ttl, unsigned int attempt)
{
	return (uint16_t)(ttl | attempt << 8);
}

static int hop_ask(struct tracing *tracing, uint32_t i, struct ncrun_error *err)
{
	struct trace *trace = tracing->trace;
	struct probing *probing = &tracing->probings[i];
	const struct echo_request request = {
		.to = trace->to,
		.sequence = sequence_of(i + 1, probing->attempts),
		.ttl = (uint8_t)(i + 1),
	};
	int r = echo_send(&tracing->echo, &request, &probing->sent_ns[probing->attempts]);

	if (r < 0 && r != -ENOBUFS && r != -EAGAIN)
		return error_set(err, -r, "%s", echo_failure(-r));
	probing->attempts++;
	probing->deadline = clock_deadline(trace->timeout_ms);
	return 0;
}

static bool hop_is_settled(const struct tracing *tracing, const struct probing *probing)
{
	return probing->answered ||
	       (probing->attempts == TRACE_ATTEMPTS && probing->deadline <= tracing->now);
}

/** Ask those whose turn it is; *@ret_deadline: when the next one's is. */
static int hops_ask(struct tracing *tracing, int64_t *ret_deadline, struct ncrun_error *err)
{
	uint32_t open = 0;

	*ret_deadline = INT64_MAX;
	for (uint32_t i = 0; i < tracing->end && open < TRACE_WINDOW; i++) {
		struct probing *probing = &tracing->probings[i];
		int r = 0;

		if (hop_is_settled(tracing, probing))
			continue;
		open++;
		if (probing->attempts == 0 || probing->deadline <= tracing->now)
			r = hop_ask(tracing, i, err);
		if (r < 0)
			return r;
		if (probing->deadline < *ret_deadline)
			*ret_deadline = probing->deadline;
	}
	return 0;
}

static void answer_take(struct tracing *tracing, const struct echo_answer *answer)
{
	uint32_t ttl = answer->sequence & 0xff;
	unsigned int attempt = answer->sequence >> 8;
	struct trace_hop *hop;
	struct probing *probing;
	int64_t rtt;

	if (ttl == 0 || ttl > tracing->end)
		return;
	probing = &tracing->probings[ttl - 1];
	hop = &tracing->trace->hops[ttl - 1];
	if (probing->answered || attempt >= probing->attempts)
		return;
	probing->answered = true;
	rtt = answer->at_ns - probing->sent_ns[attempt];
	hop->from = answer->from;
	hop->rtt_ns = rtt > 0 ? rtt : 0;
	hop->reached = !answer->failure;
	if (answer->expired)
		return;
	hop->failure = answer->failure;
	tracing->end = ttl;
}

/** Whether all is known; so many silent ones in a row are the end, too. */
static bool is_over(struct tracing *tracing)
{
	uint32_t silent = 0;

	for (uint32_t i = 0; i < tracing->end; i++) {
		if (!hop_is_settled(tracing, &tracing->probings[i]))
			return false;
		silent = tracing->probings[i].answered ? 0 : silent + 1;
		if (silent == TRACE_HOPS_SILENT)
			tracing->end = i + 1;
	}
	return true;
}

static int follow(struct tracing *tracing, struct ncrun_error *err)
{
	while (!is_over(tracing)) {
		struct pollfd answers = {.fd = tracing->echo.fd, .events = POLLIN};
		struct echo_answer answer;
		int64_t deadline;
		int r = hops_ask(tracing, &deadline, err);

		if (r < 0)
			return r;
		if (poll(&answers, 1, clock_poll_timeout(deadline)) < 0 && errno != EINTR)
			return error_errno(err, "wait for answers");
		tracing->now = clock_now_ms();
		while (echo_receive(&tracing->echo, &answer))
			answer_take(tracing, &answer);
	}
	return 0;
}

int trace_run(struct trace *trace, struct ncrun_error *err)
{
	struct tracing tracing = {.trace = trace, .echo = ECHO_NONE, .end = trace->max_hops};
	int r;

	assert(trace->max_hops > 0 && trace->max_hops <= TRACE_HOPS_MAX);
	for (uint32_t i = 0; i < trace->max_hops; i++)
		trace->hops[i] = (struct trace_hop){.ttl = (uint8_t)(i + 1), .rtt_ns = -1};
	r = echo_open(trace->netns, trace->to.family, &tracing.echo, err);
	if (r == 0)
		r = follow(&tracing, err);
	echo_close(&tracing.echo);
	trace->hop_count = tracing.end;
	return r;
}
