/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Containers of a plan: made side by side and held, released when they are wired, and ended
 * side by side.
 */

#include <errno.h>
#include <string.h>

#include <ncrun/resources.h>

#include "base/error.h"
#include "topology/apply.h"

/* At the same time: more would only wait for each other, and each child copies and closes the
 * descriptors of all of them. */
#define MAKING_MAX 16

static bool makes(const struct plan_step *step)
{
	return step->verb == NCRUN_STEP_CREATE;
}

static int node_make(struct apply *apply, struct plan_step *step, struct ncrun_error *err)
{
	struct ncrun_network *network = apply->network;
	struct node_spec spec = {0};
	struct member *member = NULL;
	int r = network_member(network, step->after->name, &member, err);

	if (r < 0)
		return r;
	network_member_forget(network, step->after->name);
	if (network->joining && text_equal(network->joining->name, step->after->name))
		spec.spec = *network->joining;
	else
		r = node_spec_fill(apply, step->after, &spec, err);
	if (r == 0 && !apply->maker)
		r = maker_new(&network->context, &apply->maker, err);
	if (r == 0)
		r = container_make(apply->maker, &spec.spec, true, &member->container, err);
	node_spec_done(&spec);
	if (r == 0)
		member->held = step->begun = true;
	return r;
}

static int node_made(struct apply *apply, const struct plan_step *step, struct ncrun_error *err)
{
	struct member *member = NULL;
	int r = network_member(apply->network, step->after->name, &member, err);

	return r < 0 ? r : container_await_made(member->container, err);
}

int apply_nodes_make(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL, *late = NULL;
	size_t making = 0;
	int r = 0;

	while (r == 0 && (step = apply_next(apply, PLAN_NODE, step))) {
		if (!makes(step))
			continue;
		if (making == MAKING_MAX) {
			do
				late = apply_next(apply, PLAN_NODE, late);
			while (!makes(late));
			r = node_made(apply, late, err);
			if (r < 0)
				return apply_fail(apply, late, r, err);
			making--;
		}
		r = node_make(apply, step, err);
		making++;
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	while (r == 0 && (late = apply_next(apply, PLAN_NODE, late))) {
		if (!makes(late))
			continue;
		r = node_made(apply, late, err);
		if (r < 0)
			return apply_fail(apply, late, r, err);
	}
	return 0;
}

/* ---- changed ------------------------------------------------------------------------------- */

int apply_nodes_change(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;
	struct member *member = NULL;

	while ((step = apply_next(apply, PLAN_NODE, step))) {
		int r;

		if (step->verb != NCRUN_STEP_CHANGE)
			continue;
		step->begun = true;
		r = network_member_open(apply->network, step->after->name, &member, err);
		if (r == -ENOENT && apply->undoing) /* it has ended, and is removed */
			continue;
		if (r == 0)
			r = ncrun_container_set_limits(member->container, &step->after->limits,
						       false, err);
		if (r < 0 && !apply_forgives(apply, r))
			return apply_fail(apply, step, r, err);
	}
	return 0;
}

/* ---- released ------------------------------------------------------------------------------ */

/* Undoing comes here although a node could not be made again: that is not held. */
int apply_nodes_release(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;
	struct member *member = NULL;
	int r = 0;

	while ((step = apply_next(apply, PLAN_NODE, step)))
		if (makes(step)) {
			r = network_member(apply->network, step->after->name, &member, err);
			if (r == 0 && member->held)
				r = container_release(member->container, err);
			if (r < 0)
				return apply_fail(apply, step, r, err);
		}
	while ((step = apply_next(apply, PLAN_NODE, step)))
		if (makes(step)) {
			r = network_member(apply->network, step->after->name, &member, err);
			if (r == 0 && member->held)
				r = container_await_started(member->container, err);
			if (r < 0)
				return apply_fail(apply, step, r, err);
			member->held = false;
		}
	return 0;
}

/* ---- ended ------------------------------------------------------------------------------- */

/* One that was made here and never released is undone by its handle. */
static int node_end(struct apply *apply, const char *name, struct ncrun_error *err)
{
	struct member *member = NULL;
	int r = network_member(apply->network, name, &member, err);

	if (r < 0)
		return r;
	if (!member->held) {
		r = network_member_open(apply->network, name, &member, NULL);
		if (r == 0)
			r = ncrun_container_stop(member->container, UINT64_MAX, err);
		if (r == 0)
			r = ncrun_container_remove(member->container, true, err);
	}
	network_member_forget(apply->network, name);
	return r == -ENOENT ? 0 : r;
}

int apply_nodes_delete(struct apply *apply, struct ncrun_error *err)
{
	struct plan_step *step = NULL;
	struct member *member = NULL;
	int r = 0;

	while ((step = apply_next(apply, PLAN_NODE, step)))
		if (step->verb == NCRUN_STEP_DELETE &&
		    network_member(apply->network, step->before->name, &member, NULL) == 0 &&
		    !member->held &&
		    network_member_open(apply->network, step->before->name, &member, NULL) == 0)
			(void)container_stop_begin(member->container, UINT64_MAX, NULL);
	while ((step = apply_next(apply, PLAN_NODE, step))) {
		if (step->verb != NCRUN_STEP_DELETE)
			continue;
		step->begun = true;
		r = node_end(apply, step->before->name, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return 0;
}
