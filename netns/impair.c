/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/impair.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/error.h"
#include "netns/lossy.h"
#include "netns/queue.h"
#include "netns/state_parse.h"

#define GSO_MATTERS_BELOW 1000000000ull /* bits a second: a sender's bunch of packets is felt */

/** Is there anything that hurts packets one by one? */
static bool hurts(const struct netns_impairment *impairment)
{
	return impairment->loss_model != NETNS_LOSS_RANDOM || impairment->loss_percent > 0 ||
	       impairment->duplicate_percent > 0 || impairment->corrupt_percent > 0;
}

/** What has memory between packets is netem's, and then all that it can do at once. */
static bool netem_hurts(const struct netns_impairment *impairment)
{
	return impairment->loss_model == NETNS_LOSS_STATE ||
	       impairment->loss_correlation_percent > 0 ||
	       impairment->duplicate_correlation_percent > 0 ||
	       impairment->corrupt_correlation_percent > 0 || impairment->ecn;
}

/** struct split - who does what */
struct split {
	struct netns_impairment queue; /* netem and tbf */
	struct lossy_config lossy;     /* BPF */
	bool lossy_needed;
	bool offload_off;
};

static void forget_hurts(struct netns_impairment *impairment)
{
	impairment->loss_model = NETNS_LOSS_RANDOM;
	impairment->loss_percent = 0;
	impairment->duplicate_percent = 0;
	impairment->corrupt_percent = 0;
}

static struct split split(const struct netns_impairment *impairment)
{
	struct split split = {.queue = *impairment};

	split.lossy_needed = hurts(impairment) && !netem_hurts(impairment);
	if (split.lossy_needed) {
		lossy_from_impairment(impairment, &split.lossy);
		forget_hurts(&split.queue);
	}
	split.offload_off = hurts(impairment) || impairment->reorder_percent > 0 ||
			    impairment->jitter_ns ||
			    (impairment->rate_bits && impairment->rate_bits < GSO_MATTERS_BELOW);
	return split;
}

bool netns_impairment_is_none(const struct netns_impairment *impairment)
{
	return !hurts(impairment) && !netem_is_needed(impairment) && !impairment->rate_bits;
}

static int mtu_of(const struct netns_end *end, uint32_t *ret, struct ncrun_error *err)
{
	struct netns_link_state link = {.index = 0};
	int r = link_get(end->netns, end->index, NULL, &link, err);

	if (r == 0)
		*ret = link.mtu;
	return r;
}

/** Bunches of packets would share one fate, and a checksum that is not there cannot be wrong. */
static int offload_switch(const struct netns_end *from, bool off, struct ncrun_error *err)
{
	const unsigned int all = NETNS_OFFLOAD_TX_CHECKSUM | NETNS_OFFLOAD_SCATTER_GATHER |
				 NETNS_OFFLOAD_TSO | NETNS_OFFLOAD_GSO;

	return netns_offload_set(from->netns, from->index, all, off ? 0 : all, err);
}

static int queues_set(const struct netns_end *from, const struct queues *present,
		      const struct netns_impairment *impairment, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	uint32_t mtu = 0;
	int r = mtu_of(from, &mtu, err);

	if (r == 0)
		r = netns_batch_new(from->netns, &batch, err);
	if (r < 0)
		return r;
	queues_change(batch, from->index, present, impairment, mtu);
	return netns_batch_send(batch, err);
}

/** Without a seed any will do, but a change must not begin anew: then it stays as it was. */
static int seed_choose(const struct netns_impairment *impairment,
		       const struct lossy_config *present, uint64_t *ret, struct ncrun_error *err)
{
	if (impairment->seeded)
		return 0;
	if (present) {
		*ret = present->seed;
		return 0;
	}
	if (getrandom(ret, sizeof(*ret), 0) != sizeof(*ret))
		return error_errno(err, "choose a seed");
	return 0;
}

int netns_impair(const struct netns_end *from, const struct netns_end *to,
		 const struct netns_impairment *impairment, struct ncrun_error *err)
{
	struct split wanted = split(impairment);
	struct lossy_config config;
	struct queues present;
	bool lossy = false;
	int r;

	r = netns_impairment_check(impairment, err);
	if (r == 0)
		r = queues_read(from->netns, from->index, &present, err);
	if (r == 0)
		r = lossy_get(to, &lossy, &config, NULL, err);
	if (r == 0)
		r = seed_choose(impairment, lossy ? &config : NULL, &wanted.lossy.seed, err);
	if (r == 0)
		r = queues_set(from, &present, &wanted.queue, err);
	if (r == 0 && (wanted.offload_off || lossy || present.netem || present.tbf))
		r = offload_switch(from, wanted.offload_off, err);
	if (r == 0 && wanted.lossy_needed)
		r = lossy_set(to, &wanted.lossy, err);
	else if (r == 0 && lossy)
		r = lossy_remove(to, err);
	return r;
}

int netns_impair_get(const struct netns_end *from, const struct netns_end *to,
		     struct netns_impair_state *ret, struct ncrun_error *err)
{
	struct netns_impair_state state = {.means = 0};
	struct lossy_counts counts = {.seen = 0};
	struct lossy_config config;
	struct queues queues;
	bool lossy = false;
	int r = queues_read(from->netns, from->index, &queues, err);

	if (r == 0)
		r = lossy_get(to, &lossy, &config, &counts, err);
	if (r < 0)
		return r;
	state.impairment = queues.impairment;
	state.queue_dropped = queues.dropped;
	state.queued = queues.waiting;
	if (queues.netem)
		state.means |= NETNS_IMPAIR_NETEM;
	if (queues.tbf)
		state.means |= NETNS_IMPAIR_TBF;
	if (lossy) {
		state.means |= NETNS_IMPAIR_BPF;
		lossy_to_impairment(&config, &state.impairment);
		state.passed = counts.seen;
		state.lost = counts.lost;
		state.duplicated = counts.duplicated;
		state.corrupted = counts.corrupted;
	}
	*ret = state;
	return 0;
}
