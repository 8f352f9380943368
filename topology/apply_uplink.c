/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Uplinks and published ports of a plan. On the machine, the table comes before the links
 * that it is the wall of, and goes after them; that there is something is in the network's
 * record before either.
 */

#include <errno.h>

#include "base/error.h"
#include "topology/apply.h"
#include "topology/uplink.h"

static struct plan_step *uplink_step(const struct apply *apply)
{
	struct plan_step *step = apply_next(apply, PLAN_UPLINK, NULL);

	return step ? step : apply_next(apply, PLAN_PORTS, NULL);
}

static int open_for(struct apply *apply, struct uplinks *ret, struct ncrun_error *err)
{
	struct ncrun_network *network = apply->network;
	int r = uplinks_open(&network->context, network->name, NULL, ret, err);

	if (r == 0)
		r = uplinks_fill(ret, apply->wanted, err);
	return r;
}

/* ---- ports, before anything is done --------------------------------------------------------- */

static bool has_port(const struct node *node, const struct published_port *port)
{
	for (size_t i = 0; node && i < node->port_count; i++)
		if (ports_meet(&node->ports[i], port) && node->ports[i].count >= port->count)
			return true;
	return false;
}

static bool published_before(const struct ncrun_topology *before, const struct published_port *port)
{
	for (size_t i = 0; before && i < before->node_count; i++)
		if (has_port(before->nodes[i], port))
			return true;
	return false;
}

static int ports_hold_of(struct uplinks *uplinks, const struct plan *plan, const struct node *node,
			 struct port_hold *hold, struct ncrun_error *err)
{
	const char *source = plan->after->source;
	char text[PORT_TEXT_MAX];
	int r = 0;

	for (size_t i = 0; i < node->port_count; i++) {
		const struct published_port *port = &node->ports[i];

		if (published_before(plan->before, port))
			continue;
		r = port_hold(uplinks, port, hold, err);
		if (r == 0)
			continue;
		port_print(port, text);
		r = error_wrap(err, r, "node '%s': port '%s'", node->name, text);
		if (port->place.line && source)
			r = error_wrap(err, r, "%s:%u:%u", source, port->place.line,
				       port->place.column);
		return r;
	}
	return 0;
}

int plan_hold_ports(struct ncrun_network *network, const struct plan *plan, struct port_hold *hold,
		    struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	uint32_t ignored = 0;
	int r;

	if (!topology_uses_machine(plan->after))
		return 0;
	/* Ports of a node that has ended by itself are free. */
	r = uplinks_clean(&network->context, false, &ignored, err);
	if (r == 0)
		r = uplinks_open(&network->context, network->name, NULL, &uplinks, err);
	for (size_t i = 0; r == 0 && i < plan->after->node_count; i++)
		r = ports_hold_of(&uplinks, plan, plan->after->nodes[i], hold, err);
	return r;
}

/* ---- gone ----------------------------------------------------------------------------------- */

int apply_uplinks_delete(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	struct plan_step *step = NULL;
	int r = uplink_step(apply) ? open_for(apply, &uplinks, err) : 0;

	while (r == 0 && (step = apply_next(apply, PLAN_UPLINK, step))) {
		if (step->verb == NCRUN_STEP_CREATE)
			continue;
		step->begun = true;
		r = uplink_delete(&uplinks, step->before->name, err);
		if (r < 0)
			return apply_fail(apply, step, r, err);
	}
	return r;
}

/* ---- made ----------------------------------------------------------------------------------- */

static int uplink_make(struct apply *apply, struct uplinks *uplinks, const struct node *node,
		       struct ncrun_error *err)
{
	struct uplink *uplink = uplinks_item(uplinks, node->name);
	struct netns *netns = NULL;
	int r = apply_netns(apply, node, &netns, err);

	return r < 0 ? r : uplink_create(uplinks, uplink, netns, err);
}

/* The table as it shall be; without anybody in it, none. */
static int table_settle(struct apply *apply, struct uplinks *uplinks, struct ncrun_error *err)
{
	if (uplinks->count == 0)
		return uplinks_remove(uplinks, err);
	return uplinks_settle(uplinks, &apply->network->context, err);
}

int apply_uplinks(struct apply *apply, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	struct plan_step *first = uplink_step(apply), *step = NULL;
	bool made = false;
	int r;

	/* whose addresses are in the network, the table knows, too */
	if (!first && !topology_uses_machine(apply->wanted))
		return 0;
	r = open_for(apply, &uplinks, err);
	if (r < 0)
		return r;
	r = uplinks_find(&uplinks, err);
	if (r == 0)
		r = table_settle(apply, &uplinks, err);
	if (r < 0)
		return apply_fail(apply, first, r, err);
	while ((step = apply_next(apply, PLAN_UPLINK, step))) {
		if (step->verb == NCRUN_STEP_DELETE)
			continue;
		step->begun = made = true;
		r = uplink_make(apply, &uplinks, step->after, err);
		if (r < 0 && !apply_forgives(apply, r))
			return apply_fail(apply, step, r, err);
	}
	while ((step = apply_next(apply, PLAN_PORTS, step)))
		step->begun = true;
	r = made && uplinks.count > 0 ? uplinks_write_table(&uplinks, err) : 0;
	return r < 0 ? apply_fail(apply, first, r, err) : 0;
}

/* ---- mended ------------------------------------------------------------------------------ */

int network_mend_table(struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
	int r;

	if (!topology_uses_machine(network->topology))
		return 0;
	r = uplinks_open(&network->context, network->name, NULL, &uplinks, err);
	if (r == 0)
		r = uplinks_fill(&uplinks, network->topology, err);
	if (r == 0)
		r = uplinks_find(&uplinks, err);
	return r < 0 ? r : uplinks_settle(&uplinks, &network->context, err);
}
