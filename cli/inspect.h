/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What inspect shows of nodes, switches and networks. */

#include <ncrun/network.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/uplinks.h"

/** struct inspection - what is found out name by name: @array, or @out if that is NULL */
struct inspection {
	const struct cli *cli;
	struct json_object *array;
	struct text *out;
	struct uplink_list uplinks;
};

/** An empty line between what is shown of one and of the next. */
void inspection_separate(struct inspection *inspection);

/** struct neighbourhood - a network, and what its topology says of its nodes; owns both */
struct neighbourhood {
	struct ncrun_network *network;
	struct ncrun_topology_node *nodes;
	size_t count;
};

int neighbourhood_open(const struct cli *cli, const char *name, struct neighbourhood *ret,
		       struct ncrun_error *err);
/** The node of that name, or NULL. */
const struct ncrun_topology_node *neighbourhood_find(const struct neighbourhood *around,
						     const char *name);
void neighbourhood_done(struct neighbourhood *around);

/** "what          value", escaped. */
void put(struct text *out, const char *what, const char *value);
void put_text(struct text *out, const char *what, const struct text *value);

/** What a file says of a node; NULL if there is no memory for it. */
struct json_object *options_of(const struct neighbourhood *around, const char *name);
/** "stp: true, ageing: 30s" */
void print_options(struct text *out, struct json_object *options);
/** "name", "network", "kind", and what the file says. */
struct json_object *json_from_switch(const struct neighbourhood *around, const char *name);

/** @node: as its network knows it; NULL = it stands alone */
struct json_object *json_from_member(const struct inspection *inspection,
				     const struct ncrun_container_info *info,
				     const struct ncrun_topology_node *node);

int inspect_node(struct inspection *inspection, struct ncrun_container *container,
		 struct ncrun_error *err);
/** As a node_action of a struct inspection. */
int inspect_security(struct ncrun_container *container, const char *name, void *data,
		     struct ncrun_error *err);
int inspect_switch(struct inspection *inspection, const struct neighbourhood *around,
		   const char *name, struct ncrun_error *err);
int inspect_network(struct inspection *inspection, const struct neighbourhood *around,
		    struct ncrun_error *err);
