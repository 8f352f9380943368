/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a namespace's handle holds; for the files of this folder. */

#include <stdint.h>

#include "netns/netns.h"

/** struct netns - descriptors are -1 until they are needed */
struct netns {
	int fd;            /* owned */
	int route;         /* owned; NETLINK_ROUTE */
	int netfilter;     /* owned; closing it after a deletion waits for RCU: kept till the end */
	int generic;       /* owned; NETLINK_GENERIC */
	uint32_t sequence; /* of the last request */
	int index;         /* given out last; 0 = not known */
	uint16_t ethtool_id; /* of the generic family; 0 = not known */
};

/** Let the calling thread enter; netns_leave() takes it back. */
int netns_enter(const struct netns *netns, int *ret_home, struct ncrun_error *err);
int netns_leave(int home, struct ncrun_error *err);

/** The socket of that protocol (NETLINK_...), opened when it is first asked for; borrowed. */
int netns_netlink(struct netns *netns, int protocol, int *ret_fd, struct ncrun_error *err);
