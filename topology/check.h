/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of topology_check(). */

#include <stdio.h>

#include "topology/model.h"

#define LINK_TEXT_MAX (2 * NCRUN_NAME_MAX + 16)

/** "link 'a -- b'" */
const char *link_text(const struct link *link, char text[LINK_TEXT_MAX]);
/** Where it is written, or its link. */
struct place interface_place(const struct interface *interface);

/** Names of interfaces that are used twice. (check_unique.c) */
void check_names(const struct ncrun_topology *topology, struct problems *problems);
/** Ports of the machine that are published twice. (check_unique.c) */
void check_ports(const struct ncrun_topology *topology, struct problems *problems);
/** Addresses that are none, are used twice, or do not fit each other. (check_address.c) */
void check_addresses(const struct ncrun_topology *topology, struct problems *problems);
/** What must be there and is not: interfaces for gateways and routes, both sides of a nat.
 * (check_missing.c) */
void check_missing(const struct ncrun_topology *topology, struct problems *problems);
