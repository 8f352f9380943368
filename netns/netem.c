/* SPDX-License-Identifier: Apache-2.0 */

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netns/queue.h"

#define TCA_NETEM_PRNG_SEED_ 14 /* Linux 6.6 */
#define NETEM_MAX            TCA_NETEM_PRNG_SEED_

#define LIMIT_DEFAULT 1000u
#define LIMIT_MAX     1000000u
#define FASTEST_BITS  10000000000ull /* what a queue is made for when there is no rate */
#define QUEUE_NS      50000000ull    /* how long a rate lets packets wait */
#define NS_PER_S      1000000000ull

static uint32_t share(double percent)
{
	return (uint32_t)(percent / 100 * UINT32_MAX + 0.5);
}

static double percent(uint32_t part)
{
	return netns_percent(part, UINT32_MAX);
}

bool netem_is_needed(const struct netns_impairment *impairment)
{
	return impairment->delay_ns || impairment->jitter_ns || impairment->reorder_percent > 0 ||
	       impairment->slot.min_ns || impairment->slot.max_ns || impairment->slot.delay_ns ||
	       impairment->loss_correlation_percent > 0 ||
	       impairment->duplicate_correlation_percent > 0 ||
	       impairment->corrupt_correlation_percent > 0 ||
	       impairment->loss_model == NETNS_LOSS_STATE || impairment->ecn ||
	       (impairment->rate_bits &&
		(impairment->packet_overhead_bytes || impairment->cell_bytes ||
		 impairment->cell_overhead_bytes));
}

/** Room for all packets that are on their way at once, and those that wait for the rate. */
static uint32_t limit_for(const struct netns_impairment *impairment, uint32_t mtu)
{
	bool own_rate = impairment->rate_bits && !tbf_is_needed(impairment);
	double bytes_per_ns =
		(double)(own_rate ? impairment->rate_bits : FASTEST_BITS) / 8 / NS_PER_S;
	double bytes = bytes_per_ns * (double)(impairment->delay_ns + impairment->jitter_ns);
	double packets;

	if (impairment->limit_packets)
		return impairment->limit_packets;
	if (own_rate && impairment->queue_bytes)
		bytes += impairment->queue_bytes;
	else if (own_rate)
		bytes += bytes_per_ns *
			 (double)(impairment->queue_ns ? impairment->queue_ns : QUEUE_NS);
	packets = bytes / (mtu ? mtu : 1500) + 2;
	if (packets > LIMIT_MAX)
		return LIMIT_MAX;
	return packets < LIMIT_DEFAULT && !own_rate ? LIMIT_DEFAULT : (uint32_t)packets;
}

static void loss_put(struct message *message, const struct netns_impairment *impairment)
{
	const struct tc_netem_gimodel state = {
		.p13 = share(impairment->loss_state.p13_percent),
		.p31 = share(impairment->loss_state.p31_percent),
		.p32 = share(impairment->loss_state.p32_percent),
		.p14 = share(impairment->loss_state.p14_percent),
		.p23 = share(impairment->loss_state.p23_percent),
	};
	/* the kernel takes h, the share that gets through in the bad state, and 1-k */
	const struct tc_netem_gemodel gilbert = {
		.p = share(impairment->loss_gilbert.to_bad_percent),
		.r = share(impairment->loss_gilbert.to_good_percent),
		.h = share(100 - impairment->loss_gilbert.loss_in_bad_percent),
		.k1 = share(impairment->loss_gilbert.loss_in_good_percent),
	};
	struct nlattr *nest;

	if (impairment->loss_model == NETNS_LOSS_RANDOM)
		return;
	nest = message_nest_flagged(message, TCA_NETEM_LOSS);
	if (impairment->loss_model == NETNS_LOSS_STATE)
		message_put(message, NETEM_LOSS_GI, &state, sizeof(state));
	else
		message_put(message, NETEM_LOSS_GE, &gilbert, sizeof(gilbert));
	message_end(message, nest);
}

static void rate_put(struct message *message, const struct netns_impairment *impairment)
{
	uint64_t bytes = impairment->rate_bits / 8;
	const struct tc_netem_rate rate = {
		.rate = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes,
		.packet_overhead = impairment->packet_overhead_bytes,
		.cell_size = impairment->cell_bytes,
		.cell_overhead = impairment->cell_overhead_bytes,
	};

	if (tbf_is_needed(impairment))
		return; /* it is the other's work */
	if (bytes > UINT32_MAX)
		message_u64(message, TCA_NETEM_RATE64, bytes);
	message_put(message, TCA_NETEM_RATE, &rate, sizeof(rate));
}

static void table_put(struct message *message, int type, enum netns_distribution distribution)
{
	int16_t table[DISTRIBUTION_SIZE];

	if (distribution == NETNS_DISTRIBUTION_UNIFORM) /* what it does without */
		return;
	distribution_fill(distribution, table);
	message_put(message, type, table, sizeof(table));
}

static void slot_put(struct message *message, const struct netns_impairment *impairment)
{
	const struct tc_netem_slot slot = {
		.min_delay = (int64_t)impairment->slot.min_ns,
		.max_delay = (int64_t)impairment->slot.max_ns,
		.max_packets = (int32_t)impairment->slot.packets,
		.max_bytes = (int32_t)impairment->slot.bytes,
		.dist_delay = (int64_t)impairment->slot.delay_ns,
		.dist_jitter = (int64_t)impairment->slot.jitter_ns,
	};

	if (!slot.min_delay && !slot.max_delay && !slot.dist_delay)
		return;
	message_put(message, TCA_NETEM_SLOT, &slot, sizeof(slot));
	if (slot.dist_delay)
		table_put(message, TCA_NETEM_SLOT_DIST, impairment->slot.distribution);
}

void netem_put(struct message *message, const struct netns_impairment *impairment, uint32_t mtu)
{
	const struct tc_netem_qopt options = {
		.limit = limit_for(impairment, mtu),
		.loss = impairment->loss_model == NETNS_LOSS_RANDOM
				? share(impairment->loss_percent)
				: 0,
		.gap = impairment->reorder_percent > 0 && !impairment->reorder_gap
			       ? 1
			       : impairment->reorder_gap,
		.duplicate = share(impairment->duplicate_percent),
	};
	const struct tc_netem_corr correlation = {
		.delay_corr = share(impairment->delay_correlation_percent),
		.loss_corr = share(impairment->loss_correlation_percent),
		.dup_corr = share(impairment->duplicate_correlation_percent),
	};
	const struct tc_netem_reorder reorder = {
		.probability = share(impairment->reorder_percent),
		.correlation = share(impairment->reorder_correlation_percent),
	};
	const struct tc_netem_corrupt corrupt = {
		.probability = share(impairment->corrupt_percent),
		.correlation = share(impairment->corrupt_correlation_percent),
	};
	struct nlattr *nest;

	message_text(message, TCA_KIND, "netem");
	nest = message_nest(message, TCA_OPTIONS);
	message_raw(message, &options, sizeof(options));
	message_put(message, TCA_NETEM_CORR, &correlation, sizeof(correlation));
	message_put(message, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	message_put(message, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
	message_u64(message, TCA_NETEM_LATENCY64, impairment->delay_ns);
	message_u64(message, TCA_NETEM_JITTER64, impairment->jitter_ns);
	message_u32(message, TCA_NETEM_ECN, impairment->ecn);
	if (impairment->jitter_ns)
		table_put(message, TCA_NETEM_DELAY_DIST, impairment->distribution);
	loss_put(message, impairment);
	rate_put(message, impairment);
	slot_put(message, impairment);
	if (impairment->seeded)
		message_u64(message, TCA_NETEM_PRNG_SEED_, impairment->seed);
	message_end(message, nest);
}

/* ---- and back -------------------------------------------------------------------------------- */

static void copy(const struct nlattr *attribute, void *ret, size_t size)
{
	if (attribute)
		nla_memcpy(ret, attribute, (int)size);
}

static void loss_parse(struct nlattr *loss, struct netns_impairment *ret)
{
	struct nlattr *table[NETEM_LOSS_MAX + 1];
	struct tc_netem_gimodel state = {.p13 = 0};
	struct tc_netem_gemodel gilbert = {.p = 0};

	if (!loss || nla_parse_nested(table, NETEM_LOSS_MAX, loss, NULL) < 0)
		return;
	if (table[NETEM_LOSS_GI]) {
		copy(table[NETEM_LOSS_GI], &state, sizeof(state));
		ret->loss_model = NETNS_LOSS_STATE;
		ret->loss_state.p13_percent = percent(state.p13);
		ret->loss_state.p31_percent = percent(state.p31);
		ret->loss_state.p32_percent = percent(state.p32);
		ret->loss_state.p14_percent = percent(state.p14);
		ret->loss_state.p23_percent = percent(state.p23);
	} else if (table[NETEM_LOSS_GE]) {
		copy(table[NETEM_LOSS_GE], &gilbert, sizeof(gilbert));
		ret->loss_model = NETNS_LOSS_GILBERT;
		ret->loss_gilbert.to_bad_percent = percent(gilbert.p);
		ret->loss_gilbert.to_good_percent = percent(gilbert.r);
		ret->loss_gilbert.loss_in_bad_percent = 100 - percent(gilbert.h);
		ret->loss_gilbert.loss_in_good_percent = percent(gilbert.k1);
	}
}

static void rate_parse(struct nlattr *const *table, struct netns_impairment *ret)
{
	struct tc_netem_rate rate = {.rate = 0};
	uint64_t bytes;

	copy(table[TCA_NETEM_RATE], &rate, sizeof(rate));
	bytes = rate.rate;
	copy(table[TCA_NETEM_RATE64], &bytes, sizeof(bytes));
	if (bytes) {
		ret->rate_bits = bytes * 8;
		ret->packet_overhead_bytes = rate.packet_overhead;
		ret->cell_bytes = rate.cell_size;
		ret->cell_overhead_bytes = rate.cell_overhead;
	}
}

static void shares_parse(const struct nlattr *options, struct nlattr *const *table,
			 struct netns_impairment *ret)
{
	struct tc_netem_qopt base = {.limit = 0};
	struct tc_netem_corr correlation = {.delay_corr = 0};
	struct tc_netem_reorder reorder = {.probability = 0};
	struct tc_netem_corrupt corrupt = {.probability = 0};

	copy(options, &base, sizeof(base));
	copy(table[TCA_NETEM_CORR], &correlation, sizeof(correlation));
	copy(table[TCA_NETEM_REORDER], &reorder, sizeof(reorder));
	copy(table[TCA_NETEM_CORRUPT], &corrupt, sizeof(corrupt));
	ret->limit_packets = base.limit;
	ret->loss_percent = percent(base.loss);
	ret->duplicate_percent = percent(base.duplicate);
	ret->reorder_gap = base.gap;
	ret->delay_correlation_percent = percent(correlation.delay_corr);
	ret->loss_correlation_percent = percent(correlation.loss_corr);
	ret->duplicate_correlation_percent = percent(correlation.dup_corr);
	ret->reorder_percent = percent(reorder.probability);
	ret->reorder_correlation_percent = percent(reorder.correlation);
	ret->corrupt_percent = percent(corrupt.probability);
	ret->corrupt_correlation_percent = percent(corrupt.correlation);
}

void netem_parse(const struct nlattr *options, struct netns_impairment *ret)
{
	const size_t base = NLMSG_ALIGN(sizeof(struct tc_netem_qopt));
	struct nlattr *table[NETEM_MAX + 1];
	struct tc_netem_slot slot = {.min_delay = 0};
	uint32_t ecn = 0;

	if ((size_t)nla_len(options) < base ||
	    nla_parse(table, NETEM_MAX, (struct nlattr *)((char *)nla_data(options) + base),
		      nla_len(options) - (int)base, NULL) < 0)
		return;
	shares_parse(options, table, ret);
	copy(table[TCA_NETEM_LATENCY64], &ret->delay_ns, sizeof(ret->delay_ns));
	copy(table[TCA_NETEM_JITTER64], &ret->jitter_ns, sizeof(ret->jitter_ns));
	copy(table[TCA_NETEM_ECN], &ecn, sizeof(ecn));
	copy(table[TCA_NETEM_SLOT], &slot, sizeof(slot));
	ret->ecn = ecn != 0;
	ret->slot.min_ns = (uint64_t)slot.min_delay;
	ret->slot.max_ns = (uint64_t)slot.max_delay;
	ret->slot.delay_ns = (uint64_t)slot.dist_delay;
	ret->slot.jitter_ns = (uint64_t)slot.dist_jitter;
	ret->slot.packets = (uint32_t)slot.max_packets;
	ret->slot.bytes = (uint32_t)slot.max_bytes;
	loss_parse(table[TCA_NETEM_LOSS], ret);
	rate_parse(table, ret);
	if (table[TCA_NETEM_PRNG_SEED_])
		copy(table[TCA_NETEM_PRNG_SEED_], &ret->seed, sizeof(ret->seed));
}
