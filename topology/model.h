/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A network as data. Readers fill it, check.c judges it, complete.c fills what is left
 * open, plan.c compares two of them, write.c makes a file of it again.
 *
 * Zero-initialised members mean "not said". What has a list of text forms (volumes,
 * environment, limits ...) keeps the text that runtime's own parsers take, checked by the
 * reader where it stands in the file. Lists of strings are NULL-terminated or NULL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/limits.h>

#include "base/array.h"
#include "base/text.h"
#include "netns/netns.h"
#include "topology/topology.h"

/* ---- bounds, each with a test ------------------------------------------------------------- */

#define TOPOLOGY_NODES_MAX      16000 /* id ranges that there are */
#define TOPOLOGY_LINKS_MAX      64000
#define TOPOLOGY_ADDRESSES_MAX  64   /* of one interface, of each family together */
#define TOPOLOGY_ROUTES_MAX     4096 /* of one node, as written */
#define TOPOLOGY_FILE_MIB       32   /* of a file, and of what is written as one */
#define TOPOLOGY_FILE_ELEMENTS  500000
#define TOPOLOGY_STATE_MIB      128 /* of a state: all that is assigned is in it, too */
#define TOPOLOGY_STATE_ELEMENTS 8000000
#define TOPOLOGY_PROBLEMS_MAX   100 /* that are kept; more are counted */
#define TOPOLOGY_MTU_MIN        68
#define TOPOLOGY_MTU_MAX        65535

/** struct place - where in the file an element stands; line 0 = made by a program */
struct place {
	uint32_t line, column; /* from 1 */
};

/* ---- what is wrong with it (problems.c) ----------------------------------------------------- */

/** struct problems - mistakes, in the order in which they were found; zero-initialised is none */
struct problems {
	struct problem {
		struct place place;
		char *text; /* owned */
	} * items;          /* owned */
	size_t count;       /* all; of which at most TOPOLOGY_PROBLEMS_MAX are kept */
	bool failed;        /* no memory */
};

/** "node 'b': memory '64Q': not a size (try 64M)"; returns -EINVAL. */
int problems_add(struct problems *problems, struct place place, const char *fmt, ...)
	__attribute__((cold, format(printf, 3, 4)));
/** How many are in @items. */
size_t problems_kept(const struct problems *problems);
/** Will the next one be kept? */
static inline bool problems_keep(const struct problems *problems)
{
	return problems->count < TOPOLOGY_PROBLEMS_MAX;
}
/** Sort by place, once all are known. */
void problems_sort(struct problems *problems);
/**
 * problems_tell() - sort them and hand each to @tell, which may be NULL
 *
 * Return: 0 if there are none; -EINVAL with the first and how many more there are; -ENOMEM.
 */
int problems_tell(struct problems *problems, const char *source, ncrun_problem_function *tell,
		  void *data, struct ncrun_error *err);
void problems_done(struct problems *problems);
#define _cleanup_problems_ _cleanup_(problems_done)

/* ---- the parts ------------------------------------------------------------------------------- */

enum node_kind {
	NODE_KIND_HOST,
	NODE_KIND_ROUTER,
	NODE_KIND_NAT,
	NODE_KIND_SWITCH,
};

/** "host", "router", "nat", "switch" */
const char *node_kind_name(enum node_kind kind);

/** Which side of a nat an interface is on. */
enum bound {
	BOUND_DEFAULT, /* south of a nat; an uplink is north */
	BOUND_SOUTH,
	BOUND_NORTH,
};

/** Interface groups (as Gont numbers them) by which a nat's rules know the sides. */
#define GROUP_SOUTH 1000
#define GROUP_NORTH 1001

enum tristate {
	TRISTATE_DEFAULT,
	TRISTATE_YES,
	TRISTATE_NO,
};

/** The node's end of its link to the machine. */
#define UPLINK_INTERFACE "uplink"

/** struct address - of an interface */
struct address {
	struct netns_prefix prefix;
	bool assigned; /* by complete.c, not by the file */
};

/** struct vlan_port - what a switch does with the frames of one of its ports */
struct vlan_port {
	uint16_t access; /* untagged frames belong to this VLAN; 0 = the bridge's default */
	struct {
		uint16_t first, last;
	} * trunk; /* owned; tagged ones that pass */
	size_t trunk_count;
};

/**
 * struct interface - one end of a link
 * @node:	whose it is
 * @link:	of which; NULL only for an uplink's
 * @name:	inside the node ("eth0"); of a switch's port the name in the fabric; NULL until
 *		completed
 * @out:	what becomes of packets that leave the node by it
 * @no_address:	shall have none at all
 * @index:	of a running one in its namespace, if this process knows it; else 0
 */
struct interface {
	struct node *node; /* borrowed */
	struct link *link; /* borrowed */
	struct place place;
	char *name; /* owned */
	bool name_assigned;
	uint8_t mac[NETNS_MAC_LENGTH];
	bool mac_set;              /* by the file, or completed... */
	bool mac_assigned;         /* ... in which case this, too */
	struct address *addresses; /* owned */
	size_t address_count;
	bool no_address;
	int index;
	uint32_t mtu;
	uint32_t tx_queue_length;
	uint32_t group; /* of interfaces; 0 = by @bound */
	enum bound bound;
	bool down;
	bool isolated, hairpin; /* at a switch: of its port */
	struct vlan_port vlan;  /* at a switch */
	struct netns_impairment out;
};

enum link_kind {
	LINK_KIND_VETH,
	LINK_KIND_DUMMY, /* one end only */
};

/** struct link - @ends[1].node is NULL for kinds with one end */
struct link {
	struct place place;
	enum link_kind kind;
	struct interface ends[2];
};

/** struct service - a command that init keeps alive */
struct service {
	struct place place;
	char *name;  /* owned; NULL until completed: the program's, made unique */
	char **argv; /* owned */
	struct ncrun_restart restart;
};

/** struct route - of one node, as written or computed */
struct route {
	struct place place;
	enum netns_route_kind kind;
	struct netns_prefix destination; /* length 0: default */
	struct hop {
		struct netns_ip via; /* none: on the link */
		char *interface;     /* owned; NULL: where @via is */
		uint8_t weight;
	} * hops; /* owned */
	size_t hop_count;
	uint32_t metric;
	uint32_t table;
	bool assigned; /* by route.c */
};

/** struct policy_rule - of one node: which packets look in which table */
struct policy_rule {
	struct place place;
	struct netns_rule rule; /* its strings are owned by this */
};

/** struct filter - a rule of one node's own table, in netns' form; strings owned by this */
struct filter {
	struct place place;
	enum netns_hook hook; /* input, forward or output */
	struct netns_filter_rule rule;
};

/** struct published_port - "[ADDRESS:]HOST:NODE[/udp]" */
struct published_port {
	struct place place;
	struct netns_ip address; /* of the machine; none = all */
	uint16_t host_port, node_port;
	uint16_t count; /* of a range "8000-8010:8000-8010"; at least 1 */
	uint8_t protocol;
};

#define PORT_TEXT_MAX  96
#define PORT_RANGE_MAX 1024 /* ports of one range */

/** As in the file: "127.0.0.1:8080:80/udp". */
void port_print(const struct published_port *port, char text[PORT_TEXT_MAX]);
/** NULL, or what is wrong with it; @text is cut up. */
const char *port_parse(char *text, struct published_port *port);
/** Is there a port of the machine that both take? */
bool ports_meet(const struct published_port *a, const struct published_port *b);

/** struct host_entry - further line of the node's hosts file */
struct host_entry {
	struct netns_ip ip;
	char **names; /* owned */
};

/**
 * struct node - one member
 * @interfaces:	in the order of the links that they belong to
 * @uplink:	wired to the machine's own network, with translation there; the interface and the
 *		default route for that are made when it is wired
 * @routes:	those of the file, then computed ones; default routes have length 0
 * @run, @exec:	services; and commands that run once, in order, when the network is up
 * @gone:	of a running network: its container has ended
 */
struct node {
	struct place place;
	char *name; /* owned */
	enum node_kind kind;
	struct interface **interfaces; /* owned list of borrowed */
	size_t interface_count;

	/* what it runs on, in the text forms of <ncrun/container.h> */
	char *rootfs;
	char *pull; /* "missing", "always", "never" */
	char *upper;
	char *upper_size;
	enum tristate read_only;
	char **volumes, **tmpfs;
	char **env; /* "NAME=value" or "NAME" */
	char *workdir, *user, *hostname, *seccomp, *userns, *stop_signal;
	char **groups, **cap_add, **cap_drop, **rlimits, **sysctls, **labels;
	bool privileged, new_privileges;
	char *timeout, *stop_grace, *log_size;
	struct ncrun_limits limits;
	struct service *services; /* owned */
	size_t service_count;
	char ***exec; /* owned, NULL-terminated list of argvs */

	/* network */
	struct netns_ip gateways[2]; /* of each family; none = by routing */
	struct route *routes;        /* owned */
	size_t route_count;
	struct policy_rule *rules; /* owned */
	size_t rule_count;
	enum tristate forwarding; /* default: routers and nats */
	struct address *loopback; /* further addresses of lo; owned */
	size_t loopback_count;
	struct host_entry *host_entries; /* owned */
	size_t host_entry_count;
	struct filter *filters; /* owned */
	size_t filter_count;
	struct published_port *ports; /* owned */
	size_t port_count;
	bool uplink;
	bool gone;

	/* nat */
	unsigned int nat_flags;       /* enum netns_nat_flag */
	struct netns_ports nat_ports; /* that it translates to; 0 = any */

	/* switch */
	struct netns_bridge bridge;
	uint32_t mtu;                   /* of a switch; of all interfaces of another */
	struct netns_prefix subnets[2]; /* of a switch: from which addresses are assigned */

	uint32_t mark; /* for graph algorithms and comparisons; no meaning between calls */
};

enum routing {
	ROUTING_AUTO, /* gateways and routes that are not said are computed */
	ROUTING_NONE,
};

/**
 * struct ncrun_topology - a network as data
 * @source:	name of the file, for messages
 * @subnets:	from which segments are cut, IPv4 then IPv6; default 10.0.0.0/8 and fd00::/8
 * @temporary:	goes with the `ncrun up` that made it
 * @no_ipv4, @no_ipv6: none is assigned
 */
struct ncrun_topology {
	unsigned int references;
	char *source; /* owned */
	char *name;   /* owned; NULL: said elsewhere */
	struct place name_place;
	enum routing routing;
	struct netns_prefix subnets[2];
	bool no_ipv4, no_ipv6;
	bool temporary;
	struct node **nodes; /* owned, in the order of the file */
	size_t node_count, node_capacity;
	struct link **links; /* owned, in the order of the file */
	size_t link_count, link_capacity;
	struct node_index *index; /* owned; by name */
	struct problems problems; /* of a topology that was put together by calls */
};

/* ---- building (model.c) ------------------------------------------------------------------ */

int topology_new(const char *source, struct ncrun_topology **ret, struct ncrun_error *err);

/** A new node, empty but for its name, which is copied. -EEXIST, -EINVAL, -ENOSPC, -ENOMEM. */
int topology_add_node(struct ncrun_topology *topology, const char *name, struct node **ret,
		      struct ncrun_error *err);
/** A node that is made already, taken over if this returns 0. */
int topology_insert_node(struct ncrun_topology *topology, struct node *node,
			 struct ncrun_error *err);
/** The node of that name, or NULL; in constant time. */
struct node *topology_node(const struct ncrun_topology *topology, const char *name);

/** A new link between two nodes (@b NULL: of one end), with an interface at each. */
int topology_add_link(struct ncrun_topology *topology, struct node *a, struct node *b,
		      struct link **ret, struct ncrun_error *err);

/** Take it out and release it. The order of the others stays. Links of a node go with it. */
void topology_remove_node(struct ncrun_topology *topology, struct node *node);
void topology_remove_link(struct ncrun_topology *topology, struct link *link);

/**
 * topology_adopt() - the nodes of a running network that joined it and have not ended (adopt.c)
 *
 * Those that @topology has not, with their links to nodes that it has; without what was assigned.
 * *@ret_count: how many.
 */
int topology_adopt(struct ncrun_topology *topology, const struct ncrun_topology *running,
		   size_t *ret_count, struct ncrun_error *err);

/** A deep copy. */
int topology_copy(const struct ncrun_topology *topology, struct ncrun_topology **ret,
		  struct ncrun_error *err);

int interface_add_address(struct interface *interface, const struct netns_prefix *prefix,
			  bool assigned, struct ncrun_error *err);
/** The interface of that name, or NULL. */
struct interface *node_interface(const struct node *node, const char *name);
/** The other end of its link; NULL if there is none. */
struct interface *interface_peer(const struct interface *interface);
/** A new route of the node, with @hop_count empty hops. @ret is valid until the next one. */
int node_add_route(struct node *node, size_t hop_count, struct route **ret,
		   struct ncrun_error *err);

/* ---- what nodes and links own (part.c) --------------------------------------------- */

/** NULL on no memory. It belongs to no topology and has no interfaces. */
struct node *node_copy(const struct node *from);
struct node *node_free(struct node *node);
DEFINE_CLEANUP(struct node *, node_free);
struct link *link_free(struct link *link);
DEFINE_CLEANUP(struct link *, link_free);
/** All but whose it is and of which link. -ENOMEM. */
int interface_copy(struct interface *to, const struct interface *from);

/* Release what they own, not themselves. */
void service_done(struct service *service);
void route_done(struct route *route);
void policy_rule_done(struct policy_rule *rule);
void host_entry_done(struct host_entry *entry);
void filter_done(struct filter *filter);
char ***argvs_free(char ***argvs);

/* ---- questions ----------------------------------------------------------------------- */

static inline bool node_is_switch(const struct node *node)
{
	return node->kind == NODE_KIND_SWITCH;
}

/** Has it a link to the machine? */
static inline bool node_has_uplink(const struct node *node)
{
	return node->uplink || node->port_count > 0;
}

/** The label of a node that joined a running network by itself: it leaves with its container, which
 * those of a file do not. */
#define NODE_JOINED "ncrun.joined=true"

static inline bool node_joined(const struct node *node)
{
	return strings_contain((const char *const *)node->labels, NODE_JOINED);
}

static inline bool node_forwards(const struct node *node)
{
	if (node->forwarding != TRISTATE_DEFAULT)
		return node->forwarding == TRISTATE_YES;
	return node->kind == NODE_KIND_ROUTER || node->kind == NODE_KIND_NAT;
}

/* ---- reading (read.c picks by content and file name) ------------------------------------- */

enum topology_format {
	TOPOLOGY_FORMAT_GUESS, /* .dot and .gv, .clab.yml; else by what is in it */
	TOPOLOGY_FORMAT_OURS,  /* YAML, and JSON as a part of it */
	TOPOLOGY_FORMAT_DOT,
	TOPOLOGY_FORMAT_CONTAINERLAB,
	TOPOLOGY_FORMAT_STATE, /* ours, of a running network: larger than any file that it came from
				*/
};

/** struct topology_text - what is read; @source is its file's name, for messages */
struct topology_text {
	const char *source;
	const char *text;
	size_t length;
	enum topology_format format;
};

/**
 * topology_read() - all of it
 *
 * Mistakes go to @problems, as many as can be told from each other; 0 even then.
 * A negative errno is for what is not the text's fault (no memory, no library).
 */
int topology_read(const struct topology_text *from, struct ncrun_topology **ret,
		  struct problems *problems, struct ncrun_error *err);

/* ---- changing, by what would stand in a file (edit.c) ------------------------------------ */

/** A new link: @a and @b are "NODE" or "NODE:INTERFACE" (@b NULL: of one end), @options as
 * ncrun_topology_add_link() has them after printf(), or NULL. Unchanged on failure. */
int topology_connect(struct ncrun_topology *topology, const char *a, const char *b,
		     const char *options, struct link **ret, struct ncrun_error *err);

/**
 * link_edit() - put "delay: 20ms, mtu: 1400" over what a link has
 * @end:	the end that is named; keys of a single interface are its
 * @direction:	of keys that hold for both ends
 *
 * Keys that are not named stay; "impair: none" takes all impairments away. On failure the link is
 * half changed: work on a copy.
 */
int link_edit(struct interface *end, enum ncrun_direction direction, const char *options,
	      struct ncrun_error *err);

/** "delay: 20ms, loss: 0.1%"; nothing for a perfect link. -ENOMEM. */
int impairment_print(const struct netns_impairment *impairment, struct text *out);

/* ---- checking and completing ------------------------------------------------------------- */

/** Everything that is wrong with it as a whole: names, ends, addresses, contradictions (check.c).
 */
void topology_check(const struct ncrun_topology *topology, struct problems *problems);

/**
 * topology_complete() - fill what is left open (complete.c)
 *
 * Interface names, MACs, services' names, MTUs, addresses, routes. The same topology
 * always gives the same; what is added at its end does not change what was before it.
 * Mistakes that show only then (a subnet that is full) go to @problems.
 */
int topology_complete(struct ncrun_topology *topology, struct problems *problems,
		      struct ncrun_error *err);
/** The same, but what a running network has assigned stays where it can; @before NULL = none. */
int topology_complete_like(struct ncrun_topology *topology, const struct ncrun_topology *before,
			   struct problems *problems, struct ncrun_error *err);
/** A copy, checked and completed (load.c). -EINVAL with what is wrong. */
int topology_copy_completed(const struct ncrun_topology *topology, struct ncrun_topology **ret,
			    struct ncrun_error *err);

/* ---- writing (write.c) ------------------------------------------------------------------- */

enum topology_style {
	TOPOLOGY_STYLE_YAML, /* for people: short forms, what was assigned left out */
	TOPOLOGY_STYLE_JSON, /* the same as JSON */
	TOPOLOGY_STYLE_FULL, /* JSON with everything, and what was assigned marked as such:
				the state of a running network */
};

int topology_write(const struct ncrun_topology *topology, enum topology_style style,
		   struct text *out, struct ncrun_error *err);
