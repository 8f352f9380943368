/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages of rtnetlink as our structs; for the files of this folder. */

#include <netlink/msg.h>
#include <stdbool.h>

#include "netns/state.h"

/* false: not such a message. */
bool link_state_parse(const struct nlmsghdr *header, struct netns_link_state *ret);
bool address_state_parse(const struct nlmsghdr *header, struct netns_address_state *ret);
/** 1, 0 if it is no such message or not of the main table, or a negative errno. */
int route_state_parse(const struct nlmsghdr *header, struct netns_route_state *ret,
		      struct ncrun_error *err);
/** The route to an address of our own: only with it, what is sent there is for us. */
bool local_route_parse(const struct nlmsghdr *header, struct netns_ip *ret);

/** Ask for one link, by index, or by name unless that is NULL. */
int link_get(struct netns *netns, int index, const char *name, struct netns_link_state *ret,
	     struct ncrun_error *err);
