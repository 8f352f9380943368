/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Errors about packets that were sent, from a socket's error queue; for the files of this folder.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/netns.h"

/**
 * struct icmp_error - somebody did not pass a packet on
 * @failure:	static text: "host unreachable", "time exceeded", ...
 * @expired:	its TTL was used up: the sender of this is a hop on the way
 * @refused:	it got to the host, and nobody listens there
 * @from:	who says so; none = this machine itself
 * @data:	how the packet began, after its IP header
 */
struct icmp_error {
	const char *failure;
	bool expired, refused;
	struct netns_ip from;
	uint8_t data[64];
	size_t size;
	int64_t at_ns; /* CLOCK_REALTIME; 0 = not known */
};

/** Ask for them, and for the kernel's times of arrival. */
int icmp_error_enable(int fd, int family, struct ncrun_error *err);
/** The next one; false = none is there now. */
bool icmp_error_receive(int fd, struct icmp_error *ret);

/** struct stamps - what the kernel says beside a packet */
struct msghdr;
struct stamps {
	int64_t at_ns; /* 0 = not known */
	int ttl;       /* -1 = not known */
};
struct stamps stamps_read(struct msghdr *message);

/** What is in a socket address. */
struct sockaddr_storage;
struct netns_ip sockaddr_ip(const struct sockaddr_storage *address);
/** The reverse; its length. */
unsigned int sockaddr_fill(const struct netns_ip *ip, uint16_t port, struct sockaddr_storage *ret);
