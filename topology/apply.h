/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A plan being carried out; for apply.c and apply_*.c. */

#include "base/process.h"
#include "base/record.h"
#include "topology/hosts.h"
#include "topology/running.h"

/**
 * struct apply - a plan under way
 * @wanted:	what is being made: the plan's @after; NULL = nothing is to be there
 * @far:	topology_is_far() says so of @wanted
 * @undoing:	what is deleted may be gone already, what is made may be there, and whose node has
 *		ended gets nothing
 * @failed:	the step at which it failed
 */
struct apply {
	struct ncrun_network *network;
	struct plan *plan;
	struct ncrun_topology *wanted;
	const struct ncrun_up_options *options;
	bool far;
	bool undoing;
	const struct plan_step *failed;
	struct maker *maker; /* owned; NULL until a node is made */
	struct hosts hosts;  /* owned; what each node of @wanted knows */
	uint32_t *files; /* owned; by number of the node: the hosts file that it shares; 0 = none */
	uint32_t last_file;                  /* number given out last */
	struct descriptor_limit files_limit; /* of the nodes' commands */
};

/** The next step of that kind and verb after @step, or the first for NULL; NULL = no more. */
struct plan_step *apply_next(const struct apply *apply, enum plan_kind kind,
			     struct plan_step *step);
/** Wrap an error with what it was about, and remember the step. */
int apply_fail(struct apply *apply, const struct plan_step *step, int r, struct ncrun_error *err);
/** The node's namespace, be it a switch's fabric; and the interface's index there. */
int apply_netns(struct apply *apply, const struct node *node, struct netns **ret,
		struct ncrun_error *err);
int apply_index(struct apply *apply, const struct interface *end, int *ret,
		struct ncrun_error *err);
/** The namespaces of both ends; NULL where there is none. */
int apply_ends(struct apply *apply, const struct link *link, struct netns *ret[2],
	       struct ncrun_error *err);
/** Is @r that a node does not run, and nothing is to be done for it then? */
bool apply_forgives(const struct apply *apply, int r);

/* Each does all steps of its kind: see the table in apply.c. */
int apply_switches(struct apply *apply, struct ncrun_error *err);
int apply_switches_open(struct apply *apply, struct ncrun_error *err);
int apply_nodes_make(struct apply *apply, struct ncrun_error *err);
int apply_nodes_change(struct apply *apply, struct ncrun_error *err);
int apply_nodes_release(struct apply *apply, struct ncrun_error *err);
int apply_nodes_delete(struct apply *apply, struct ncrun_error *err);
int apply_links_create(struct apply *apply, struct ncrun_error *err);
int apply_links_settle(struct apply *apply, struct ncrun_error *err);
int apply_links_change(struct apply *apply, struct ncrun_error *err);
int apply_links_delete(struct apply *apply, struct ncrun_error *err);
int apply_impairments(struct apply *apply, struct ncrun_error *err);
int apply_routes(struct apply *apply, struct ncrun_error *err);
int apply_filters(struct apply *apply, struct ncrun_error *err);
int apply_uplinks_delete(struct apply *apply, struct ncrun_error *err);
int apply_uplinks(struct apply *apply, struct ncrun_error *err);
/** Marks of @wanted's nodes are their numbers after it. */
int apply_names_prepare(struct apply *apply, struct ncrun_error *err);
int apply_names(struct apply *apply, struct ncrun_error *err);
int apply_far(struct apply *apply, struct ncrun_error *err);
int apply_ready(struct apply *apply, struct ncrun_error *err);
int apply_switches_ready(struct apply *apply, struct ncrun_error *err);
int apply_neighbours(struct apply *apply, struct ncrun_error *err);
int apply_commands(struct apply *apply, struct ncrun_error *err);

/** So many routers that packets could die of age on their way? (apply_far.c) */
bool topology_is_far(const struct ncrun_topology *topology);
/** What is set in a new node of such a network; NULL = no more. */
const struct netns_sysctl *far_sysctl(size_t nth);

/** Queue the addresses of an interface in a batch of its namespace. */
void link_queue_addresses(struct netns_batch *batch, const struct interface *end, int index);
/** Queue a node's routes, rules and addresses of lo; what is gone tolerates that it is. */
int routes_queue(struct apply *apply, struct netns_batch *batch, const struct node *before,
		 const struct node *after, struct ncrun_error *err);

/** The hosts file that a node shares with others; false: it has one of its own (apply_names.c). */
bool names_source(const struct apply *apply, const struct node *node, char *ret_path, size_t size);

/** struct node_spec - a container's specification, and what it points into */
struct node_spec {
	struct ncrun_container_spec spec;
	struct ncrun_volume *volumes;
	struct ncrun_tmpfs *tmpfs;
	struct ncrun_rlimit *rlimits;
	struct ncrun_service *services;
	char **kept; /* copies of texts that are taken apart */
	char **caps;
	char **sysctls; /* all but those of one interface */
	char **labels;
};

/** node_spec_fill() - by the parsers of <ncrun/container.h> (node_spec.c) */
int node_spec_fill(const struct apply *apply, const struct node *node, struct node_spec *ret,
		   struct ncrun_error *err);
void node_spec_done(struct node_spec *spec);
/** Sysctls of the node's network namespace; those of one interface, or all others. */
int node_sysctls_set(const struct node *node, struct netns *netns, bool of_interfaces,
		     struct ncrun_error *err);
