/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Changing links of a running network: the topology is changed as an edited file would be, and
 * then the network is made what it says, as `ncrun up` does.
 */

#include <errno.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "topology/target.h"

#define READY_MS 5000

/** What is done to a copy of the network's topology. */
struct edit {
	struct ncrun_network *network; /* borrowed */
	int (*apply)(const struct edit *edit, struct ncrun_topology *topology,
		     struct ncrun_error *err);
	const char *name, *other, *options;
	enum ncrun_direction direction;
	bool up;
	bool keeps_routes; /* those that were computed */
};

/** Where it stood in a file that nobody has before him is of no use in a message. */
static void places_forget(struct ncrun_topology *topology)
{
	const struct place nowhere = {0};

	for (size_t i = 0; i < topology->node_count; i++) {
		struct node *node = topology->nodes[i];

		node->place = nowhere;
		for (size_t route = 0; route < node->route_count; route++)
			node->routes[route].place = nowhere;
		for (size_t filter = 0; filter < node->filter_count; filter++)
			node->filters[filter].place = nowhere;
	}
	for (size_t i = 0; i < topology->link_count; i++) {
		topology->links[i]->place = nowhere;
		topology->links[i]->ends[0].place = topology->links[i]->ends[1].place = nowhere;
	}
}

/** Mistakes that show only in the whole, as the error of a call. */
static int topology_settle(struct ncrun_topology *topology, struct ncrun_error *err)
{
	_cleanup_problems_ struct problems problems = {0};
	int r = 0;

	topology_check(topology, &problems);
	if (problems.count == 0)
		r = topology_complete(topology, &problems, err);
	if (r == 0 && problems.failed)
		return error_set(err, ENOMEM, "change a link: out of memory");
	if (r == 0 && problems.count > 0)
		return error_set(err, EINVAL, "%s", problems.items[0].text);
	return r;
}

static int network_edit(const struct edit *edit, struct ncrun_error *err)
{
	struct ncrun_network *network = edit->network;
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *wanted = NULL;
	int r = network_lock(network, err);

	if (r < 0)
		return r;
	r = topology_copy(network_topology(network), &wanted, err);
	if (r == 0) {
		places_forget(wanted);
		r = edit->apply(edit, wanted, err);
	}
	if (r == 0 && !edit->keeps_routes)
		r = topology_settle(wanted, err);
	if (r == 0)
		r = network_change(network, wanted, err);
	network_unlock(network);
	return r;
}

/* ---- in place --------------------------------------------------------------------------- */

static int edit_set(const struct edit *edit, struct ncrun_topology *topology,
		    struct ncrun_error *err)
{
	struct interface *interface = NULL;
	int r = target_interface(edit->network, topology, edit->name, &interface, err);

	if (r == 0)
		r = link_edit(interface, edit->direction, edit->options, err);
	return r;
}

NCRUN_API int ncrun_link_set(struct ncrun_network *network, const char *name,
			     enum ncrun_direction direction, const char *options,
			     struct ncrun_error *err)
{
	const struct edit edit = {.network = network,
				  .apply = edit_set,
				  .name = name,
				  .options = options,
				  .direction = direction};

	return network_edit(&edit, err);
}

static int edit_up(const struct edit *edit, struct ncrun_topology *topology,
		   struct ncrun_error *err)
{
	struct interface *interface = NULL;
	int r = target_interface(edit->network, topology, edit->name, &interface, err);

	if (r == 0)
		interface->down = !edit->up;
	return r;
}

/** Until packets pass, if the other end is up, too. */
static int link_wait(struct ncrun_network *network, const char *name, struct ncrun_error *err)
{
	struct interface *interface = NULL;
	int r = target_interface(network, network_topology(network), name, &interface, err);

	for (int i = 0; i < 2 && r == 0; i++) {
		const struct node *node = interface->link->ends[i].node;
		struct netns *netns = NULL;

		r = node ? network_netns(network, node, &netns, NULL) : -ENOTCONN;
		if (r == 0)
			r = netns_wait_ready(netns, READY_MS, err);
		if (r == -ENOTCONN) /* nobody waits at that end */
			r = 0;
	}
	return r;
}

NCRUN_API int ncrun_link_set_up(struct ncrun_network *network, const char *name, bool up,
				struct ncrun_error *err)
{
	/* A cable that is pulled tells nobody another way; when it is back, all are as in the file.
	 */
	const struct edit edit = {
		.network = network, .apply = edit_up, .name = name, .up = up, .keeps_routes = !up};
	int r = network_edit(&edit, err);

	return r == 0 && up ? link_wait(network, name, err) : r;
}

/* ---- more and fewer --------------------------------------------------------------------- */

static int edit_add(const struct edit *edit, struct ncrun_topology *topology,
		    struct ncrun_error *err)
{
	struct link *link = NULL;

	return topology_connect(topology, edit->name, edit->other, edit->options, &link, err);
}

NCRUN_API int ncrun_link_add(struct ncrun_network *network, const char *a, const char *b,
			     const char *options, struct ncrun_error *err)
{
	const struct edit edit = {
		.network = network, .apply = edit_add, .name = a, .other = b, .options = options};

	return network_edit(&edit, err);
}

static int edit_remove(const struct edit *edit, struct ncrun_topology *topology,
		       struct ncrun_error *err)
{
	struct interface *interface = NULL;
	int r = target_interface(edit->network, topology, edit->name, &interface, err);

	if (r == 0)
		topology_remove_link(topology, interface->link);
	return r;
}

NCRUN_API int ncrun_link_remove(struct ncrun_network *network, const char *name,
				struct ncrun_error *err)
{
	const struct edit edit = {.network = network, .apply = edit_remove, .name = name};

	return network_edit(&edit, err);
}
