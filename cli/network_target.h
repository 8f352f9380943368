/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* "NETWORK/NODE:INTERFACE" on the command line, and words about links as options of one. */

#include <ncrun/network.h>

#include "cli/networks.h"

/** struct network_target - @name: what follows the slash, borrowed; NULL = nothing does */
struct network_target {
	struct ncrun_network *network; /* owned */
	const char *name;
};

void network_target_done(struct network_target *target);
#define _cleanup_network_target_ _cleanup_(network_target_done)

/** Is it "NETWORK/NODE"? -EINVAL. */
int network_target_check(const char *text, struct ncrun_error *err);

/** Open the network of "NETWORK[/NAME]"; @named: the name must be there, or must not. */
int network_target_open(const struct cli *cli, const char *text, bool named,
			struct network_target *ret, struct ncrun_error *err);

/** "delay=20ms", "loss=1%" -> "delay: 20ms, loss: 1%". -EINVAL. */
int link_options(const char *const *words, struct text *ret, struct ncrun_error *err);
