/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* IPv4 and IPv6 addresses, alike; and those of interfaces. Part of netns/netns.h. */

#include <netinet/in.h> /* AF_...; before the headers of Linux that repeat parts of it */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

struct netns_batch;

/** struct netns_ip - an address of either family; zero-initialised is none */
struct netns_ip {
	int family; /* AF_INET, AF_INET6 or 0 */
	uint8_t bytes[16];
};

/** struct netns_prefix - an address and how many of its bits name the network */
struct netns_prefix {
	struct netns_ip ip;
	unsigned int length;
};

#define NETNS_IP_TEXT_MAX     46 /* with the terminator */
#define NETNS_PREFIX_TEXT_MAX (NETNS_IP_TEXT_MAX + 4)
#define NETNS_MAC_LENGTH      6
#define NETNS_MAC_TEXT_MAX    18

/** "10.0.0.1", "fd00::1"; -EINVAL. */
int netns_ip_parse(const char *text, struct netns_ip *ret, struct ncrun_error *err);
/** "10.0.0.1/24"; without a length all bits count. -EINVAL. */
int netns_prefix_parse(const char *text, struct netns_prefix *ret, struct ncrun_error *err);
/** "02:00:00:00:00:01"; -EINVAL, for group addresses too. */
int netns_mac_parse(const char *text, uint8_t ret[NETNS_MAC_LENGTH], struct ncrun_error *err);

const char *netns_ip_print(const struct netns_ip *ip, char buffer[NETNS_IP_TEXT_MAX]);
const char *netns_prefix_print(const struct netns_prefix *prefix,
			       char buffer[NETNS_PREFIX_TEXT_MAX]);
const char *netns_mac_print(const uint8_t mac[NETNS_MAC_LENGTH], char buffer[NETNS_MAC_TEXT_MAX]);

bool netns_ip_equal(const struct netns_ip *a, const struct netns_ip *b);
/** 4, 16, or 0 for none. */
size_t netns_ip_size(const struct netns_ip *ip);
/** Is @ip in the network of @prefix? */
bool netns_prefix_contains(const struct netns_prefix *prefix, const struct netns_ip *ip);
/** The network's own address: all bits after the prefix cleared. */
struct netns_prefix netns_prefix_network(const struct netns_prefix *prefix);

/**
 * struct netns_address - an address of an interface
 * @peer:	the other end of a point-to-point link; none: as usual
 * @no_route:	make no route to the network of the prefix
 *
 * IPv6 addresses are usable at once: never checked for duplicates.
 */
struct netns_address {
	struct netns_prefix prefix;
	struct netns_ip peer;
	bool no_route;
};

/** Queue it for the interface of that @index. */
void netns_address_add(struct netns_batch *batch, int index, const struct netns_address *address);
void netns_address_delete(struct netns_batch *batch, int index,
			  const struct netns_address *address);
