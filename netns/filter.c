/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/filter.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "netns/batch.h"
#include "netns/filter_request.h"
#include "netns/filter_rule.h"

#define NFT_NEEDED "nf_tables (CONFIG_NF_TABLES, module nf_tables)"

int netns_filter_new(struct netns *netns, struct netns_filter **ret, struct ncrun_error *err)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = calloc(1, sizeof(*filter));
	int r;

	if (!filter)
		return error_set(err, ENOMEM, "make a filter: out of memory");
	r = netns_batch_new(netns, &filter->batch, err);
	if (r < 0)
		return r;
	*ret = take_ptr(filter);
	return 0;
}

struct netns_filter *netns_filter_free(struct netns_filter *filter)
{
	if (filter) {
		netns_batch_free(filter->batch);
		free(filter);
	}
	return NULL;
}

void netns_filter_tag(struct netns_filter *filter, const void *tag)
{
	netns_batch_tag(filter->batch, tag);
}

const void *netns_filter_failed(const struct netns_filter *filter)
{
	return netns_batch_failed(filter->batch);
}

uint8_t filter_protocol(enum netns_filter_family family)
{
	static const uint8_t protocols[] = {
		[NETNS_FILTER_INET] = NFPROTO_INET,
		[NETNS_FILTER_IP] = NFPROTO_IPV4,
		[NETNS_FILTER_IP6] = NFPROTO_IPV6,
		[NETNS_FILTER_BRIDGE] = NFPROTO_BRIDGE,
	};

	return protocols[family];
}

struct message *filter_begin(struct netns_filter *filter, const char *verb, const char *name,
			     int type, int flags)
{
	const struct nfgenmsg body = {.nfgen_family = filter_protocol(filter->family)};
	struct message *message;

	if (netns_batch_count(filter->batch) == 0)
		batch_transaction_begin(filter->batch);
	message = batch_request(filter->batch, verb, name, NFNL_SUBSYS_NFTABLES << 8 | type, flags,
				body);
	return message;
}

int netns_filter_commit(struct netns_filter *filter, struct ncrun_error *err)
{
	return batch_transaction_send(filter->batch, err);
}

/* ---- tables and chains ---------------------------------------------------------------------- */

static bool set_table(struct netns_filter *filter, enum netns_filter_family family,
		      const char *name)
{
	filter->family = family;
	if (!name[0] || strlen(name) >= sizeof(filter->table)) {
		batch_refuse(filter->batch, EINVAL, "table '%s': not a name of 1 to %zu bytes",
			     name, sizeof(filter->table) - 1);
		return false;
	}
	memcpy(filter->table, name, strlen(name) + 1);
	return true;
}

static void table_request(struct netns_filter *filter, const char *verb, int type, int flags)
{
	struct message *message = filter_begin(filter, verb, filter->table, type, flags);

	message_text(message, NFTA_TABLE_NAME, filter->table);
	batch_end(filter->batch);
	batch_needs(filter->batch, NFT_NEEDED);
}

void netns_filter_table(struct netns_filter *filter, enum netns_filter_family family,
			const char *name)
{
	if (set_table(filter, family, name))
		table_request(filter, "make table", NFT_MSG_NEWTABLE, NLM_F_CREATE);
}

void netns_filter_table_delete(struct netns_filter *filter, enum netns_filter_family family,
			       const char *name)
{
	/* Made first, so that there is one to delete. */
	netns_filter_table(filter, family, name);
	if (text_equal(filter->table, name))
		table_request(filter, "delete table", NFT_MSG_DELTABLE, 0);
}

void netns_filter_table_anew(struct netns_filter *filter, enum netns_filter_family family,
			     const char *name)
{
	netns_filter_table_delete(filter, family, name);
	netns_filter_table(filter, family, name);
}

static void hook_put(struct message *message, const struct netns_chain *chain)
{
	static const uint32_t hooks[] = {
		[NETNS_HOOK_PREROUTING] = NF_INET_PRE_ROUTING,
		[NETNS_HOOK_INPUT] = NF_INET_LOCAL_IN,
		[NETNS_HOOK_FORWARD] = NF_INET_FORWARD,
		[NETNS_HOOK_OUTPUT] = NF_INET_LOCAL_OUT,
		[NETNS_HOOK_POSTROUTING] = NF_INET_POST_ROUTING,
	};
	struct nlattr *hook = message_nest_flagged(message, NFTA_CHAIN_HOOK);

	message_be32(message, NFTA_HOOK_HOOKNUM, hooks[chain->hook]);
	message_be32(message, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
	message_end(message, hook);
	message_be32(message, NFTA_CHAIN_POLICY, chain->drop ? NF_DROP : NF_ACCEPT);
	message_text(message, NFTA_CHAIN_TYPE, chain->nat ? "nat" : "filter");
}

void netns_filter_chain(struct netns_filter *filter, const struct netns_chain *chain)
{
	struct message *message;

	if (chain->nat && filter->family == NETNS_FILTER_BRIDGE) {
		batch_refuse(filter->batch, EINVAL,
			     "make chain '%s': a bridge translates no addresses", chain->name);
		return;
	}
	message = filter_begin(filter, "make chain", chain->name, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	message_text(message, NFTA_CHAIN_TABLE, filter->table);
	message_text(message, NFTA_CHAIN_NAME, chain->name);
	if (chain->hook != NETNS_HOOK_NONE)
		hook_put(message, chain);
	batch_end(filter->batch);
}

/* ---- rules ------------------------------------------------------------------------------- */

/* User data as nft(8) writes and shows it: type 0 is the comment, with its terminator. */
static void comment_put(struct message *message, const char *comment)
{
	uint8_t data[2 + 128] = {0};
	size_t size = strlen(comment) + 1;

	data[1] = (uint8_t)size;
	memcpy(data + 2, comment, size);
	message_put(message, NFTA_RULE_USERDATA, data, 2 + size);
}

void netns_filter_rule(struct netns_filter *filter, const struct netns_filter_rule *rule)
{
	const char *wrong = filter_rule_wrong(filter->family, rule);
	struct message *message;

	if (wrong) {
		batch_refuse(filter->batch, EINVAL, "filter rule: %s", wrong);
		return;
	}
	message = filter_begin(filter, "add rule to chain", rule->chain, NFT_MSG_NEWRULE,
			       NLM_F_CREATE | NLM_F_APPEND);
	message_text(message, NFTA_RULE_TABLE, filter->table);
	message_text(message, NFTA_RULE_CHAIN, rule->chain);
	filter_rule_put(message, filter->family, rule);
	if (rule->comment)
		comment_put(message, rule->comment);
	batch_end(filter->batch);
}
