/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "NETWORK/NODE:INTERFACE" on the command line. */

#include <ncrun/network.h>

#include "cli/networks.h"

/** struct network_target - @name: what follows the slash, borrowed; NULL = nothing does */
struct network_target {
	struct ncrun_network *network; /* owned */
	const char *name;
};

void network_target_done(struct network_target *target);
#define _cleanup_network_target_ _cleanup_(network_target_done)

/** Open the network of "NETWORK[/NAME]"; @named: the name must be there, or must not. */
int network_target_open(const struct cli *cli, const char *text, bool named,
			struct network_target *ret, struct ncrun_error *err);
