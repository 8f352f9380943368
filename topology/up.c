/* SPDX-License-Identifier: Apache-2.0 */

/* From a topology to a running network, or from one state of it to another. */

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/api.h"
#include "base/clock.h"
#include "base/error.h"
#include "topology/running.h"
#include "topology/uplink.h"

/* Of nodes that belong to no network: `ncrun node` without --network. */
#define NO_NETWORK "default"

/* ---- what is there ------------------------------------------------------------------------- */

/* A node whose container has ended is made again; not one that could not be looked at. */
static int look_for_ended(struct ncrun_network *network, struct ncrun_error *err)
{
	struct ncrun_topology *topology = network->topology;

	for (size_t i = 0; i < topology->node_count; i++) {
		struct node *node = topology->nodes[i];
		struct member *member = NULL;
		int r = node_is_switch(node)
				? 0
				: network_member_running(network, node->name, &member, err);

		node->gone = r == -ENOTCONN;
		if (r < 0 && !node->gone)
			return r;
	}
	return 0;
}

/** Read what there is; what a killed ncrun left and cannot be mended is removed, and then there is
 * nothing. */
static int present_read(struct ncrun_network *network, bool look_only, struct ncrun_error *err)
{
	bool mendable = false;
	int r = network_read_record(network, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = network_is_mendable(network, &mendable, err);
	if (mendable && !look_only)
		r = network_mend(network, err);
	if (r < 0 && (!mendable || r != -EBADMSG)) /* those who run are not ended for that */
		return r;
	mendable = mendable && r == 0;
	r = mendable || !network->record.changing ? fabric_open(network, err) : -ENOTCONN;
	if (r == 0)
		r = network_read(network, err);
	else if (r == -ENOTCONN)
		r = look_only ? 0 : network_remove(network, 0, err);
	return r == 0 && network->topology ? look_for_ended(network, err) : r;
}

/* ---- up ------------------------------------------------------------ */

static int wanted_new(const struct ncrun_topology *topology, const struct ncrun_up_options *options,
		      struct ncrun_topology **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *wanted = NULL;
	_cleanup_(problems_done) struct problems problems = {0};
	int r = topology_copy(topology, &wanted, err);

	if (r < 0)
		return r;
	topology_check(wanted, &problems);
	if (problems.count == 0)
		r = topology_complete(wanted, &problems, err);
	if (r == 0)
		r = problems_tell(&problems, wanted->source, options->tell, options->data, err);
	if (r < 0)
		return r;
	*ret = take_ptr(wanted);
	return 0;
}

/* The file with those who joined, as if they stood in it. */
static int wanted_with_guests(const struct ncrun_topology *topology,
			      const struct ncrun_topology *before, struct ncrun_topology **ret,
			      size_t *ret_guests, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *wanted = NULL;
	int r = topology_copy(topology, &wanted, err);

	if (r == 0)
		r = topology_adopt(wanted, before, ret_guests, err);
	if (r == 0)
		*ret = take_ptr(wanted);
	return r;
}

static void wanted_replace(struct ncrun_topology **wanted, struct ncrun_topology *by)
{
	ncrun_topology_unref(*wanted);
	*wanted = by;
}

/* Of a network that runs, those who joined stay, and addresses; if these cannot all, they are
 * given anew. */
static int wanted_keep(const struct ncrun_topology *topology, const struct ncrun_topology *before,
		       const struct ncrun_up_options *options, struct ncrun_topology **wanted,
		       struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *kept = NULL, *anew = NULL;
	_cleanup_(problems_done) struct problems problems = {0};
	size_t guests = 0;
	int r = before ? wanted_with_guests(topology, before, &kept, &guests, err) : 0;

	if (r < 0 || !before)
		return r;
	assert(kept);
	if (guests > 0) { /* then it is more than the file that has been checked */
		r = wanted_new(kept, options, &anew, err);
		if (r < 0)
			return error_wrap(err, r, "with the nodes that have joined");
		wanted_replace(wanted, take_ptr(anew));
	}
	r = topology_complete_like(kept, before, &problems, err);
	if (r == 0 && problems.count == 0)
		wanted_replace(wanted, take_ptr(kept));
	return r;
}

static int up_dry(const struct ncrun_context *context, const char *name,
		  const struct ncrun_topology *topology, struct ncrun_topology **wanted,
		  const struct ncrun_up_options *options, struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	_cleanup_(plan_freep) struct plan *plan = NULL;
	int r = network_new(context, name, false, &network, err);

	if (r == 0)
		r = present_read(network, true, err);
	if (r < 0 && r != -ENOENT)
		return r;
	r = wanted_keep(topology, network ? network->topology : NULL, options, wanted, err);
	if (r == 0)
		r = plan_new(network ? network->topology : NULL, *wanted, &plan, err);
	if (r < 0)
		return r;
	assert(plan);
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->steps[i].quiet)
			plan_step_tell(&plan->steps[i], options);
	return 0;
}

/* With the lock held. */
static int up_locked(struct ncrun_network *network, const struct ncrun_topology *topology,
		     struct ncrun_topology **wanted, const struct ncrun_up_options *options,
		     struct ncrun_error *err)
{
	_cleanup_(plan_freep) struct plan *plan = NULL;
	int r = present_read(network, false, err);

	if (r < 0)
		return r;
	if (!network->topology)
		network->record = (struct network_record){.started_at_ns = clock_wall_ns()};
	if ((*wanted)->temporary && !guard_lives(&network->record))
		r = guard_start(network, err);
	if (r == 0)
		r = wanted_keep(topology, network->topology, options, wanted, err);
	if (r == 0)
		r = plan_new(network->topology, *wanted, &plan, err);
	if (r < 0)
		return r;
	assert(plan);
	if (plan->count == 0) {
		r = network_mend_table(network, err);
		return r == 0 && network->guard >= 0 ? network_write_record(network, err) : r;
	}
	r = network_carry_out(network, plan, options, err);
	if (r == 0)
		neighbour_room_tell(&network->context, network->name, plan->before, plan->after);
	if (r < 0 && !plan->before) {
		struct ncrun_error ignored;

		if (network_remove(network, 0, &ignored) < 0)
			return error_wrap(err, r, NOT_UNDONE);
		(void)network_dir_remove(&network->context, network->name, NULL);
	}
	return r;
}

/* `clean` and `down` remove a network's directory: then it is made again. */
static int claim(const struct ncrun_context *context, const char *name, struct ncrun_network **ret,
		 struct ncrun_error *err)
{
	for (int tries = 0; tries < 10; tries++) {
		_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
		bool there = false;
		int r = network_new(context, name, true, &network, err);

		if (r == 0)
			r = network_claim(network, err);
		if (r == 0)
			r = network_is_there(network, &there, err);
		if (r < 0)
			return r;
		if (there) {
			*ret = take_ptr(network);
			return 0;
		}
	}
	return error_set(err, EBUSY, "network '%s' comes and goes too fast", name);
}

static const char *name_choose(const struct ncrun_topology *topology,
			       const struct ncrun_up_options *options)
{
	return options->name ? options->name : topology->name;
}

NCRUN_API int ncrun_network_up(const struct ncrun_context *context,
			       const struct ncrun_topology *topology,
			       const struct ncrun_up_options *options, struct ncrun_network **ret,
			       struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *wanted = NULL;
	struct ncrun_up_options own = NCRUN_UP_OPTIONS_INIT;
	const char *name;
	int r;

	if (options)
		memcpy(&own, options, options->size < sizeof(own) ? options->size : sizeof(own));
	name = name_choose(topology, &own);
	if (!name)
		return error_set(
			err, EINVAL,
			"the topology has no name (write 'name: NAME' in it, or give one)");
	if (text_equal(name, NO_NETWORK))
		return error_set(err, EINVAL,
				 "network '%s': that is where nodes without a network are", name);
	r = wanted_new(topology, &own, &wanted, err);
	if (r < 0)
		return r;
	wanted->temporary = wanted->temporary || own.temporary;
	if (own.dry_run)
		return up_dry(context, name, topology, &wanted, &own, err);
	if (wanted->temporary && !ret)
		return error_set(err, EINVAL,
				 "network '%s': it is temporary, and nobody wants to hold it",
				 name);
	r = claim(context, name, &network, err);
	if (r < 0)
		return r;
	r = up_locked(network, topology, &wanted, &own, err);
	network_unlock(network);
	if (r < 0)
		return r;
	if (ret)
		*ret = take_ptr(network);
	return 0;
}
