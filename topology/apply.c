/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: a plan is carried out kind by kind, in the order of the table below.
 * Each kind's part does all its steps at once: containers start side by side, requests to one
 * namespace travel together. A step is marked before it is begun; when one fails, the marked
 * ones are turned round (plan_inverse) and the same table undoes them.
 */

#include "topology/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* ---- what the parts share ------------------------------------------------------------------- */

struct plan_step *apply_next(const struct apply *apply, enum plan_kind kind, struct plan_step *step)
{
	struct plan_step *end = apply->plan->steps + apply->plan->count;

	for (step = step ? step + 1 : apply->plan->steps; step < end; step++)
		if (step->kind == kind)
			return step;
	return NULL;
}

int apply_fail(struct apply *apply, const struct plan_step *step, int r, struct ncrun_error *err)
{
	_cleanup_text_ struct text name = {0}, detail = {0};
	const char *source = apply->wanted ? apply->wanted->source : NULL;
	struct place place;

	apply->failed = step;
	if (!step)
		return r;
	plan_step_print(step, &name, &detail);
	place = plan_step_place(step);
	/* a command is called by the node that it is of */
	r = error_wrap(err, r, "%s%s '%s'", plan_step_kind(step),
		       step->kind == PLAN_COMMAND ? " of node" : "", text_string(&name));
	if (place.line && source)
		r = error_wrap(err, r, "%s:%u:%u", source, place.line, place.column);
	return r;
}

int apply_netns(struct apply *apply, const struct node *node, struct netns **ret,
		struct ncrun_error *err)
{
	return network_netns(apply->network, node, ret, err);
}

int apply_index(struct apply *apply, const struct interface *end, int *ret, struct ncrun_error *err)
{
	struct netns *netns = NULL;
	int r = 0;

	if (end->index == 0) {
		r = apply_netns(apply, end->node, &netns, err);
		if (r == 0) /* what this process learns of the model's interface */
			r = netns_link_index(netns, end->name, &((struct interface *)end)->index,
					     err);
	}
	if (r == 0)
		*ret = end->index;
	return r;
}

int apply_ends(struct apply *apply, const struct link *link, struct netns *ret[2],
	       struct ncrun_error *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < 2; i++) {
		ret[i] = NULL;
		if (link->ends[i].node)
			r = apply_netns(apply, link->ends[i].node, &ret[i], err);
	}
	return r;
}

bool apply_forgives(const struct apply *apply, int r)
{
	return r == -ENOTCONN && apply->undoing;
}

/* ---- readiness --------------------------------------------------------------------------- */

#define READY_MS 10000

/** struct waits - namespaces in which links come up, and steps that made those; both owned */
struct waits {
	struct netns **netns;
	const struct plan_step **steps;
	size_t count;
};

static void waits_done(struct waits *waits)
{
	free(waits->netns);
	free(waits->steps);
}

static bool awaits(const struct plan_step *step)
{
	return step->verb == NCRUN_STEP_CREATE ||
	       (step->verb == NCRUN_STEP_CHANGE &&
		(step->changes & (PLAN_CHANGE_UP | PLAN_CHANGE_ADDRESSES)));
}

static int wait_add(struct apply *apply, struct waits *waits, const struct plan_step *step,
		    const struct node *node, struct ncrun_error *err)
{
	int r = apply_netns(apply, node, &waits->netns[waits->count], err);

	if (apply_forgives(apply, r))
		return 0;
	if (r < 0)
		return apply_fail(apply, step, r, err);
	waits->steps[waits->count++] = step;
	return 0;
}

/* Each who got a link, or the fabric, once. */
static int waits_find(struct apply *apply, bool of_switches, struct waits *waits,
		      struct ncrun_error *err)
{
	struct plan_step *step = NULL;

	while ((step = apply_next(apply, PLAN_LINK, step)))
		for (int i = 0; awaits(step) && i < 2; i++) {
			struct node *node = step->link_after->ends[i].node;
			int r;

			if (!node || node->mark || node_is_switch(node) != of_switches)
				continue;
			node->mark = 1;
			r = wait_add(apply, waits, step, node, err);
			if (r < 0 || of_switches)
				return r;
		}
	return 0;
}

static int ready(struct apply *apply, bool of_switches, struct ncrun_error *err)
{
	_cleanup_(waits_done) struct waits waits = {0};
	size_t nodes = apply->wanted ? apply->wanted->node_count : 0, late = 0;
	int r;

	waits.netns = calloc(nodes + 1, sizeof(struct netns *));
	waits.steps = calloc(nodes + 1, sizeof(struct plan_step *));
	if (!waits.netns || !waits.steps)
		return error_set(err, ENOMEM, "make room for the links of %zu nodes", nodes);
	for (size_t i = 0; i < nodes; i++)
		apply->wanted->nodes[i]->mark = 0;
	r = waits_find(apply, of_switches, &waits, err);
	if (r < 0)
		return r;
	r = netns_wait_all_ready(waits.netns, waits.count, READY_MS, &late, err);
	return r < 0 ? apply_fail(apply, late < waits.count ? waits.steps[late] : NULL, r, err) : 0;
}

int apply_ready(struct apply *apply, struct ncrun_error *err)
{
	return ready(apply, false, err);
}

int apply_switches_ready(struct apply *apply, struct ncrun_error *err)
{
	return ready(apply, true, err);
}

/* ---- the network itself ------------------------------------------------------------------ */

static int network_make(struct apply *apply, struct ncrun_error *err)
{
	/* One that has none yet may get some later: the fabric is there from the beginning. */
	struct plan_step *step = apply_next(apply, PLAN_NETWORK, NULL);

	if (!step || step->verb != NCRUN_STEP_CREATE)
		return 0;
	step->begun = true;
	return fabric_create(apply->network, err);
}

static int network_unmake(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = apply_next(apply, PLAN_NETWORK, NULL);

	if (!step || step->verb != NCRUN_STEP_DELETE)
		return 0;
	return fabric_delete(apply->network, err);
}

/* ---- the order --------------------------------------------------------------------------- */

/* Whoever is new, or is called otherwise, is cut off from the others before his commands run. */
static int apply_partition(struct apply *apply, struct ncrun_error *err)
{
	if (!apply->plan->before || !apply->wanted)
		return 0;
	return network_partition_renew(apply->network, apply->wanted, err);
}

/* Order matters: what stands on something comes after it, and goes before it. Nobody's commands
 * start before all is wired. */
static int (*const parts[])(struct apply *apply, struct ncrun_error *err) = {
	apply_uplinks_delete, apply_links_delete, apply_nodes_delete,  network_unmake,
	network_make,         apply_switches,     apply_names_prepare, apply_nodes_make,
	apply_nodes_change,   apply_links_create, apply_far,           apply_links_settle,
	apply_links_change,   apply_routes,       apply_filters,       apply_uplinks,
	apply_impairments,    apply_names,        apply_ready,         apply_switches_open,
	apply_switches_ready, apply_partition,    apply_neighbours,    apply_nodes_release,
	apply_commands,
};

static int apply_run(struct apply *apply, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = parts[i](apply, err);
	return r;
}

static void steps_tell(const struct apply *apply)
{
	const struct plan *plan = apply->plan;

	if (!apply->options || !apply->options->step)
		return;
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->steps[i].quiet && plan->steps[i].kind != PLAN_COMMAND)
			plan_step_tell(&plan->steps[i], apply->options);
}

static void apply_done(struct apply *apply)
{
	hosts_done(&apply->hosts);
	maker_unref(apply->maker);
	free(apply->files);
}

/* All of it that can be done; the first error. */
static int apply_run_on(struct apply *apply, struct ncrun_error *err)
{
	int first = 0;

	apply->undoing = true;
	apply->wanted = apply->plan->after;
	apply->far = apply->wanted && topology_is_far(apply->wanted);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int r = parts[i](apply, first == 0 ? err : NULL);

		first = first < 0 ? first : r;
	}
	apply_done(apply);
	return first;
}

int plan_mend(struct ncrun_network *network, struct plan *plan, struct ncrun_error *err)
{
	struct apply apply = {.network = network, .plan = plan};
	int r;

	descriptor_limit_raise(&apply.files_limit);
	r = apply_run_on(&apply, err);
	descriptor_limit_restore(&apply.files_limit);
	return r;
}

int plan_undo(struct ncrun_network *network, const struct plan *plan)
{
	_cleanup_(plan_freep) struct plan *inverse = NULL;
	int r = plan_inverse(plan, &inverse, NULL);

	return r < 0 ? r : plan_mend(network, inverse, NULL);
}

int plan_apply(struct ncrun_network *network, struct plan *plan,
	       const struct ncrun_up_options *options, int *ret_undone, struct ncrun_error *err)
{
	struct apply apply = {.network = network,
			      .plan = plan,
			      .wanted = plan->after,
			      .far = plan->after && topology_is_far(plan->after),
			      .options = options};
	int r;

	descriptor_limit_raise(&apply.files_limit); /* each node is some */
	r = apply_run(&apply, err);
	descriptor_limit_restore(&apply.files_limit);
	if (r < 0)
		*ret_undone = plan_undo(network, plan);
	else
		steps_tell(&apply);
	apply_done(&apply);
	return r;
}
