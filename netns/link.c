/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/link.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>

#include "base/text.h"
#include "netns/batch.h"
#include "netns/link_kind.h"

/* Which link a request is about: by its index, or by its name in IFLA_IFNAME. */
struct target {
	int index;
	const char *name;
};

static void target_name(struct message *message, const struct target *target)
{
	if (!target->index)
		message_text(message, IFLA_IFNAME, target->name);
}

/** Attributes that an end of a veth and every other link have alike. */
static void link_attributes(struct message *message, const struct netns_link *link,
			    const char *name)
{
	message_text(message, IFLA_IFNAME, name);
	if (link->mac)
		message_put(message, IFLA_ADDRESS, link->mac, NETNS_MAC_LENGTH);
	if (link->mtu)
		message_u32(message, IFLA_MTU, link->mtu);
	if (link->group)
		message_u32(message, IFLA_GROUP, link->group);
	if (link->tx_queues)
		message_u32(message, IFLA_NUM_TX_QUEUES, link->tx_queues);
	if (link->rx_queues)
		message_u32(message, IFLA_NUM_RX_QUEUES, link->rx_queues);
	if (link->tx_queue_length)
		message_u32(message, IFLA_TXQLEN, link->tx_queue_length);
}

static void peer_data(struct message *message, const struct netns_link *link, const char *name)
{
	/* Up is refused here: the peer has no peer yet. */
	const struct ifinfomsg body = {.ifi_index = link->peer->index};
	struct nlattr *data = message_nest(message, IFLA_INFO_DATA);
	struct nlattr *peer = message_nest(message, VETH_INFO_PEER);

	message_raw(message, &body, sizeof(body));
	link_attributes(message, link->peer, name);
	if (link->peer_netns)
		message_u32(message, IFLA_NET_NS_FD, (uint32_t)netns_fd(link->peer_netns));
	message_end(message, peer);
	message_end(message, data);
}

static void altname_request(struct netns_batch *batch, const struct target *target,
			    const char *name)
{
	const struct ifinfomsg body = {.ifi_index = target->index};
	struct message *message = batch_request(batch, "name link", name, RTM_NEWLINKPROP,
						NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, body);
	struct nlattr *list;

	target_name(message, target);
	list = message_nest_flagged(message, IFLA_PROP_LIST);
	message_text(message, IFLA_ALT_IFNAME, name);
	message_end(message, list);
	batch_end(batch);
	batch_needs(batch, "names longer than 15 bytes (Linux 5.5)");
}

static void port_option(struct message *message, int type, enum netns_switch value)
{
	if (value != NETNS_DEFAULT)
		message_u8(message, type, value == NETNS_ON);
}

static void port_request(struct netns_batch *batch, const struct target *target, const char *name,
			 const struct netns_link_change *change)
{
	const struct ifinfomsg body = {.ifi_index = target->index};
	struct message *message =
		batch_request(batch, "set up bridge port", name, RTM_NEWLINK, 0, body);
	struct nlattr *info, *data;

	target_name(message, target);
	info = message_nest(message, IFLA_LINKINFO);
	message_text(message, IFLA_INFO_SLAVE_KIND, "bridge");
	data = message_nest(message, IFLA_INFO_SLAVE_DATA);
	port_option(message, IFLA_BRPORT_ISOLATED, change->isolated);
	port_option(message, IFLA_BRPORT_MODE, change->hairpin);
	port_option(message, IFLA_BRPORT_LEARNING, change->learning);
	port_option(message, IFLA_BRPORT_UNICAST_FLOOD, change->flood);
	message_end(message, data);
	message_end(message, info);
	batch_end(batch);
}

static bool is_port_change(const struct netns_link_change *change)
{
	return change->isolated || change->hairpin || change->learning || change->flood;
}

static void change_request(struct netns_batch *batch, const struct target *target, const char *what,
			   const struct netns_link_change *change)
{
	struct ifinfomsg body = {.ifi_index = target->index};
	struct message *message;

	if (change->up != NETNS_DEFAULT) {
		body.ifi_change = IFF_UP;
		body.ifi_flags = change->up == NETNS_ON ? IFF_UP : 0;
	}
	message = batch_request(batch, "change link", what, RTM_NEWLINK, 0, body);
	target_name(message, target);
	if (change->name)
		message_text(message, IFLA_IFNAME, change->name);
	if (change->mac)
		message_put(message, IFLA_ADDRESS, change->mac, NETNS_MAC_LENGTH);
	if (change->mtu)
		message_u32(message, IFLA_MTU, change->mtu);
	if (change->group)
		message_u32(message, IFLA_GROUP, change->group);
	if (change->tx_queue_length)
		message_u32(message, IFLA_TXQLEN, change->tx_queue_length);
	if (change->master || change->no_master)
		message_u32(message, IFLA_MASTER, change->no_master ? 0 : (uint32_t)change->master);
	if (change->carrier != NETNS_DEFAULT)
		message_u8(message, IFLA_CARRIER, change->carrier == NETNS_ON);
	batch_end(batch);
}

/** What cannot be said when a link is born. */
static void settle(struct netns_batch *batch, const struct netns_link *link, const char *name,
		   const struct netns_link_change *change)
{
	const struct target target = {.index = link->index, .name = name};
	const struct netns_link_change port = {
		.isolated = link->isolated ? NETNS_ON : NETNS_DEFAULT,
		.hairpin = link->hairpin ? NETNS_ON : NETNS_DEFAULT,
	};

	if (!text_equal(name, link->name))
		altname_request(batch, &target, link->name);
	if (change->up || change->master)
		change_request(batch, &target, link->name, change);
	if (is_port_change(&port))
		port_request(batch, &target, link->name, &port);
}

void netns_link_settle(struct netns_batch *batch, const struct netns_link *peer)
{
	const struct netns_link_change change = {
		.up = peer->down ? NETNS_DEFAULT : NETNS_ON,
		.master = peer->master,
	};
	char name[NETNS_NAME_MAX];
	struct ncrun_error err;

	if (netns_name_short(peer->name, name, &err) < 0)
		batch_refuse(batch, err.code, "%s", err.message);
	else
		settle(batch, peer, name, &change);
}

/** Check what the kernel would refuse without saying why; the names that it will know. */
static bool link_check(struct netns_batch *batch, const struct netns_link *link,
		       char name[NETNS_NAME_MAX], char peer[NETNS_NAME_MAX])
{
	const char *wrong = link_kind_wrong(link);
	struct ncrun_error err;

	if (!wrong && (!link->name || (link->peer && !link->peer->name)))
		wrong = "it has no name";
	if (wrong) {
		batch_refuse(batch, EINVAL, "create link '%s': %s", link->name ? link->name : "",
			     wrong);
		return false;
	}
	if (netns_name_short(link->name, name, &err) < 0 ||
	    (link->peer && netns_name_short(link->peer->name, peer, &err) < 0)) {
		batch_refuse(batch, err.code, "create link: %s", err.message);
		return false;
	}
	return true;
}

void netns_link_create(struct netns_batch *batch, const struct netns_link *link)
{
	const struct ifinfomsg body = {
		.ifi_index = link->index,
		.ifi_flags = link->down ? 0 : IFF_UP,
		.ifi_change = link->down ? 0 : IFF_UP,
	};
	char name[NETNS_NAME_MAX], peer[NETNS_NAME_MAX];
	struct message *message;
	struct nlattr *info;

	if (!link_check(batch, link, name, peer))
		return;
	message = batch_request(batch, "create link", link->name, RTM_NEWLINK,
				NLM_F_CREATE | NLM_F_EXCL, body);
	link_attributes(message, link, name);
	if (link->master)
		message_u32(message, IFLA_MASTER, (uint32_t)link->master);
	if (link->lower && link->kind != NETNS_LINK_VXLAN)
		message_u32(message, IFLA_LINK, (uint32_t)link->lower);
	info = message_nest(message, IFLA_LINKINFO);
	message_text(message, IFLA_INFO_KIND, netns_link_kind_name(link->kind));
	if (link->kind == NETNS_LINK_VETH)
		peer_data(message, link, peer);
	else
		link_kind_data(message, link);
	message_end(message, info);
	batch_end(batch);
	batch_needs(batch, link_kind_feature(link));

	settle(batch, link, name, &(struct netns_link_change){.up = NETNS_DEFAULT});
	if (link->peer && !link->peer_netns)
		netns_link_settle(batch, link->peer);
}

void netns_link_change(struct netns_batch *batch, int index, const struct netns_link_change *change)
{
	const struct target target = {.index = index};
	struct netns_link_change plain = *change;
	char name[NETNS_NAME_MAX];
	struct ncrun_error err;

	if (change->name) {
		if (netns_name_short(change->name, name, &err) < 0) {
			batch_refuse(batch, err.code, "rename link: %s", err.message);
			return;
		}
		plain.name = name;
	}
	if (change->name || change->mac || change->mtu || change->group ||
	    change->tx_queue_length || change->master || change->no_master || change->up ||
	    change->carrier)
		change_request(batch, &target, change->name, &plain);
	if (change->name && !text_equal(name, change->name))
		altname_request(batch, &target, change->name);
	if (is_port_change(change))
		port_request(batch, &target, NULL, change);
}

static void bridge_request(struct netns_batch *batch, int index,
			   void (*data)(struct message *message, const struct netns_bridge *bridge),
			   const struct netns_bridge *bridge)
{
	const struct ifinfomsg body = {.ifi_index = index};
	struct message *message = batch_request(batch, "change bridge", NULL, RTM_NEWLINK, 0, body);
	struct nlattr *info = message_nest(message, IFLA_LINKINFO);
	struct nlattr *nest;

	message_text(message, IFLA_INFO_KIND, netns_link_kind_name(NETNS_LINK_BRIDGE));
	nest = message_nest(message, IFLA_INFO_DATA);
	data(message, bridge);
	message_end(message, nest);
	message_end(message, info);
	batch_end(batch);
}

static void no_vlans(struct message *message,
		     const struct netns_bridge *bridge __attribute__((unused)))
{
	message_u8(message, IFLA_BR_VLAN_FILTERING, 0);
}

void netns_bridge_change(struct netns_batch *batch, int index, const struct netns_bridge *bridge)
{
	bridge_request(batch, index, bridge_data, bridge);
	if (bridge->vlan_filtering)
		batch_needs(batch, BRIDGE_VLANS);
	if (!bridge->vlan_filtering) {
		bridge_request(batch, index, no_vlans, bridge);
		netns_batch_tolerate(batch, EOPNOTSUPP); /* then there are none */
	}
}

/* ---- the end ---------------------------------------------------------------------- */

void netns_link_delete(struct netns_batch *batch, int index)
{
	const struct ifinfomsg body = {.ifi_index = index};

	batch_request(batch, "delete link", NULL, RTM_DELLINK, 0, body);
	batch_end(batch);
}

void netns_link_delete_name(struct netns_batch *batch, const char *name)
{
	const struct ifinfomsg body = {.ifi_index = 0};
	char kernel_name[NETNS_NAME_MAX];
	struct message *message;
	struct ncrun_error err;

	if (netns_name_short(name, kernel_name, &err) < 0) {
		batch_refuse(batch, err.code, "delete link: %s", err.message);
		return;
	}
	message = batch_request(batch, "delete link", name, RTM_DELLINK, 0, body);
	message_text(message, IFLA_IFNAME, kernel_name);
	batch_end(batch);
}

void netns_link_delete_group(struct netns_batch *batch, uint32_t group)
{
	const struct ifinfomsg body = {.ifi_index = 0};
	struct message *message;

	if (group == 0) { /* everybody's who has none */
		batch_refuse(batch, EINVAL, "delete links: group 0 is that of all other links");
		return;
	}
	message = batch_request(batch, "delete group of links", NULL, RTM_DELLINK, 0, body);
	message_u32(message, IFLA_GROUP, group);
	batch_end(batch);
	netns_batch_tolerate(batch, ENODEV);
}
