/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What has to be done to make one network of another. */

#include "base/text.h"
#include "topology/model.h"

/** What a step is about. Those of one kind stand together in a plan and are done together. */
enum plan_kind {
	PLAN_NETWORK, /* the directory and the fabric */
	PLAN_SWITCH,
	PLAN_NODE, /* a host, router or nat: a container */
	PLAN_LINK,
	PLAN_ROUTES,  /* of a node: routes, rules, addresses of lo, forwarding */
	PLAN_FILTERS, /* of a node: its rules, and those that make a nat */
	PLAN_UPLINK,  /* of a node */
	PLAN_PORTS,   /* of a node: published */
	PLAN_NAMES,   /* hosts files */
	PLAN_COMMAND, /* of a node: one of `exec` */
};

/** What is different of a link that stays, as bits. */
enum plan_change {
	PLAN_CHANGE_ADDRESSES = 1u << 0,
	PLAN_CHANGE_MTU = 1u << 1,
	PLAN_CHANGE_UP = 1u << 2,
	PLAN_CHANGE_IMPAIRMENT = 1u << 3,
	PLAN_CHANGE_PORT = 1u << 4, /* isolated, hairpin, VLANs */
};

/**
 * struct plan_step - one thing to be done
 * @before, @after: the node as it is and as it shall be; NULL where there is none
 * @link_before, @link_after: the same for a link
 * @changes:	of a link, bits of enum plan_change
 * @quiet:	only to keep what is there: nobody need be told
 * @begun:	done, or at least begun (apply.c)
 */
struct plan_step {
	enum ncrun_step_verb verb;
	enum plan_kind kind;
	const struct node *before, *after;           /* borrowed */
	const struct link *link_before, *link_after; /* borrowed */
	char *const *argv;                           /* borrowed; of a command */
	unsigned int changes;
	bool quiet;
	bool begun;
};

/** struct plan - steps in the order in which they are done */
struct plan {
	struct ncrun_topology *before, *after; /* owned; NULL = nothing is there */
	struct plan_step *steps;               /* owned */
	size_t count;
};

/**
 * plan_new() - from one completed topology to another
 * @before, @after: NULL = no network at all; the plan keeps references
 *
 * Pure, but for the nodes' marks.
 */
int plan_new(struct ncrun_topology *before, struct ncrun_topology *after, struct plan **ret,
	     struct ncrun_error *err);
/** What undoes those steps of a plan that have begun: it, read backwards. */
int plan_inverse(const struct plan *plan, struct plan **ret, struct ncrun_error *err);
struct plan *plan_free(struct plan *plan);
DEFINE_CLEANUP(struct plan *, plan_free);

/** What to make of a plan whose ncrun was killed while it carried it out. */
enum plan_remedy {
	PLAN_REMEDY_NONE, /* nodes have ended for good, and others would have to be made */
	PLAN_REMEDY_BACK, /* nobody has ended: it is taken back */
	PLAN_REMEDY_ON,   /* nobody is to be made: it is carried on */
};
enum plan_remedy plan_remedy(const struct plan *plan);

/** "node", "link" ...: the kind in words. */
const char *plan_step_kind(const struct plan_step *step);
/** Where in the file it was asked for. */
struct place plan_step_place(const struct plan_step *step);
/** "a:eth0 -- lan", and "10.0.0.2/24, delay: 20ms" (plan_print.c). */
void plan_step_print(const struct plan_step *step, struct text *name, struct text *detail);
/** To whoever asked to be told. */
void plan_step_tell(const struct plan_step *step, const struct ncrun_up_options *options);

/* ---- comparing (plan_compare.c) ------------------------------------------------------------- */

/** Does it take another container to make one of the other? */
bool node_needs_restart(const struct node *before, const struct node *after);
/** Of one that does not: has it other limits? */
bool node_limits_differ(const struct node *before, const struct node *after);
bool node_routes_differ(const struct node *before, const struct node *after);
bool node_filters_differ(const struct node *before, const struct node *after);
bool node_ports_differ(const struct node *before, const struct node *after);
bool switch_differs(const struct node *before, const struct node *after);
/** Has it to be made anew? */
bool link_needs_renewal(const struct link *before, const struct link *after);
/** Bits of enum plan_change. */
unsigned int link_changes(const struct link *before, const struct link *after);
