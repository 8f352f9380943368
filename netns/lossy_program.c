/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <string.h>

#include "netns/lossy.h"

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014. */
#define MIX_1  0xbf58476d1ce4e5b9ull
#define MIX_2  0x94d049bb133111ebull
#define GOLDEN 0x9e3779b97f4a7c15ull
#define KINDS  0xd1342543de82ef95ull
#define FOLD   0x5bd1e995 /* odd, and fits an instruction */

/* A duplicate comes in by the same door; so that it is not taken for another packet. */
#define DUPLICATE_MARK 0x6e637270

static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= MIX_1;
	x ^= x >> 27;
	x *= MIX_2;
	return x ^ x >> 31;
}

uint64_t lossy_draw(uint64_t seed, uint64_t flow, uint64_t index, enum lossy_kind kind)
{
	return mix(mix(seed ^ flow) + index * GOLDEN + kind * KINDS);
}

static uint64_t fold(uint64_t hash, uint64_t word)
{
	return (hash ^ word) * FOLD;
}

static uint64_t fold_ip(uint64_t hash, const struct netns_ip *ip)
{
	for (size_t i = 0; i < netns_ip_size(ip); i += 4) {
		uint32_t word;

		memcpy(&word, ip->bytes + i, sizeof(word));
		hash = fold(hash, word);
	}
	return hash;
}

uint64_t lossy_flow(const struct netns_ip *source, const struct netns_ip *destination,
		    uint8_t protocol, uint16_t lower_port)
{
	return fold(fold(fold_ip(fold_ip(0, source), destination), lower_port), protocol);
}

/* ---- the same in BPF ------------------------------------------------------------------------ */

enum register_use {
	CONTEXT = BPF_REG_6,
	CONFIG = BPF_REG_7,
	HASH = BPF_REG_8, /* of the flow; then the base of all draws */
	FLOW = BPF_REG_9, /* its index and state */
};

/* On the stack: */
#define COUNTS   (-8)  /* a pointer */
#define KEY      (-16) /* of the maps with one entry */
#define FLOW_KEY (-24)
#define NEW_FLOW (-40)
#define HEADER   (-80) /* up to 40 bytes of a packet */

enum label {
	NOT_DUPLICATE,
	PASS,
	IPV4,
	IPV6,
	PORTS,
	NO_PORTS,
	LOWER,
	HASHED,
	FOUND,
	HAVE_FLOW,
	IS_BAD,
	JUDGE,
	SAME,
	NOT_LOST,
	NO_DUPLICATE,
	CONTROL,
};

static void code_fold(struct bpf_code *code, int reg)
{
	bpf_math(code, BPF_XOR, HASH, reg);
	bpf_math_value(code, BPF_MUL, HASH, FOLD);
}

static void code_mix_step(struct bpf_code *code, int reg, int temporary, int32_t shift,
			  uint64_t factor)
{
	bpf_move(code, temporary, reg);
	bpf_math_value(code, BPF_RSH, temporary, shift);
	bpf_math(code, BPF_XOR, reg, temporary);
	if (factor) {
		bpf_set64(code, temporary, factor);
		bpf_math(code, BPF_MUL, reg, temporary);
	}
}

static void code_mix(struct bpf_code *code, int reg, int temporary)
{
	code_mix_step(code, reg, temporary, 30, MIX_1);
	code_mix_step(code, reg, temporary, 27, MIX_2);
	code_mix_step(code, reg, temporary, 31, 0);
}

/** A draw into register 1; all of it, or the upper half for a comparison. Uses 2. */
static void code_draw(struct bpf_code *code, enum lossy_kind kind, bool half)
{
	bpf_move(code, BPF_REG_1, HASH);
	bpf_set64(code, BPF_REG_2, kind * KINDS);
	bpf_math(code, BPF_ADD, BPF_REG_1, BPF_REG_2);
	code_mix(code, BPF_REG_1, BPF_REG_2);
	if (half)
		bpf_math_value(code, BPF_RSH, BPF_REG_1, 32);
}

/** Jump to @label unless it happens with the share that is at @offset of the configuration. */
static void code_unless(struct bpf_code *code, enum lossy_kind kind, size_t offset, int label)
{
	code_draw(code, kind, true);
	bpf_load(code, BPF_DW, BPF_REG_2, CONFIG, (int16_t)offset);
	bpf_jump_if_reg(code, BPF_JGE, BPF_REG_1, BPF_REG_2, label);
}

static void code_count(struct bpf_code *code, size_t offset)
{
	bpf_load(code, BPF_DW, BPF_REG_1, BPF_REG_10, COUNTS);
	bpf_set(code, BPF_REG_2, 1);
	bpf_atomic_add(code, BPF_REG_1, (int16_t)offset, BPF_REG_2, false);
}

static void code_return(struct bpf_code *code, int verdict)
{
	bpf_set(code, BPF_REG_0, verdict);
	bpf_exit(code);
}

/** The one entry of a map, into register 0; passes the packet when there is none. */
static void code_entry(struct bpf_code *code, int map)
{
	bpf_set_map(code, BPF_REG_1, map);
	bpf_move(code, BPF_REG_2, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_2, KEY);
	bpf_call(code, BPF_FUNC_map_lookup_elem);
	bpf_jump_if(code, BPF_JEQ, BPF_REG_0, 0, PASS);
}

static void code_begin(struct bpf_code *code, int config_map, int counts_map)
{
	bpf_move(code, CONTEXT, BPF_REG_1);
	bpf_load(code, BPF_W, BPF_REG_1, CONTEXT, offsetof(struct __sk_buff, mark));
	bpf_jump_if(code, BPF_JNE, BPF_REG_1, DUPLICATE_MARK, NOT_DUPLICATE);
	bpf_set(code, BPF_REG_1, 0);
	bpf_store(code, BPF_W, CONTEXT, offsetof(struct __sk_buff, mark), BPF_REG_1);
	code_return(code, TC_ACT_UNSPEC);

	bpf_label(code, NOT_DUPLICATE);
	bpf_set(code, BPF_REG_1, 0);
	bpf_store(code, BPF_W, BPF_REG_10, KEY, BPF_REG_1);
	code_entry(code, config_map);
	bpf_move(code, CONFIG, BPF_REG_0);
	code_entry(code, counts_map);
	bpf_store(code, BPF_DW, BPF_REG_10, COUNTS, BPF_REG_0);
}

/** Bytes of the packet to HEADER; those that are not there make it pass. */
static void code_fetch(struct bpf_code *code, int32_t size)
{
	bpf_move(code, BPF_REG_1, CONTEXT);
	bpf_set(code, BPF_REG_2, ETH_HLEN);
	bpf_move(code, BPF_REG_3, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_3, HEADER);
	bpf_set(code, BPF_REG_4, size);
	bpf_call(code, BPF_FUNC_skb_load_bytes);
	bpf_jump_if(code, BPF_JNE, BPF_REG_0, 0, PASS);
}

static void code_fold_words(struct bpf_code *code, int16_t offset, int words)
{
	bpf_set(code, HASH, 0);
	for (int i = 0; i < words; i++) {
		bpf_load(code, BPF_W, BPF_REG_1, BPF_REG_10, (int16_t)(offset + 4 * i));
		code_fold(code, BPF_REG_1);
	}
}

/* The protocol is left in FLOW, which has no other use yet, the ports' place in register 2. */
static void code_ipv4(struct bpf_code *code)
{
	bpf_label(code, IPV4);
	code_fetch(code, 20);
	code_fold_words(code, HEADER + 12, 2);
	bpf_load(code, BPF_B, FLOW, BPF_REG_10, HEADER + 9);
	bpf_load(code, BPF_H, BPF_REG_1, BPF_REG_10, HEADER + 6);
	bpf_from_be16(code, BPF_REG_1);
	bpf_math_value(code, BPF_AND, BPF_REG_1, 0x3fff); /* a fragment */
	bpf_jump_if(code, BPF_JNE, BPF_REG_1, 0, NO_PORTS);
	bpf_load(code, BPF_B, BPF_REG_2, BPF_REG_10, HEADER);
	bpf_math_value(code, BPF_AND, BPF_REG_2, 0xf);
	bpf_math_value(code, BPF_LSH, BPF_REG_2, 2);
	bpf_math_value(code, BPF_ADD, BPF_REG_2, ETH_HLEN);
	bpf_jump(code, PORTS);
}

/** Neighbour discovery and multicast listeners pass, unless told otherwise. */
static void code_ipv6_control(struct bpf_code *code)
{
	bpf_load(code, BPF_DW, BPF_REG_1, CONFIG, offsetof(struct lossy_config, control));
	bpf_jump_if(code, BPF_JNE, BPF_REG_1, 0, NO_PORTS);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_HOPOPTS, PASS);
	bpf_move(code, BPF_REG_1, CONTEXT);
	bpf_set(code, BPF_REG_2, ETH_HLEN + 40);
	bpf_move(code, BPF_REG_3, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_3, HEADER);
	bpf_set(code, BPF_REG_4, 1);
	bpf_call(code, BPF_FUNC_skb_load_bytes);
	bpf_load(code, BPF_B, BPF_REG_1, BPF_REG_10, HEADER);
	bpf_jump_if(code, BPF_JEQ, BPF_REG_1, 143, PASS);
	bpf_jump_if(code, BPF_JLT, BPF_REG_1, 130, NO_PORTS);
	bpf_jump_if(code, BPF_JGT, BPF_REG_1, 137, NO_PORTS);
	bpf_jump(code, PASS);
}

static void code_ipv6(struct bpf_code *code)
{
	bpf_label(code, IPV6);
	code_fetch(code, 40);
	code_fold_words(code, HEADER + 8, 8);
	bpf_load(code, BPF_B, FLOW, BPF_REG_10, HEADER + 6);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_HOPOPTS, CONTROL);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_ICMPV6, CONTROL);
	bpf_set(code, BPF_REG_2, ETH_HLEN + 40);
	bpf_jump(code, PORTS);
	bpf_label(code, CONTROL);
	code_ipv6_control(code);
}

/** Fold the lower of the ports, at the offset in register 2; 0 if there are none. */
static void code_ports(struct bpf_code *code)
{
	bpf_label(code, PORTS);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_TCP, LOWER);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_UDP, LOWER);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_SCTP, LOWER);
	bpf_jump_if(code, BPF_JEQ, FLOW, IPPROTO_DCCP, LOWER);
	bpf_jump(code, NO_PORTS);

	bpf_label(code, LOWER);
	bpf_move(code, BPF_REG_1, CONTEXT);
	bpf_move(code, BPF_REG_3, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_3, HEADER);
	bpf_set(code, BPF_REG_4, 4);
	bpf_call(code, BPF_FUNC_skb_load_bytes);
	bpf_jump_if(code, BPF_JNE, BPF_REG_0, 0, NO_PORTS);
	bpf_load(code, BPF_H, BPF_REG_1, BPF_REG_10, HEADER);
	bpf_from_be16(code, BPF_REG_1);
	bpf_load(code, BPF_H, BPF_REG_2, BPF_REG_10, HEADER + 2);
	bpf_from_be16(code, BPF_REG_2);
	bpf_jump_if_reg(code, BPF_JLT, BPF_REG_1, BPF_REG_2, HASHED);
	bpf_move(code, BPF_REG_1, BPF_REG_2);
	bpf_jump(code, HASHED);

	bpf_label(code, NO_PORTS);
	bpf_set(code, BPF_REG_1, 0);
	bpf_label(code, HASHED);
	code_fold(code, BPF_REG_1);
	code_fold(code, FLOW);
}

static void code_parse(struct bpf_code *code)
{
	bpf_load(code, BPF_W, BPF_REG_1, CONTEXT, offsetof(struct __sk_buff, protocol));
	bpf_jump_if(code, BPF_JEQ, BPF_REG_1, htons(ETH_P_IP), IPV4);
	bpf_jump_if(code, BPF_JEQ, BPF_REG_1, htons(ETH_P_IPV6), IPV6);
	bpf_load(code, BPF_DW, BPF_REG_2, CONFIG, offsetof(struct lossy_config, control));
	bpf_jump_if(code, BPF_JEQ, BPF_REG_2, 0, PASS);
	bpf_set(code, HASH, 0);
	bpf_move(code, FLOW, BPF_REG_1);
	bpf_jump(code, NO_PORTS);
	code_ipv4(code);
	code_ipv6(code);
	code_ports(code);
}

static void code_flow_lookup(struct bpf_code *code, int flows_map)
{
	bpf_set_map(code, BPF_REG_1, flows_map);
	bpf_move(code, BPF_REG_2, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_2, FLOW_KEY);
	bpf_call(code, BPF_FUNC_map_lookup_elem);
	bpf_jump_if(code, BPF_JNE, BPF_REG_0, 0, FOUND);
}

/** Find the flow, or make it; when there is no room, all such flows are one. */
static void code_flow(struct bpf_code *code, int flows_map)
{
	bpf_store(code, BPF_DW, BPF_REG_10, FLOW_KEY, HASH);
	code_flow_lookup(code, flows_map);
	bpf_set(code, BPF_REG_1, 0);
	bpf_store(code, BPF_DW, BPF_REG_10, NEW_FLOW, BPF_REG_1);
	bpf_store(code, BPF_DW, BPF_REG_10, NEW_FLOW + 8, BPF_REG_1);
	bpf_set_map(code, BPF_REG_1, flows_map);
	bpf_move(code, BPF_REG_2, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_2, FLOW_KEY);
	bpf_move(code, BPF_REG_3, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_3, NEW_FLOW);
	bpf_set(code, BPF_REG_4, BPF_NOEXIST);
	bpf_call(code, BPF_FUNC_map_update_elem);
	code_flow_lookup(code, flows_map);
	bpf_load(code, BPF_DW, FLOW, BPF_REG_10, COUNTS);
	bpf_math_value(code, BPF_ADD, FLOW, offsetof(struct lossy_counts, index));
	bpf_jump(code, HAVE_FLOW);
	bpf_label(code, FOUND);
	bpf_move(code, FLOW, BPF_REG_0);

	bpf_label(code, HAVE_FLOW);
	bpf_set(code, BPF_REG_3, 1);
	bpf_atomic_add(code, FLOW, 0, BPF_REG_3, true);
	bpf_load(code, BPF_DW, BPF_REG_1, CONFIG, offsetof(struct lossy_config, seed));
	bpf_math(code, BPF_XOR, HASH, BPF_REG_1);
	code_mix(code, HASH, BPF_REG_1);
	bpf_set64(code, BPF_REG_1, GOLDEN);
	bpf_math(code, BPF_MUL, BPF_REG_3, BPF_REG_1);
	bpf_math(code, BPF_ADD, HASH, BPF_REG_3);
	code_count(code, offsetof(struct lossy_counts, seen));
}

/** The model of Gilbert and Elliott: two states, each with its own loss. */
static void code_loss(struct bpf_code *code)
{
	code_draw(code, LOSSY_MODEL, true);
	bpf_load(code, BPF_DW, BPF_REG_3, FLOW, 8);
	bpf_jump_if(code, BPF_JNE, BPF_REG_3, 0, IS_BAD);
	bpf_load(code, BPF_DW, BPF_REG_4, CONFIG, offsetof(struct lossy_config, to_bad));
	bpf_load(code, BPF_DW, BPF_REG_5, CONFIG, offsetof(struct lossy_config, loss_good));
	bpf_jump(code, JUDGE);
	bpf_label(code, IS_BAD);
	bpf_load(code, BPF_DW, BPF_REG_4, CONFIG, offsetof(struct lossy_config, to_good));
	bpf_load(code, BPF_DW, BPF_REG_5, CONFIG, offsetof(struct lossy_config, loss_bad));

	bpf_label(code, JUDGE);
	bpf_jump_if_reg(code, BPF_JGE, BPF_REG_1, BPF_REG_4, SAME);
	bpf_math_value(code, BPF_XOR, BPF_REG_3, 1);
	bpf_store(code, BPF_DW, FLOW, 8, BPF_REG_3);
	bpf_label(code, SAME);
	code_draw(code, LOSSY_LOSS, true);
	bpf_jump_if_reg(code, BPF_JGE, BPF_REG_1, BPF_REG_5, NOT_LOST);
	code_count(code, offsetof(struct lossy_counts, lost));
	code_return(code, TC_ACT_SHOT);
	bpf_label(code, NOT_LOST);
}

static void code_duplicate(struct bpf_code *code)
{
	code_unless(code, LOSSY_DUPLICATE, offsetof(struct lossy_config, duplicate), NO_DUPLICATE);
	code_count(code, offsetof(struct lossy_counts, duplicated));
	bpf_load(code, BPF_W, FLOW, CONTEXT, offsetof(struct __sk_buff, mark));
	bpf_set(code, BPF_REG_1, DUPLICATE_MARK);
	bpf_store(code, BPF_W, CONTEXT, offsetof(struct __sk_buff, mark), BPF_REG_1);
	bpf_move(code, BPF_REG_1, CONTEXT);
	bpf_load(code, BPF_W, BPF_REG_2, CONTEXT, offsetof(struct __sk_buff, ifindex));
	bpf_set(code, BPF_REG_3, BPF_F_INGRESS);
	bpf_call(code, BPF_FUNC_clone_redirect);
	bpf_store(code, BPF_W, CONTEXT, offsetof(struct __sk_buff, mark), FLOW);
	bpf_label(code, NO_DUPLICATE);
}

/** Flip one bit behind the Ethernet header. */
static void code_corrupt(struct bpf_code *code)
{
	code_unless(code, LOSSY_CORRUPT, offsetof(struct lossy_config, corrupt), PASS);
	code_draw(code, LOSSY_WHERE, false);
	bpf_move(code, FLOW, BPF_REG_1);
	bpf_math_value(code, BPF_RSH, FLOW, 61); /* which of 8 bits */
	bpf_math_value(code, BPF_AND, BPF_REG_1, INT32_MAX);
	bpf_load(code, BPF_W, BPF_REG_2, CONTEXT, offsetof(struct __sk_buff, len));
	bpf_jump_if(code, BPF_JLT, BPF_REG_2, ETH_HLEN + 1, PASS);
	bpf_math_value(code, BPF_SUB, BPF_REG_2, ETH_HLEN);
	bpf_math(code, BPF_MOD, BPF_REG_1, BPF_REG_2);
	bpf_math_value(code, BPF_ADD, BPF_REG_1, ETH_HLEN);
	bpf_move(code, HASH, BPF_REG_1); /* no more draws */

	bpf_move(code, BPF_REG_1, CONTEXT);
	bpf_move(code, BPF_REG_2, HASH);
	bpf_move(code, BPF_REG_3, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_3, HEADER);
	bpf_set(code, BPF_REG_4, 1);
	bpf_call(code, BPF_FUNC_skb_load_bytes);
	bpf_jump_if(code, BPF_JNE, BPF_REG_0, 0, PASS);
	bpf_load(code, BPF_B, BPF_REG_1, BPF_REG_10, HEADER);
	bpf_set(code, BPF_REG_2, 1);
	bpf_math(code, BPF_LSH, BPF_REG_2, FLOW);
	bpf_math(code, BPF_XOR, BPF_REG_1, BPF_REG_2);
	bpf_store(code, BPF_B, BPF_REG_10, HEADER, BPF_REG_1);
	bpf_move(code, BPF_REG_1, CONTEXT);
	bpf_move(code, BPF_REG_2, HASH);
	bpf_move(code, BPF_REG_3, BPF_REG_10);
	bpf_math_value(code, BPF_ADD, BPF_REG_3, HEADER);
	bpf_set(code, BPF_REG_4, 1);
	bpf_set(code, BPF_REG_5, 0);
	bpf_call(code, BPF_FUNC_skb_store_bytes);
	code_count(code, offsetof(struct lossy_counts, corrupted));
}

bool lossy_program(struct bpf_code *code, int config_map, int counts_map, int flows_map)
{
	bpf_code_begin(code);
	code_begin(code, config_map, counts_map);
	code_parse(code);
	code_flow(code, flows_map);
	code_loss(code);
	code_duplicate(code);
	code_corrupt(code);
	bpf_label(code, PASS);
	code_return(code, TC_ACT_UNSPEC);
	return bpf_code_end(code);
}
