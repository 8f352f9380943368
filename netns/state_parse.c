/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/state_parse.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

/** Attributes of a message with a body of @size; false if it is too short. */
static bool attributes(const struct nlmsghdr *header, size_t size, struct nlattr **table, int max)
{
	return nlmsg_valid_hdr(header, (int)size) &&
	       nlmsg_parse((struct nlmsghdr *)header, (int)size, table, max, NULL) == 0;
}

static uint32_t u32_of(const struct nlattr *attribute)
{
	return attribute && nla_len(attribute) >= (int)sizeof(uint32_t) ? nla_get_u32(attribute)
									: 0;
}

static void text_of(const struct nlattr *attribute, char *ret, size_t size)
{
	if (attribute)
		nla_strlcpy(ret, attribute, size);
}

static void ip_of(const struct nlattr *attribute, int family, struct netns_ip *ret)
{
	*ret = (struct netns_ip){.family = family};
	/* of a family that we do not know there is no address: phonet, MCTP */
	if (!attribute || netns_ip_size(ret) == 0 ||
	    (size_t)nla_len(attribute) < netns_ip_size(ret))
		ret->family = 0;
	else
		memcpy(ret->bytes, nla_data(attribute), netns_ip_size(ret));
}

/* ---- links --------------------------------------------------------------------------- */

static void counters_parse(const struct nlattr *attribute, struct netns_counters *ret)
{
	struct rtnl_link_stats64 stats = {.rx_packets = 0};

	if (!attribute)
		return;
	nla_memcpy(&stats, attribute, sizeof(stats));
	*ret = (struct netns_counters){
		.rx_packets = stats.rx_packets,
		.rx_bytes = stats.rx_bytes,
		.rx_errors = stats.rx_errors,
		.rx_dropped = stats.rx_dropped,
		.tx_packets = stats.tx_packets,
		.tx_bytes = stats.tx_bytes,
		.tx_errors = stats.tx_errors,
		.tx_dropped = stats.tx_dropped,
	};
}

static void altname_parse(const struct nlattr *list, struct netns_link_state *ret)
{
	const struct nlattr *name;

	if (!list)
		return;
	name = nla_find((const struct nlattr *)nla_data(list), nla_len(list), IFLA_ALT_IFNAME);
	text_of(name, ret->altname, sizeof(ret->altname));
}

static enum netns_port_state port_state_parse(struct nlattr *link_info)
{
	static const enum netns_port_state states[] = {
		[BR_STATE_DISABLED] = NETNS_PORT_DISABLED,
		[BR_STATE_LISTENING] = NETNS_PORT_LISTENING,
		[BR_STATE_LEARNING] = NETNS_PORT_LEARNING,
		[BR_STATE_FORWARDING] = NETNS_PORT_FORWARDING,
		[BR_STATE_BLOCKING] = NETNS_PORT_BLOCKING,
	};
	struct nlattr *info[IFLA_INFO_MAX + 1], *port[IFLA_BRPORT_MAX + 1];
	uint8_t state;

	if (!link_info || nla_parse_nested(info, IFLA_INFO_MAX, link_info, NULL) < 0)
		return NETNS_PORT_NONE;
	if (!info[IFLA_INFO_SLAVE_KIND] || !info[IFLA_INFO_SLAVE_DATA] ||
	    nla_strcmp(info[IFLA_INFO_SLAVE_KIND], "bridge") != 0 ||
	    nla_parse_nested(port, IFLA_BRPORT_MAX, info[IFLA_INFO_SLAVE_DATA], NULL) < 0 ||
	    !port[IFLA_BRPORT_STATE])
		return NETNS_PORT_NONE;
	state = nla_get_u8(port[IFLA_BRPORT_STATE]);
	return state < sizeof(states) / sizeof(states[0]) ? states[state] : NETNS_PORT_NONE;
}

/** A new veth's state is unknown till its carrier has been noticed; that of others may stay so. */
static bool operates(const struct nlattr *state, const char *kind)
{
	bool known = text_equal(kind, "veth");

	return !known || !state || nla_get_u8(state) == IF_OPER_UP;
}

bool link_state_parse(const struct nlmsghdr *header, struct netns_link_state *ret)
{
	const struct ifinfomsg *body = nlmsg_data(header);
	struct nlattr *table[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];

	if (header->nlmsg_type != RTM_NEWLINK ||
	    !attributes(header, sizeof(*body), table, IFLA_MAX))
		return false;
	*ret = (struct netns_link_state){
		.index = body->ifi_index,
		.up = body->ifi_flags & IFF_UP,
		.carrier = body->ifi_flags & IFF_LOWER_UP,
		.mtu = u32_of(table[IFLA_MTU]),
		.group = u32_of(table[IFLA_GROUP]),
		.tx_queue_length = u32_of(table[IFLA_TXQLEN]),
		.master = (int)u32_of(table[IFLA_MASTER]),
		.peer = (int)u32_of(table[IFLA_LINK]),
		.peer_is_elsewhere = table[IFLA_LINK_NETNSID],
	};
	text_of(table[IFLA_IFNAME], ret->name, sizeof(ret->name));
	altname_parse(table[IFLA_PROP_LIST], ret);
	if (table[IFLA_ADDRESS])
		nla_memcpy(ret->mac, table[IFLA_ADDRESS], sizeof(ret->mac));
	if (table[IFLA_LINKINFO] &&
	    nla_parse_nested(info, IFLA_INFO_MAX, table[IFLA_LINKINFO], NULL) == 0)
		text_of(info[IFLA_INFO_KIND], ret->kind, sizeof(ret->kind));
	if (table[IFLA_MASTER])
		ret->port = port_state_parse(table[IFLA_LINKINFO]);
	/* the port of a bridge that is disabled has not been told of its carrier yet */
	ret->ready = ret->carrier && operates(table[IFLA_OPERSTATE], ret->kind) &&
		     ret->port != NETNS_PORT_DISABLED;
	counters_parse(table[IFLA_STATS64], &ret->counters);
	return true;
}

/* ---- addresses ------------------------------------------------------------------------ */

bool address_state_parse(const struct nlmsghdr *header, struct netns_address_state *ret)
{
	const struct ifaddrmsg *body = nlmsg_data(header);
	struct nlattr *table[IFA_MAX + 1];
	const struct nlattr *own;
	uint32_t flags;

	if (header->nlmsg_type != RTM_NEWADDR || !attributes(header, sizeof(*body), table, IFA_MAX))
		return false;
	/* IFA_ADDRESS is the other end's on a point-to-point link */
	own = table[IFA_LOCAL] ? table[IFA_LOCAL] : table[IFA_ADDRESS];
	flags = table[IFA_FLAGS] ? u32_of(table[IFA_FLAGS]) : body->ifa_flags;
	*ret = (struct netns_address_state){
		.index = (int)body->ifa_index,
		.prefix.length = body->ifa_prefixlen,
		.tentative = flags & IFA_F_TENTATIVE,
		.link_local = body->ifa_scope == RT_SCOPE_LINK,
	};
	ip_of(own, body->ifa_family, &ret->prefix.ip);
	return ret->prefix.ip.family != 0;
}

bool local_route_parse(const struct nlmsghdr *header, struct netns_ip *ret)
{
	const struct rtmsg *body = nlmsg_data(header);
	struct nlattr *table[RTA_MAX + 1];

	if (header->nlmsg_type != RTM_NEWROUTE ||
	    !attributes(header, sizeof(*body), table, RTA_MAX) || body->rtm_type != RTN_LOCAL)
		return false;
	ip_of(table[RTA_DST], body->rtm_family, ret);
	return ret->family && body->rtm_dst_len == netns_ip_size(ret) * 8;
}

/* ---- routes --------------------------------------------------------------------------- */

static bool kind_of(uint8_t type, enum netns_route_kind *ret)
{
	switch (type) {
	case RTN_UNICAST:
		*ret = NETNS_ROUTE_UNICAST;
		return true;
	case RTN_BLACKHOLE:
		*ret = NETNS_ROUTE_BLACKHOLE;
		return true;
	case RTN_UNREACHABLE:
		*ret = NETNS_ROUTE_UNREACHABLE;
		return true;
	case RTN_PROHIBIT:
		*ret = NETNS_ROUTE_PROHIBIT;
		return true;
	case RTN_THROW:
		*ret = NETNS_ROUTE_THROW;
		return true;
	case RTN_LOCAL:
		*ret = NETNS_ROUTE_LOCAL;
		return true;
	default: /* broadcast, multicast, ...: the kernel's own */
		return false;
	}
}

static void via_of(struct nlattr *const *table, int family, struct netns_ip *ret)
{
	const struct nlattr *via = table[RTA_VIA];
	uint16_t other;

	ip_of(table[RTA_GATEWAY], family, ret);
	if (ret->family || !via || nla_len(via) <= (int)sizeof(other))
		return;
	memcpy(&other, nla_data(via), sizeof(other));
	ret->family = other;
	if (netns_ip_size(ret) == 0 || (size_t)nla_len(via) - sizeof(other) < netns_ip_size(ret))
		ret->family = 0;
	else
		memcpy(ret->bytes, (char *)nla_data(via) + sizeof(other), netns_ip_size(ret));
}

static size_t hops_count(const struct nlattr *list)
{
	const struct rtnexthop *hop = nla_data(list);
	int left = nla_len(list);
	size_t n = 0;

	for (; RTNH_OK(hop, left); hop = RTNH_NEXT(hop), n++)
		left -= (int)NLMSG_ALIGN(hop->rtnh_len);
	return n;
}

static int hops_parse(const struct nlattr *list, int family, struct netns_route *ret,
		      struct ncrun_error *err)
{
	size_t n = hops_count(list);
	_cleanup_free_ struct netns_hop *hops = calloc(n ? n : 1, sizeof(*hops));
	const struct rtnexthop *hop = nla_data(list);
	struct nlattr *table[RTA_MAX + 1];

	if (!hops)
		return error_set(err, ENOMEM, "list routes: out of memory");
	for (size_t i = 0; i < n; i++, hop = RTNH_NEXT(hop)) {
		hops[i].index = hop->rtnh_ifindex;
		hops[i].weight = (uint8_t)(hop->rtnh_hops + 1);
		hops[i].onlink = hop->rtnh_flags & RTNH_F_ONLINK;
		if (nla_parse(table, RTA_MAX, (struct nlattr *)RTNH_DATA(hop),
			      hop->rtnh_len - (int)RTNH_LENGTH(0), NULL) == 0)
			via_of(table, family, &hops[i].via);
	}
	ret->hops = take_ptr(hops);
	ret->hop_count = n;
	return 0;
}

static uint32_t mtu_of(struct nlattr *metrics)
{
	struct nlattr *table[RTAX_MAX + 1];

	if (!metrics || nla_parse_nested(table, RTAX_MAX, metrics, NULL) < 0)
		return 0;
	return u32_of(table[RTAX_MTU]);
}

int route_state_parse(const struct nlmsghdr *header, struct netns_route_state *ret,
		      struct ncrun_error *err)
{
	const struct rtmsg *body = nlmsg_data(header);
	struct nlattr *table[RTA_MAX + 1];
	struct netns_route_state state = {.kernel = false};
	struct netns_route *route = &state.route;
	int r;

	if (header->nlmsg_type != RTM_NEWROUTE ||
	    !attributes(header, sizeof(*body), table, RTA_MAX))
		return 0;
	route->table = table[RTA_TABLE] ? u32_of(table[RTA_TABLE]) : body->rtm_table;
	if (route->table != RT_TABLE_MAIN || (body->rtm_flags & RTM_F_CLONED) ||
	    !kind_of(body->rtm_type, &route->kind))
		return 0;
	state.kernel = body->rtm_protocol == RTPROT_KERNEL;
	ip_of(table[RTA_DST], body->rtm_family, &route->destination.ip);
	route->destination.ip.family = body->rtm_family;
	route->destination.length = body->rtm_dst_len;
	via_of(table, body->rtm_family, &route->hop.via);
	route->hop.index = (int)u32_of(table[RTA_OIF]);
	route->hop.onlink = body->rtm_flags & RTNH_F_ONLINK;
	route->metric = u32_of(table[RTA_PRIORITY]);
	route->mtu = mtu_of(table[RTA_METRICS]);
	ip_of(table[RTA_PREFSRC], body->rtm_family, &route->source);
	if (table[RTA_MULTIPATH]) {
		r = hops_parse(table[RTA_MULTIPATH], body->rtm_family, route, err);
		if (r < 0)
			return r;
	}
	*ret = state;
	return 1;
}
