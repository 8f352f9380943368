/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/link_kind.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <stddef.h>

static void vxlan_data(struct message *message, const struct netns_link *link);
static void vlan_data(struct message *message, const struct netns_link *link);
static void vrf_data(struct message *message, const struct netns_link *link);
static void macvlan_data(struct message *message, const struct netns_link *link);
static void link_bridge_data(struct message *message, const struct netns_link *link);

static const struct {
	const char *name;
	const char *feature;
	void (*data)(struct message *message, const struct netns_link *link);
} kinds[] = {
	[NETNS_LINK_VETH] = {"veth", "veth pairs (CONFIG_VETH, module veth)", NULL},
	[NETNS_LINK_BRIDGE] = {"bridge", "bridges (CONFIG_BRIDGE, module bridge)",
			       link_bridge_data},
	[NETNS_LINK_MACVLAN] = {"macvlan", "macvlan (CONFIG_MACVLAN, module macvlan)",
				macvlan_data},
	[NETNS_LINK_VXLAN] = {"vxlan", "VXLAN (CONFIG_VXLAN, module vxlan)", vxlan_data},
	[NETNS_LINK_VLAN] = {"vlan", "VLANs (CONFIG_VLAN_8021Q, module 8021q)", vlan_data},
	[NETNS_LINK_VRF] = {"vrf", "VRFs (CONFIG_NET_VRF, module vrf)", vrf_data},
	[NETNS_LINK_DUMMY] = {"dummy", "dummy links (CONFIG_DUMMY, module dummy)", NULL},
	[NETNS_LINK_IFB] = {"ifb", "ifb links (CONFIG_IFB, module ifb)", NULL},
};

const char *netns_link_kind_name(enum netns_link_kind kind)
{
	return kinds[kind].name;
}

const char *link_kind_feature(const struct netns_link *link)
{
	if (link->kind == NETNS_LINK_BRIDGE && link->bridge.vlan_filtering)
		return BRIDGE_VLANS;
	return kinds[link->kind].feature;
}

void link_kind_data(struct message *message, const struct netns_link *link)
{
	struct nlattr *data;

	if (!kinds[link->kind].data)
		return;
	data = message_nest(message, IFLA_INFO_DATA);
	kinds[link->kind].data(message, link);
	message_end(message, data);
}

const char *link_kind_wrong(const struct netns_link *link)
{
	switch (link->kind) {
	case NETNS_LINK_VETH:
		if (!link->peer)
			return "a veth pair needs another end";
		if (link->peer->index && !link->index) /* the kernel would not say so */
			return "the index of its other end only counts if it has one itself";
		return NULL;
	case NETNS_LINK_MACVLAN:
		return link->lower ? NULL : "a macvlan needs a link to stand on";
	case NETNS_LINK_VLAN:
		if (!link->lower)
			return "a VLAN needs a link to stand on";
		return link->vlan >= 1 && link->vlan <= 4094 ? NULL : "a VLAN's id is 1 to 4094";
	case NETNS_LINK_VXLAN:
		return link->vxlan.id < 1u << 24 ? NULL : "a VXLAN's id is at most 16777215";
	case NETNS_LINK_VRF:
		return link->vrf_table ? NULL : "a VRF needs a routing table";
	case NETNS_LINK_BRIDGE:
	case NETNS_LINK_DUMMY:
	case NETNS_LINK_IFB:
		break;
	}
	return NULL;
}

/** The kernel takes hundredths of a second here. */
static uint32_t hundredths(uint32_t milliseconds)
{
	return (milliseconds + 9) / 10;
}

void bridge_data(struct message *message, const struct netns_bridge *bridge)
{
	message_u32(message, IFLA_BR_STP_STATE, bridge->stp);
	if (bridge->vlan_filtering) /* which not every kernel has */
		message_u8(message, IFLA_BR_VLAN_FILTERING, 1);
	message_u8(message, IFLA_BR_MCAST_SNOOPING, bridge->multicast_snooping);
	if (bridge->no_ageing)
		message_u32(message, IFLA_BR_AGEING_TIME, 0);
	else if (bridge->ageing_s)
		message_u32(message, IFLA_BR_AGEING_TIME, bridge->ageing_s * 100);
	if (bridge->forward_delay_ms)
		message_u32(message, IFLA_BR_FORWARD_DELAY, hundredths(bridge->forward_delay_ms));
	if (bridge->hello_ms)
		message_u32(message, IFLA_BR_HELLO_TIME, hundredths(bridge->hello_ms));
	if (bridge->max_age_ms)
		message_u32(message, IFLA_BR_MAX_AGE, hundredths(bridge->max_age_ms));
	if (bridge->priority)
		message_u16(message, IFLA_BR_PRIORITY, bridge->priority);
	if (bridge->default_vlan)
		message_u16(message, IFLA_BR_VLAN_DEFAULT_PVID, bridge->default_vlan);
}

static void link_bridge_data(struct message *message, const struct netns_link *link)
{
	bridge_data(message, &link->bridge);
}

static void vxlan_data(struct message *message, const struct netns_link *link)
{
	const struct netns_vxlan *vxlan = &link->vxlan;

	message_u32(message, IFLA_VXLAN_ID, vxlan->id);
	message_be16(message, IFLA_VXLAN_PORT, vxlan->port ? vxlan->port : NETNS_VXLAN_PORT);
	message_u8(message, IFLA_VXLAN_LEARNING, !vxlan->no_learning);
	if (link->lower)
		message_u32(message, IFLA_VXLAN_LINK, (uint32_t)link->lower);
	if (vxlan->ttl)
		message_u8(message, IFLA_VXLAN_TTL, vxlan->ttl);
	if (vxlan->local.family)
		message_put(message,
			    vxlan->local.family == AF_INET6 ? IFLA_VXLAN_LOCAL6 : IFLA_VXLAN_LOCAL,
			    vxlan->local.bytes, netns_ip_size(&vxlan->local));
	if (vxlan->remote.family)
		message_put(message,
			    vxlan->remote.family == AF_INET6 ? IFLA_VXLAN_GROUP6 : IFLA_VXLAN_GROUP,
			    vxlan->remote.bytes, netns_ip_size(&vxlan->remote));
}

static void vlan_data(struct message *message, const struct netns_link *link)
{
	message_u16(message, IFLA_VLAN_ID, link->vlan);
	if (link->vlan_service)
		message_be16(message, IFLA_VLAN_PROTOCOL, ETH_P_8021AD);
}

static void vrf_data(struct message *message, const struct netns_link *link)
{
	message_u32(message, IFLA_VRF_TABLE, link->vrf_table);
}

static void macvlan_data(struct message *message, const struct netns_link *link)
{
	static const uint32_t modes[] = {
		[NETNS_MACVLAN_BRIDGE] = MACVLAN_MODE_BRIDGE,
		[NETNS_MACVLAN_PRIVATE] = MACVLAN_MODE_PRIVATE,
		[NETNS_MACVLAN_VEPA] = MACVLAN_MODE_VEPA,
		[NETNS_MACVLAN_PASSTHRU] = MACVLAN_MODE_PASSTHRU,
	};

	message_u32(message, IFLA_MACVLAN_MODE, modes[link->macvlan_mode]);
}
