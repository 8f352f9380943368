/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands on nodes share. */

#include <ncrun/container.h>
#include <ncrun/error.h>

#include "base/text.h"
#include "cli/command.h"

typedef int (*node_action)(struct ncrun_container *container, const char *name, void *data,
			   struct ncrun_error *err);

/** The @names, and for that of a network those of all its nodes; strings_free() releases them. */
int nodes_expand(const struct cli *cli, const char *const *names, char ***ret,
		 struct ncrun_error *err);

/**
 * nodes_each() - do something to each node of @named, or of the networks there
 *
 * Goes on after a failure, which it reports. Return: 0, or CLI_FAILED.
 */
int nodes_each(const struct cli *cli, const char *const *named, node_action action, void *data);

/** "web", or "NETWORK/web" outside of the default network. */
void print_node_name(struct text *out, const struct ncrun_container_info *info);

/** "running", "exited (1)", "killed (SEGV)", ... */
void print_node_state(struct text *out, const struct ncrun_container_info *info);

/** When the node's main command ended, CLOCK_REALTIME; 0 = it has not. */
int64_t node_ended_at(const struct ncrun_container_info *info);
