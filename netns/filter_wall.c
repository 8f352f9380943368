/* SPDX-License-Identifier: Apache-2.0 */

/* Chains of others that stop what is forwarded; they are read, never changed. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "netns/answer.h"
#include "netns/filter_request.h"

/** struct walls - chains being listed, but those of our own tables */
struct walls {
	const char *own;
	struct netns_filter_wall *items; /* owned */
	size_t count;
};

static const char *family_name(uint8_t family)
{
	switch (family) {
	case NFPROTO_INET:
		return "inet";
	case NFPROTO_IPV4:
		return "ip";
	case NFPROTO_IPV6:
		return "ip6";
	default:
		return NULL;
	}
}

static uint32_t be32_of(const struct nlattr *attribute)
{
	uint32_t value = UINT32_MAX;

	if (attribute)
		nla_memcpy(&value, attribute, sizeof(value));
	return ntohl(value);
}

static bool drops_what_is_forwarded(struct nlattr **chain)
{
	struct nlattr *hook[NFTA_HOOK_MAX + 1];

	return chain[NFTA_CHAIN_TABLE] && chain[NFTA_CHAIN_NAME] && chain[NFTA_CHAIN_HOOK] &&
	       nla_parse_nested(hook, NFTA_HOOK_MAX, chain[NFTA_CHAIN_HOOK], NULL) == 0 &&
	       be32_of(hook[NFTA_HOOK_HOOKNUM]) == NF_INET_FORWARD &&
	       be32_of(chain[NFTA_CHAIN_POLICY]) == NF_DROP;
}

static int chain_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct walls *walls = data;
	struct nlattr *chain[NFTA_CHAIN_MAX + 1];
	struct netns_filter_wall *wall;
	const struct nfgenmsg *body = nlmsg_data(header);
	const char *family;

	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWCHAIN) ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(*body), chain, NFTA_CHAIN_MAX, NULL) < 0)
		return 0;
	family = family_name(body->nfgen_family);
	if (!family || !drops_what_is_forwarded(chain) ||
	    text_starts_with(nla_get_string(chain[NFTA_CHAIN_TABLE]), walls->own))
		return 0;
	wall = array_add((void **)&walls->items, &walls->count, sizeof(*wall));
	if (!wall)
		return error_set(err, ENOMEM, "list chains: out of memory");
	*wall = (struct netns_filter_wall){.family = family};
	nla_strlcpy(wall->table, chain[NFTA_CHAIN_TABLE], sizeof(wall->table));
	nla_strlcpy(wall->chain, chain[NFTA_CHAIN_NAME], sizeof(wall->chain));
	return 0;
}

/** struct gate - is there a rule in a wall's table that names such interfaces? */
struct gate {
	const struct netns_filter_wall *wall;
	const char *interface;
	bool found;
};

static int rule_each(const struct nlmsghdr *header, void *data,
		     struct ncrun_error *err __attribute__((unused)))
{
	struct gate *gate = data;
	struct nlattr *rule[NFTA_RULE_MAX + 1];
	const struct nfgenmsg *body = nlmsg_data(header);
	const char *family;

	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE) ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(*body), rule, NFTA_RULE_MAX, NULL) < 0 ||
	    !rule[NFTA_RULE_TABLE] || !rule[NFTA_RULE_EXPRESSIONS] ||
	    nla_strcmp(rule[NFTA_RULE_TABLE], gate->wall->table) != 0)
		return 0;
	family = family_name(body->nfgen_family);
	if (family && text_equal(family, gate->wall->family) &&
	    memmem(nla_data(rule[NFTA_RULE_EXPRESSIONS]), nla_len(rule[NFTA_RULE_EXPRESSIONS]),
		   gate->interface, strlen(gate->interface)))
		gate->found = true;
	return 0;
}

typedef int (*each_fn)(const struct nlmsghdr *header, void *data, struct ncrun_error *err);

static int list(struct netns *netns, int type, each_fn each, void *data, struct ncrun_error *err)
{
	const struct nfgenmsg body = {.nfgen_family = NFPROTO_UNSPEC};
	struct message message = {.nl = NULL};
	int r;

	message_begin(&message, NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_DUMP, &body, sizeof(body));
	r = answer_dump(netns, NETLINK_NETFILTER, &message, each, data, err);
	message_done(&message);
	return r;
}

int netns_filter_walls(struct netns *netns, const char *own, const char *interface,
		       struct netns_filter_wall **ret, size_t *ret_count, struct ncrun_error *err)
{
	struct walls walls = {.own = own};
	_cleanup_free_ struct netns_filter_wall *items = NULL;
	size_t kept = 0;
	unsigned int tries = 0;
	int r = -EINTR;

	while (answer_again(r, &tries)) {
		walls.count = 0;
		r = list(netns, NFT_MSG_GETCHAIN, chain_each, &walls, err);
	}
	items = walls.items;
	for (size_t i = 0; r == 0 && i < walls.count; i++) {
		struct gate gate = {.wall = &items[i], .interface = interface};

		r = list(netns, NFT_MSG_GETRULE, rule_each, &gate, err);
		if (r == -EINTR) /* it changes just now */
			r = 0;
		if (!gate.found)
			items[kept++] = items[i];
	}
	if (r < 0)
		return error_wrap(err, r, "list chains");
	*ret = take_ptr(items);
	*ret_count = kept;
	return 0;
}
