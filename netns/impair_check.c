/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stddef.h>

#include "base/error.h"
#include "netns/impair.h"

#define NS_PER_S 1000000000ull
#define LONGEST  (1000 * NS_PER_S)

static const struct {
	const char *name;
	size_t offset;
} percentages[] = {
#define PERCENTAGE(name, member)                                \
	{                                                       \
		name, offsetof(struct netns_impairment, member) \
	}
	PERCENTAGE("correlation of the delay", delay_correlation_percent),
	PERCENTAGE("loss", loss_percent),
	PERCENTAGE("correlation of the loss", loss_correlation_percent),
	PERCENTAGE("p13 of the loss", loss_state.p13_percent),
	PERCENTAGE("p31 of the loss", loss_state.p31_percent),
	PERCENTAGE("p32 of the loss", loss_state.p32_percent),
	PERCENTAGE("p23 of the loss", loss_state.p23_percent),
	PERCENTAGE("p14 of the loss", loss_state.p14_percent),
	PERCENTAGE("chance of getting bad", loss_gilbert.to_bad_percent),
	PERCENTAGE("chance of getting good", loss_gilbert.to_good_percent),
	PERCENTAGE("loss while bad", loss_gilbert.loss_in_bad_percent),
	PERCENTAGE("loss while good", loss_gilbert.loss_in_good_percent),
	PERCENTAGE("duplication", duplicate_percent),
	PERCENTAGE("correlation of the duplication", duplicate_correlation_percent),
	PERCENTAGE("corruption", corrupt_percent),
	PERCENTAGE("correlation of the corruption", corrupt_correlation_percent),
	PERCENTAGE("reordering", reorder_percent),
	PERCENTAGE("correlation of the reordering", reorder_correlation_percent),
#undef PERCENTAGE
};

static int check_percentages(const struct netns_impairment *impairment, struct ncrun_error *err)
{
	for (size_t i = 0; i < sizeof(percentages) / sizeof(percentages[0]); i++) {
		const double *value =
			(const double *)((const char *)impairment + percentages[i].offset);

		if (!(*value >= 0 && *value <= 100))
			return error_set(err, EINVAL, "%s of %g %%: not 0 to 100",
					 percentages[i].name, *value);
	}
	return 0;
}

/** What is told of something that is not there. */
static const char *lonely(const struct netns_impairment *impairment)
{
	bool random = impairment->loss_model == NETNS_LOSS_RANDOM;

	if (impairment->reorder_percent > 0 && !impairment->delay_ns)
		return "reordering needs a delay, which some packets do not have";
	if (impairment->reorder_gap && !(impairment->reorder_percent > 0))
		return "a gap needs reordering";
	if (impairment->delay_correlation_percent > 0 && !impairment->jitter_ns)
		return "the correlation of a delay needs jitter";
	if (impairment->distribution != NETNS_DISTRIBUTION_UNIFORM && !impairment->jitter_ns)
		return "the distribution of a delay needs jitter";
	if (!random && impairment->loss_percent > 0)
		return "loss is either random or by a model";
	if (impairment->ecn && random && !(impairment->loss_percent > 0))
		return "marking instead of losing needs a loss";
	if (!impairment->rate_bits &&
	    (impairment->burst_bytes || impairment->peak_bits || impairment->queue_ns ||
	     impairment->queue_bytes || impairment->packet_overhead_bytes ||
	     impairment->cell_bytes || impairment->cell_overhead_bytes))
		return "bursts, peaks, queues and overheads need a rate";
	return NULL;
}

static const char *disagreement(const struct netns_impairment *impairment)
{
	if (impairment->rate_bits && impairment->rate_bits < 8)
		return "a rate is at least 8 bits a second";
	if (impairment->peak_bits && impairment->peak_bits < impairment->rate_bits)
		return "a peak is higher than the rate";
	if (impairment->peak_bits && !impairment->burst_bytes)
		return "a peak needs bursts";
	if ((impairment->burst_bytes || impairment->peak_bits) &&
	    (impairment->packet_overhead_bytes || impairment->cell_bytes ||
	     impairment->cell_overhead_bytes))
		return "bursts and overheads of packets do not go together";
	if (impairment->slot.max_ns && impairment->slot.max_ns < impairment->slot.min_ns)
		return "the shortest slot is longer than the longest";
	if (impairment->slot.delay_ns && (impairment->slot.min_ns || impairment->slot.max_ns))
		return "slots have either bounds or a distribution";
	if (impairment->delay_ns > LONGEST || impairment->jitter_ns > LONGEST)
		return "a delay is at most 1000 s";
	return NULL;
}

int netns_impairment_check(const struct netns_impairment *impairment, struct ncrun_error *err)
{
	const char *wrong = lonely(impairment);

	if (!wrong)
		wrong = disagreement(impairment);
	if (wrong)
		return error_set(err, EINVAL, "%s", wrong);
	return check_percentages(impairment, err);
}

double netns_percent(double part, double whole)
{
	return (double)(int64_t)(part / whole * 100 * 1e7 + 0.5) / 1e7;
}
