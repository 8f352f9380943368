/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is special about each kind of link; for the files of this folder. */

#include "netns/message.h"
#include "netns/netns.h"

#define BRIDGE_VLANS "bridges with VLANs (CONFIG_BRIDGE_VLAN_FILTERING)"

/** What a kernel lacks that cannot make it, for messages. */
const char *link_kind_feature(const struct netns_link *link);

/** Why @link cannot be of its kind; NULL if it can. */
const char *link_kind_wrong(const struct netns_link *link);

/** Put the attributes of IFLA_INFO_DATA, for all kinds but veth. */
void link_kind_data(struct message *message, const struct netns_link *link);

void bridge_data(struct message *message, const struct netns_bridge *bridge);
