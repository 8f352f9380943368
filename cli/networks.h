/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands on networks share. */

#include <ncrun/network.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"

DEFINE_CLEANUP(struct ncrun_network *, ncrun_network_unref);
DEFINE_CLEANUP(struct ncrun_topology *, ncrun_topology_unref);

/** "up", "changing", "broken" */
const char *network_state_name(enum ncrun_network_state state);

/** A table of all networks on standard output, or their names, or JSON. @none: say nothing when
 * there are none. Returns 1 if there were some. */
int networks_show(const struct cli *cli, bool json, bool names, bool none, struct ncrun_error *err);

/** "a,b / c: 12 packets dropped", or "whole". */
void print_groups(struct text *out, char *const *groups, uint64_t packets);
/** "groups": lists of names, none when the network is whole; "packets". */
struct json_object *json_from_groups(char *const *groups, uint64_t packets);

/** struct problem_printer - prints mistakes of a file, and counts them */
struct problem_printer {
	const struct cli *cli;
	size_t count;
};

/** For those who find mistakes; @data is a struct problem_printer. */
void problem_print(void *data, const struct ncrun_problem *problem);

/** Read a topology file; its mistakes are printed. CLI_FAILED then. */
int topology_open(const struct cli *cli, const char *path, struct ncrun_topology **ret,
		  struct ncrun_error *err);
