/* SPDX-License-Identifier: Apache-2.0 */

/* What a sender may leave to the link, by ethtool's netlink (Linux 5.7). */

#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "base/error.h"
#include "base/text.h"
#include "netns/answer.h"
#include "netns/namespace.h"

/* The kernel's words; the first of each tells whether it is on. */
static const struct {
	unsigned int offload;
	const char *name;
} features[] = {
	{NETNS_OFFLOAD_TX_CHECKSUM, "tx-checksum-ip-generic"},
	{NETNS_OFFLOAD_TX_CHECKSUM, "tx-checksum-ipv4"},
	{NETNS_OFFLOAD_TX_CHECKSUM, "tx-checksum-ipv6"},
	{NETNS_OFFLOAD_TX_CHECKSUM, "tx-checksum-sctp"},
	{NETNS_OFFLOAD_RX_CHECKSUM, "rx-checksum"},
	{NETNS_OFFLOAD_TSO, "tx-tcp-segmentation"},
	{NETNS_OFFLOAD_TSO, "tx-tcp6-segmentation"},
	{NETNS_OFFLOAD_TSO, "tx-tcp-ecn-segmentation"},
	{NETNS_OFFLOAD_TSO, "tx-tcp-mangleid-segmentation"},
	{NETNS_OFFLOAD_TSO, "tx-udp-segmentation"},
	{NETNS_OFFLOAD_GSO, "tx-generic-segmentation"},
	{NETNS_OFFLOAD_GRO, "rx-gro"},
	{NETNS_OFFLOAD_SCATTER_GATHER, "tx-scatter-gather"},
	{NETNS_OFFLOAD_SCATTER_GATHER, "tx-scatter-gather-fraglist"},
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

static int family_each(const struct nlmsghdr *header, void *data,
		       struct ncrun_error *err __attribute__((unused)))
{
	struct nlattr *table[CTRL_ATTR_MAX + 1];

	if (nlmsg_parse((struct nlmsghdr *)header, GENL_HDRLEN, table, CTRL_ATTR_MAX, NULL) == 0 &&
	    table[CTRL_ATTR_FAMILY_ID])
		*(uint16_t *)data = nla_get_u16(table[CTRL_ATTR_FAMILY_ID]);
	return 0;
}

static int ethtool_id(struct netns *netns, struct ncrun_error *err)
{
	const struct genlmsghdr body = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	struct message message = {.nl = NULL};
	int r;

	if (netns->ethtool_id)
		return 0;
	message_begin(&message, GENL_ID_CTRL, 0, &body, sizeof(body));
	message_text(&message, CTRL_ATTR_FAMILY_NAME, ETHTOOL_GENL_NAME);
	r = answer_dump(netns, NETLINK_GENERIC, &message, family_each, &netns->ethtool_id, err);
	message_done(&message);
	if (r == -ENOENT || (r == 0 && !netns->ethtool_id))
		return error_set(err, EOPNOTSUPP,
				 "this kernel has no ethtool by netlink (CONFIG_ETHTOOL_NETLINK)");
	return r;
}

static void header_put(struct message *message, int type, int index)
{
	struct nlattr *nest = message_nest_flagged(message, type);

	message_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)index);
	message_u32(message, ETHTOOL_A_HEADER_FLAGS, ETHTOOL_FLAG_OMIT_REPLY);
	message_end(message, nest);
}

static int ignore_each(const struct nlmsghdr *header __attribute__((unused)),
		       void *data __attribute__((unused)),
		       struct ncrun_error *err __attribute__((unused)))
{
	return 0;
}

int netns_offload_set(struct netns *netns, int index, unsigned int mask, unsigned int on,
		      struct ncrun_error *err)
{
	const struct genlmsghdr body = {.cmd = ETHTOOL_MSG_FEATURES_SET, .version = 1};
	struct message message = {.nl = NULL};
	struct nlattr *bitset, *bits, *bit;
	int r = ethtool_id(netns, err);

	if (r < 0)
		return error_wrap(err, r, "switch offloads of link %d", index);
	message_begin(&message, netns->ethtool_id, NLM_F_ACK, &body, sizeof(body));
	header_put(&message, ETHTOOL_A_FEATURES_HEADER, index);
	bitset = message_nest_flagged(&message, ETHTOOL_A_FEATURES_WANTED);
	bits = message_nest_flagged(&message, ETHTOOL_A_BITSET_BITS);
	for (size_t i = 0; i < FEATURES; i++) {
		if (!(mask & features[i].offload))
			continue;
		bit = message_nest_flagged(&message, ETHTOOL_A_BITSET_BITS_BIT);
		message_text(&message, ETHTOOL_A_BITSET_BIT_NAME, features[i].name);
		if (on & features[i].offload)
			message_flag(&message, ETHTOOL_A_BITSET_BIT_VALUE);
		message_end(&message, bit);
	}
	message_end(&message, bits);
	message_end(&message, bitset);
	r = answer_dump(netns, NETLINK_GENERIC, &message, ignore_each, NULL, err);
	message_done(&message);
	return r < 0 ? error_wrap(err, r, "switch offloads of link %d", index) : 0;
}
