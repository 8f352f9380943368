/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_TOPOLOGY_H
#define NCRUN_TOPOLOGY_H

/*
 * Topologies: networks as data, nodes and links, read from a file or put together by
 * calls. <ncrun/network.h> makes them real. Nothing here prints.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ncrun_topology;
struct ncrun_network;

struct ncrun_topology *ncrun_topology_ref(struct ncrun_topology *topology);
/** Accepts NULL, returns NULL. */
struct ncrun_topology *ncrun_topology_unref(struct ncrun_topology *topology);
/** Its name, or NULL; borrowed. */
const char *ncrun_topology_name(const struct ncrun_topology *topology);

/* ---- reading and writing ---------------------------------------------------------------- */

/** How a topology is written. */
enum ncrun_topology_format {
	NCRUN_TOPOLOGY_GUESS,        /* reading only: by file name and content */
	NCRUN_TOPOLOGY_YAML,         /* ncrun-topology(5) */
	NCRUN_TOPOLOGY_JSON,         /* the same as JSON */
	NCRUN_TOPOLOGY_DOT,          /* Graphviz */
	NCRUN_TOPOLOGY_CONTAINERLAB, /* reading only */
};

/**
 * struct ncrun_problem - one mistake in a topology
 * @line, @column: from 1; 0 = in what was put together by calls
 * @text:	"node 'b': memory '64Q': not a size (try 64M)"
 */
struct ncrun_problem {
	const char *source;
	uint32_t line, column;
	const char *text;
};

/** Called with each mistake, in the order of the file; @problem is valid for the call. */
typedef void ncrun_problem_function(void *data, const struct ncrun_problem *problem);

/**
 * ncrun_topology_load() - read a file and check it
 * @path:	"-" = standard input
 * @tell:	called with every mistake in it; NULL = only the first is told, in @err
 *
 * Return: 0, or a negative errno: -EINVAL when there are mistakes, then @err has the first
 * and how many more there are.
 */
int ncrun_topology_load(const char *path, enum ncrun_topology_format format,
			ncrun_problem_function *tell, void *data, struct ncrun_topology **ret,
			struct ncrun_error *err);

/** struct ncrun_topology_text - text in memory; @source stands for the file name in messages */
struct ncrun_topology_text {
	const char *source;
	const char *text;
	size_t length; /* bytes */
	enum ncrun_topology_format format;
};

/** The same from text in memory. */
int ncrun_topology_parse(const struct ncrun_topology_text *text, ncrun_problem_function *tell,
			 void *data, struct ncrun_topology **ret, struct ncrun_error *err);

/** An empty one. -EINVAL for a name that is none. */
int ncrun_topology_new(const char *name, struct ncrun_topology **ret, struct ncrun_error *err);

/**
 * ncrun_topology_add_node() - add a node
 * @options:	printf-format of what would stand in the file: "kind: router, mtu: %d"; keys and
 *		values of ncrun-topology(5), with or without braces; NULL or "" = a host
 *
 * Return: 0, or a negative errno; the topology is unchanged then: -EEXIST, -EINVAL.
 */
int ncrun_topology_add_node(struct ncrun_topology *topology, const char *name,
			    struct ncrun_error *err, const char *options, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * ncrun_topology_add_link() - add a link between two nodes that are there
 * @a, @b:	"NODE" or "NODE:INTERFACE"
 * @options:	as above: "delay: 20ms, loss: 0.1%%", "address: [10.0.0.1/24, 10.0.0.2/24]"
 */
int ncrun_topology_add_link(struct ncrun_topology *topology, const char *a, const char *b,
			    struct ncrun_error *err, const char *options, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * ncrun_topology_generate() - add nodes and links after a pattern
 * @pattern:	"linear: 10", "tree: {depth: 3, fanout: 4}", ... as under `topology:` in a file
 * @node_options: of every host that is made, as for ncrun_topology_add_node()
 */
int ncrun_topology_generate(struct ncrun_topology *topology, const char *pattern,
			    const char *node_options, struct ncrun_error *err);

/** Check it as a whole; ncrun_network_up() does that, too. As ncrun_topology_load(). */
int ncrun_topology_check(const struct ncrun_topology *topology, ncrun_problem_function *tell,
			 void *data, struct ncrun_error *err);

/**
 * ncrun_topology_write() - the text of a file that says the same
 * @completed:	with the names and addresses that ncrun assigns
 * @ret:	free() releases it
 */
int ncrun_topology_write(const struct ncrun_topology *topology, enum ncrun_topology_format format,
			 bool completed, char **ret, struct ncrun_error *err);

/**
 * struct ncrun_topology_node - one of its nodes
 * @name:	borrowed from the topology
 * @kind:	"host", "router", "nat" or "switch"
 * @joined:	not from a file: ncrun_node_start() put it there
 */
struct ncrun_topology_node {
	const char *name;
	const char *kind;
	bool joined;
};

/** All of them, in the order of the file; free() releases the array. */
int ncrun_topology_nodes(const struct ncrun_topology *topology, struct ncrun_topology_node **ret,
			 size_t *ret_count, struct ncrun_error *err);
/**
 * ncrun_topology_node_options() - what stands in a file of a node, without what ncrun assigned
 * @ret:	a map as JSON: "{"kind": "switch", "stp": true}"; free() releases it
 *
 * -ENOENT no such node.
 */
int ncrun_topology_node_options(const struct ncrun_topology *topology, const char *name, char **ret,
				struct ncrun_error *err);

/**
 * struct ncrun_topology_key - a key of topology files, for reference
 * @of:		what has it: "a node", "a link", ...; those of one follow each other
 * @kinds:	"hosts, routers and nats" have it; NULL = all
 * @form:	what its value looks like: "a size"
 * @fallback:	what holds when it is not said; NULL = nothing
 * @help:	a sentence without its full stop
 * @example:	"memory: 64M"
 */
struct ncrun_topology_key {
	const char *of;
	const char *name;
	const char *kinds;
	const char *form;
	const char *fallback;
	const char *help;
	const char *example;
};

/** Called with each key; @key is valid for the call. */
typedef void ncrun_topology_key_function(void *data, const struct ncrun_topology_key *key);

/** All keys that a topology file can have, as ncrun-topology(5) lists them. -ENOMEM. */
int ncrun_topology_keys(ncrun_topology_key_function *each, void *data, struct ncrun_error *err);

/* ---- pictures ------------------------------------------------------------------------------ */

enum ncrun_graph_format {
	NCRUN_GRAPH_DOT,
	NCRUN_GRAPH_ASCII,
	NCRUN_GRAPH_JSON,
	NCRUN_GRAPH_SVG, /* needs Graphviz: -ENOPKG without it */
};

/**
 * ncrun_topology_graph() - a picture of a topology
 * @network:	whose topology it is: the picture then has the state of what runs; NULL = none
 * @ret:	free() releases it
 */
int ncrun_topology_graph(const struct ncrun_topology *topology, struct ncrun_network *network,
			 enum ncrun_graph_format format, char **ret, struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
