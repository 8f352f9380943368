/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ICMP echo from inside a network namespace, without any program there; for the files of this
 * folder. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netns/netns.h"

#define ECHO_SIZE_MAX 65000 /* of the payload */

/** struct echo - a socket for requests and answers of one family */
struct echo {
	int fd; /* owned */
	int family;
	uint16_t id; /* tells our answers from those to others in the same namespace */
};

#define ECHO_NONE ((struct echo){.fd = -1})

/** Does not block: see poll(2) on its @fd. */
int echo_open(struct netns *netns, int family, struct echo *ret, struct ncrun_error *err);
void echo_close(struct echo *echo);

/** struct echo_request - zero-initialised members are defaults */
struct echo_request {
	struct netns_ip to;
	uint16_t sequence;
	uint32_t size; /* of the payload */
	uint8_t ttl;   /* 0 = the namespace's own */
};

/** Send one; 0 or a negative errno. *@ret_ns: when, of CLOCK_REALTIME. */
int echo_send(const struct echo *echo, const struct echo_request *request, int64_t *ret_ns);

/**
 * struct echo_answer - to one of our requests
 * @failure:	static text: why it did not get there; NULL = it did
 * @expired:	... because its TTL was used up
 * @from:	who says so
 * @ttl:	what was left of it; -1 = not known
 * @at_ns:	when the kernel had it, of CLOCK_REALTIME
 */
struct echo_answer {
	uint16_t sequence;
	const char *failure;
	bool expired;
	struct netns_ip from;
	int ttl;
	int64_t at_ns;
};

/** The next answer; false = none is there now. */
bool echo_receive(const struct echo *echo, struct echo_answer *ret);

/** Static text for an errno of a request that was not even sent: "no route", ... */
const char *echo_failure(int errno_value);
