/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A machine to have uplinks on: a network namespace of the test's own, which it lives in, and a
 * neighbour beyond its "eth0". Nothing here ever touches the machine that the test runs on.
 */

#include <stdbool.h>
#include <stdint.h>

#include "topology/running.h"

#define MACHINE_IP  "192.0.2.1"
#define MACHINE_IP6 "2001:db8::1"
#define OUTSIDE_IP  "192.0.2.2"
#define OUTSIDE_IP6 "2001:db8::2"

/** The machine is @machine, whose neighbour has default routes of its own to nobody. */
extern struct machine_lab {
	struct netns *machine;
	struct netns *outside;
} machine_lab;

/** cmocka group setup; skips where the caller is not root. */
int machine_lab_setup(void **state);
/** cmocka group teardown. */
int machine_lab_teardown(void **state);

/** `ncrun up` of a text, in the machine. */
int machine_up(const char *text, struct ncrun_network **ret, struct ncrun_error *err);
void machine_down(const char *name);
/** `ncrun node --uplink`, in the background: it has no network, though maybe the name of one. */
struct ncrun_container *machine_alone(const char *network, const char *name);
void machine_alone_end(struct ncrun_container *node);
/** The state of a network out of sight, or back: all of it is lost then. */
void machine_state_lose(const char *name, bool back);
/** Delete the table of the only one who has any. */
void machine_table_lose(void);
/** The namespace of a node; borrowed. */
struct netns *machine_node(struct ncrun_network *network, const char *node);
/** The number of our links and tables on the machine, and 100 for each interface that forwards. */
unsigned int machine_objects(void);

/** Forwarding off again, after a test that deleted what would have said so. */
void machine_lab_quiet(void);

/** struct talk - who says what to whom: @to:@port as @from sees it, @at_port as @at does */
struct talk {
	struct netns *from, *at;
	const char *to;
	uint16_t port, at_port;
	bool udp;
};

/** Is there an answer? @ret_peer: who asked, as @at sees it; NETNS_IP_TEXT_MAX bytes, or NULL. */
bool talks(const struct talk *talk, char *ret_peer);
/** Both TCP and UDP do, or neither. */
bool talks_both(struct netns *from, const char *to, uint16_t port, struct netns *at,
		uint16_t at_port);
/** The address of a node's uplink. */
void machine_uplink_ip(struct netns *node, int family, char ret[NETNS_IP_TEXT_MAX]);
/** A datagram in a frame made by hand, as an attacker would, by @link of @from. */
void send_frame(struct netns *from, const char *link, const char *source, const char *to,
		uint16_t port);
