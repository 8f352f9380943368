/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The keys of topology files, as data: reader, writer and the check of the manual share
 * these tables. A row says how a key is called, which kinds of nodes may have it, where
 * its value is kept and what kind of value that is.
 */

#include <stdbool.h>
#include <stddef.h>

#include <ncrun/limits.h>

#include "base/document.h"
#include "base/text.h"
#include "topology/model.h"

struct reader;
struct writer;

#define KINDS_HOST    (1u << NODE_KIND_HOST)
#define KINDS_ROUTER  (1u << NODE_KIND_ROUTER)
#define KINDS_NAT     (1u << NODE_KIND_NAT)
#define KINDS_SWITCH  (1u << NODE_KIND_SWITCH)
#define KINDS_RUNNING (KINDS_HOST | KINDS_ROUTER | KINDS_NAT) /* all that run processes */
#define KINDS_ALL     (KINDS_RUNNING | KINDS_SWITCH)

/**
 * struct key - one row
 * @both:	of a link: stands for both its ends, not for the one that may have it
 * @offset:	of the member in the object that the table is about
 * @detail:	what @value wants to know: bounds, words, how to check a text
 */
struct key {
	const char *name;
	unsigned int kinds;
	const struct value *value;
	size_t offset;
	const void *detail;
	bool both;
};

/**
 * struct value - how values of one form are read and written
 * @read:	replaces what the object had
 * @write:	appends it; nothing if it was not said
 * @form:	what they look like, for the manual; NULL = as @form_print says of the key
 */
struct value {
	bool (*read)(struct reader *reader, const struct key *key, void *object,
		     const struct element *at);
	void (*write)(struct writer *writer, const struct key *key, const void *object);
	const char *form;
	void (*form_print)(const struct key *key, struct text *out);
};

/** struct key_table - @what: of messages; @limits: those of ncrun_limit_list() follow the rows */
struct key_table {
	const char *what;
	const struct key *rows;
	size_t count;
	bool limits;
};

/** Row @i, in order; false behind the last. */
bool key_at(const struct key_table *table, size_t i, struct key *ret);
/** The row of that name; false if there is none. */
bool key_find(const struct key_table *table, const char *name, struct key *ret);

#define KINDS_TEXT_MAX 64
/** "hosts, routers and nats" */
const char *kinds_print(unsigned int kinds, char buffer[KINDS_TEXT_MAX]);
/** "this, that or those" */
void words_print(const char *const *words, struct text *out);
/** What its value looks like. */
void key_form_print(const struct key *key, struct text *out);

static inline void *key_member(const struct key *key, const void *object)
{
	return (char *)object + key->offset;
}

extern const struct key_table file_keys, node_keys, nat_keys, service_keys, route_keys, hop_keys,
	assigned_keys, rule_keys, filter_keys, link_keys, interface_keys, correlated_keys,
	loss_keys, slot_keys;

/* ---- forms of values ------------------------------------------------------------------- */

/** A string: @detail NULL or a struct text_form. The member is a char *, owned. */
extern const struct value value_string;
/** One string or a list: @detail as above, of each. The member is a char **, owned. */
extern const struct value value_strings;
/** {NAME: VALUE, ...} or [NAME=VALUE, ...]; the member is a char ** as in the list. */
extern const struct value value_pairs;
extern const struct value value_bool;
/** false; the member is true then. */
extern const struct value value_not;
extern const struct value value_tristate;
/** @detail is a struct number_form. */
extern const struct value value_number;
/** One of some words, whose numbers are kept: @detail is a struct word_form. */
extern const struct value value_word;
/** A quantity with a unit, kept as a number: @detail is a struct unit_form. */
extern const struct value value_unit;
/** The rest has a form of its own, and a file. */
extern const struct value value_percent, value_correlated, value_loss, value_queue, value_slot,
	value_impair, value_addresses, value_mac, value_interface_name, value_trunk, value_loopback,
	value_gateways, value_subnets, value_routes, value_rules, value_filters, value_ports,
	value_hosts, value_nat, value_services, value_command, value_exec, value_restart,
	value_limit, value_seed, value_ip, value_network, value_mark, value_family,
	value_port_range;

/** struct text_form - @what: "a size"; how to see whether a text is one, or what the message says
 */
struct text_form {
	const char *what;
	int (*check)(const char *what, const char *text, struct ncrun_error *err);
};

/** struct number_form - @size: of the member in bytes, 4 if it may be @negative; 0 is "not said" */
struct number_form {
	uint64_t min, max;
	size_t size;
	bool negative;
};

/** struct word_form - NULL-terminated; a word's index is kept in an integer of @size bytes */
struct word_form {
	const char *const *words;
	size_t size;
};

/** struct unit_form - the member, of @size bytes, counts @factor of what @parse gives; 0 is "not
 * said" */
struct unit_form {
	int (*parse)(const char *what, const char *text, uint64_t *ret, struct ncrun_error *err);
	const char *(*print)(uint64_t value, char *buffer);
	uint64_t factor, max;
	size_t size;
};
