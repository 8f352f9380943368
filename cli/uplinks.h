/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which nodes are reached from outside, for those who show nodes. */

#include <ncrun/network.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/json.h"

/** struct uplink_list - of all nodes; whoever may not ask sees none */
struct uplink_list {
	struct ncrun_uplink *items; /* owned */
	size_t count;
};

void uplink_list_look(const struct cli *cli, struct uplink_list *ret);
void uplink_list_done(struct uplink_list *list);
#define _cleanup_uplink_list_ _cleanup_(uplink_list_done)

/** That of a node, or NULL. */
const struct ncrun_uplink *uplink_list_find(const struct uplink_list *list,
					    const struct ncrun_container_info *info);
bool uplink_list_publishes(const struct uplink_list *list);
/** "8080:80, 53:53/udp", or "-". */
void print_ports(struct text *out, const struct ncrun_uplink *uplink);
/** "uplink": its addresses, none without one; "ports": what is published. */
void json_put_uplink(struct json_object *object, const struct ncrun_uplink *uplink);
