/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "netns/batch.h"
#include "netns/route.h"

static uint8_t rule_action(enum netns_rule_action action)
{
	switch (action) {
	case NETNS_RULE_BLACKHOLE:
		return FR_ACT_BLACKHOLE;
	case NETNS_RULE_UNREACHABLE:
		return FR_ACT_UNREACHABLE;
	case NETNS_RULE_PROHIBIT:
		return FR_ACT_PROHIBIT;
	case NETNS_RULE_LOOKUP:
		break;
	}
	return FR_ACT_TO_TBL;
}

static void rule_prefix(struct message *message, int type, const struct netns_prefix *prefix)
{
	if (prefix->ip.family)
		message_put(message, type, prefix->ip.bytes, netns_ip_size(&prefix->ip));
}

static const char *rule_wrong(const struct netns_rule *rule)
{
	if (rule->family != AF_INET && rule->family != AF_INET6)
		return "it has no family";
	if ((rule->from.ip.family && rule->from.ip.family != rule->family) ||
	    (rule->to.ip.family && rule->to.ip.family != rule->family))
		return "its addresses are of the other family";
	if (rule->action == NETNS_RULE_LOOKUP && !rule->table)
		return "it names no table";
	return NULL;
}

static void rule_request(struct netns_batch *batch, int type, int flags,
			 const struct netns_rule *rule)
{
	const struct fib_rule_hdr body = {
		.family = (uint8_t)rule->family,
		.dst_len = (uint8_t)rule->to.length,
		.src_len = (uint8_t)rule->from.length,
		.action = rule_action(rule->action),
		.flags = rule->invert ? FIB_RULE_INVERT : 0,
	};
	bool add = type == RTM_NEWRULE;
	const char *wrong = rule_wrong(rule);
	struct message *message;

	if (wrong) {
		batch_refuse(batch, EINVAL, "policy rule: %s", wrong);
		return;
	}
	message = batch_request(batch, add ? "add policy rule" : "delete policy rule", NULL, type,
				flags, body);
	if (rule->table)
		message_u32(message, FRA_TABLE, rule->table);
	if (rule->priority)
		message_u32(message, FRA_PRIORITY, rule->priority);
	rule_prefix(message, FRA_SRC, &rule->from);
	rule_prefix(message, FRA_DST, &rule->to);
	if (rule->in_interface)
		message_text(message, FRA_IIFNAME, rule->in_interface);
	if (rule->out_interface)
		message_text(message, FRA_OIFNAME, rule->out_interface);
	if (rule->mark || rule->mark_mask) {
		message_u32(message, FRA_FWMARK, rule->mark);
		message_u32(message, FRA_FWMASK, rule->mark_mask ? rule->mark_mask : UINT32_MAX);
	}
	if (add)
		message_u8(message, FRA_PROTOCOL, RTPROT_STATIC);
	batch_end(batch);
	batch_needs(batch, "policy routing (CONFIG_IP_MULTIPLE_TABLES)");
}

void netns_rule_add(struct netns_batch *batch, const struct netns_rule *rule)
{
	rule_request(batch, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
}

void netns_rule_delete(struct netns_batch *batch, const struct netns_rule *rule)
{
	rule_request(batch, RTM_DELRULE, 0, rule);
}
