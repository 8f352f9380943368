/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_NETWORK_H
#define NCRUN_NETWORK_H

/*
 * Networks: what `ncrun up`, `down`, `link`, `partition`, `ping` and the rest do, as calls.
 *
 * A network is a topology (<ncrun/topology.h>) made real: each of its nodes is a container (see
 * <ncrun/container.h>, "NETWORK/NODE"), wired as the topology says. Nothing stays resident
 * for it, and it outlives the process that made it. Every call is safe to use from
 * several processes at once; a handle belongs to one thread at a time. Nothing here prints.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/error.h>
#include <ncrun/topology.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ncrun_network;

/**
 * ncrun_node_call() - run a function of this program inside a node's namespaces
 * @call:	runs in a process of its own, made by fork(3), with the node's network, uts and ipc
 *		namespaces and all else of the caller's: its rights, files and descriptors.
 *		Returns its exit code, 0 to 255; what it prints on stdout and stderr is flushed
 * @ret_code:	that code
 *
 * The process dies with the thread that calls.
 *
 * Return: 0, or a negative errno: -ENOTCONN the node does not run; -ECHILD @call died of a
 * signal.
 */
int ncrun_node_call(struct ncrun_container *node, int (*call)(void *data), void *data,
		    int *ret_code, struct ncrun_error *err);

/* ---- up and down ----------------------------------------------------------------------- */

/** What a step of a plan does to the thing that it names. */
enum ncrun_step_verb {
	NCRUN_STEP_CREATE,
	NCRUN_STEP_CHANGE,
	NCRUN_STEP_DELETE,
	NCRUN_STEP_RUN, /* a command of `exec` */
};

/**
 * struct ncrun_step - one step of a plan, as people read it
 * @verb:	what is done
 * @kind:	"network", "switch", "node", "link", "routes", "filter", "uplink", "ports",
 *		"names" or "command"
 * @name:	of the thing: "b", "a:eth0 -- lan", ...
 * @detail:	what of it: "10.0.0.2/24, delay: 20ms"; "" = nothing more to say
 * @line:	of the file that asked for it; 0 = none
 */
struct ncrun_step {
	enum ncrun_step_verb verb;
	const char *kind;
	const char *name;
	const char *detail;
	uint32_t line;
};

typedef void ncrun_step_function(void *data, const struct ncrun_step *step);

/**
 * struct ncrun_up_options - how a network is brought up
 * @name:	NULL = the topology's own
 * @dry_run:	tell the steps and do nothing
 * @temporary:	take it down when the process that called dies, or closes the handle; as
 *		"persistent: false" of a topology
 * @step:	called with each step: of a dry run, or as it was done
 * @output:	called with what commands of `exec` write; NULL = to the caller's own
 *		standard output and error
 * @tell:	called with every mistake of the topology
 * @data:	passed to all of them
 */
struct ncrun_up_options {
	size_t size;
	const char *name;
	bool dry_run;
	bool temporary;
	ncrun_step_function *step;
	void (*output)(void *data, const char *node, const char *text, size_t length);
	ncrun_problem_function *tell;
	void *data;
};

#define NCRUN_UP_OPTIONS_INIT ((struct ncrun_up_options){.size = sizeof(struct ncrun_up_options)})

/**
 * ncrun_network_up() - make a network as the topology says
 * @context:	NULL = all defaults
 * @options:	NULL = all defaults
 * @ret:	handle on it; NULL = not wanted; release with ncrun_network_unref()
 *
 * One that runs is changed to what the topology says: what differs, and nothing else. Nodes
 * that ncrun_node_start() put there and that have not ended stay, unless the topology has one of
 * that name. A step that fails undoes the ones before it.
 *
 * Return: 0, or a negative errno: -EINVAL for mistakes in the topology, -EBUSY when somebody
 * else is changing this network, else that of the step.
 */
int ncrun_network_up(const struct ncrun_context *context, const struct ncrun_topology *topology,
		     const struct ncrun_up_options *options, struct ncrun_network **ret,
		     struct ncrun_error *err);

/**
 * ncrun_network_down() - end all nodes of a network and remove everything of it
 * @grace_ms:	for commands to end after the stop signal; 0 = none, UINT64_MAX = the nodes' own
 *
 * -ENOENT when there is no such network.
 */
int ncrun_network_down(const struct ncrun_context *context, const char *name, uint64_t grace_ms,
		       struct ncrun_error *err);

/* ---- handles --------------------------------------------------------------------------- */

/** A handle on a network that is there; -ENOENT. */
int ncrun_network_open(const struct ncrun_context *context, const char *name,
		       struct ncrun_network **ret, struct ncrun_error *err);
/** Drop a handle; the network lives on (but see @temporary). Accepts NULL, returns NULL. */
struct ncrun_network *ncrun_network_unref(struct ncrun_network *network);

const char *ncrun_network_name(const struct ncrun_network *network);
/** Does it go with this handle, whose ncrun_network_unref() then waits until it has gone? */
bool ncrun_network_is_temporary(const struct ncrun_network *network);
/** What it was made from, completed, with all changes since; valid as long as @network. */
const struct ncrun_topology *ncrun_network_topology(const struct ncrun_network *network);

enum ncrun_network_state {
	NCRUN_NETWORK_UP,
	NCRUN_NETWORK_CHANGING, /* somebody is at it */
	/** Whoever changed it was killed: who changes it next mends it, as `clean` does, or removes
	 * it if that cannot be. Or its record cannot be read: `down` removes it. */
	NCRUN_NETWORK_BROKEN,
};

/**
 * struct ncrun_network_info - one line of `ncrun list`
 * @temporary:	it goes with the process or the handle that made it
 */
struct ncrun_network_info {
	char name[NCRUN_NAME_MAX + 1];
	enum ncrun_network_state state;
	uint32_t nodes, running, switches, links;
	int64_t started_at_ns; /* CLOCK_REALTIME */
	bool temporary;
};

/** That of one, as it is now. */
int ncrun_network_info(struct ncrun_network *network, struct ncrun_network_info *ret,
		       struct ncrun_error *err);
/** All networks, sorted by name; free() releases the array. */
int ncrun_network_list(const struct ncrun_context *context, struct ncrun_network_info **ret,
		       size_t *ret_count, struct ncrun_error *err);

/** A handle on the container of a host, router or nat: "NODE". -ENOENT; -EINVAL for a switch. */
int ncrun_network_node(struct ncrun_network *network, const char *node,
		       struct ncrun_container **ret, struct ncrun_error *err);

/* ---- single nodes ------------------------------------------------------------------------ */

/**
 * struct ncrun_wiring - how a node that stands in no topology is wired
 * @net:	"NETWORK/SWITCH[:ADDRESS]": it joins that network, and gets an address, routes and
 *		names there as if it stood in its file; NULL = no network
 * @uplink:	a way out, by translation, to all that the machine reaches
 * @ports:	"[ADDRESS:]HOST:NODE[/udp]", ports of the machine that lead to it; NULL-terminated
 */
struct ncrun_wiring {
	size_t size;
	const char *net;
	bool uplink;
	const char *const *ports;
};

#define NCRUN_WIRING_INIT ((struct ncrun_wiring){.size = sizeof(struct ncrun_wiring)})

/**
 * ncrun_node_start() - ncrun_container_start(), and the node is wired before its command begins
 *
 * Return: 0, or a negative errno as of that call; -EADDRINUSE for a port that is taken, -ENOENT
 * for a network or a switch that is not there, -EEXIST for a name that is, -EBUSY while somebody
 * changes the network.
 */
int ncrun_node_start(const struct ncrun_context *context, const struct ncrun_container_spec *spec,
		     const struct ncrun_wiring *wiring, struct ncrun_container **ret,
		     struct ncrun_error *err);
/** Forget how a node was wired that has ended; one of a network's file stays in that.
 * ncrun_network_clean() does it for those alone. */
int ncrun_node_leave(const struct ncrun_context *context, const char *network, const char *node,
		     struct ncrun_error *err);

/**
 * struct ncrun_uplink - a node's link to the machine
 * @outside:	it may begin connections; else it only answers to its ports
 * @addresses:	of the node's side, one of each family
 * @ports:	that are published: "8080:80", "127.0.0.1:53:53/udp"; NULL = none
 */
struct ncrun_uplink {
	const char *network;
	const char *node;
	bool outside;
	const char *const *addresses;
	const char *const *ports;
};

/** All of them, as the machine has them; release with ncrun_uplink_list_free(). */
int ncrun_uplink_list(const struct ncrun_context *context, struct ncrun_uplink **ret,
		      size_t *ret_count, struct ncrun_error *err);
void ncrun_uplink_list_free(struct ncrun_uplink *list, size_t count);

/**
 * struct ncrun_network_clean_report - what ncrun_network_clean() did
 * @networks:	removed, with @nodes in them
 * @objects:	links and tables on the machine, removed
 * @mended:	networks of which only a half-made change was taken back: what ran in them runs
 */
struct ncrun_network_clean_report {
	uint32_t networks;
	uint32_t nodes;
	uint32_t objects;
	uint32_t mended;
};

/** Mend networks that somebody was killed at, remove those that cannot be, and what is on the
 * machine of networks and nodes that are gone. ncrun_clean() removes what is left of single nodes:
 * what these had on the machine goes when this is called after it. */
int ncrun_network_clean(const struct ncrun_context *context, bool dry_run,
			struct ncrun_network_clean_report *ret, struct ncrun_error *err);

/* ---- links ----------------------------------------------------------------------------- */

/**
 * struct ncrun_link_end - one end of a running link, as the kernel has it
 * @interface:	name; of a switch that of its port
 * @mac:	"" = the node does not run, or the interface is gone
 * @addresses:	with prefix, NULL-terminated; without those that only the link knows (fe80::...)
 * @impairment: of what leaves here, as in a topology file: "delay: 20ms, loss: 0.1%"; "" = none
 * @up:		as told; @carrier: and the other end, too
 * @port_state:	of a switch's port, static text: "forwarding", "blocking" (by STP: it would close a
 *		loop), "listening", "learning", "disabled"; "" = it is none
 * @impair_lost, @impair_duplicated, @impair_corrupted: packets that left here, where a program at
 *		the other end does that; @impair_queue_dropped: by what delays and shapes here, lost
 *		or over the queue's limit
 */
struct ncrun_link_end {
	const char *node;
	const char *interface;
	const char *mac;
	const char *const *addresses;
	const char *impairment;
	uint32_t mtu;
	bool up, carrier;
	const char *port_state;
	uint64_t rx_bytes, rx_packets, rx_errors, rx_drops;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_drops;
	uint64_t impair_lost, impair_duplicated, impair_corrupted, impair_queue_dropped;
};

/** struct ncrun_link - @ends[1].node is NULL for a link with one end */
struct ncrun_link {
	struct ncrun_link_end ends[2];
};

/**
 * ncrun_link_list() - links and their state
 * @name:	"NODE", "NODE:INTERFACE", or NULL for all
 * @ret:	release with ncrun_link_list_free()
 */
int ncrun_link_list(struct ncrun_network *network, const char *name, struct ncrun_link **ret,
		    size_t *ret_count, struct ncrun_error *err);
void ncrun_link_list_free(struct ncrun_link *links, size_t count);

/** Which of a link's two directions. */
enum ncrun_direction {
	NCRUN_DIRECTION_BOTH,
	NCRUN_DIRECTION_OUT, /* what leaves the end that is named */
	NCRUN_DIRECTION_IN,
};

/**
 * ncrun_link_set() - change a running link in place
 * @name:	"NODE:INTERFACE", or "NODE" if it has one link only
 * @direction:	for keys that hold for both ends: impairments, mtu. All others are of the end that
 *		is named
 * @options:	keys of a link in ncrun-topology(5): "delay: 20ms, loss: 1%", "mtu: 9000"; keys
 *		that are not named stay as they are; "impair: none" takes all impairments away
 *
 * Packets that wait in queues stay there. Recorded: `ncrun export` tells of it.
 *
 * Return: 0, or a negative errno; the link is as before then: -ENOENT, -EINVAL, -EOPNOTSUPP what
 * the kernel lacks, -EBUSY somebody else is changing the network.
 */
int ncrun_link_set(struct ncrun_network *network, const char *name, enum ncrun_direction direction,
		   const char *options, struct ncrun_error *err);
/** Take an end up or down; the other end sees the carrier go. */
int ncrun_link_set_up(struct ncrun_network *network, const char *name, bool up,
		      struct ncrun_error *err);
/** Wire two running nodes; @a, @b, @options as for ncrun_topology_add_link(), without printf().
 * Addresses, gateways and routes that are not given are assigned as in a file. */
int ncrun_link_add(struct ncrun_network *network, const char *a, const char *b, const char *options,
		   struct ncrun_error *err);
int ncrun_link_remove(struct ncrun_network *network, const char *name, struct ncrun_error *err);

/**
 * struct ncrun_station - whom a switch knows; names are borrowed from the network
 * @port:	interface of the switch that leads there
 * @node, @interface: whose MAC address it is; NULL = nobody's in the network
 * @vlan:	0 = none
 * @idle_ms:	since a frame of it was seen
 */
struct ncrun_station {
	char mac[18];
	const char *port;
	const char *node, *interface;
	uint16_t vlan;
	uint64_t idle_ms;
};

/**
 * ncrun_station_list() - behind which of its ports a switch has seen which MAC address
 * @ret:	by port, then address; free() releases it
 *
 * -ENOENT no such node, -EINVAL it is no switch.
 */
int ncrun_station_list(struct ncrun_network *network, const char *name, struct ncrun_station **ret,
		       size_t *ret_count, struct ncrun_error *err);

/* ---- partitions -------------------------------------------------------------------------- */

/**
 * ncrun_network_partition() - cut the nodes into groups that do not reach each other
 * @groups:	lists of names of nodes, NULL-terminated, as is the list of them; nodes
 *		that are in none reach all. One group alone is cut off from all others
 *
 * By filters in the nodes: across routers, and for packets to and from every address of the nodes
 * in another group. Replaces the partition before it, and stays until ncrun_network_heal(): nodes
 * that are made or get addresses later have their part in it.
 *
 * Return: 0, or a negative errno; what was cut before is then cut as before: -ENOENT no such node,
 * -EINVAL no group, a switch, a node in two groups.
 */
int ncrun_network_partition(struct ncrun_network *network, const char *const *const *groups,
			    struct ncrun_error *err);
/**
 * ncrun_network_groups() - the partition that is in force
 * @ret_groups:	one string for each group: "a,b"; none when the network is whole. free() releases
 *		all of it at once
 * @ret_packets: how many packets were dropped; may be NULL
 */
int ncrun_network_groups(struct ncrun_network *network, char ***ret_groups, uint64_t *ret_packets,
			 struct ncrun_error *err);
/** Whole again. @ret_packets: how many packets were dropped since; may be NULL. */
int ncrun_network_heal(struct ncrun_network *network, uint64_t *ret_packets,
		       struct ncrun_error *err);

/* ---- probing ----------------------------------------------------------------------------- */

/**
 * struct ncrun_ping_options - zero means default
 * @count:	echo requests, default 3
 * @interval_ms: between them, default 200; ncrun_network_ping_all() does not wait
 * @timeout_ms:	for each answer, default 1,000
 * @bytes:	of payload, default 56, up to 65,000; with @empty none
 * @family:	4 or 6; 0 = IPv4 if there is one
 * @reply:	called with each answer, or its absence (@rtt_us -1, @from "" or whoever says why)
 */
struct ncrun_ping_options {
	size_t size;
	uint32_t count, interval_ms, timeout_ms, bytes;
	bool empty;
	int family;
	void (*reply)(void *data, uint32_t sequence, const char *from, int ttl, int64_t rtt_us);
	void *data;
};

#define NCRUN_PING_OPTIONS_INIT \
	((struct ncrun_ping_options){.size = sizeof(struct ncrun_ping_options)})

/** Room for an IPv4 or IPv6 address as text. */
#define NCRUN_ADDRESS_MAX 46

/**
 * struct ncrun_ping_result - from one node to one address
 * @from, @to:	names of nodes, borrowed from the network; @to is NULL for an address that is
 *		nobody's in it
 * @address:	"" = it has none
 * @min_us, @average_us, @max_us, @deviation_us: -1 = nothing came back
 * @failure:	static text, why an answer is missing: "no address", "does not run", "no route",
 *		"network unreachable", ...; NULL = all came, or nobody said why one did not
 * @failure_from: who says so; "" = this machine
 */
struct ncrun_ping_result {
	const char *from, *to;
	char address[NCRUN_ADDRESS_MAX];
	uint32_t sent, received;
	int64_t min_us, average_us, max_us, deviation_us;
	const char *failure;
	char failure_from[NCRUN_ADDRESS_MAX];
};

/**
 * ncrun_network_ping() - ICMP echo from one node to another; no program is needed in either
 * @to:		name of a node, or an address
 *
 * Packets that are lost are no error: see @ret.
 *
 * Return: 0, or a negative errno: -ENOENT no such node, -EINVAL a switch, or an address of the
 * other family, -ENOTCONN @from does not run, -EADDRNOTAVAIL @to has no address of that family.
 */
int ncrun_network_ping(struct ncrun_network *network, const char *from, const char *to,
		       const struct ncrun_ping_options *options, struct ncrun_ping_result *ret,
		       struct ncrun_error *err);

/**
 * ncrun_network_ping_all() - every host, router and nat to every other, side by side
 * @ret:	by the order of the file, of @from and then of @to; free() releases it
 *
 * What nodes learn of their neighbours by it they forget again. @reply is not called.
 */
int ncrun_network_ping_all(struct ncrun_network *network, const struct ncrun_ping_options *options,
			   struct ncrun_ping_result **ret, size_t *ret_count,
			   struct ncrun_error *err);

/**
 * struct ncrun_hop - one line of a traceroute
 * @address:	"" = nobody answered
 * @node, @interface: whose address that is; NULL = nobody's in the network
 * @rtt_us:	-1 = no answer
 * @failure:	static text: why packets get no farther; NULL = they do
 * @reached:	this is where they were to go
 */
struct ncrun_hop {
	uint32_t ttl;
	char address[NCRUN_ADDRESS_MAX];
	const char *node, *interface;
	int64_t rtt_us;
	const char *failure;
	bool reached;
};

/**
 * struct ncrun_trace_options - how a way is looked for; zero means default
 * @family:	as in struct ncrun_ping_options
 * @max_hops:	default 255; eight hops in a row that do not answer are the end, too
 * @timeout_ms:	for each of two requests to a hop, default 1,000
 */
struct ncrun_trace_options {
	size_t size;
	int family;
	uint32_t max_hops, timeout_ms;
};

#define NCRUN_TRACE_OPTIONS_INIT \
	((struct ncrun_trace_options){.size = sizeof(struct ncrun_trace_options)})

/**
 * ncrun_network_traceroute() - the way that packets take
 * @to:		name of a node, or an address
 * @options:	NULL = all defaults
 * @ret:	free() releases the hops; one with @ttl 0 follows the last
 *
 * By ICMP echo, many hops at once. Errors as of ncrun_network_ping(), and -ENETUNREACH and the
 * like when @from cannot even send.
 */
int ncrun_network_traceroute(struct ncrun_network *network, const char *from, const char *to,
			     const struct ncrun_trace_options *options, struct ncrun_hop **ret,
			     struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
