/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where packets leave a link there is netem, or tbf, or tbf within netem: packets are late
 * first, and then wait for the rate. Changed in place while the shape stays the same.
 */

#include "netns/queue.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "base/error.h"
#include "netns/answer.h"

#define NETEM_NEEDED                                                                           \
	"netem (CONFIG_NET_SCH_NETEM, module sch_netem), which delay, jitter, reordering and " \
	"correlation need"
#define TBF_NEEDED "tbf (CONFIG_NET_SCH_TBF, module sch_tbf), which limits rates"

static struct tcmsg queue_body(int index, uint32_t parent, uint32_t handle)
{
	return (struct tcmsg){.tcm_ifindex = index, .tcm_parent = parent, .tcm_handle = handle};
}

static void queue_delete(struct netns_batch *batch, int index, uint32_t parent)
{
	const struct tcmsg body = queue_body(index, parent, 0);

	batch_request(batch, "end impairment of link", NULL, RTM_DELQDISC, 0, body);
	batch_end(batch);
	netns_batch_tolerate(batch, ENOENT);
}

void queues_change(struct netns_batch *batch, int index, const struct queues *present,
		   const struct netns_impairment *impairment, uint32_t mtu)
{
	bool netem = netem_is_needed(impairment), tbf = tbf_is_needed(impairment);
	uint32_t tbf_parent = netem ? NETEM_HANDLE | 1 : TC_H_ROOT;
	struct tcmsg body;

	if ((present->netem && !netem) || (present->tbf_is_root && (netem || !tbf)))
		queue_delete(batch, index, TC_H_ROOT);
	else if (present->netem && present->tbf && !tbf)
		queue_delete(batch, index, NETEM_HANDLE | 1);
	if (netem) {
		body = queue_body(index, TC_H_ROOT, NETEM_HANDLE);
		netem_put(batch_request(batch, "impair link", NULL, RTM_NEWQDISC,
					NLM_F_CREATE | NLM_F_REPLACE, body),
			  impairment, mtu);
		batch_end(batch);
		batch_needs(batch, NETEM_NEEDED);
	}
	if (tbf) {
		body = queue_body(index, tbf_parent, TBF_HANDLE);
		tbf_put(batch_request(batch, "limit rate of link", NULL, RTM_NEWQDISC,
				      NLM_F_CREATE | NLM_F_REPLACE, body),
			impairment, mtu);
		batch_end(batch);
		batch_needs(batch, TBF_NEEDED);
	}
}

/* ---- what is there ------------------------------------------------------------------------- */

static void statistics_parse(struct nlattr *stats, struct queues *ret)
{
	struct nlattr *table[TCA_STATS_MAX + 1];
	struct gnet_stats_queue queue = {.qlen = 0};

	if (!stats || nla_parse_nested(table, TCA_STATS_MAX, stats, NULL) < 0 ||
	    !table[TCA_STATS_QUEUE])
		return;
	nla_memcpy(&queue, table[TCA_STATS_QUEUE], sizeof(queue));
	ret->dropped += queue.drops;
	if (queue.qlen > ret->waiting)
		ret->waiting = queue.qlen;
}

static int queue_take(const struct nlmsghdr *header, void *data,
		      struct ncrun_error *err __attribute__((unused)))
{
	struct queues *queues = data;
	const struct tcmsg *body = nlmsg_data(header);
	struct nlattr *table[TCA_MAX + 1];

	if (header->nlmsg_type != RTM_NEWQDISC ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(*body), table, TCA_MAX, NULL) < 0 ||
	    !table[TCA_OPTIONS])
		return 0;
	if (body->tcm_handle == NETEM_HANDLE) {
		queues->netem = true;
		netem_parse(table[TCA_OPTIONS], &queues->impairment);
	} else if (body->tcm_handle == TBF_HANDLE) {
		queues->tbf = true;
		queues->tbf_is_root = body->tcm_parent == TC_H_ROOT;
		tbf_parse(table[TCA_OPTIONS], &queues->impairment);
	} else {
		return 0;
	}
	statistics_parse(table[TCA_STATS2], queues);
	return 0;
}

/** By its name: a list would be that of all links there are. Kernels before 6.7 answer to an echo
 * only. */
static int queue_read(struct netns *netns, int index, uint32_t handle, struct queues *queues,
		      struct ncrun_error *err)
{
	const struct tcmsg body = queue_body(index, 0, handle);
	struct ncrun_error failed = {.code = 0};
	struct message message = {.nl = NULL};
	int r;

	message_begin(&message, RTM_GETQDISC, NLM_F_ECHO, &body, sizeof(body));
	r = answer_dump(netns, NETLINK_ROUTE, &message, queue_take, queues, &failed);
	message_done(&message);
	if (r == -ENOENT || r == -ENODEV) /* no such queue, or the link is gone */
		return 0;
	if (r < 0 && err)
		*err = failed;
	return r;
}

int queues_read(struct netns *netns, int index, struct queues *ret, struct ncrun_error *err)
{
	struct queues queues = {.netem = false};
	int r = queue_read(netns, index, NETEM_HANDLE, &queues, err);

	if (r == 0)
		r = queue_read(netns, index, TBF_HANDLE, &queues, err);
	if (r == 0)
		*ret = queues;
	return r;
}
