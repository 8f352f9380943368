/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Packet filters and address translation: nf_tables. Part of netns/netns.h.
 *
 * A change is a transaction: all of it happens or nothing. Tables of others are
 * looked at by netns_filter_walls() alone; ours are found by their name.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "netns/address.h"

struct netns;

enum netns_filter_family {
	NETNS_FILTER_INET, /* IPv4 and IPv6 */
	NETNS_FILTER_IP,
	NETNS_FILTER_IP6,
	NETNS_FILTER_BRIDGE,
};

/** struct netns_filter - a transaction being put together; failures are sticky till the commit */
struct netns_filter;

int netns_filter_new(struct netns *netns, struct netns_filter **ret, struct ncrun_error *err);
struct netns_filter *netns_filter_free(struct netns_filter *filter);
DEFINE_CLEANUP(struct netns_filter *, netns_filter_free);

/** What the following belongs to: netns_filter_failed() tells the one at which it failed. */
void netns_filter_tag(struct netns_filter *filter, const void *tag);
const void *netns_filter_failed(const struct netns_filter *filter);

/** Do it all, or nothing. The transaction is empty then. */
int netns_filter_commit(struct netns_filter *filter, struct ncrun_error *err);

/** The table that what follows is about; made if it is not there. */
void netns_filter_table(struct netns_filter *filter, enum netns_filter_family family,
			const char *name);
/** The same, but without all that was in it. */
void netns_filter_table_anew(struct netns_filter *filter, enum netns_filter_family family,
			     const char *name);
/** Delete it with all that is in it; none with that name is fine. */
void netns_filter_table_delete(struct netns_filter *filter, enum netns_filter_family family,
			       const char *name);

enum netns_hook {
	NETNS_HOOK_NONE, /* reached by jumps only */
	NETNS_HOOK_PREROUTING,
	NETNS_HOOK_INPUT,
	NETNS_HOOK_FORWARD,
	NETNS_HOOK_OUTPUT,
	NETNS_HOOK_POSTROUTING,
};

#define NETNS_PRIORITY_RAW    (-300)
#define NETNS_PRIORITY_MANGLE (-150)
#define NETNS_PRIORITY_DSTNAT (-100)
#define NETNS_PRIORITY_FILTER 0
#define NETNS_PRIORITY_SRCNAT 100

/** struct netns_chain - of the table named last; made if it is not there */
struct netns_chain {
	const char *name;
	enum netns_hook hook;
	int priority;
	bool nat;  /* translates: rules see the first packet of a connection only */
	bool drop; /* what no rule decided; else accept */
};

void netns_filter_chain(struct netns_filter *filter, const struct netns_chain *chain);

enum netns_verdict {
	NETNS_VERDICT_NONE, /* on to the next rule: counters, marks */
	NETNS_VERDICT_ACCEPT,
	NETNS_VERDICT_DROP,
	NETNS_VERDICT_REJECT, /* ICMP port unreachable; tells the sender */
	NETNS_VERDICT_RESET,  /* TCP reset */
	NETNS_VERDICT_JUMP,   /* to @target */
	NETNS_VERDICT_GOTO,   /* to @target */
	NETNS_VERDICT_RETURN,
	NETNS_VERDICT_MASQUERADE, /* the own address of the interface it leaves by */
	NETNS_VERDICT_SNAT,
	NETNS_VERDICT_DNAT,
	NETNS_VERDICT_REDIRECT, /* to this machine */
};

/** States of a connection, as bits. */
enum netns_ct {
	NETNS_CT_INVALID = 1u << 0,
	NETNS_CT_ESTABLISHED = 1u << 1,
	NETNS_CT_RELATED = 1u << 2,
	NETNS_CT_NEW = 1u << 3,
	NETNS_CT_UNTRACKED = 1u << 6,
};

/** How translation chooses ports, as bits. */
enum netns_nat_flag {
	NETNS_NAT_RANDOM = 1u << 0,
	NETNS_NAT_FULLY_RANDOM = 1u << 1,
	NETNS_NAT_PERSISTENT = 1u << 2,
};

/** What is to be different from what the rule says, as bits. */
enum netns_filter_not {
	NETNS_NOT_IN_INTERFACE = 1u << 0,
	NETNS_NOT_OUT_INTERFACE = 1u << 1,
	NETNS_NOT_SOURCE = 1u << 2,
	NETNS_NOT_DESTINATION = 1u << 3,
	NETNS_NOT_PROTOCOL = 1u << 4,
	NETNS_NOT_SOURCE_PORT = 1u << 5,
	NETNS_NOT_DESTINATION_PORT = 1u << 6,
	NETNS_NOT_CT = 1u << 7,
	NETNS_NOT_MARK = 1u << 8,
	NETNS_NOT_IN_GROUP = 1u << 9,
	NETNS_NOT_OUT_GROUP = 1u << 10,
	NETNS_NOT_LOCAL = 1u << 11,
};

/** struct netns_ports - from @first to @last (0: only @first); 0 = any */
struct netns_ports {
	uint16_t first, last;
};

/**
 * struct netns_filter_rule - what to do with which packets; zero members match everything
 * @family:	AF_INET or AF_INET6; 0 = both, or what the addresses say
 * @source:	network; or a set of addresses by name, @source_set, and @family
 * @protocol:	IPPROTO_...; ports need TCP, UDP, SCTP or DCCP
 * @icmp_type:	of ICMP and ICMPv6 packets, if @icmp is set
 * @local:	the destination is an own address
 * @ct:		states of the connection, see enum netns_ct
 * @translated:	its destination has been translated by dnat or redirect
 * @mac_source:	6 bytes; NULL = any
 * @except:	bits of enum netns_filter_not
 * @rate:	match at most so many packets a second; 0 = all
 * @count:	count what matches, see netns_filter_list()
 * @set_mark:	give the packet this mark, if not 0
 * @to:		snat, dnat: the new address (and the last of several, @to_last);
 *		none = only the port changes
 * @to_ports:	snat, dnat, masquerade, redirect: the new port
 * @comment:	at most 127 bytes; comes back with netns_filter_list()
 */
struct netns_filter_rule {
	const char *chain;
	int family;
	const char *in_interface, *out_interface; /* "eth*" matches what begins so */
	uint32_t in_group, out_group;             /* of links; 0 = any */
	struct netns_prefix source, destination;
	struct netns_ip source_last, destination_last; /* from source.ip to this one */
	const char *source_set, *destination_set;
	uint8_t protocol;
	struct netns_ports source_ports, destination_ports;
	bool icmp;
	uint8_t icmp_type;
	bool local;
	unsigned int ct;
	bool translated;
	uint32_t mark, mark_mask; /* mask 0: all bits, if @mark is set */
	const uint8_t *mac_source, *mac_destination;
	unsigned int except;

	uint32_t rate;
	bool count;
	uint32_t set_mark;
	enum netns_verdict verdict;
	const char *target;
	struct netns_ip to, to_last;
	struct netns_ports to_ports;
	unsigned int nat_flags;
	const char *comment;
};

/** Append it to its chain. */
void netns_filter_rule(struct netns_filter *filter, const struct netns_filter_rule *rule);

/** A set of addresses of one family in the table named last; made if it is not there. */
void netns_filter_set(struct netns_filter *filter, const char *name, int family);
/** Networks and addresses to be in it. They may not overlap. */
void netns_filter_set_add(struct netns_filter *filter, const char *name,
			  const struct netns_prefix *members, size_t count);

/** struct netns_filter_state - a rule as the kernel has it */
struct netns_filter_state {
	char chain[64];
	char comment[128];
	bool counted;
	uint64_t packets, bytes;
};

/** The rules of a table, in order; none if there is no such table. free() releases them. */
int netns_filter_list(struct netns *netns, enum netns_filter_family family, const char *table,
		      struct netns_filter_state **ret, size_t *ret_count, struct ncrun_error *err);
/** NULL-terminated names of the tables that begin with @prefix; strings_free() releases them. */
int netns_filter_tables(struct netns *netns, enum netns_filter_family family, const char *prefix,
			char ***ret, struct ncrun_error *err);

/** struct netns_filter_wall - a chain that drops what is forwarded and that it does not accept */
struct netns_filter_wall {
	const char *family; /* "inet", "ip" or "ip6" */
	char table[64], chain[64];
};

/**
 * netns_filter_walls() - those of others that may stop what is forwarded for us
 * @own:	how names of our tables begin
 * @interface:	how names of our interfaces begin: whose rules name one knows of us
 * @ret:	free() releases it
 */
int netns_filter_walls(struct netns *netns, const char *own, const char *interface,
		       struct netns_filter_wall **ret, size_t *ret_count, struct ncrun_error *err);
