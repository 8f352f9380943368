/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * netns - network namespaces and everything inside them.
 *
 * The only module that speaks netlink: links, bridges, addresses, routes, filters and
 * translation, impairments. Knows nothing of containers: callers pass namespaces.
 *
 *	netns/address.h   addresses          netns/route.h    routes, rules, neighbours
 *	netns/link.h      links, bridges     netns/filter.h   nf_tables
 *	netns/impair.h    bad links          netns/state.h    what is there, counters
 *
 * Changes are queued in a batch and travel together:
 *
 *	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
 *
 *	r = netns_batch_new(fabric, &batch, err);
 *	if (r < 0)
 *		return r;
 *	netns_batch_tag(batch, file_link);
 *	netns_link_create(batch, &(struct netns_link){
 *		.name = "lan-a", .master = lan,
 *		.peer = &(struct netns_link){.name = "eth0", .index = 2},
 *		.peer_netns = node,
 *	});
 *	return netns_batch_send(batch, err);
 *
 * All of it belongs to one thread at a time, but different namespaces may be different
 * threads' affair.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "netns/address.h"
#include "netns/filter.h"
#include "netns/impair.h"
#include "netns/link.h"
#include "netns/route.h"
#include "netns/state.h"

/* ---- namespaces -------------------------------------------------------------- */

/** struct netns - a namespace, and the sockets kept open into it */
struct netns;

/** Make one. It lives as long as this handle, a process in it or a descriptor of it. */
int netns_new(struct netns **ret, struct ncrun_error *err);
/** The calling thread's. */
int netns_open_own(struct netns **ret, struct ncrun_error *err);
/** That of a descriptor of /proc/PID/ns/net, or of a pidfd (Linux 5.8); @fd stays the caller's. */
int netns_open_fd(int fd, struct netns **ret, struct ncrun_error *err);
/** That of a process. Prefer its pidfd: a pid may be somebody else's by now. */
int netns_open_pid(pid_t pid, struct netns **ret, struct ncrun_error *err);
/** Closes the sockets and the descriptor; the kernel then removes what nobody else holds. */
struct netns *netns_free(struct netns *netns);
DEFINE_CLEANUP(struct netns *, netns_free);

/** Its descriptor, e.g. for setns(); borrowed. */
int netns_fd(const struct netns *netns);

/** Run @call with the calling thread inside, and return what it returns. */
int netns_call(struct netns *netns, int (*call)(void *data, struct ncrun_error *err), void *data,
	       struct ncrun_error *err);
/** A socket that lives inside; it keeps the namespace alive, so close it before `down`. */
int netns_socket(struct netns *netns, int domain, int type, int protocol, int *ret_fd,
		 struct ncrun_error *err);

/** The next index that no link has: of a new namespace 2, 3, ...; each is given out once. */
int netns_index_next(struct netns *netns, int *ret, struct ncrun_error *err);

/** Set the loopback interface of the calling process's namespace up. Allocates nothing. */
int netns_loopback_up(struct ncrun_error *err);

/* ---- sysctls ------------------------------------------------------------------- */

/** struct netns_sysctl - @name as in "net.ipv4.ip_forward", or with slashes; only of net */
struct netns_sysctl {
	const char *name;
	const char *value;
	bool optional; /* a kernel without it is fine */
};

/** Write them in order. In "net.ipv4.conf.INTERFACE.forwarding" write dots of a name as "/". */
int netns_sysctl_set(struct netns *netns, const struct netns_sysctl *sysctls, size_t count,
		     struct ncrun_error *err);
/** Read one; without the newline. free() releases it. */
int netns_sysctl_get(struct netns *netns, const char *name, char **ret, struct ncrun_error *err);

enum netns_role {
	NETNS_ROLE_NODE, /* runs IP: ping for everybody, ICMP unlimited, addresses usable at once */
	NETNS_ROLE_ROUTER, /* ... and forwards both families */
	NETNS_ROLE_FABRIC, /* only bridges: no IP of its own */
};

/** Settle what holds in a new namespace before any link is born; loopback up. */
int netns_prepare(struct netns *netns, enum netns_role role, struct ncrun_error *err);
/** The sysctls of a role, for whoever makes the namespace and writes them there; NULL = no more. */
const struct netns_sysctl *netns_role_sysctl(enum netns_role role, size_t nth);

/* ---- batches -------------------------------------------------------------------- */

/**
 * struct netns_batch - requests to one namespace that travel together
 *
 * Functions that queue return nothing: whatever is wrong with a request is reported by
 * netns_batch_send(), which names it. The kernel does requests in order and does not
 * stop at one that fails.
 */
struct netns_batch;

/** @netns is borrowed. */
int netns_batch_new(struct netns *netns, struct netns_batch **ret, struct ncrun_error *err);
struct netns_batch *netns_batch_free(struct netns_batch *batch);
DEFINE_CLEANUP(struct netns_batch *, netns_batch_free);

/** What the following requests are for: netns_batch_failed() tells that of the one that failed. */
void netns_batch_tag(struct netns_batch *batch, const void *tag);
/** This errno of the request queued last is none: EEXIST, ENODEV ...; two of them at most. */
void netns_batch_tolerate(struct netns_batch *batch, int errno_value);
/** Requests that are queued. */
size_t netns_batch_count(const struct netns_batch *batch);

/**
 * netns_batch_send() - do it all; the batch is empty then
 *
 * Return: 0, or the error of the first request that failed: "create link 'eth0': File
 * exists"; where the kernel has more to say, that is in it.
 */
int netns_batch_send(struct netns_batch *batch, struct ncrun_error *err);
/** The tag of the request that failed in the last send, or NULL. */
const void *netns_batch_failed(const struct netns_batch *batch);

/* ---- what the kernel can do ------------------------------------------------ */

enum netns_feature {
	NETNS_FEATURE_VETH,
	NETNS_FEATURE_BRIDGE,
	NETNS_FEATURE_NETEM,
	NETNS_FEATURE_NF_TABLES,
	NETNS_FEATURE_TBF,
	NETNS_FEATURE_BPF, /* loss and duplication without netem */
	NETNS_FEATURE_VLAN,
	NETNS_FEATURE_VXLAN,
	NETNS_FEATURE_MACVLAN,
	NETNS_FEATURE_VRF,
	NETNS_FEATURE_DUMMY,
	NETNS_FEATURE_IFB,
};

/** Make one in the calling process's namespace, which is meant to be thrown away then. */
int netns_feature_try(enum netns_feature feature, struct ncrun_error *err);
