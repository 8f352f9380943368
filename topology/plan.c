/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: a plan is a list of steps, in the order in which they are
 * done: what goes, in the reverse order of what comes; then what comes. Creating a
 * network is the difference from nothing, removing it the one to nothing, and undoing is
 * the plan read backwards with every verb turned round.
 *
 * A container that has to be made anew takes its links with it, so they are deleted and
 * created, too; and whoever loses a link or an address loses the routes that
 * led there, so his are set again, quietly if they are the same.
 */

#include "topology/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* Marks of nodes. */
#define NEW_NODE    1u /* made by this plan */
#define LOST_ROUTES 2u /* a link or address of it comes or goes */

static int plan_add(struct plan *plan, const struct plan_step *step, struct ncrun_error *err)
{
	if (array_grow((void **)&plan->steps, plan->count, sizeof(*step)) < 0)
		return error_set(err, ENOMEM, "make room for a plan");
	plan->steps[plan->count++] = *step;
	return 0;
}

static size_t nodes_of(const struct ncrun_topology *topology)
{
	return topology ? topology->node_count : 0;
}

static size_t links_of(const struct ncrun_topology *topology)
{
	return topology ? topology->link_count : 0;
}

static struct node *same_node(const struct ncrun_topology *topology, const struct node *node)
{
	return topology ? topology_node(topology, node->name) : NULL;
}

/* ---- marks -------------------------------------------------------------------------- */

/* A switch that stays has no mark; its ports come and go by themselves. */
static void marks_set(struct plan *plan)
{
	for (size_t i = 0; i < nodes_of(plan->before); i++)
		plan->before->nodes[i]->mark = 0;
	for (size_t i = 0; i < nodes_of(plan->after); i++) {
		struct node *after = plan->after->nodes[i];
		struct node *before = same_node(plan->before, after);
		bool stays = before && !node_needs_restart(before, after);

		after->mark = stays ? 0 : NEW_NODE;
		if (before && !stays)
			before->mark = NEW_NODE;
	}
}

static bool is_new(const struct interface *end)
{
	return end->node && (end->node->mark & NEW_NODE);
}

static void routes_lost(const struct ncrun_topology *topology, const struct link *link)
{
	for (int i = 0; i < 2; i++) {
		struct node *node = link->ends[i].node;

		node = node && topology ? topology_node(topology, node->name) : NULL;
		if (node)
			node->mark |= LOST_ROUTES;
	}
}

/* ---- links --------------------------------------------------------------------------- */

/* The same ends: found at the one that has few. */
static const struct link *same_link(const struct ncrun_topology *topology, const struct link *link)
{
	int few = link->ends[1].node && node_is_switch(link->ends[0].node) ? 1 : 0;
	const struct interface *end = &link->ends[few], *far = &link->ends[!few];
	const struct node *node = topology ? topology_node(topology, end->node->name) : NULL;
	const struct interface *found = node ? node_interface(node, end->name) : NULL;
	const struct interface *peer = found ? interface_peer(found) : NULL;

	if (!found || !found->link || !peer != !far->node)
		return NULL;
	if (peer &&
	    (!text_equal(peer->node->name, far->node->name) || !text_equal(peer->name, far->name)))
		return NULL;
	return found->link;
}

static bool link_stays(const struct link *before, const struct link *after)
{
	return before && after && !link_needs_renewal(before, after) && !is_new(&before->ends[0]) &&
	       !is_new(&before->ends[1]) && !is_new(&after->ends[0]) && !is_new(&after->ends[1]);
}

static int links_delete(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = links_of(plan->before); r == 0 && i-- > 0;) {
		const struct link *before = plan->before->links[i];

		if (link_stays(before, same_link(plan->after, before)))
			continue;
		routes_lost(plan->after, before);
		r = plan_add(plan,
			     &(struct plan_step){.verb = NCRUN_STEP_DELETE,
						 .kind = PLAN_LINK,
						 .link_before = before},
			     err);
	}
	return r;
}

static int links_create(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < links_of(plan->after); i++) {
		const struct link *after = plan->after->links[i];

		if (link_stays(same_link(plan->before, after), after))
			continue;
		routes_lost(plan->after, after);
		r = plan_add(plan,
			     &(struct plan_step){.verb = NCRUN_STEP_CREATE,
						 .kind = PLAN_LINK,
						 .link_after = after},
			     err);
	}
	return r;
}

static int links_change(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < links_of(plan->after); i++) {
		const struct link *after = plan->after->links[i];
		const struct link *before = same_link(plan->before, after);
		struct plan_step step = {.verb = NCRUN_STEP_CHANGE,
					 .kind = PLAN_LINK,
					 .link_before = before,
					 .link_after = after};

		if (!link_stays(before, after))
			continue;
		step.changes = link_changes(before, after);
		if (step.changes & (PLAN_CHANGE_ADDRESSES | PLAN_CHANGE_UP))
			routes_lost(plan->after, after);
		if (step.changes)
			r = plan_add(plan, &step, err);
	}
	return r;
}

/* ---- nodes ------------------------------------------------------------------------------ */

static int nodes_delete(struct plan *plan, bool switches, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = nodes_of(plan->before); r == 0 && i-- > 0;) {
		const struct node *before = plan->before->nodes[i];
		struct plan_step step = {.verb = NCRUN_STEP_DELETE,
					 .kind = switches ? PLAN_SWITCH : PLAN_NODE,
					 .before = before};

		if (node_is_switch(before) == switches &&
		    (!same_node(plan->after, before) || before->mark & NEW_NODE))
			r = plan_add(plan, &step, err);
	}
	return r;
}

static int nodes_create(struct plan *plan, bool switches, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < nodes_of(plan->after); i++) {
		const struct node *after = plan->after->nodes[i];
		struct plan_step step = {.verb = NCRUN_STEP_CREATE,
					 .kind = switches ? PLAN_SWITCH : PLAN_NODE,
					 .after = after};

		if (node_is_switch(after) != switches)
			continue;
		if (after->mark & NEW_NODE) {
			r = plan_add(plan, &step, err);
		} else if (switches && switch_differs(same_node(plan->before, after), after)) {
			step.verb = NCRUN_STEP_CHANGE;
			step.before = same_node(plan->before, after);
			r = plan_add(plan, &step, err);
		}
	}
	return r;
}

static int node_create(struct plan *plan, struct ncrun_error *err)
{
	return nodes_create(plan, false, err);
}

static int switch_create(struct plan *plan, struct ncrun_error *err)
{
	return nodes_create(plan, true, err);
}

static int node_delete(struct plan *plan, struct ncrun_error *err)
{
	return nodes_delete(plan, false, err);
}

static int switch_delete(struct plan *plan, struct ncrun_error *err)
{
	return nodes_delete(plan, true, err);
}

/* ---- what belongs to a node --------------------------------------------------------------- */

static bool has_routes(const struct node *node)
{
	return node->route_count + node->rule_count + node->loopback_count > 0 ||
	       node->gateways[0].family || node->gateways[1].family ||
	       node_forwards(node) !=
		       (node->kind == NODE_KIND_ROUTER || node->kind == NODE_KIND_NAT);
}

static bool has_filters(const struct node *node)
{
	return node->filter_count > 0 || node->kind == NODE_KIND_NAT ||
	       (node->uplink && node_forwards(node));
}

static bool has_ports(const struct node *node)
{
	return node->port_count > 0;
}

static bool uplinks_differ(const struct node *before, const struct node *after)
{
	return node_has_uplink(before) != node_has_uplink(after) || before->uplink != after->uplink;
}

/** What can be there for a node, and can be changed by itself. */
static const struct aspect {
	enum plan_kind kind;
	bool (*has)(const struct node *node);
	bool (*differs)(const struct node *before, const struct node *after);
} aspects[] = {
	{PLAN_ROUTES, has_routes, node_routes_differ},
	{PLAN_FILTERS, has_filters, node_filters_differ},
	{PLAN_UPLINK, node_has_uplink, uplinks_differ},
	{PLAN_PORTS, has_ports, node_ports_differ},
};

static int aspect_set(struct plan *plan, const struct aspect *aspect, const struct node *after,
		      struct ncrun_error *err)
{
	struct node *before = after->mark & NEW_NODE ? NULL : same_node(plan->before, after);
	struct plan_step step = {.kind = aspect->kind, .before = before, .after = after};
	bool had = before && aspect->has(before), has = aspect->has(after);

	step.verb = !had ? NCRUN_STEP_CREATE : has ? NCRUN_STEP_CHANGE : NCRUN_STEP_DELETE;
	if (!had && !has)
		return 0;
	if (before && !aspect->differs(before, after)) {
		if (aspect->kind != PLAN_ROUTES || !(after->mark & LOST_ROUTES))
			return 0;
		step.quiet = true;
	}
	return plan_add(plan, &step, err);
}

static int aspects_set(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t a = 0; a < sizeof(aspects) / sizeof(aspects[0]); a++)
		for (size_t i = 0; r == 0 && i < nodes_of(plan->after); i++)
			if (!node_is_switch(plan->after->nodes[i]))
				r = aspect_set(plan, &aspects[a], plan->after->nodes[i], err);
	return r;
}

/* On the machine itself: nobody else takes them away with a node. */
static int aspects_delete(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t a = sizeof(aspects) / sizeof(aspects[0]); a-- > 0;)
		for (size_t i = nodes_of(plan->before); r == 0 && i-- > 0;) {
			const struct node *before = plan->before->nodes[i];
			struct plan_step step = {.verb = NCRUN_STEP_DELETE,
						 .kind = aspects[a].kind,
						 .before = before};

			if (aspects[a].kind != PLAN_UPLINK && aspects[a].kind != PLAN_PORTS)
				continue;
			if (aspects[a].has(before) &&
			    (!same_node(plan->after, before) || before->mark & NEW_NODE))
				r = plan_add(plan, &step, err);
		}
	return r;
}

static int names_set(struct plan *plan, struct ncrun_error *err)
{
	struct plan_step step = {.verb = NCRUN_STEP_CHANGE, .kind = PLAN_NAMES, .quiet = true};

	return plan->count > 0 && plan->after ? plan_add(plan, &step, err) : 0;
}

static int commands_run(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; i < nodes_of(plan->after); i++) {
		const struct node *after = plan->after->nodes[i];

		for (char ***argv = after->exec; r == 0 && argv && *argv; argv++)
			if (after->mark & NEW_NODE)
				r = plan_add(plan,
					     &(struct plan_step){.verb = NCRUN_STEP_RUN,
								 .kind = PLAN_COMMAND,
								 .after = after,
								 .argv = *argv},
					     err);
	}
	return r;
}

/* In place, as `ncrun set` does. */
static int nodes_change(struct plan *plan, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < nodes_of(plan->after); i++) {
		const struct node *after = plan->after->nodes[i];
		const struct node *before = same_node(plan->before, after);

		if (before && !node_is_switch(after) && !(after->mark & NEW_NODE) &&
		    node_limits_differ(before, after))
			r = plan_add(plan,
				     &(struct plan_step){.verb = NCRUN_STEP_CHANGE,
							 .kind = PLAN_NODE,
							 .before = before,
							 .after = after},
				     err);
	}
	return r;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static int network_delete(struct plan *plan, struct ncrun_error *err)
{
	struct plan_step step = {.verb = NCRUN_STEP_DELETE, .kind = PLAN_NETWORK};

	return plan->before && !plan->after ? plan_add(plan, &step, err) : 0;
}

static int network_create(struct plan *plan, struct ncrun_error *err)
{
	struct plan_step step = {.verb = NCRUN_STEP_CREATE, .kind = PLAN_NETWORK};

	return plan->after && !plan->before ? plan_add(plan, &step, err) : 0;
}

/* Order matters: what stands on something comes after it, and goes before it. */
static int (*const parts[])(struct plan *plan, struct ncrun_error *err) = {
	aspects_delete, links_delete,  node_delete, switch_delete, network_delete,
	network_create, switch_create, node_create, nodes_change,  links_create,
	links_change,   aspects_set,   names_set,   commands_run,
};

int plan_new(struct ncrun_topology *before, struct ncrun_topology *after, struct plan **ret,
	     struct ncrun_error *err)
{
	_cleanup_(plan_freep) struct plan *plan = calloc(1, sizeof(*plan));
	int r = 0;

	if (!plan)
		return error_errno(err, "make room for a plan");
	plan->before = before ? ncrun_topology_ref(before) : NULL;
	plan->after = after ? ncrun_topology_ref(after) : NULL;
	marks_set(plan);
	for (size_t i = 0; r == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
		r = parts[i](plan, err);
	if (r < 0)
		return r;
	*ret = take_ptr(plan);
	return 0;
}

static struct plan_step step_inverse(const struct plan_step *step)
{
	struct plan_step inverse = *step;

	inverse.verb = step->verb == NCRUN_STEP_CREATE   ? NCRUN_STEP_DELETE
		       : step->verb == NCRUN_STEP_DELETE ? NCRUN_STEP_CREATE
							 : step->verb;
	inverse.before = step->after;
	inverse.after = step->before;
	inverse.link_before = step->link_after;
	inverse.link_after = step->link_before;
	inverse.begun = false;
	return inverse;
}

/* Links that were changed and are changed back have taken routes with them, those of steps that
 * had not begun, too: these are set as they were. */
static bool routes_stand(const struct plan_step *step)
{
	return step->kind == PLAN_ROUTES && !step->begun && step->before;
}

int plan_inverse(const struct plan *plan, struct plan **ret, struct ncrun_error *err)
{
	_cleanup_(plan_freep) struct plan *inverse = calloc(1, sizeof(*inverse));
	int r = 0;

	if (!inverse)
		return error_errno(err, "make room for a plan");
	inverse->before = plan->after ? ncrun_topology_ref(plan->after) : NULL;
	inverse->after = plan->before ? ncrun_topology_ref(plan->before) : NULL;
	for (size_t i = plan->count; r == 0 && i-- > 0;) {
		struct plan_step step = step_inverse(&plan->steps[i]);

		if (routes_stand(&plan->steps[i])) {
			step.verb = NCRUN_STEP_CHANGE;
			step.before = step.after;
			step.quiet = true;
			r = plan_add(inverse, &step, err);
		} else if (plan->steps[i].begun && step.kind != PLAN_COMMAND) {
			r = plan_add(inverse, &step, err);
		}
	}
	if (r < 0)
		return r;
	*ret = take_ptr(inverse);
	return 0;
}

struct plan *plan_free(struct plan *plan)
{
	if (plan) {
		ncrun_topology_unref(plan->before);
		ncrun_topology_unref(plan->after);
		free(plan->steps);
		free(plan);
	}
	return NULL;
}

enum plan_remedy plan_remedy(const struct plan *plan)
{
	bool makes = !plan->before, ends = !plan->after;

	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind != PLAN_NODE && step->kind != PLAN_SWITCH)
			continue;
		makes = makes || step->verb == NCRUN_STEP_CREATE;
		ends = ends || step->verb == NCRUN_STEP_DELETE;
	}
	if (!plan->before || (makes && ends))
		return PLAN_REMEDY_NONE;
	return ends ? PLAN_REMEDY_ON : PLAN_REMEDY_BACK;
}
