/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Known ways out of a container, as data: each is one row of a table, tried in a process of
 * its own from inside a node.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What kind of node the probes are in; a row says in which it works on purpose. */
enum role {
	ROLE_HOST = 1 << 0,
	ROLE_ROUTER = 1 << 1,
	ROLE_NAT = 1 << 2,
	ROLE_PRIVILEGED = 1 << 3,
	ROLE_USERNS_HOST = 1 << 4,
	ROLE_ROOTFS_HOST = 1 << 5,
};

#define NOWHERE   0u
#define NET_ADMIN (ROLE_ROUTER | ROLE_NAT)

/**
 * struct probe - one way out
 * @id:		its entry in the list of known ways: a letter for the kind, and a number
 * @what:	what is tried, with its CVE numbers
 * @run:	tries it; what came of it, or a negative errno
 * @works_in:	roles in which it works on purpose: it must not be refused there
 */
struct probe {
	const char *id;
	const char *what;
	long (*run)(const struct probe *probe);
	unsigned int works_in;
	long a, b, c;
};

#define TEXT(string) ((long)(uintptr_t)(string))

struct probe_table {
	const struct probe *probes;
	size_t count;
};

extern const struct probe_table probes_identity, probes_files, probes_calls, probes_processes,
	probes_network;

/** The role that is tried. */
extern enum role probe_role;
/** More about what got through, for the probe's line: a path, a number. */
void probe_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** A call's result as probes return it: the errno is taken. */
long probe_result(long r);
/** @a: path, @b: flags */
long probe_open(const struct probe *probe);
/** @a: number of the call, @b and @c: its first arguments; the others are 0 */
long probe_call(const struct probe *probe);

/* ---- modes of their own (modes.c) ------------------------------------------------------------ */

/** Look into every process of ncrun that comes by; say what could be read. */
int mode_watch(int64_t ms);
#define SHARED_MEMORY_KEY 0x6e637275
/** Be an abstract socket, and have shared memory, until told to end; say so once it is there. */
int mode_listen(const char *name);
/** Say which of the two can be reached. */
int mode_connect(const char *name);
/** Exchange the first name with the second, the third with the fourth and so on, until killed. */
int mode_exchange(char **names) __attribute__((noreturn));
/** Send by @interface what no neighbour should take: a router advertisement for 2001:db8:bad::/64,
 * and datagrams to port @port of loopback and of @address, some with another's address. */
int mode_inject(const char *interface, const char *address, const char *port);
