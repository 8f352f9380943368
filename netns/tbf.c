/* SPDX-License-Identifier: Apache-2.0 */

#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netns/queue.h"

#define QUEUE_NS        50000000ull /* how long packets may wait */
#define BURSTS_PER_S    250         /* by default: one every 4 ms */
#define NS_PER_S        1000000000ull
#define TAGS_AND_HEADER (ETH_HLEN + 8)

bool tbf_is_needed(const struct netns_impairment *impairment)
{
	return impairment->rate_bits &&
	       (!netem_is_needed(impairment) || impairment->burst_bytes || impairment->peak_bits);
}

/** At least two packets, or the larger ones would never fit. */
static uint32_t burst_for(const struct netns_impairment *impairment, uint32_t mtu)
{
	uint64_t least = 2ull * (mtu + TAGS_AND_HEADER);
	uint64_t burst = impairment->rate_bits / 8 / BURSTS_PER_S;

	if (impairment->burst_bytes)
		return impairment->burst_bytes;
	if (burst < least)
		burst = least;
	return burst > UINT32_MAX ? UINT32_MAX : (uint32_t)burst;
}

static uint32_t limit_for(const struct netns_impairment *impairment, uint32_t burst)
{
	uint64_t ns = impairment->queue_ns ? impairment->queue_ns : QUEUE_NS;
	double bytes = (double)impairment->rate_bits / 8 * ((double)ns / NS_PER_S) + burst;

	if (impairment->queue_bytes)
		return impairment->queue_bytes;
	return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

static uint32_t rate_low(uint64_t bytes)
{
	return bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
}

void tbf_put(struct message *message, const struct netns_impairment *impairment, uint32_t mtu)
{
	uint64_t rate = impairment->rate_bits / 8, peak = impairment->peak_bits / 8;
	uint32_t burst = burst_for(impairment, mtu);
	struct tc_tbf_qopt options = {
		.rate = {.rate = rate_low(rate), .linklayer = TC_LINKLAYER_ETHERNET},
		.peakrate = {.rate = rate_low(peak), .linklayer = peak ? TC_LINKLAYER_ETHERNET : 0},
		.limit = limit_for(impairment, burst),
		.mtu = peak ? mtu + TAGS_AND_HEADER : 0,
	};
	struct nlattr *nest;

	message_text(message, TCA_KIND, "tbf");
	nest = message_nest(message, TCA_OPTIONS);
	message_put(message, TCA_TBF_PARMS, &options, sizeof(options));
	message_u32(message, TCA_TBF_BURST, burst);
	if (rate > UINT32_MAX)
		message_u64(message, TCA_TBF_RATE64, rate);
	if (peak) {
		message_u32(message, TCA_TBF_PBURST, mtu + TAGS_AND_HEADER);
		if (peak > UINT32_MAX)
			message_u64(message, TCA_TBF_PRATE64, peak);
	}
	message_end(message, nest);
}

static uint64_t rate_of(const struct nlattr *wide, uint32_t low)
{
	uint64_t bytes = low;

	if (wide)
		nla_memcpy(&bytes, wide, sizeof(bytes));
	return bytes * 8;
}

/** The kernel gives the burst back as a time, in ticks of 64 ns. */
static uint32_t burst_of(const struct tc_tbf_qopt *options, uint64_t rate_bits)
{
	double bytes = (double)options->buffer * 64 / NS_PER_S * (double)rate_bits / 8 + 0.5;

	return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

void tbf_parse(const struct nlattr *options, struct netns_impairment *ret)
{
	struct nlattr *table[TCA_TBF_MAX + 1];
	struct tc_tbf_qopt base = {.limit = 0};

	if (nla_parse_nested(table, TCA_TBF_MAX, (struct nlattr *)options, NULL) < 0 ||
	    !table[TCA_TBF_PARMS])
		return;
	nla_memcpy(&base, table[TCA_TBF_PARMS], sizeof(base));
	ret->rate_bits = rate_of(table[TCA_TBF_RATE64], base.rate.rate);
	ret->peak_bits = rate_of(table[TCA_TBF_PRATE64], base.peakrate.rate);
	ret->burst_bytes = burst_of(&base, ret->rate_bits);
	ret->queue_bytes = base.limit;
}
