/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory of operation: before a network that runs is changed, what it shall be is written down
 * beside what it is. Whoever is killed at it leaves both, and whoever comes next makes it one of
 * them: what it was, or where nodes have ended by then what it shall be. The steps between the
 * two are the same, and each may have been done already. Nodes that are in both notice nothing.
 * Only where some have ended and others would have to be made nothing is written beside it, and
 * the network is one to be removed.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "topology/running.h"
#include "topology/uplink.h"

static void record_count(struct network_record *record, const struct ncrun_topology *topology)
{
	record->nodes = record->switches = 0;
	for (size_t i = 0; i < topology->node_count; i++)
		if (node_is_switch(topology->nodes[i]))
			record->switches++;
		else
			record->nodes++;
	record->links = (uint32_t)topology->link_count;
}

int network_forget_next(const struct ncrun_network *network, struct ncrun_error *err)
{
	int r = tree_remove_at(network->dir, NETWORK_NEXT, NULL, err);

	if (r < 0)
		return error_wrap(err, r, "network '%s'", network->name);
	return 0;
}

/* ---- written down ------------------------------------------------------------------------- */

/* Before anything is done... */
static int record_begin(struct ncrun_network *network, const struct plan *plan,
			struct ncrun_error *err)
{
	int r = 0;

	if (plan->before && plan_remedy(plan) != PLAN_REMEDY_NONE)
		r = network_write_topology(network, NETWORK_NEXT, plan->after, err);
	else if (plan->before)
		r = network_forget_next(network, err);
	network->record.changing = true;
	return r < 0 ? r : network_write_record(network, err);
}

/* ... and again when all of it is. */
static int record_end(struct ncrun_network *network, struct ncrun_topology *topology,
		      struct ncrun_error *err)
{
	int r = network_write_topology(network, NETWORK_TOPOLOGY, topology, err);

	if (r < 0)
		return r;
	record_count(&network->record, topology);
	network->record.machine = topology_uses_machine(topology);
	network->record.changing = false;
	r = network_write_record(network, err);
	network->record.changing = r < 0;
	return r;
}

static void topology_take(struct ncrun_network *network, struct ncrun_topology *topology)
{
	topology = ncrun_topology_ref(topology);
	ncrun_topology_unref(network->topology);
	network->topology = topology;
}

/* ---- carried out ---------------------------------------------------------------------------- */

int network_carry_out(struct ncrun_network *network, struct plan *plan,
		      const struct ncrun_up_options *options, struct ncrun_error *err)
{
	_cleanup_port_hold_ struct port_hold hold = {.count = 0};
	int undone = 0, r = plan_hold_ports(network, plan, &hold, err);

	if (r < 0)
		return r;
	network->record.machine |=
		topology_uses_machine(plan->before) || topology_uses_machine(plan->after);
	r = record_begin(network, plan, err);
	if (r < 0)
		return r;
	r = plan_apply(network, plan, options, &undone, err);
	if (r == 0) {
		r = record_end(network, plan->after, err);
		if (r < 0)
			undone = plan_undo(network, plan);
	}
	/* what may be undone when there is room again is left to whoever comes next */
	if (r < 0 && plan->before &&
	    ((error_is_for_once(undone) && plan_remedy(plan) != PLAN_REMEDY_NONE) ||
	     record_end(network, plan->before, NULL) < 0))
		r = error_wrap(err, r, NOT_UNDONE);
	if (plan->before && !network->record.changing)
		(void)network_forget_next(network, NULL); /* which nobody looks at any more */
	if (r == 0)
		topology_take(network, plan->after);
	return r;
}

int network_change(struct ncrun_network *network, struct ncrun_topology *wanted,
		   struct ncrun_error *err)
{
	_cleanup_(plan_freep) struct plan *plan = NULL;
	int r = plan_new(network->topology, wanted, &plan, err);

	return r < 0 ? r : network_carry_out(network, plan, NULL, err);
}

/* ---- mended --------------------------------------------------------------------------------- */

int network_has_next(const struct ncrun_network *network, bool *ret, struct ncrun_error *err)
{
	*ret = faccessat(network->dir, NETWORK_NEXT, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (*ret || errno == ENOENT)
		return 0;
	return error_errno(err, "look for what network '%s' is to become", network->name);
}

int network_is_mendable(struct ncrun_network *network, bool *ret, struct ncrun_error *err)
{
	bool next = false;
	int r = network->record.changing ? network_has_next(network, &next, err) : 0;

	*ret = false;
	if (r < 0 || !next)
		return r;
	r = fabric_open(network, err);
	*ret = r == 0;
	return r == -ENOTCONN ? 0 : r;
}

/** From what it may be to what it shall be; without a step if the change had come to its end. */
static int mending_plan(const struct ncrun_network *network, struct plan **ret,
			struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *was = NULL, *next = NULL;
	_cleanup_(plan_freep) struct plan *on = NULL;
	int r = network_read_topology(network, NETWORK_TOPOLOGY, &was, err);

	if (r == 0)
		r = network_read_topology(network, NETWORK_NEXT, &next, err);
	if (r == 0)
		r = plan_new(was, next, &on, err);
	if (r < 0)
		return r;
	assert(on);
	if (plan_remedy(on) == PLAN_REMEDY_BACK)
		return plan_new(next, was, ret, err);
	*ret = take_ptr(on);
	return 0;
}

int network_mend(struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_(plan_freep) struct plan *plan = NULL;
	int r = mending_plan(network, &plan, err);

	if (r == 0)
		r = plan_mend(network, plan, err);
	if (r == 0)
		r = record_end(network, plan->after, err);
	if (r < 0)
		return error_wrap(err, r,
				  "mend network '%s', whose ncrun was killed (remove it: ncrun "
				  "down %s)",
				  network->name, network->name);
	topology_take(network, plan->after);
	(void)network_forget_next(network, NULL);
	return 0;
}
