/* SPDX-License-Identifier: Apache-2.0 */

/* Keys of links and their ends. */

#include "base/number.h"
#include "topology/key.h"

#define OUT(member) offsetof(struct interface, out.member)
#define END(member) offsetof(struct interface, member)

static const struct unit_form time_form = {nanoseconds_parse, nanoseconds_print, 1, UINT64_MAX, 8};
static const struct unit_form rate_form = {rate_parse, rate_print, 1, UINT64_MAX, 8};
static const struct unit_form size_form = {size_parse, size_print, 1, UINT32_MAX, 4};

static const struct number_form count_form = {1, UINT32_MAX, 4, false};
static const struct number_form signed_form = {(uint64_t)-1024, 1024, 4, true};
static const struct number_form cell_form = {1, 65535, 4, false};
static const struct number_form mtu_form = {TOPOLOGY_MTU_MIN, TOPOLOGY_MTU_MAX, 4, false};
static const struct number_form vlan_form = {1, 4094, 2, false};

static const char *const distributions[] = {"uniform", "normal", "pareto", "paretonormal", NULL};
static const struct word_form distribution_form = {distributions, sizeof(enum netns_distribution)};

static const char *const bounds[] = {"default", "south", "north", NULL};
static const struct word_form bound_form = {bounds, sizeof(enum bound)};

static const char *const link_kinds[] = {"veth", "dummy", NULL};
static const struct word_form link_kind_form = {link_kinds, sizeof(enum link_kind)};

static const size_t duplicate_correlation = OUT(duplicate_correlation_percent);
static const size_t corrupt_correlation = OUT(corrupt_correlation_percent);
static const size_t reorder_correlation = OUT(reorder_correlation_percent);

/* In the order in which they are written. */
static const struct key interface_rows[] = {
	{"interface", KINDS_ALL, &value_interface_name, 0, NULL, false},
	{"address", KINDS_RUNNING, &value_addresses, 0, NULL, false},
	{"mac", KINDS_ALL, &value_mac, 0, NULL, false},
	{"mtu", KINDS_ALL, &value_number, END(mtu), &mtu_form, true},
	{"bound", KINDS_NAT, &value_word, END(bound), &bound_form, false},
	{"group", KINDS_RUNNING, &value_number, END(group), &count_form, false},
	{"tx-queue", KINDS_ALL, &value_number, END(tx_queue_length), &count_form, false},
	{"down", KINDS_ALL, &value_bool, END(down), NULL, false},
	{"vlan", KINDS_SWITCH, &value_number, END(vlan.access), &vlan_form, false},
	{"trunk", KINDS_SWITCH, &value_trunk, 0, NULL, false},
	{"isolated", KINDS_SWITCH, &value_bool, END(isolated), NULL, false},
	{"hairpin", KINDS_SWITCH, &value_bool, END(hairpin), NULL, false},
	{"impair", KINDS_ALL, &value_impair, END(out), NULL, true},
	{"delay", KINDS_ALL, &value_unit, OUT(delay_ns), &time_form, true},
	{"jitter", KINDS_ALL, &value_unit, OUT(jitter_ns), &time_form, true},
	{"delay-correlation", KINDS_ALL, &value_percent, OUT(delay_correlation_percent), NULL,
	 true},
	{"distribution", KINDS_ALL, &value_word, OUT(distribution), &distribution_form, true},
	{"loss", KINDS_ALL, &value_loss, END(out), NULL, true},
	{"duplicate", KINDS_ALL, &value_correlated, OUT(duplicate_percent), &duplicate_correlation,
	 true},
	{"corrupt", KINDS_ALL, &value_correlated, OUT(corrupt_percent), &corrupt_correlation, true},
	{"reorder", KINDS_ALL, &value_correlated, OUT(reorder_percent), &reorder_correlation, true},
	{"reorder-gap", KINDS_ALL, &value_number, OUT(reorder_gap), &count_form, true},
	{"rate", KINDS_ALL, &value_unit, OUT(rate_bits), &rate_form, true},
	{"burst", KINDS_ALL, &value_unit, OUT(burst_bytes), &size_form, true},
	{"peak", KINDS_ALL, &value_unit, OUT(peak_bits), &rate_form, true},
	{"queue", KINDS_ALL, &value_queue, END(out), NULL, true},
	{"packet-overhead", KINDS_ALL, &value_number, OUT(packet_overhead_bytes), &signed_form,
	 true},
	{"cell", KINDS_ALL, &value_number, OUT(cell_bytes), &cell_form, true},
	{"cell-overhead", KINDS_ALL, &value_number, OUT(cell_overhead_bytes), &signed_form, true},
	{"limit", KINDS_ALL, &value_number, OUT(limit_packets), &count_form, true},
	{"ecn", KINDS_ALL, &value_bool, OUT(ecn), NULL, true},
	{"slot", KINDS_ALL, &value_slot, END(out), NULL, true},
	{"seed", KINDS_ALL, &value_seed, END(out), NULL, true},
	{"impair-control", KINDS_ALL, &value_bool, OUT(control), NULL, true},
};

const struct key_table interface_keys = {"an end of a link", interface_rows,
					 sizeof(interface_rows) / sizeof(interface_rows[0]), false};

/* Beside those of interfaces. */
static const struct key link_rows[] = {
	{"ends", KINDS_ALL, NULL, 0, NULL, false},
	{"kind", KINDS_ALL, &value_word, offsetof(struct link, kind), &link_kind_form, false},
};

const struct key_table link_keys = {"a link", link_rows, sizeof(link_rows) / sizeof(link_rows[0]),
				    false};

#define SLOT(member) offsetof(struct netns_impairment, slot.member)

static const struct key slot_rows[] = {
	{"min", KINDS_ALL, &value_unit, SLOT(min_ns), &time_form, false},
	{"max", KINDS_ALL, &value_unit, SLOT(max_ns), &time_form, false},
	{"delay", KINDS_ALL, &value_unit, SLOT(delay_ns), &time_form, false},
	{"jitter", KINDS_ALL, &value_unit, SLOT(jitter_ns), &time_form, false},
	{"distribution", KINDS_ALL, &value_word, SLOT(distribution), &distribution_form, false},
	{"packets", KINDS_ALL, &value_number, SLOT(packets), &count_form, false},
	{"bytes", KINDS_ALL, &value_unit, SLOT(bytes), &size_form, false},
};

const struct key_table slot_keys = {"a slot", slot_rows, sizeof(slot_rows) / sizeof(slot_rows[0]),
				    false};
