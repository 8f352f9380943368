/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netns/batch.h"

static const struct {
	uint8_t type;
	uint8_t scope;
} kinds[] = {
	[NETNS_ROUTE_UNICAST] = {RTN_UNICAST, RT_SCOPE_UNIVERSE},
	[NETNS_ROUTE_BLACKHOLE] = {RTN_BLACKHOLE, RT_SCOPE_UNIVERSE},
	[NETNS_ROUTE_UNREACHABLE] = {RTN_UNREACHABLE, RT_SCOPE_UNIVERSE},
	[NETNS_ROUTE_PROHIBIT] = {RTN_PROHIBIT, RT_SCOPE_UNIVERSE},
	[NETNS_ROUTE_THROW] = {RTN_THROW, RT_SCOPE_UNIVERSE},
	[NETNS_ROUTE_LOCAL] = {RTN_LOCAL, RT_SCOPE_HOST},
};

static void hop_via(struct message *message, int family, const struct netns_ip *via)
{
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} other;

	if (!via->family)
		return;
	if (via->family == family) {
		message_put(message, RTA_GATEWAY, via->bytes, netns_ip_size(via));
		return;
	}
	other.family = (uint16_t)via->family;
	memcpy(other.bytes, via->bytes, sizeof(other.bytes));
	message_put(message, RTA_VIA, &other, sizeof(other.family) + netns_ip_size(via));
}

static void hop_put(struct message *message, int family, const struct netns_hop *hop)
{
	hop_via(message, family, &hop->via);
	if (hop->index)
		message_u32(message, RTA_OIF, (uint32_t)hop->index);
}

static void hops_put(struct message *message, const struct netns_route *route)
{
	struct nlattr *list = message_nest(message, RTA_MULTIPATH);

	for (size_t i = 0; i < route->hop_count && list; i++) {
		const struct netns_hop *hop = &route->hops[i];
		struct rtnexthop body = {
			.rtnh_hops = (uint8_t)(hop->weight ? hop->weight - 1 : 0),
			.rtnh_flags = hop->onlink ? RTNH_F_ONLINK : 0,
			.rtnh_ifindex = hop->index,
		};
		char *begin = nlmsg_tail(nlmsg_hdr(message->nl));

		message_raw(message, &body, sizeof(body));
		hop_via(message, route->destination.ip.family, &hop->via);
		if (message->failed)
			break;
		body.rtnh_len =
			(unsigned short)((char *)nlmsg_tail(nlmsg_hdr(message->nl)) - begin);
		memcpy(begin, &body, sizeof(body));
	}
	message_end(message, list);
}

/** A route on the link only is nobody's to forward to: its scope says so, or the kernel
 * refuses gateways beyond it. */
static uint8_t route_scope(const struct netns_route *route)
{
	if (route->kind == NETNS_ROUTE_UNICAST && route->destination.ip.family == AF_INET &&
	    route->hop_count == 0 && !route->hop.via.family)
		return RT_SCOPE_LINK;
	return kinds[route->kind].scope;
}

static void route_request(struct netns_batch *batch, int type, int flags,
			  const struct netns_route *route)
{
	const struct netns_prefix destination = netns_prefix_network(&route->destination);
	uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	bool add = type == RTM_NEWROUTE;
	const struct rtmsg body = {
		.rtm_family = (uint8_t)destination.ip.family,
		.rtm_dst_len = (uint8_t)destination.length,
		.rtm_table = (uint8_t)(table < 256 ? table : RT_TABLE_UNSPEC),
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = add ? route_scope(route) : RT_SCOPE_NOWHERE,
		.rtm_type = kinds[route->kind].type,
		.rtm_flags = route->hop.onlink && route->hop_count == 0 ? RTNH_F_ONLINK : 0,
	};
	char text[NETNS_PREFIX_TEXT_MAX];
	struct message *message;
	size_t size = netns_ip_size(&destination.ip);

	netns_prefix_print(&destination, text);
	if (size == 0 || destination.length > size * 8) {
		batch_refuse(batch, EINVAL, "route to '%s': not a network", text);
		return;
	}
	message = batch_request(batch, add ? "add route to" : "delete route to", text, type, flags,
				body);
	if (destination.length > 0)
		message_put(message, RTA_DST, destination.ip.bytes, size);
	if (route->hop_count > 0)
		hops_put(message, route);
	else
		hop_put(message, destination.ip.family, &route->hop);
	if (route->metric)
		message_u32(message, RTA_PRIORITY, route->metric);
	message_u32(message, RTA_TABLE, table);
	if (route->source.family)
		message_put(message, RTA_PREFSRC, route->source.bytes,
			    netns_ip_size(&route->source));
	if (route->mtu) {
		struct nlattr *metrics = message_nest(message, RTA_METRICS);

		message_u32(message, RTAX_MTU, route->mtu);
		message_end(message, metrics);
	}
	batch_end(batch);
}

void netns_route_add(struct netns_batch *batch, const struct netns_route *route)
{
	route_request(batch, RTM_NEWROUTE,
		      NLM_F_CREATE | (route->replace ? NLM_F_REPLACE : NLM_F_EXCL), route);
}

void netns_route_delete(struct netns_batch *batch, const struct netns_route *route)
{
	route_request(batch, RTM_DELROUTE, 0, route);
}
