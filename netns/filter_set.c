/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Sets of addresses. The kernel keeps intervals: each network is the first address that is in
 * and the first that is not any more.
 */

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>
#include <sys/socket.h>

#include "netns/batch.h"
#include "netns/filter_request.h"

#define MEMBERS_PER_REQUEST 512 /* what an attribute can hold, by far */

/* What nft(8) calls their type. */
#define NFT_TYPE_IPV4 7
#define NFT_TYPE_IPV6 8

void netns_filter_set(struct netns_filter *filter, const char *name, int family)
{
	bool six = family == AF_INET6;
	struct message *message;

	if (!name[0] || strlen(name) > 31) {
		batch_refuse(filter->batch, EINVAL, "set '%s': not a name of 1 to 31 bytes", name);
		return;
	}
	message = filter_begin(filter, "make set", name, NFT_MSG_NEWSET, NLM_F_CREATE);
	message_text(message, NFTA_SET_TABLE, filter->table);
	message_text(message, NFTA_SET_NAME, name);
	message_be32(message, NFTA_SET_ID, ++filter->set_id);
	message_be32(message, NFTA_SET_FLAGS, NFT_SET_INTERVAL);
	message_be32(message, NFTA_SET_KEY_TYPE, six ? NFT_TYPE_IPV6 : NFT_TYPE_IPV4);
	message_be32(message, NFTA_SET_KEY_LEN, six ? 16 : 4);
	batch_end(filter->batch);
}

static void element_put(struct message *message, const struct netns_ip *ip, uint32_t flags)
{
	struct nlattr *element = message_nest_flagged(message, NFTA_LIST_ELEM);
	struct nlattr *key;

	if (flags)
		message_be32(message, NFTA_SET_ELEM_FLAGS, flags);
	key = message_nest_flagged(message, NFTA_SET_ELEM_KEY);
	message_put(message, NFTA_DATA_VALUE, ip->bytes, netns_ip_size(ip));
	message_end(message, key);
	message_end(message, element);
}

/** The first address after those of a network; false if there is none. */
static bool address_after(const struct netns_prefix *network, struct netns_ip *ret)
{
	unsigned int bit = network->length;

	*ret = network->ip;
	/* Add one to the last bit of the network's part. */
	while (bit-- > 0) {
		uint8_t *byte = &ret->bytes[bit / 8];
		uint8_t one = (uint8_t)(0x80u >> bit % 8);

		*byte ^= one;
		if (*byte & one)
			return true;
	}
	return false;
}

static void member_put(struct message *message, const struct netns_prefix *member)
{
	const struct netns_prefix network = netns_prefix_network(member);
	struct netns_ip after;

	element_put(message, &network.ip, 0);
	if (address_after(&network, &after))
		element_put(message, &after, NFT_SET_ELEM_INTERVAL_END);
}

void netns_filter_set_add(struct netns_filter *filter, const char *name,
			  const struct netns_prefix *members, size_t count)
{
	while (count > 0) {
		size_t n = count < MEMBERS_PER_REQUEST ? count : MEMBERS_PER_REQUEST;
		struct message *message =
			filter_begin(filter, "add to set", name, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
		struct nlattr *list;

		message_text(message, NFTA_SET_ELEM_LIST_TABLE, filter->table);
		message_text(message, NFTA_SET_ELEM_LIST_SET, name);
		list = message_nest_flagged(message, NFTA_SET_ELEM_LIST_ELEMENTS);
		for (size_t i = 0; i < n; i++)
			member_put(message, &members[i]);
		message_end(message, list);
		batch_end(filter->batch);
		members += n;
		count -= n;
	}
}
