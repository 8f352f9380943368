/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Loss, duplication and corruption of packets one by one, by a BPF program where they arrive;
 * for the files of this folder.
 *
 * A packet's fate follows from the seed, its flow and how many of the flow came before it, and
 * from nothing else: lossy_draw() is the same in C. A flow is two addresses, a protocol and
 * the lower of the ports: the other one is often a random one, and would make two runs differ.
 */

#include "netns/bpf.h"
#include "netns/netns.h"

enum lossy_kind {
	LOSSY_LOSS,
	LOSSY_DUPLICATE,
	LOSSY_CORRUPT,
	LOSSY_WHERE, /* to corrupt */
	LOSSY_MODEL, /* whether a link that forgets its packets gets better, or worse */
};

/** struct lossy_config - what is in the program's map; shares of 1 << 32 */
struct lossy_config {
	uint64_t seed;
	uint64_t to_bad, to_good; /* of the model; 0 = none */
	uint64_t loss_good, loss_bad;
	uint64_t duplicate;
	uint64_t corrupt;
	uint64_t control; /* ARP and the like too */
};

struct lossy_counts {
	uint64_t seen, lost, duplicated, corrupted;
	uint64_t index, state; /* of all flows for which there is no room */
};

/** 64 bits that decide about packet number @index (from 0) of a flow. Pure. */
uint64_t lossy_draw(uint64_t seed, uint64_t flow, uint64_t index, enum lossy_kind kind);
/** The number of a flow, from its addresses' and its ports' words. Pure. */
uint64_t lossy_flow(const struct netns_ip *source, const struct netns_ip *destination,
		    uint8_t protocol, uint16_t lower_port);

/** Put the program together. */
bool lossy_program(struct bpf_code *code, int config_map, int counts_map, int flows_map);

/** What of an impairment is for the program. Pure. */
void lossy_from_impairment(const struct netns_impairment *impairment, struct lossy_config *ret);
void lossy_to_impairment(const struct lossy_config *config, struct netns_impairment *ret);

/** Do as @config says from now on; the count of packets goes on if the seed is the same. */
int lossy_set(const struct netns_end *to, const struct lossy_config *config,
	      struct ncrun_error *err);
/** Remove it; none is fine. */
int lossy_remove(const struct netns_end *to, struct ncrun_error *err);
/** What is in force; *@ret_found tells whether anything is. */
int lossy_get(const struct netns_end *to, bool *ret_found, struct lossy_config *ret,
	      struct lossy_counts *ret_counts, struct ncrun_error *err);
