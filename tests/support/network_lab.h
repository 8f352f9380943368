/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Namespaces wired together, and packets between them, for the tests of netns/. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/netns.h"

/**
 * struct network_lab - up to LAB_NODES nodes, each with one interface "eth0" (index 2)
 *
 * Node n has 10.0.0.n+1/24, fd00::n+1/64 and MAC 02:00:00:00:00:n+1. The other end is port
 * "p<n>" (index 10+n) of bridge "br" (index 2) in the fabric.
 */
#define LAB_NODES 4
struct network_lab {
	struct netns *fabric;
	struct netns *nodes[LAB_NODES];
	struct netns_batch *batch; /* of the fabric */
	size_t count;
};

#define LAB_BRIDGE    2
#define LAB_PORT(n)   (10 + (n))
#define LAB_INTERFACE 2

/** Calls sandbox_required(), waits until packets pass; fails the test when something does. */
void lab_make(struct network_lab *lab, size_t nodes);
void lab_free(struct network_lab *lab);
/** Only veth pairs: node 0 and 1, without a bridge. */
void lab_make_pair(struct network_lab *lab);

/**
 * Node 0, a router, node 2, each a link from the next. 10.1.0.1 and fd01::1 are on "eth0" of
 * node 0, 10.1.0.9 and fd01::9 on "eth0" of the router, 10.2.0.9 and fd02::9 on its "eth1"
 * (index 3), 10.2.0.1 and fd02::1 on "eth0" of node 2. Only node 0 has default routes.
 */
void lab_make_chain(struct network_lab *lab);
/** Default routes of node @n, by the two addresses. */
void lab_default_routes(struct network_lab *lab, size_t n, const char *via4, const char *via6);

/** Send what is queued for @netns; the test fails with the library's words. */
void lab_send(struct netns_batch *batch);
/** A batch for it; netns_batch_free(). */
struct netns_batch *lab_batch(struct netns *netns);
struct netns_prefix lab_prefix(const char *text);
struct netns_ip lab_ip(const char *text);

/** Tell the bridge, for ever, that @mac is behind the port of node @n; queued in the lab's batch.
 */
void lab_station(struct network_lab *lab, unsigned int n, const uint8_t mac[NETNS_MAC_LENGTH]);
/** What "eth0" of @netns takes off its senders, of checksums, TSO and GSO: bits of enum
 * netns_offload, by the calls of an older kernel. */
unsigned int lab_offloads(struct netns *netns);

/** A UDP socket in @netns, bound to @address:@port ("" = any IPv4). */
int lab_udp(struct netns *netns, const char *address, uint16_t port);
/** Send @count numbered datagrams of @size bytes. */
void lab_udp_send(int fd, const char *to, uint16_t port, unsigned int count, size_t size);
/** Send @count small ones, numbered from @first. */
void lab_udp_send_from(int fd, const char *to, uint16_t port, unsigned int first,
		       unsigned int count);
/** Receive until @timeout_ms pass without one. Marks @ret_seen[number]; the count of all. */
unsigned int lab_udp_receive(int fd, uint8_t *ret_seen, unsigned int numbers, int timeout_ms);
/** Does one datagram from @from get to @to, at that address? Waits long where it does not. */
bool lab_reaches(struct netns *from, struct netns *to, const char *address);
/** Does none? Waits a moment only. */
bool lab_is_cut_off(struct netns *from, struct netns *to, const char *address);
/** The same, and who sent it, as text. */
bool lab_reaches_from(struct netns *from, struct netns *to, const char *address,
		      char ret_sender[NETNS_IP_TEXT_MAX]);
