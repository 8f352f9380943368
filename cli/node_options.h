/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options of `ncrun node`: one for nearly each field of the specification. */

#include <ncrun/container.h>
#include <ncrun/network.h>

#include "cli/command.h"

/**
 * struct node_args - what the command line of `ncrun node` says
 * @spec:	complete after node_check(), but for standard streams and descriptors
 * @kept:	copies of values that @spec points into
 */
struct node_args {
	struct ncrun_container_spec spec;
	struct ncrun_limits limits;
	struct ncrun_wiring wiring;
	char **ports;

	char **env;
	char **groups;
	char **cap_add;
	char **cap_drop;
	char **sysctls;
	char **labels;
	char **hosts;
	char **dns;
	char **kept;
	char ***service_words; /* owned, one argv for each service */
	struct ncrun_volume *volumes;
	struct ncrun_tmpfs *tmpfs;
	struct ncrun_id_map *id_maps;
	struct ncrun_rlimit *rlimits;
	struct ncrun_service *services;
	struct ncrun_restart restart;

	bool pull_given;
	bool boottime_given;
	bool terminal;
	bool no_terminal;
	bool interactive;
	unsigned int detach_keys;
	const char *exit_file;
	const char *const *command;
};

extern const struct option node_options[];

/** Put the parts together; refuses options that contradict each other. */
int node_check(void *data, struct ncrun_error *err);
void node_release(void *data);
