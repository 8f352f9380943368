/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/filter_expr.h"

#include <linux/netfilter.h>
#include <string.h>
#include <sys/socket.h>

/** struct expr - one being put together */
struct expr {
	struct message *message;
	struct nlattr *element, *data;
};

static struct expr expr_begin(struct message *message, const char *name)
{
	struct expr expr = {.message = message};

	expr.element = message_nest_flagged(message, NFTA_LIST_ELEM);
	message_text(message, NFTA_EXPR_NAME, name);
	expr.data = message_nest_flagged(message, NFTA_EXPR_DATA);
	return expr;
}

static void expr_end(const struct expr *expr)
{
	message_end(expr->message, expr->data);
	message_end(expr->message, expr->element);
}

static void value_put(struct message *message, int type, const void *value, size_t size)
{
	struct nlattr *data = message_nest_flagged(message, type);

	message_put(message, NFTA_DATA_VALUE, value, size);
	message_end(message, data);
}

void expr_meta(struct message *message, enum nft_meta_keys key)
{
	const struct expr expr = expr_begin(message, "meta");

	message_be32(message, NFTA_META_DREG, NFT_REG_1);
	message_be32(message, NFTA_META_KEY, key);
	expr_end(&expr);
}

void expr_meta_set(struct message *message, enum nft_meta_keys key, uint32_t reg)
{
	const struct expr expr = expr_begin(message, "meta");

	message_be32(message, NFTA_META_SREG, reg);
	message_be32(message, NFTA_META_KEY, key);
	expr_end(&expr);
}

void expr_ct(struct message *message, enum nft_ct_keys key)
{
	const struct expr expr = expr_begin(message, "ct");

	message_be32(message, NFTA_CT_DREG, NFT_REG_1);
	message_be32(message, NFTA_CT_KEY, key);
	expr_end(&expr);
}

void expr_payload(struct message *message, enum nft_payload_bases base, uint32_t offset,
		  uint32_t size)
{
	const struct expr expr = expr_begin(message, "payload");

	message_be32(message, NFTA_PAYLOAD_DREG, NFT_REG_1);
	message_be32(message, NFTA_PAYLOAD_BASE, base);
	message_be32(message, NFTA_PAYLOAD_OFFSET, offset);
	message_be32(message, NFTA_PAYLOAD_LEN, size);
	expr_end(&expr);
}

void expr_fib_type(struct message *message)
{
	const struct expr expr = expr_begin(message, "fib");

	message_be32(message, NFTA_FIB_DREG, NFT_REG_1);
	message_be32(message, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	message_be32(message, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	expr_end(&expr);
}

void expr_mask(struct message *message, const void *mask, size_t size)
{
	static const uint8_t zeros[16];
	const struct expr expr = expr_begin(message, "bitwise");

	message_be32(message, NFTA_BITWISE_SREG, NFT_REG_1);
	message_be32(message, NFTA_BITWISE_DREG, NFT_REG_1);
	message_be32(message, NFTA_BITWISE_LEN, (uint32_t)size);
	value_put(message, NFTA_BITWISE_MASK, mask, size);
	value_put(message, NFTA_BITWISE_XOR, zeros, size);
	expr_end(&expr);
}

void expr_compare(struct message *message, bool equal, const void *value, size_t size)
{
	const struct expr expr = expr_begin(message, "cmp");

	message_be32(message, NFTA_CMP_SREG, NFT_REG_1);
	message_be32(message, NFTA_CMP_OP, equal ? NFT_CMP_EQ : NFT_CMP_NEQ);
	value_put(message, NFTA_CMP_DATA, value, size);
	expr_end(&expr);
}

void expr_range(struct message *message, bool inside, const void *first, const void *last,
		size_t size)
{
	const struct expr expr = expr_begin(message, "range");

	message_be32(message, NFTA_RANGE_SREG, NFT_REG_1);
	message_be32(message, NFTA_RANGE_OP, inside ? NFT_RANGE_EQ : NFT_RANGE_NEQ);
	value_put(message, NFTA_RANGE_FROM_DATA, first, size);
	value_put(message, NFTA_RANGE_TO_DATA, last, size);
	expr_end(&expr);
}

void expr_in_set(struct message *message, bool in, const char *set)
{
	const struct expr expr = expr_begin(message, "lookup");

	message_text(message, NFTA_LOOKUP_SET, set);
	message_be32(message, NFTA_LOOKUP_SREG, NFT_REG_1);
	if (!in)
		message_be32(message, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	expr_end(&expr);
}

void expr_counter(struct message *message)
{
	const struct expr expr = expr_begin(message, "counter");

	message_be64(message, NFTA_COUNTER_BYTES, 0);
	message_be64(message, NFTA_COUNTER_PACKETS, 0);
	expr_end(&expr);
}

void expr_limit(struct message *message, uint32_t per_second)
{
	const struct expr expr = expr_begin(message, "limit");

	message_be64(message, NFTA_LIMIT_RATE, per_second);
	message_be64(message, NFTA_LIMIT_UNIT, 1);
	message_be32(message, NFTA_LIMIT_BURST, 5);
	message_be32(message, NFTA_LIMIT_TYPE, NFT_LIMIT_PKTS);
	message_be32(message, NFTA_LIMIT_FLAGS, 0);
	expr_end(&expr);
}

void expr_value(struct message *message, uint32_t reg, const void *value, size_t size)
{
	const struct expr expr = expr_begin(message, "immediate");

	message_be32(message, NFTA_IMMEDIATE_DREG, reg);
	value_put(message, NFTA_IMMEDIATE_DATA, value, size);
	expr_end(&expr);
}

void expr_verdict(struct message *message, int verdict, const char *chain)
{
	const struct expr expr = expr_begin(message, "immediate");
	struct nlattr *data, *nest;

	message_be32(message, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = message_nest_flagged(message, NFTA_IMMEDIATE_DATA);
	nest = message_nest_flagged(message, NFTA_DATA_VERDICT);
	message_be32(message, NFTA_VERDICT_CODE, (uint32_t)verdict);
	if (chain)
		message_text(message, NFTA_VERDICT_CHAIN, chain);
	message_end(message, nest);
	message_end(message, data);
	expr_end(&expr);
}

void expr_reject(struct message *message, enum nft_reject_types type, uint8_t code)
{
	const struct expr expr = expr_begin(message, "reject");

	message_be32(message, NFTA_REJECT_TYPE, type);
	message_u8(message, NFTA_REJECT_ICMP_CODE, code);
	expr_end(&expr);
}

static void reg_put(struct message *message, int type, uint32_t reg)
{
	if (reg)
		message_be32(message, type, reg);
}

static void ports_only(struct message *message, const char *name, const struct expr_nat *nat)
{
	/* masq has the flags first, redir the registers; the values are alike */
	bool masquerade = nat->kind == EXPR_MASQUERADE;
	const struct expr expr = expr_begin(message, name);

	reg_put(message, masquerade ? NFTA_MASQ_REG_PROTO_MIN : NFTA_REDIR_REG_PROTO_MIN,
		nat->port);
	reg_put(message, masquerade ? NFTA_MASQ_REG_PROTO_MAX : NFTA_REDIR_REG_PROTO_MAX,
		nat->port_last);
	reg_put(message, masquerade ? NFTA_MASQ_FLAGS : NFTA_REDIR_FLAGS, nat->flags);
	expr_end(&expr);
}

static void new_address(struct message *message, const struct expr_nat *nat)
{
	const struct expr expr = expr_begin(message, "nat");

	message_be32(message, NFTA_NAT_TYPE, nat->kind == EXPR_SNAT ? NFT_NAT_SNAT : NFT_NAT_DNAT);
	message_be32(message, NFTA_NAT_FAMILY,
		     nat->family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	reg_put(message, NFTA_NAT_REG_ADDR_MIN, nat->address);
	reg_put(message, NFTA_NAT_REG_ADDR_MAX, nat->address_last);
	reg_put(message, NFTA_NAT_REG_PROTO_MIN, nat->port);
	reg_put(message, NFTA_NAT_REG_PROTO_MAX, nat->port_last);
	reg_put(message, NFTA_NAT_FLAGS, nat->flags);
	expr_end(&expr);
}

void expr_nat(struct message *message, const struct expr_nat *nat)
{
	switch (nat->kind) {
	case EXPR_MASQUERADE:
		ports_only(message, "masq", nat);
		break;
	case EXPR_REDIRECT:
		ports_only(message, "redir", nat);
		break;
	case EXPR_SNAT:
	case EXPR_DNAT:
		new_address(message, nat);
		break;
	}
}
