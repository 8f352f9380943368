/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The expressions that nf_tables rules are made of; for the files of this folder. Each loads
 * into a register, or goes on only if a register's content is as told.
 */

#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/message.h"

void expr_meta(struct message *message, enum nft_meta_keys key);
void expr_meta_set(struct message *message, enum nft_meta_keys key, uint32_t reg);
void expr_ct(struct message *message, enum nft_ct_keys key);
void expr_payload(struct message *message, enum nft_payload_bases base, uint32_t offset,
		  uint32_t size);
/** Is the destination one of our own addresses? Loads an address type. */
void expr_fib_type(struct message *message);
void expr_mask(struct message *message, const void *mask, size_t size);

void expr_compare(struct message *message, bool equal, const void *value, size_t size);
void expr_range(struct message *message, bool inside, const void *first, const void *last,
		size_t size);
void expr_in_set(struct message *message, bool in, const char *set);

void expr_counter(struct message *message);
void expr_limit(struct message *message, uint32_t per_second);
/** Into another register than those that comparisons use: 2, 3, ... */
void expr_value(struct message *message, uint32_t reg, const void *value, size_t size);
void expr_verdict(struct message *message, int verdict, const char *chain);
void expr_reject(struct message *message, enum nft_reject_types type, uint8_t code);

/** struct expr_nat - a new address and ports; registers, 0 = none */
struct expr_nat {
	enum {
		EXPR_MASQUERADE,
		EXPR_REDIRECT,
		EXPR_SNAT,
		EXPR_DNAT
	} kind;
	int family;
	uint32_t address, address_last, port, port_last;
	uint32_t flags;
};

void expr_nat(struct message *message, const struct expr_nat *nat);
