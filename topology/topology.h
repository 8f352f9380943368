/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * topology - a network as data, and that data made real: readers, validation, plan,
 * apply, undo. The only module that knows topology files. Knows nothing of OCI.
 *
 * From a file to packets, each step a function of the one before:
 *
 *	read     a foreign file -> struct topology as written     read_*.c, generate*.c
 *	check    every mistake of it at once, with its place      check*.c
 *	complete names, MACs, addresses, routes -> the same       complete.c, assign.c, route.c
 *	         struct topology with nothing left to guess
 *	hosts    who knows whom by which address                  hosts.c
 *	plan     what is there + what is wanted -> list of steps  plan.c
 *	apply    the steps, or their undoing                      apply*.c
 *	change   what is under way, written down before: it can   change.c
 *	         be mended when its ncrun is killed
 *
 * All but the last two are pure. The state of a running network is its completed topology,
 * written by the same writer (write.c) that exports it and read by the same reader.
 * Its interface is public: <ncrun/network.h>.
 */

#include <ncrun/network.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct ncrun_topology *, ncrun_topology_unref);
DEFINE_CLEANUP(struct ncrun_network *, ncrun_network_unref);
