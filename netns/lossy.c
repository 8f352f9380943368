/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/lossy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "netns/answer.h"
#include "netns/batch.h"

#define CONFIG_MAP "nc_config"
#define COUNTS_MAP "nc_counts"
#define FLOWS_MAP  "nc_flows"
#define FLOWS      4096

#define PREFERENCE  0x6e63 /* among the filters of the link; tells ours from others */
#define HANDLE      1u
#define FILTER_NAME "ncrun-loss"
#define NEEDED      "traffic classification by BPF (CONFIG_NET_CLS_BPF, CONFIG_NET_SCH_INGRESS)"
#define WHOLE       4294967296.0 /* 1 << 32 */

static uint64_t share(double percent)
{
	return (uint64_t)(percent / 100 * WHOLE + 0.5);
}

static double percent(uint64_t part)
{
	return netns_percent((double)part, WHOLE);
}

void lossy_from_impairment(const struct netns_impairment *impairment, struct lossy_config *ret)
{
	*ret = (struct lossy_config){
		.seed = impairment->seed,
		.duplicate = share(impairment->duplicate_percent),
		.corrupt = share(impairment->corrupt_percent),
		.control = impairment->control,
	};
	if (impairment->loss_model == NETNS_LOSS_GILBERT) {
		ret->to_bad = share(impairment->loss_gilbert.to_bad_percent);
		ret->to_good = share(impairment->loss_gilbert.to_good_percent);
		ret->loss_bad = share(impairment->loss_gilbert.loss_in_bad_percent);
		ret->loss_good = share(impairment->loss_gilbert.loss_in_good_percent);
	} else {
		ret->loss_good = ret->loss_bad = share(impairment->loss_percent);
	}
}

void lossy_to_impairment(const struct lossy_config *config, struct netns_impairment *ret)
{
	ret->seeded = true;
	ret->seed = config->seed;
	ret->control = config->control;
	ret->duplicate_percent = percent(config->duplicate);
	ret->corrupt_percent = percent(config->corrupt);
	if (config->to_bad) {
		ret->loss_model = NETNS_LOSS_GILBERT;
		ret->loss_gilbert.to_bad_percent = percent(config->to_bad);
		ret->loss_gilbert.to_good_percent = percent(config->to_good);
		ret->loss_gilbert.loss_in_bad_percent = percent(config->loss_bad);
		ret->loss_gilbert.loss_in_good_percent = percent(config->loss_good);
	} else {
		ret->loss_percent = percent(config->loss_good);
	}
}

static int map_new(uint32_t type, const char *name, uint32_t key_size, uint32_t value_size,
		   int *ret, struct ncrun_error *err)
{
	int fd = bpf_map_create(type, name, key_size, value_size,
				type == BPF_MAP_TYPE_HASH ? FLOWS : 1);

	if (fd == -EPERM)
		return error_set(err, EPERM, "make a BPF map: only root may (CAP_BPF)");
	if (fd < 0) {
		errno = -fd;
		return error_errno(err, "make a BPF map");
	}
	*ret = fd;
	return 0;
}

/** A program with maps of its own; they live as long as it does. */
static int program_new(const struct lossy_config *config, int *ret, struct ncrun_error *err)
{
	_cleanup_close_ int config_map = -1, counts_map = -1, flows_map = -1;
	_cleanup_free_ struct bpf_code *code = malloc(sizeof(*code));
	const uint32_t key = 0;
	int r;

	if (!code)
		return error_set(err, ENOMEM, "make a BPF program: out of memory");
	r = map_new(BPF_MAP_TYPE_ARRAY, CONFIG_MAP, sizeof(key), sizeof(*config), &config_map, err);
	if (r == 0)
		r = map_new(BPF_MAP_TYPE_ARRAY, COUNTS_MAP, sizeof(key),
			    sizeof(struct lossy_counts), &counts_map, err);
	if (r == 0)
		r = map_new(BPF_MAP_TYPE_HASH, FLOWS_MAP, sizeof(uint64_t), 2 * sizeof(uint64_t),
			    &flows_map, err);
	if (r < 0)
		return r;
	r = bpf_map_write(config_map, &key, config);
	if (r < 0)
		return error_set(err, -r, "write to a BPF map");
	if (!lossy_program(code, config_map, counts_map, flows_map))
		return error_set(err, E2BIG, "make a BPF program: it is too long");
	r = bpf_program_load(code, "nc_lossy", err);
	if (r < 0)
		return r;
	*ret = r;
	return 0;
}

static void filter_request(struct netns_batch *batch, int index, int type, int flags, int program)
{
	const struct tcmsg body = {
		.tcm_ifindex = index,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
		.tcm_handle = type == RTM_DELTFILTER ? 0 : HANDLE,
		.tcm_info = TC_H_MAKE((uint32_t)PREFERENCE << 16, htons(ETH_P_ALL)),
	};
	struct message *message = batch_request(batch, "impair link", NULL, type, flags, body);
	struct nlattr *options;

	if (type != RTM_DELTFILTER) {
		message_text(message, TCA_KIND, "bpf");
		options = message_nest(message, TCA_OPTIONS);
		message_u32(message, TCA_BPF_FD, (uint32_t)program);
		message_text(message, TCA_BPF_NAME, FILTER_NAME);
		message_u32(message, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
		message_end(message, options);
	}
	batch_end(batch);
	batch_needs(batch, NEEDED);
}

static int attach(const struct netns_end *to, int program, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	const struct tcmsg body = {
		.tcm_ifindex = to->index,
		.tcm_parent = TC_H_CLSACT,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
	};
	int r = netns_batch_new(to->netns, &batch, err);

	if (r < 0)
		return r;
	message_text(batch_request(batch, "impair link", NULL, RTM_NEWQDISC,
				   NLM_F_CREATE | NLM_F_EXCL, body),
		     TCA_KIND, "clsact");
	batch_end(batch);
	netns_batch_tolerate(batch, EEXIST);
	batch_needs(batch, NEEDED);
	filter_request(batch, to->index, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, program);
	return netns_batch_send(batch, err);
}

int lossy_remove(const struct netns_end *to, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	bool found = false;
	int r = lossy_get(to, &found, NULL, NULL, err);

	if (r < 0 || !found)
		return r;
	r = netns_batch_new(to->netns, &batch, err);
	if (r < 0)
		return r;
	filter_request(batch, to->index, RTM_DELTFILTER, 0, -1);
	netns_batch_tolerate(batch, ENOENT);
	return netns_batch_send(batch, err);
}

/* ---- what is there ------------------------------------------------------------------------- */

static int filter_each(const struct nlmsghdr *header, void *data,
		       struct ncrun_error *err __attribute__((unused)))
{
	const struct tcmsg *body = nlmsg_data(header);
	struct nlattr *table[TCA_MAX + 1], *bpf[TCA_BPF_MAX + 1];

	if (header->nlmsg_type != RTM_NEWTFILTER ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(*body), table, TCA_MAX, NULL) < 0 ||
	    TC_H_MAJ(body->tcm_info) >> 16 != PREFERENCE || !table[TCA_KIND] ||
	    nla_strcmp(table[TCA_KIND], "bpf") != 0 || !table[TCA_OPTIONS] ||
	    nla_parse_nested(bpf, TCA_BPF_MAX, table[TCA_OPTIONS], NULL) < 0 ||
	    !bpf[TCA_BPF_NAME] || nla_strcmp(bpf[TCA_BPF_NAME], FILTER_NAME) != 0)
		return 0;
	if (bpf[TCA_BPF_ID])
		*(uint32_t *)data = nla_get_u32(bpf[TCA_BPF_ID]);
	return 0;
}

/** The number of our program on that link; 0 if there is none. */
static int program_find(const struct netns_end *to, uint32_t *ret, struct ncrun_error *err)
{
	const struct tcmsg body = {
		.tcm_ifindex = to->index,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
	};
	struct message message = {.nl = NULL};
	uint32_t id = 0;
	int r;

	message_begin(&message, RTM_GETTFILTER, NLM_F_DUMP, &body, sizeof(body));
	r = answer_dump(to->netns, NETLINK_ROUTE, &message, filter_each, &id, err);
	message_done(&message);
	if (r == -EINVAL || r == -ENOENT || r == -EOPNOTSUPP) /* nothing that could have one */
		r = 0;
	if (r == 0)
		*ret = id;
	return r;
}

static int map_read(uint32_t id, const char *name, void *ret, struct ncrun_error *err)
{
	_cleanup_close_ int map = -1;
	const uint32_t key = 0;
	int r;

	if (!ret)
		return 0;
	map = bpf_map_of_program(id, name);
	r = map < 0 ? map : bpf_map_read(map, &key, ret);
	if (r < 0) {
		errno = -r;
		return error_errno(err, "read the BPF map of an impairment");
	}
	return 0;
}

int lossy_get(const struct netns_end *to, bool *ret_found, struct lossy_config *ret,
	      struct lossy_counts *ret_counts, struct ncrun_error *err)
{
	uint32_t id = 0;
	int r = program_find(to, &id, err);

	if (r == 0 && id)
		r = map_read(id, CONFIG_MAP, ret, err);
	if (r == 0 && id)
		r = map_read(id, COUNTS_MAP, ret_counts, err);
	if (r == 0)
		*ret_found = id != 0;
	return r;
}

/** Change the one that is there; -ENOENT if it cannot be. */
static int change(const struct netns_end *to, const struct lossy_config *config,
		  struct ncrun_error *err)
{
	_cleanup_close_ int map = -1;
	struct lossy_config present;
	const uint32_t key = 0;
	uint32_t id = 0;
	int r = program_find(to, &id, err);

	if (r < 0)
		return r;
	map = id ? bpf_map_of_program(id, CONFIG_MAP) : -ENOENT;
	if (map < 0 || bpf_map_read(map, &key, &present) < 0 || present.seed != config->seed)
		return -ENOENT;
	return bpf_map_write(map, &key, config);
}

int lossy_set(const struct netns_end *to, const struct lossy_config *config,
	      struct ncrun_error *err)
{
	_cleanup_close_ int program = -1;
	int r = change(to, config, err);

	if (r != -ENOENT)
		return r;
	r = program_new(config, &program, err);
	return r < 0 ? r : attach(to, program, err);
}
