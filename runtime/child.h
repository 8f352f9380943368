/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rootfs/rootfs.h"
#include "runtime/container.h"

/**
 * struct child - what a fresh clone is to become; read only, seen through the
 * child's copy of the parent's memory
 *
 * @keep_fds:	descriptors that init gets, -1 = none; their numbers are in its configuration
 */
#define CHILD_KEEP_MAX (5 + INIT_HOLDS_MAX)

struct child {
	const struct node_plan *plan;
	const struct rootfs_plan *rootfs;
	const char *hostname;
	int channel;
	int config_fd;
	int program_fd;
	int keep_fds[CHILD_KEEP_MAX];
};

/** Become the node's init, step by step. Never returns: a failure is reported over the channel. */
void child_run(const struct child *child) __attribute__((noreturn));

/**
 * child_exec_init() - execute init: keeps what it needs, closes the rest
 * @preserve_fds: 3 .. 2+N stay open in its commands
 *
 * Returns only on failure.
 */
int child_exec_init(int program_fd, int config_fd, const int *keep_fds, size_t keep_count,
		    uint32_t preserve_fds, struct ncrun_error *err);

/** Root of the user namespace, undumpable, in a session and a keyring of its own. */
int child_become_root(bool userns, struct ncrun_error *err);
