/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bad links: delay, loss, duplication, reordering, corruption, rates. Part of
 * netns/netns.h.
 *
 * An impairment is of one direction of a link: of what leaves one end for the
 * other. Delay, jitter, reordering and whatever has memory are netem's, at the
 * end where packets leave. Loss, duplication and corruption of packets one by
 * one are a BPF program's, where they arrive: it works on kernels without netem,
 * and with a seed two runs lose the same packets. Rates are tbf's, or netem's
 * if there is a delay.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

struct netns;

enum netns_distribution {
	NETNS_DISTRIBUTION_UNIFORM,
	NETNS_DISTRIBUTION_NORMAL,
	NETNS_DISTRIBUTION_PARETO,
	NETNS_DISTRIBUTION_PARETONORMAL,
};

enum netns_loss_model {
	NETNS_LOSS_RANDOM,  /* @loss_percent, @loss_correlation_percent */
	NETNS_LOSS_STATE,   /* four states: @loss_state */
	NETNS_LOSS_GILBERT, /* Gilbert-Elliott: @loss_gilbert */
};

/** struct netns_impairment - of one direction; zero-initialised is a perfect link
 *
 * Percentages are 0 to 100. A correlation is with the packet before.
 */
struct netns_impairment {
	uint64_t delay_ns;
	uint64_t jitter_ns;
	double delay_correlation_percent;
	enum netns_distribution distribution;

	enum netns_loss_model loss_model;
	double loss_percent;
	double loss_correlation_percent;
	struct {
		double p13_percent, p31_percent, p32_percent, p23_percent, p14_percent;
	} loss_state; /* netem's words */
	struct {
		double to_bad_percent, to_good_percent;           /* p, r */
		double loss_in_bad_percent, loss_in_good_percent; /* 1-h, 1-k */
	} loss_gilbert;

	double duplicate_percent, duplicate_correlation_percent;
	double corrupt_percent, corrupt_correlation_percent;
	double reorder_percent, reorder_correlation_percent; /* sent at once; needs a delay */
	uint32_t reorder_gap;                                /* every so manyth only */

	uint64_t rate_bits;   /* bits a second, of frames; 0 = unlimited */
	uint32_t burst_bytes; /* at once in spite of the rate; 0 = what fits the rate */
	uint64_t peak_bits;   /* even in a burst; needs @burst_bytes */
	uint64_t queue_ns;    /* how long the rate lets packets wait; 0 = 50 ms, unless... */
	uint32_t queue_bytes; /* ... it is told in bytes */
	int32_t packet_overhead_bytes;
	uint32_t cell_bytes;
	int32_t cell_overhead_bytes;

	uint32_t limit_packets; /* in the queue of the delay; 0 = what delay and rate need */
	bool ecn;               /* mark instead of losing */
	struct {
		uint64_t min_ns, max_ns;      /* 0: none */
		uint64_t delay_ns, jitter_ns; /* instead of min and max: by @distribution */
		enum netns_distribution distribution;
		uint32_t packets, bytes; /* at most, in a slot */
	} slot;

	bool seeded;
	uint64_t seed;
	bool control; /* impair ARP, neighbour discovery and STP as well */
};

/** struct netns_end - one end of a link; @netns borrowed */
struct netns_end {
	struct netns *netns;
	int index;
};

/** What does the work, as bits. */
enum netns_impair_means {
	NETNS_IMPAIR_NETEM = 1u << 0,
	NETNS_IMPAIR_TBF = 1u << 1,
	NETNS_IMPAIR_BPF = 1u << 2,
};

/** Is it possible at all? Pure: out of range, or what makes no sense together. -EINVAL. */
int netns_impairment_check(const struct netns_impairment *impairment, struct ncrun_error *err);

/** @part of @whole in percent, as it was written before it became a share: rounded to ten
 * millionths, which is as close as the kernel's 32 bits come. Pure. */
double netns_percent(double part, double whole);

/** No impairment at all? */
bool netns_impairment_is_none(const struct netns_impairment *impairment);

/**
 * netns_impair() - make what goes from one end to the other as bad as @impairment
 *
 * Instead of what was before, in place: queued packets stay queued, and the count of
 * packets that decides the fate of the next goes on. A perfect one removes everything.
 * Where packets are hurt one by one, segmentation is switched off for what leaves @from.
 *
 * -EOPNOTSUPP with what the kernel lacks.
 */
int netns_impair(const struct netns_end *from, const struct netns_end *to,
		 const struct netns_impairment *impairment, struct ncrun_error *err);

/** struct netns_impair_state - what is in force, and what it did */
struct netns_impair_state {
	struct netns_impairment impairment;
	unsigned int means;                   /* bits of enum netns_impair_means */
	uint64_t passed;                      /* packets that the BPF program saw */
	uint64_t lost, duplicated, corrupted; /* by it */
	uint64_t queue_dropped; /* by netem and tbf: lost, or over the queue's limit */
	uint32_t queued;        /* packets that wait */
};

/** Read it back from the kernel. */
int netns_impair_get(const struct netns_end *from, const struct netns_end *to,
		     struct netns_impair_state *ret, struct ncrun_error *err);
