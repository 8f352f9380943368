/* SPDX-License-Identifier: Apache-2.0 */

#include <endian.h>
#include <errno.h>
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

/** struct listing - rules being listed */
struct listing {
	const char *table;
	struct netns_filter_state *rules; /* owned */
	size_t count;
};

static uint64_t be64_of(const struct nlattr *attribute)
{
	uint64_t value = 0;

	if (attribute)
		nla_memcpy(&value, attribute, sizeof(value));
	return be64toh(value);
}

static void comment_parse(const struct nlattr *attribute, struct netns_filter_state *ret)
{
	const uint8_t *data = attribute ? nla_data(attribute) : NULL;
	size_t left = attribute ? (size_t)nla_len(attribute) : 0;

	while (left >= 2 && data[1] <= left - 2) {
		if (data[0] == 0) {
			size_t size =
				data[1] < sizeof(ret->comment) ? data[1] : sizeof(ret->comment) - 1;

			memcpy(ret->comment, data + 2, size);
			return;
		}
		left -= 2u + data[1];
		data += 2u + data[1];
	}
}

static void counter_parse(struct nlattr *expressions, struct netns_filter_state *ret)
{
	struct nlattr *element, *expr[NFTA_EXPR_MAX + 1], *counter[NFTA_COUNTER_MAX + 1];
	int left;

	if (!expressions)
		return;
	nla_for_each_nested(element, expressions, left)
	{
		if (nla_parse_nested(expr, NFTA_EXPR_MAX, element, NULL) < 0 ||
		    !expr[NFTA_EXPR_NAME] || !expr[NFTA_EXPR_DATA] ||
		    nla_strcmp(expr[NFTA_EXPR_NAME], "counter") != 0 ||
		    nla_parse_nested(counter, NFTA_COUNTER_MAX, expr[NFTA_EXPR_DATA], NULL) < 0)
			continue;
		ret->counted = true;
		ret->packets = be64_of(counter[NFTA_COUNTER_PACKETS]);
		ret->bytes = be64_of(counter[NFTA_COUNTER_BYTES]);
	}
}

static int rule_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct listing *listing = data;
	struct nlattr *rule[NFTA_RULE_MAX + 1];
	struct netns_filter_state *state;

	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE) ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(struct nfgenmsg), rule, NFTA_RULE_MAX,
			NULL) < 0 ||
	    !rule[NFTA_RULE_TABLE] || nla_strcmp(rule[NFTA_RULE_TABLE], listing->table) != 0)
		return 0;
	state = array_add((void **)&listing->rules, &listing->count, sizeof(*state));
	if (!state)
		return error_set(err, ENOMEM, "list rules: out of memory");
	*state = (struct netns_filter_state){.counted = false};
	if (rule[NFTA_RULE_CHAIN])
		nla_strlcpy(state->chain, rule[NFTA_RULE_CHAIN], sizeof(state->chain));
	comment_parse(rule[NFTA_RULE_USERDATA], state);
	counter_parse(rule[NFTA_RULE_EXPRESSIONS], state);
	return 0;
}

int netns_filter_list(struct netns *netns, enum netns_filter_family family, const char *table,
		      struct netns_filter_state **ret, size_t *ret_count, struct ncrun_error *err)
{
	const struct nfgenmsg body = {.nfgen_family = filter_protocol(family)};
	unsigned int tries = 0;
	int r = -EINTR;

	while (answer_again(r, &tries)) {
		struct listing listing = {.table = table};
		struct message message = {.nl = NULL};
		_cleanup_free_ void *rules = NULL;

		message_begin(&message, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE, NLM_F_DUMP,
			      &body, sizeof(body));
		message_text(&message, NFTA_RULE_TABLE, table);
		r = answer_dump(netns, NETLINK_NETFILTER, &message, rule_each, &listing, err);
		message_done(&message);
		rules = listing.rules;
		if (r == -ENOENT) { /* no such table */
			listing.count = 0;
			r = 0;
		}
		if (r == 0) {
			*ret = take_ptr(rules);
			*ret_count = listing.count;
			return 0;
		}
	}
	return error_wrap(err, r, "list table '%s'", table);
}

/** struct tables - names being listed */
struct tables {
	const char *prefix;
	char **names; /* owned */
};

static int table_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct tables *tables = data;
	struct nlattr *table[NFTA_TABLE_MAX + 1];
	const char *name;

	if (header->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE) ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(struct nfgenmsg), table, NFTA_TABLE_MAX,
			NULL) < 0 ||
	    !table[NFTA_TABLE_NAME])
		return 0;
	name = nla_get_string(table[NFTA_TABLE_NAME]);
	if (text_starts_with(name, tables->prefix) && strings_append(&tables->names, name) < 0)
		return error_set(err, ENOMEM, "list tables: out of memory");
	return 0;
}

int netns_filter_tables(struct netns *netns, enum netns_filter_family family, const char *prefix,
			char ***ret, struct ncrun_error *err)
{
	const struct nfgenmsg body = {.nfgen_family = filter_protocol(family)};
	unsigned int tries = 0;
	int r = -EINTR;

	while (answer_again(r, &tries)) {
		_cleanup_(strings_freep) char **names = calloc(1, sizeof(*names));
		struct tables tables = {.prefix = prefix};
		struct message message = {.nl = NULL};

		if (!names)
			return error_set(err, ENOMEM, "list tables: out of memory");
		message_begin(&message, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_DUMP,
			      &body, sizeof(body));
		tables.names = take_ptr(names);
		r = answer_dump(netns, NETLINK_NETFILTER, &message, table_each, &tables, err);
		message_done(&message);
		names = tables.names;
		if (r == 0) {
			*ret = take_ptr(names);
			return 0;
		}
	}
	return error_wrap(err, r, "list tables");
}
