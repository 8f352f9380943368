/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: one socket for each namespace and family, and one epoll for all. At
 * most SLOTS pairs are at work at once, each with one request under way; the next leaves when
 * the answer is there. A pair that is not answered soon sends what is left of its requests and
 * makes room: its answers may still come, until each request has had its time. Which pair,
 * and which of its requests, an answer is for follows from its sequence number.
 */

#include "topology/ping.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

#define SLOTS        128
#define SLOT_FREE    UINT32_MAX
#define NEVER        INT64_MAX
#define NS_PER_MS    INT64_C(1000000)
#define STALL_NS     (250 * NS_PER_MS)
#define RETRY_NS     (2 * NS_PER_MS)
#define EVENTS       64
#define REQUESTS_MAX (UINT64_C(1) << 26) /* of all pairs together: 1.5 GiB of memory */

/*
 * A pair teaches two neighbours; see struct ping_neighbours. The kernel has room for 1,024
 * (gc_thresh3 of neigh, arp(7)) and others need some: where there is none, a request can be
 * tried again, but an answer is lost without a word.
 */
#define FORGET_PAIRS    256
#define FORGET_ABOVE    200
#define NEIGHBOURS_MOST ((size_t)2 * (FORGET_PAIRS + SLOTS))
#define FORGET_NS       (50 * NS_PER_MS)

/** struct slot - one pair at work */
struct slot {
	uint32_t pair; /* SLOT_FREE = none */
	uint32_t next; /* number of the next request */
	int64_t due;   /* when it is to leave */
	int64_t sent;  /* when the last one left */
	int64_t tried; /* since when it cannot leave; 0 = it can */
	bool stalled;
};

/** struct flight - a request that is under way, or was */
struct flight {
	uint32_t pair, number;
	int64_t deadline; /* of CLOCK_MONOTONIC, as all times here but @sent_ns */
};

/** struct source - one namespace */
struct source {
	struct echo echo[2];   /* of IPv4 and IPv6; opened when they are needed */
	uint32_t first, count; /* of its pairs */
};

struct run {
	struct ping *ping;
	struct source *sources; /* owned */
	int epoll;              /* owned */
	struct slot slots[SLOTS];
	size_t active;
	uint32_t source, round; /* whose turn it is */
	uint32_t rounds;
	uint32_t back;    /* the pair whose turn is next, as the reverse of the last; PING_NOBODY */
	bool *begun;      /* owned; of each pair */
	int64_t *sent_ns; /* owned; of each request of each pair, 0 = nothing is awaited */
	struct flight *flights; /* owned; in the order in which they left */
	size_t flight_first, flight_end;
	struct ping_neighbours *neighbours; /* owned; NULL = there is room for all */
	uint32_t retired;                   /* pairs since they were forgotten */
	size_t looked_for; /* neighbours that could not be forgotten then, as packets wait for them
			    */
	int64_t forget_at; /* not again before then */
};

static size_t request_index(const struct run *run, uint32_t pair, uint32_t number)
{
	return (size_t)pair * run->ping->count + number;
}

/* ---- beginning and end ------------------------------------------------------------------- */

static void run_done(struct run *run)
{
	for (size_t i = 0; run->sources && i < run->ping->netns_count; i++) {
		echo_close(&run->sources[i].echo[0]);
		echo_close(&run->sources[i].echo[1]);
	}
	free(run->sources);
	free(run->begun);
	free(run->sent_ns);
	free(run->flights);
	ping_neighbours_free(run->neighbours);
	closep(&run->epoll);
}

/** Which pairs are whose. */
static int sources_fill(struct run *run, struct ncrun_error *err)
{
	const struct ping *ping = run->ping;

	for (size_t i = 0; i < ping->netns_count; i++)
		run->sources[i].echo[0] = run->sources[i].echo[1] = ECHO_NONE;
	for (uint32_t i = 0; i < ping->pair_count; i++) {
		struct source *source = &run->sources[ping->pairs[i].from];

		assert(ping->pairs[i].from < ping->netns_count);
		if (source->count == 0)
			source->first = i;
		assert(source->first + source->count == i);
		source->count++;
		if (source->count > run->rounds)
			run->rounds = source->count;
	}
	if (run->rounds > 1 && (uint64_t)run->rounds * ping->count > UINT16_MAX + 1)
		return error_set(err, EINVAL,
				 "ping: %" PRIu32 " requests to each of %" PRIu32
				 " nodes: at most 65,536 from one node",
				 ping->count, run->rounds);
	return 0;
}

static int run_begin(struct run *run, struct ncrun_error *err)
{
	const struct ping *ping = run->ping;
	uint64_t requests = (uint64_t)ping->pair_count * ping->count;
	int r = 0;

	if (requests > REQUESTS_MAX)
		return error_set(err, EINVAL, "ping: %" PRIu64 " requests: at most %" PRIu64,
				 requests, REQUESTS_MAX);
	run->sources = calloc(ping->netns_count + 1, sizeof(*run->sources));
	run->begun = calloc(ping->pair_count + 1, sizeof(*run->begun));
	run->sent_ns = calloc(requests + 1, sizeof(*run->sent_ns));
	run->flights = calloc(requests + 1, sizeof(*run->flights));
	if (!run->sources || !run->begun || !run->sent_ns || !run->flights)
		return error_set(err, ENOMEM, "ping: out of memory");
	run->back = PING_NOBODY;
	for (size_t i = 0; i < SLOTS; i++)
		run->slots[i].pair = SLOT_FREE;
	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run->epoll < 0)
		return error_errno(err, "ping: make an epoll");
	r = sources_fill(run, err);
	if (r == 0 && ping->interval_ms == 0 && ping->pair_count > FORGET_ABOVE)
		r = ping_neighbours_new(ping->netns, ping->netns_count, &run->neighbours, err);
	return r;
}

/* ---- answers ----------------------------------------------------------------------------- */

static struct slot *slot_of(struct run *run, uint32_t pair)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (run->slots[i].pair == pair)
			return &run->slots[i];
	return NULL;
}

static void slot_retire(struct run *run, struct slot *slot)
{
	slot->pair = SLOT_FREE;
	run->active--;
	run->retired++;
}

/** Which request of @source it is; false = none that is awaited. */
static bool request_of(const struct run *run, const struct source *source, uint16_t sequence,
		       uint32_t *ret_pair, uint32_t *ret_number)
{
	uint32_t count = run->ping->count;

	if (source->count == 1) { /* the latest one with these bits */
		uint32_t last = run->ping->pairs[source->first].sent - 1;

		*ret_pair = source->first;
		*ret_number = last - ((last - sequence) & UINT16_MAX);
		if (run->ping->pairs[source->first].sent == 0 || *ret_number > last)
			return false;
	} else {
		*ret_pair = source->first + sequence / count;
		*ret_number = sequence % count;
		if (sequence / count >= source->count)
			return false;
	}
	return run->sent_ns[request_index(run, *ret_pair, *ret_number)] != 0;
}

static void tell(const struct run *run, uint32_t pair, uint32_t number,
		 const struct echo_answer *answer, int64_t rtt_ns)
{
	const struct ping *ping = run->ping;

	if (ping->answer)
		ping->answer(ping->data, &ping->pairs[pair], number, answer, rtt_ns);
}

static void failure_note(struct ping_pair *pair, const struct echo_answer *answer)
{
	pair->failure = answer->failure;
	pair->failure_from = answer->from;
}

static void answer_take(struct run *run, struct source *source, const struct echo_answer *answer)
{
	uint32_t index, number;
	struct ping_pair *pair;
	struct slot *slot;
	int64_t *sent_ns, rtt = -1;

	if (!request_of(run, source, answer->sequence, &index, &number))
		return;
	pair = &run->ping->pairs[index];
	sent_ns = &run->sent_ns[request_index(run, index, number)];
	if (answer->failure) {
		failure_note(pair, answer);
	} else {
		rtt = answer->at_ns > *sent_ns ? answer->at_ns - *sent_ns : 0;
		if (pair->received == 0 || rtt < pair->min_ns)
			pair->min_ns = rtt;
		if (rtt > pair->max_ns)
			pair->max_ns = rtt;
		pair->sum_ns += (double)rtt;
		pair->square_sum += (double)rtt * (double)rtt;
		pair->received++;
	}
	*sent_ns = 0;
	tell(run, index, number, answer, rtt);
	slot = run->ping->interval_ms == 0 ? slot_of(run, index) : NULL;
	if (slot && slot->next == run->ping->count)
		slot_retire(run, slot);
	else if (slot && number + 1 == slot->next)
		slot->due = 0;
}

static void answers_read(struct run *run, uint32_t netns, int six)
{
	struct source *source = &run->sources[netns];
	struct echo_answer answer;

	while (echo_receive(&source->echo[six], &answer))
		answer_take(run, source, &answer);
}

/** Those whose time is over. It may be we who are late: what has come meanwhile is no loss. */
static void flights_expire(struct run *run, int64_t now)
{
	while (run->flight_first < run->flight_end) {
		const struct flight *flight = &run->flights[run->flight_first];
		const struct ping_pair *pair = &run->ping->pairs[flight->pair];
		int64_t *sent_ns = &run->sent_ns[request_index(run, flight->pair, flight->number)];

		if (*sent_ns != 0 && flight->deadline > now)
			return;
		if (*sent_ns != 0)
			answers_read(run, pair->from, pair->address.family == AF_INET6);
		if (*sent_ns != 0) {
			*sent_ns = 0;
			tell(run, flight->pair, flight->number, NULL, -1);
		}
		run->flight_first++;
	}
}

/* ---- requests ---------------------------------------------------------------------------- */

static int echo_ensure(struct run *run, uint32_t netns, int six, struct ncrun_error *err)
{
	struct echo *echo = &run->sources[netns].echo[six];
	struct epoll_event event = {.events = EPOLLIN,
				    .data.u64 = (uint64_t)netns * 2 + (unsigned)six};
	int r;

	if (echo->fd >= 0)
		return 0;
	r = echo_open(run->ping->netns[netns], six ? AF_INET6 : AF_INET, echo, err);
	if (r < 0)
		return r;
	if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, echo->fd, &event) < 0)
		return error_errno(err, "ping: watch a socket");
	return 0;
}

/** No room in a queue, or for a neighbour: a little later there may be. */
static bool slot_retries(struct run *run, struct slot *slot, int r, int64_t now)
{
	if ((r != -ENOBUFS && r != -EAGAIN) || run->ping->interval_ms > 0)
		return false;
	if (slot->tried == 0)
		slot->tried = now;
	if (now - slot->tried > STALL_NS)
		return false;
	slot->due = now + RETRY_NS;
	run->retired += FORGET_PAIRS;
	return true;
}

static void slot_next(struct run *run, struct slot *slot, int64_t now)
{
	bool last = ++slot->next == run->ping->count;

	slot->tried = 0;
	slot->sent = now;
	if (run->ping->interval_ms > 0)
		slot->due += run->ping->interval_ms * NS_PER_MS;
	else
		slot->due = slot->stalled ? 0 : NEVER;
	if (last && (run->ping->interval_ms > 0 || slot->stalled))
		slot_retire(run, slot);
	else if (last)
		slot->due = NEVER;
}

static int slot_send(struct run *run, struct slot *slot, struct ncrun_error *err)
{
	struct ping_pair *pair = &run->ping->pairs[slot->pair];
	struct source *source = &run->sources[pair->from];
	int six = pair->address.family == AF_INET6, r = echo_ensure(run, pair->from, six, err);
	uint32_t number = slot->next;
	const struct echo_request request = {
		.to = pair->address,
		.sequence = (uint16_t)((slot->pair - source->first) * run->ping->count + number),
		.size = run->ping->size,
	};
	int64_t sent_ns, now = clock_now_ns();

	if (r < 0)
		return r;
	r = echo_send(&source->echo[six], &request, &sent_ns);
	if (r < 0 && slot_retries(run, slot, r, now))
		return 0;
	pair->sent++;
	if (r < 0) {
		const struct echo_answer failure = {.failure = echo_failure(-r), .ttl = -1};

		failure_note(pair, &failure);
		tell(run, slot->pair, number, &failure, -1);
		slot->stalled = true; /* there is nothing to wait for */
	} else {
		run->sent_ns[request_index(run, slot->pair, number)] = sent_ns;
		run->flights[run->flight_end++] = (struct flight){
			.pair = slot->pair,
			.number = number,
			.deadline = now + run->ping->timeout_ms * NS_PER_MS,
		};
	}
	slot_next(run, slot, now);
	if (r == 0)
		answers_read(run, pair->from, six); /* most are back by now */
	return 0;
}

/* ---- whose turn it is -------------------------------------------------------------------- */

/** The reverse of a pair, or PING_NOBODY. */
static uint32_t pair_back(const struct run *run, const struct ping_pair *pair)
{
	const struct source *source;
	uint32_t low, high;

	if (pair->to == PING_NOBODY)
		return PING_NOBODY;
	source = &run->sources[pair->to];
	low = source->first;
	high = source->first + source->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (run->ping->pairs[middle].to < pair->from)
			low = middle + 1;
		else
			high = middle;
	}
	return low < source->first + source->count && run->ping->pairs[low].to == pair->from
		       ? low
		       : PING_NOBODY;
}

/**
 * The next pair: one of each namespace in turn, each time the next of its own, beginning with
 * that behind itself, so that all of them have about the same to do. After each its reverse:
 * neighbours that one of them looked for know each other.
 */
static uint32_t pair_next(struct run *run)
{
	uint32_t next = run->back;

	run->back = PING_NOBODY;
	while (next == PING_NOBODY && run->round < run->rounds) {
		const struct source *source = &run->sources[run->source];

		if (run->round < source->count)
			next = source->first + (run->source + run->round) % source->count;
		if (next != PING_NOBODY && run->begun[next])
			next = PING_NOBODY;
		else if (next != PING_NOBODY)
			run->back = pair_back(run, &run->ping->pairs[next]);
		if (++run->source == run->ping->netns_count) {
			run->source = 0;
			run->round++;
		}
	}
	if (run->back != PING_NOBODY && run->begun[run->back])
		run->back = PING_NOBODY;
	if (next != PING_NOBODY)
		run->begun[next] = true;
	return next;
}

static bool pairs_are_left(const struct run *run)
{
	return run->round < run->rounds || run->back != PING_NOBODY;
}

static int neighbours_touch(struct run *run, const struct ping_pair *pair, struct ncrun_error *err)
{
	int r = 0;

	if (run->neighbours)
		r = ping_neighbours_touch(run->neighbours, pair->from, err);
	if (run->neighbours && r == 0 && pair->to != PING_NOBODY)
		r = ping_neighbours_touch(run->neighbours, pair->to, err);
	return r;
}

/** Whether the kernel has room for what one more pair teaches. One at a time is always tried. */
static bool neighbours_have_room(const struct run *run)
{
	return !run->neighbours || run->active == 0 ||
	       run->looked_for + 2 * (run->retired + run->active) < NEIGHBOURS_MOST;
}

/** Whether an answer to a request of this pair may still come. */
static bool pair_is_awaited(struct run *run, uint32_t pair)
{
	if (!run->begun[pair])
		return false;
	if (slot_of(run, pair))
		return true;
	for (uint32_t i = 0; i < run->ping->count; i++)
		if (run->sent_ns[request_index(run, pair, i)] != 0)
			return true;
	return false;
}

/** Whether @netns may still hear of @ip, or answer it; true where it is nobody's of these. */
static bool neighbour_is_awaited(void *data, uint32_t netns, const struct netns_ip *ip)
{
	struct run *run = data;
	const struct source *source = &run->sources[netns];

	for (uint32_t i = source->first; i < source->first + source->count; i++) {
		const struct ping_pair *pair = &run->ping->pairs[i];
		uint32_t back;

		if (!netns_ip_equal(&pair->address, ip))
			continue;
		back = pair_back(run, pair);
		return pair_is_awaited(run, i) ||
		       (back != PING_NOBODY && pair_is_awaited(run, back));
	}
	return true;
}

static int neighbours_forget(struct run *run, int64_t now, struct ncrun_error *err)
{
	int r;

	if (!run->neighbours ||
	    (run->retired < FORGET_PAIRS && (neighbours_have_room(run) || now < run->forget_at)))
		return 0;
	r = ping_neighbours_forget(run->neighbours, neighbour_is_awaited, run, &run->looked_for,
				   err);
	run->retired = 0;
	run->forget_at = now + FORGET_NS;
	return r;
}

static int slots_fill(struct run *run, int64_t now, struct ncrun_error *err)
{
	uint32_t pair;
	int r = neighbours_forget(run, now, err);

	for (size_t i = 0; r == 0 && i < SLOTS && neighbours_have_room(run); i++) {
		if (run->slots[i].pair != SLOT_FREE)
			continue;
		do {
			pair = pair_next(run);
			if (pair == PING_NOBODY)
				return 0;
		} while (run->ping->pairs[pair].address.family == 0);
		r = neighbours_touch(run, &run->ping->pairs[pair], err);
		if (r < 0)
			return r;
		run->slots[i] = (struct slot){.pair = pair, .due = now};
		run->active++;
	}
	return 0;
}

static int slots_send(struct run *run, int64_t now, struct ncrun_error *err)
{
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &run->slots[i];
		int r = 0;

		if (slot->pair == SLOT_FREE)
			continue;
		if (run->ping->interval_ms == 0 && slot->due == NEVER &&
		    now - slot->sent > STALL_NS) {
			slot->stalled = true;
			slot->due = 0;
			if (slot->next == run->ping->count) {
				slot_retire(run, slot);
				continue;
			}
		}
		if (slot->due <= now)
			r = slot_send(run, slot, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/** When there is something to do even if nothing comes in. */
static int64_t next_time(const struct run *run)
{
	int64_t next = NEVER;

	if (run->active < SLOTS && pairs_are_left(run)) {
		if (neighbours_have_room(run))
			return 0; /* the next pair is waiting */
		next = run->forget_at;
	}
	if (run->flight_first < run->flight_end && run->flights[run->flight_first].deadline < next)
		next = run->flights[run->flight_first].deadline;
	for (size_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = &run->slots[i];
		int64_t due = slot->due != NEVER ? slot->due : slot->sent + STALL_NS + 1;

		if (slot->pair != SLOT_FREE && due < next)
			next = due;
	}
	return next;
}

static int answers_wait(struct run *run, struct ncrun_error *err)
{
	struct epoll_event events[EVENTS];
	int64_t left = next_time(run) - clock_now_ns();
	int n = epoll_wait(run->epoll, events, EVENTS,
			   left <= 0 ? 0 : (int)((left + NS_PER_MS - 1) / NS_PER_MS));

	if (n < 0 && errno != EINTR)
		return error_errno(err, "ping: wait for answers");
	for (int i = 0; i < n; i++)
		answers_read(run, (uint32_t)(events[i].data.u64 / 2),
			     (int)(events[i].data.u64 % 2));
	return 0;
}

int ping_run(struct ping *ping, struct ncrun_error *err)
{
	_cleanup_(run_done) struct run run = {.ping = ping, .epoll = -1};
	int r = run_begin(&run, err);

	while (r == 0) {
		int64_t now = clock_now_ns();

		r = slots_fill(&run, now, err);
		if (r == 0)
			r = slots_send(&run, now, err);
		flights_expire(&run, clock_now_ns());
		if (r < 0 || (run.active == 0 && run.flight_first == run.flight_end &&
			      !pairs_are_left(&run)))
			break;
		r = answers_wait(&run, err);
	}
	if (r == 0 && run.neighbours)
		r = ping_neighbours_forget(run.neighbours, neighbour_is_awaited, &run,
					   &run.looked_for, err);
	return r;
}
