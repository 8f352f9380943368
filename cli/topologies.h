/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands share that look at a topology: of a running network, or in a file. */

#include "cli/networks.h"

/** struct subject - @network: NULL of a file */
struct subject {
	struct ncrun_network *network;   /* owned */
	struct ncrun_topology *topology; /* owned; NULL of a network, which has its own */
};

/**
 * subject_open() - a network by its name, else a file ("-" = standard input)
 *
 * Return: 0, CLI_FAILED when mistakes of the file were printed, or -ENOENT: it is neither.
 */
int subject_open(const struct cli *cli, const char *name, struct subject *ret,
		 struct ncrun_error *err);
const struct ncrun_topology *subject_topology(const struct subject *subject);
void subject_done(struct subject *subject);
#define _cleanup_subject_ _cleanup_(subject_done)

/** Formats in which topologies are written, for OPTION_CHOICE: yaml, json, dot. */
extern const char *const topology_formats[];

/** Print it in the @format of that number. */
int topology_print(const struct ncrun_topology *topology, unsigned int format, bool completed,
		   struct ncrun_error *err);

/** JSON on one line as it is printed for people, too. */
int json_reprint(const char *json, struct ncrun_error *err);
