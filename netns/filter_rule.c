/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/filter_rule.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/rtnetlink.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>

#include "netns/filter_expr.h"

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static bool is_nat(enum netns_verdict verdict)
{
	return verdict == NETNS_VERDICT_MASQUERADE || verdict == NETNS_VERDICT_SNAT ||
	       verdict == NETNS_VERDICT_DNAT || verdict == NETNS_VERDICT_REDIRECT;
}

/** The one family of IP that it can match; 0 = both. */
static int rule_family(enum netns_filter_family family, const struct netns_filter_rule *rule)
{
	if (family == NETNS_FILTER_IP)
		return AF_INET;
	if (family == NETNS_FILTER_IP6)
		return AF_INET6;
	if (rule->source.ip.family)
		return rule->source.ip.family;
	if (rule->destination.ip.family)
		return rule->destination.ip.family;
	if (rule->to.family)
		return rule->to.family;
	return rule->family;
}

static bool families_agree(int family, const struct netns_filter_rule *rule)
{
	const int all[] = {
		rule->family,        rule->source.ip.family,   rule->destination.ip.family,
		rule->to.family,     rule->source_last.family, rule->destination_last.family,
		rule->to_last.family};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] && all[i] != family)
			return false;
	return true;
}

static const char *verdict_wrong(enum netns_filter_family family,
				 const struct netns_filter_rule *rule)
{
	switch (rule->verdict) {
	case NETNS_VERDICT_JUMP:
	case NETNS_VERDICT_GOTO:
		return rule->target ? NULL : "a jump needs a chain to go to";
	case NETNS_VERDICT_RESET:
		return rule->protocol == IPPROTO_TCP ? NULL : "only TCP can be reset";
	case NETNS_VERDICT_SNAT:
	case NETNS_VERDICT_DNAT:
		if (!rule->to.family && !rule->to_ports.first)
			return "translation needs a new address or port";
		if (!rule_family(family, rule))
			return "translation needs one of IPv4 and IPv6";
		break;
	case NETNS_VERDICT_MASQUERADE:
	case NETNS_VERDICT_REDIRECT:
	case NETNS_VERDICT_NONE:
	case NETNS_VERDICT_ACCEPT:
	case NETNS_VERDICT_DROP:
	case NETNS_VERDICT_REJECT:
	case NETNS_VERDICT_RETURN:
		break;
	}
	if (family == NETNS_FILTER_BRIDGE && is_nat(rule->verdict))
		return "a bridge translates no addresses";
	return NULL;
}

const char *filter_rule_wrong(enum netns_filter_family family, const struct netns_filter_rule *rule)
{
	int one = rule_family(family, rule);
	bool ports = rule->source_ports.first || rule->destination_ports.first ||
		     (is_nat(rule->verdict) && rule->to_ports.first);

	if (!rule->chain)
		return "it is in no chain";
	if (!families_agree(one, rule))
		return "IPv4 and IPv6 do not go together";
	if (ports && (!has_ports(rule->protocol) || (rule->except & NETNS_NOT_PROTOCOL)))
		return "ports need a protocol that has them (TCP, UDP, SCTP, DCCP)";
	if ((rule->source_last.family && !rule->source.ip.family) ||
	    (rule->destination_last.family && !rule->destination.ip.family))
		return "a range of addresses needs a first one";
	if ((rule->in_interface && strlen(rule->in_interface) >= IFNAMSIZ) ||
	    (rule->out_interface && strlen(rule->out_interface) >= IFNAMSIZ))
		return "an interface's name has at most 15 bytes here";
	if ((rule->source_set || rule->destination_set) && !one)
		return "a set of addresses needs one of IPv4 and IPv6";
	if (rule->comment && strlen(rule->comment) > 127)
		return "a comment has at most 127 bytes";
	if (rule->local && family == NETNS_FILTER_BRIDGE)
		return "a bridge has no addresses of its own";
	return verdict_wrong(family, rule);
}

/* ---- what to match ---------------------------------------------------------------------- */

static void match_name(struct message *message, enum nft_meta_keys key, const char *name,
		       bool equal)
{
	char padded[IFNAMSIZ] = "";
	size_t size = strlen(name);

	expr_meta(message, key);
	if (size > 0 && name[size - 1] == '*') { /* compare the beginning only */
		expr_compare(message, equal, name, size - 1 ? size - 1 : 1);
		return;
	}
	snprintf(padded, sizeof(padded), "%s", name);
	expr_compare(message, equal, padded, sizeof(padded));
}

static void match_u32(struct message *message, uint32_t value, bool equal)
{
	expr_compare(message, equal, &value, sizeof(value));
}

static void match_interfaces(struct message *message, const struct netns_filter_rule *rule)
{
	if (rule->in_interface && strcmp(rule->in_interface, "*") != 0)
		match_name(message, NFT_META_IIFNAME, rule->in_interface,
			   !(rule->except & NETNS_NOT_IN_INTERFACE));
	if (rule->out_interface && strcmp(rule->out_interface, "*") != 0)
		match_name(message, NFT_META_OIFNAME, rule->out_interface,
			   !(rule->except & NETNS_NOT_OUT_INTERFACE));
	if (rule->in_group) {
		expr_meta(message, NFT_META_IIFGROUP);
		match_u32(message, rule->in_group, !(rule->except & NETNS_NOT_IN_GROUP));
	}
	if (rule->out_group) {
		expr_meta(message, NFT_META_OIFGROUP);
		match_u32(message, rule->out_group, !(rule->except & NETNS_NOT_OUT_GROUP));
	}
}

static void match_mac(struct message *message, uint32_t offset, const uint8_t *mac)
{
	if (!mac)
		return;
	expr_payload(message, NFT_PAYLOAD_LL_HEADER, offset, ETH_ALEN);
	expr_compare(message, true, mac, ETH_ALEN);
}

static void match_family(struct message *message, enum netns_filter_family family, int one)
{
	uint8_t protocol = one == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	uint16_t type = htons(one == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP);

	if (!one || family == NETNS_FILTER_IP || family == NETNS_FILTER_IP6)
		return;
	if (family == NETNS_FILTER_BRIDGE) {
		expr_meta(message, NFT_META_PROTOCOL);
		expr_compare(message, true, &type, sizeof(type));
	} else {
		expr_meta(message, NFT_META_NFPROTO);
		expr_compare(message, true, &protocol, sizeof(protocol));
	}
}

static void load_address(struct message *message, int family, bool destination)
{
	if (family == AF_INET6)
		expr_payload(message, NFT_PAYLOAD_NETWORK_HEADER, destination ? 24 : 8, 16);
	else
		expr_payload(message, NFT_PAYLOAD_NETWORK_HEADER, destination ? 16 : 12, 4);
}

static void match_prefix(struct message *message, const struct netns_prefix *prefix, bool equal)
{
	const struct netns_prefix network = netns_prefix_network(prefix);
	struct netns_prefix ones = *prefix;
	size_t size = netns_ip_size(&prefix->ip);

	if (prefix->length < size * 8) {
		memset(ones.ip.bytes, 0xff, sizeof(ones.ip.bytes));
		ones = netns_prefix_network(&ones);
		expr_mask(message, ones.ip.bytes, size);
	}
	expr_compare(message, equal, network.ip.bytes, size);
}

static void match_address(struct message *message, bool destination,
			  const struct netns_filter_rule *rule)
{
	const struct netns_prefix *prefix = destination ? &rule->destination : &rule->source;
	const struct netns_ip *last = destination ? &rule->destination_last : &rule->source_last;
	bool equal = !(rule->except & (destination ? NETNS_NOT_DESTINATION : NETNS_NOT_SOURCE));

	if (!prefix->ip.family || (prefix->length == 0 && !last->family && equal))
		return; /* all of its family */
	load_address(message, prefix->ip.family, destination);
	if (last->family)
		expr_range(message, equal, prefix->ip.bytes, last->bytes, netns_ip_size(last));
	else
		match_prefix(message, prefix, equal);
}

static void match_ports(struct message *message, uint32_t offset, const struct netns_ports *ports,
			bool equal)
{
	uint16_t first = htons(ports->first), last = htons(ports->last);

	if (!ports->first)
		return;
	expr_payload(message, NFT_PAYLOAD_TRANSPORT_HEADER, offset, sizeof(first));
	if (ports->last && ports->last != ports->first)
		expr_range(message, equal, &first, &last, sizeof(first));
	else
		expr_compare(message, equal, &first, sizeof(first));
}

static void match_protocol(struct message *message, int one, const struct netns_filter_rule *rule)
{
	uint8_t protocol = rule->protocol;

	if (rule->icmp)
		protocol = one == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	if (protocol) {
		expr_meta(message, NFT_META_L4PROTO);
		expr_compare(message, !(rule->except & NETNS_NOT_PROTOCOL), &protocol,
			     sizeof(protocol));
	}
	if (rule->icmp) {
		expr_payload(message, NFT_PAYLOAD_TRANSPORT_HEADER, 0, sizeof(rule->icmp_type));
		expr_compare(message, true, &rule->icmp_type, sizeof(rule->icmp_type));
	}
	match_ports(message, 0, &rule->source_ports, !(rule->except & NETNS_NOT_SOURCE_PORT));
	match_ports(message, 2, &rule->destination_ports,
		    !(rule->except & NETNS_NOT_DESTINATION_PORT));
}

static void match_state(struct message *message, const struct netns_filter_rule *rule)
{
	uint32_t zero = 0, mask = rule->mark_mask ? rule->mark_mask : UINT32_MAX;
	uint32_t states = rule->ct;

	if (rule->ct) {
		expr_ct(message, NFT_CT_STATE);
		expr_mask(message, &states, sizeof(states));
		/* none of them is what the rule does not want, and the reverse */
		expr_compare(message, rule->except & NETNS_NOT_CT, &zero, sizeof(zero));
	}
	if (rule->translated) {
		const uint32_t status = IPS_DST_NAT;

		expr_ct(message, NFT_CT_STATUS);
		expr_mask(message, &status, sizeof(status));
		expr_compare(message, false, &zero, sizeof(zero));
	}
	if (rule->mark || rule->mark_mask) {
		expr_meta(message, NFT_META_MARK);
		if (mask != UINT32_MAX)
			expr_mask(message, &mask, sizeof(mask));
		match_u32(message, rule->mark & mask, !(rule->except & NETNS_NOT_MARK));
	}
	if (rule->local) {
		expr_fib_type(message);
		match_u32(message, RTN_LOCAL, !(rule->except & NETNS_NOT_LOCAL));
	}
}

/* ---- what to do --------------------------------------------------------------------------- */

static void put_nat(struct message *message, int one, const struct netns_filter_rule *rule)
{
	static const int kinds[] = {
		[NETNS_VERDICT_MASQUERADE] = EXPR_MASQUERADE,
		[NETNS_VERDICT_SNAT] = EXPR_SNAT,
		[NETNS_VERDICT_DNAT] = EXPR_DNAT,
		[NETNS_VERDICT_REDIRECT] = EXPR_REDIRECT,
	};
	struct expr_nat nat = {.kind = kinds[rule->verdict], .family = one};
	uint16_t first = htons(rule->to_ports.first), last = htons(rule->to_ports.last);
	size_t size = netns_ip_size(&rule->to);

	if (rule->to.family) {
		expr_value(message, NFT_REG_1, rule->to.bytes, size);
		nat.address = nat.address_last = NFT_REG_1;
		if (rule->to_last.family) {
			expr_value(message, NFT_REG_2, rule->to_last.bytes, size);
			nat.address_last = NFT_REG_2;
		}
	}
	if (rule->to_ports.first) {
		expr_value(message, NFT_REG_3, &first, sizeof(first));
		nat.port = nat.port_last = NFT_REG_3;
		nat.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
		if (rule->to_ports.last) {
			expr_value(message, NFT_REG_4, &last, sizeof(last));
			nat.port_last = NFT_REG_4;
		}
	}
	if (rule->nat_flags & NETNS_NAT_RANDOM)
		nat.flags |= NF_NAT_RANGE_PROTO_RANDOM;
	if (rule->nat_flags & NETNS_NAT_FULLY_RANDOM)
		nat.flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY;
	if (rule->nat_flags & NETNS_NAT_PERSISTENT)
		nat.flags |= NF_NAT_RANGE_PERSISTENT;
	expr_nat(message, &nat);
}

static void put_reject(struct message *message, enum netns_filter_family family)
{
	switch (family) {
	case NETNS_FILTER_IP:
		expr_reject(message, NFT_REJECT_ICMP_UNREACH, ICMP_PORT_UNREACH);
		break;
	case NETNS_FILTER_IP6:
		expr_reject(message, NFT_REJECT_ICMP_UNREACH, ICMP6_DST_UNREACH_NOPORT);
		break;
	case NETNS_FILTER_INET:
	case NETNS_FILTER_BRIDGE:
		expr_reject(message, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_PORT_UNREACH);
		break;
	}
}

static void put_verdict(struct message *message, enum netns_filter_family family,
			const struct netns_filter_rule *rule)
{
	switch (rule->verdict) {
	case NETNS_VERDICT_NONE:
		break;
	case NETNS_VERDICT_ACCEPT:
		expr_verdict(message, NF_ACCEPT, NULL);
		break;
	case NETNS_VERDICT_DROP:
		expr_verdict(message, NF_DROP, NULL);
		break;
	case NETNS_VERDICT_REJECT:
		put_reject(message, family);
		break;
	case NETNS_VERDICT_RESET:
		expr_reject(message, NFT_REJECT_TCP_RST, 0);
		break;
	case NETNS_VERDICT_JUMP:
		expr_verdict(message, NFT_JUMP, rule->target);
		break;
	case NETNS_VERDICT_GOTO:
		expr_verdict(message, NFT_GOTO, rule->target);
		break;
	case NETNS_VERDICT_RETURN:
		expr_verdict(message, NFT_RETURN, NULL);
		break;
	case NETNS_VERDICT_MASQUERADE:
	case NETNS_VERDICT_SNAT:
	case NETNS_VERDICT_DNAT:
	case NETNS_VERDICT_REDIRECT:
		put_nat(message, rule_family(family, rule), rule);
		break;
	}
}

static void match_set(struct message *message, const char *name, bool destination, int one, bool in)
{
	if (!name)
		return;
	load_address(message, one, destination);
	expr_in_set(message, in, name);
}

void filter_rule_put(struct message *message, enum netns_filter_family family,
		     const struct netns_filter_rule *rule)
{
	struct nlattr *list = message_nest_flagged(message, NFTA_RULE_EXPRESSIONS);
	int one = rule_family(family, rule);

	match_interfaces(message, rule);
	match_mac(message, offsetof(struct ethhdr, h_source), rule->mac_source);
	match_mac(message, offsetof(struct ethhdr, h_dest), rule->mac_destination);
	match_family(message, family, one);
	match_address(message, false, rule);
	match_address(message, true, rule);
	match_set(message, rule->source_set, false, one, !(rule->except & NETNS_NOT_SOURCE));
	match_set(message, rule->destination_set, true, one,
		  !(rule->except & NETNS_NOT_DESTINATION));
	match_protocol(message, one, rule);
	match_state(message, rule);
	if (rule->rate)
		expr_limit(message, rule->rate);
	if (rule->count)
		expr_counter(message);
	if (rule->set_mark) {
		expr_value(message, NFT_REG_2, &rule->set_mark, sizeof(rule->set_mark));
		expr_meta_set(message, NFT_META_MARK, NFT_REG_2);
	}
	put_verdict(message, family, rule);
	message_end(message, list);
}
