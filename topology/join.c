/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Single nodes, wired: to a switch of a network that runs, whose topology gets them as if they had
 * always been in it; or to the machine alone, with a table of their own there.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "topology/running.h"
#include "topology/uplink.h"

#define SOURCE "command line"

/** "uplink: true, ports: ['8080:80']" for a node of a topology. */
static int wiring_options(const struct ncrun_wiring *wiring, struct text *out,
			  struct ncrun_error *err)
{
	text_printf(out, "uplink: %s, ports: [", wiring->uplink ? "true" : "false");
	for (const char *const *port = wiring->ports; port && *port; port++) {
		struct published_port parsed = {.count = 0};
		char copy[PORT_TEXT_MAX];
		const char *mistake = "too long";

		if (strlen(*port) < sizeof(copy)) {
			snprintf(copy, sizeof(copy), "%s", *port);
			mistake = port_parse(copy, &parsed);
		}
		if (mistake)
			return error_set(err, EINVAL, "port '%.100s': %s", *port, mistake);
		port_print(&parsed, copy);
		text_printf(out, "%s'%s'", port == wiring->ports ? "" : ", ", copy);
	}
	text_append_char(out, ']');
	return text_failed(out) ? error_set(err, ENOMEM, "make room for options of a node") : 0;
}

static int wiring_node(struct ncrun_topology *topology, const char *name,
		       const struct ncrun_wiring *wiring, struct node **ret,
		       struct ncrun_error *err)
{
	_cleanup_text_ struct text options = {0};
	int r = wiring_options(wiring, &options, err);

	if (r == 0)
		r = ncrun_topology_add_node(topology, name, err, "%s", text_string(&options));
	if (r == 0)
		*ret = topology_node(topology, name);
	return r;
}

/* ---- alone ------------------------------------------------------------------------------- */

/** A topology of one node, of which only the ways out count. */
static int alone_topology(const char *name, const struct ncrun_wiring *wiring,
			  struct ncrun_topology **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct node *node = NULL;
	int r = topology_new(SOURCE, &topology, err);

	if (r == 0)
		r = wiring_node(topology, name, wiring, &node, err);
	if (r < 0)
		return r;
	topology_check(topology, &problems);
	r = problems_tell(&problems, SOURCE, NULL, NULL, err);
	if (r == 0)
		*ret = take_ptr(topology);
	return r;
}

/** What of it needs nothing but its ports, before the node is there. */
static int alone_hold(const struct ncrun_context *context, const struct ncrun_topology *topology,
		      struct port_hold *hold, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	const struct node *node = topology->nodes[0];
	uint32_t ignored = 0;
	char text[PORT_TEXT_MAX];
	int r = uplinks_clean(context, false, &ignored, err);

	if (r == 0)
		r = uplinks_open(context, "", NULL, &uplinks, err);
	for (size_t i = 0; r == 0 && i < node->port_count; i++) {
		r = port_hold(&uplinks, &node->ports[i], hold, err);
		port_print(&node->ports[i], text);
		if (r < 0)
			return error_wrap(err, r, "port '%s'", text);
	}
	return r;
}

static int alone_wire(const struct ncrun_context *context, struct ncrun_container *container,
		      const struct ncrun_wiring *wiring, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_(netns_freep) struct netns *netns = NULL;
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	const struct ncrun_container_info *info = NULL;
	int r = ncrun_container_info(container, &info, err);

	if (r == 0)
		r = alone_topology(info->name, wiring, &topology, err);
	if (r == 0)
		r = netns_open_fd(ncrun_container_pidfd(container), &netns, err);
	if (r == 0)
		r = uplinks_open(context, info->network, info->name, &uplinks, err);
	if (r == 0)
		r = uplinks_fill(&uplinks, topology, err);
	if (r == 0)
		r = uplinks_find(&uplinks, err);
	if (r < 0)
		return r;
	r = uplinks_settle(&uplinks, context, err);
	if (r == 0)
		r = uplink_create(&uplinks, &uplinks.items[0], netns, err);
	if (r == 0)
		r = uplinks_write_table(&uplinks, err);
	if (r < 0 && uplinks_remove_any(&uplinks, NULL) < 0)
		return error_wrap(err, r, NOT_UNDONE);
	return r;
}

static int alone_start(const struct ncrun_context *context, const struct ncrun_container_spec *spec,
		       const struct ncrun_wiring *wiring, struct ncrun_container **ret,
		       struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	_cleanup_port_hold_ struct port_hold hold = {.count = 0};
	int r = alone_topology(spec->name ? spec->name : "node", wiring, &topology, err);

	if (r == 0)
		r = alone_hold(context, topology, &hold, err);
	if (r == 0)
		r = ncrun_container_create(context, spec, &container, err);
	if (r == 0)
		r = alone_wire(context, container, wiring, err);
	if (r < 0)
		return r;
	r = ncrun_container_start_created(container, err);
	if (r < 0) {
		uint32_t ignored = 0;

		container = ncrun_container_unref(container);
		if (uplinks_clean(context, false, &ignored, NULL) < 0)
			return error_wrap(err, r, NOT_UNDONE);
		return r;
	}
	*ret = take_ptr(container);
	return 0;
}

/* ---- in a network ------------------------------------------------------------------------ */

/** struct place_to_join - "NETWORK/SWITCH[:ADDRESS]" */
struct place_to_join {
	char network[NCRUN_NAME_MAX + 1];
	char node[NCRUN_NAME_MAX + 1];
	const char *address; /* NULL = one is assigned */
};

static int place_parse(const char *text, struct place_to_join *ret, struct ncrun_error *err)
{
	const char *slash = strchr(text, '/');
	const char *colon = slash ? strchr(slash, ':') : NULL;
	size_t network = slash ? (size_t)(slash - text) : 0;
	size_t node = slash ? (colon ? (size_t)(colon - slash) : strlen(slash)) - 1 : 0;
	struct netns_prefix ignored;

	if (network == 0 || node == 0 || network > NCRUN_NAME_MAX || node > NCRUN_NAME_MAX)
		return error_set(err, EINVAL,
				 "'%.100s': not NETWORK/SWITCH[:ADDRESS] (try lab/lan)", text);
	*ret = (struct place_to_join){.address = colon ? colon + 1 : NULL};
	memcpy(ret->network, text, network);
	memcpy(ret->node, slash + 1, node);
	return ret->address ? netns_prefix_parse(ret->address, &ignored, err) : 0;
}

/** The network's topology with one node more. */
static int join_topology(struct ncrun_network *network, const struct place_to_join *place,
			 const struct ncrun_container_spec *spec, const struct ncrun_wiring *wiring,
			 struct ncrun_topology **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct node *node = NULL, *there = topology_node(network->topology, place->node);
	int r;

	if (!there)
		return error_set(err, ENOENT, "no node '%s' in network '%s'", place->node,
				 place->network);
	r = topology_copy(network->topology, &topology, err);
	if (r == 0)
		r = wiring_node(topology, spec->name, wiring, &node, err);
	if (r < 0)
		return r;
	assert(node);
	node->rootfs = strdup(spec->rootfs);
	if (!node->rootfs || strings_append(&node->labels, NODE_JOINED) < 0)
		return error_errno(err, "make room for a node");
	if (place->address)
		r = ncrun_topology_add_link(topology, spec->name, place->node, err, "address: '%s'",
					    place->address);
	else
		r = ncrun_topology_add_link(topology, spec->name, place->node, err, NULL);
	if (r < 0)
		return r;
	topology_check(topology, &problems);
	if (problems.count == 0)
		r = topology_complete(topology, &problems, err);
	if (r == 0)
		r = problems_tell(&problems, SOURCE, NULL, NULL, err);
	if (r == 0)
		*ret = take_ptr(topology);
	return r;
}

static int join_start(const struct ncrun_context *context, const struct ncrun_container_spec *spec,
		      const struct ncrun_wiring *wiring, struct ncrun_container **ret,
		      struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *wanted = NULL;
	struct ncrun_container_spec own = *spec;
	struct place_to_join place;
	struct member *member = NULL;
	char invented[NCRUN_NAME_MAX + 1];
	int r = place_parse(wiring->net, &place, err);

	if (r == 0)
		r = ncrun_network_open(context, place.network, &network, err);
	if (r < 0)
		return r;
	assert(network);
	r = network_lock(network, err);
	if (r < 0)
		return r;
	own.network = place.network;
	for (unsigned int i = 1; !own.name; i++) {
		snprintf(invented, sizeof(invented), "node-%u", i);
		if (!topology_node(network->topology, invented))
			own.name = invented;
	}
	network->joining = &own;
	r = join_topology(network, &place, &own, wiring, &wanted, err);
	if (r == 0)
		r = network_change(network, wanted, err);
	network->joining = NULL;
	if (r == 0)
		r = network_member_open(network, own.name, &member, err);
	network_unlock(network);
	if (r == 0)
		*ret = take_ptr(member->container);
	return r;
}

NCRUN_API int ncrun_node_start(const struct ncrun_context *context,
			       const struct ncrun_container_spec *spec,
			       const struct ncrun_wiring *wiring, struct ncrun_container **ret,
			       struct ncrun_error *err)
{
	struct ncrun_wiring own = {0};
	struct ncrun_container_spec all = NCRUN_CONTAINER_SPEC_INIT;

	memcpy(&own, wiring, wiring->size < sizeof(own) ? wiring->size : sizeof(own));
	memcpy(&all, spec, spec->size < sizeof(all) ? spec->size : sizeof(all));
	all.size = sizeof(all);
	if (own.net)
		return join_start(context, &all, &own, ret, err);
	if (own.uplink || (own.ports && own.ports[0]))
		return alone_start(context, &all, &own, ret, err);
	return ncrun_container_start(context, spec, ret, err);
}

/* ---- gone -------------------------------------------------------------------------------- */

/* Its name and link in the topology; the container has ended. */
static int joined_leave(const struct ncrun_context *context, const char *name, const char *node,
			struct ncrun_error *err)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *wanted = NULL;
	struct node *gone;
	int r = ncrun_network_open(context, name, &network, err);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = network_lock(network, err);
	if (r < 0)
		return r;
	gone = topology_node(network->topology, node);
	if (gone && node_joined(gone)) {
		r = topology_copy(network->topology, &wanted, err);
		gone = r == 0 ? topology_node(wanted, node) : NULL;
		if (gone) {
			topology_remove_node(wanted, gone);
			r = network_change(network, wanted, err);
		}
	}
	network_unlock(network);
	return r;
}

NCRUN_API int ncrun_node_leave(const struct ncrun_context *context, const char *network,
			       const char *node, struct ncrun_error *err)
{
	uint32_t ignored = 0;
	int r = network && !text_equal(network, "default")
			? joined_leave(context, network, node, err)
			: 0;

	return r < 0 ? r : uplinks_clean(context, false, &ignored, err);
}
