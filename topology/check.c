/* SPDX-License-Identifier: Apache-2.0 */

/* What is wrong with a topology as a whole. Each check is blind to what the others find. */

#include "topology/check.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- nodes ------------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_services(const struct node *node, struct problems *problems)
{
	for (size_t i = 0; i < node->service_count; i++)
		for (size_t n = 0; n < i; n++) {
			const char *name = node->services[i].name;

			if (!name || !node->services[n].name ||
			    compare_texts(&name, &node->services[n].name) != 0)
				continue;
			problems_add(problems, node->services[i].place,
				     "node '%s': a second service '%s'", node->name, name);
			break;
		}
}

static void check_node(const struct node *node, struct problems *problems)
{
	struct ncrun_error err = {0};

	if (ncrun_limits_check(&node->limits, &err) < 0)
		problems_add(problems, node->place, "node '%s': %s", node->name, err.message);
	if (node->privileged && node->seccomp)
		problems_add(problems, node->place,
			     "node '%s': 'privileged' runs without the filter of 'seccomp'",
			     node->name);
	check_services(node, problems);
}

/* ---- links ------------------------------------------------------------------------------- */

struct place interface_place(const struct interface *interface)
{
	return interface->place.line ? interface->place : interface->link->place;
}

const char *link_text(const struct link *link, char text[LINK_TEXT_MAX])
{
	assert(link->ends[0].node);
	if (link->ends[1].node)
		snprintf(text, LINK_TEXT_MAX, "link '%s -- %s'", link->ends[0].node->name,
			 link->ends[1].node->name);
	else
		snprintf(text, LINK_TEXT_MAX, "link of '%s'", link->ends[0].node->name);
	return text;
}

static bool is_impaired_the_same(const struct link *link)
{
	return memcmp(&link->ends[0].out, &link->ends[1].out, sizeof(link->ends[0].out)) == 0;
}

static void check_impairments(const struct link *link, struct problems *problems)
{
	char text[LINK_TEXT_MAX];
	struct ncrun_error err = {0};

	for (int i = 0; i < 2 && link->ends[i].node; i++) {
		if (i == 1 && is_impaired_the_same(link))
			return;
		if (netns_impairment_check(&link->ends[i].out, &err) < 0)
			problems_add(problems, interface_place(&link->ends[i]), "%s: %s",
				     link_text(link, text), err.message);
	}
}

static void check_vlans(const struct interface *port, struct problems *problems)
{
	const struct node *node = port->node;

	if (node_is_switch(node) && !node->bridge.vlan_filtering &&
	    (port->vlan.access || port->vlan.trunk_count))
		problems_add(problems, interface_place(port),
			     "node '%s': VLANs of a port need 'vlan-filtering: true' of the switch",
			     node->name);
}

static void check_link(const struct link *link, struct problems *problems)
{
	char text[LINK_TEXT_MAX];

	if (link->ends[0].node == link->ends[1].node)
		problems_add(problems, link->place, "%s: both ends are at the same node",
			     link_text(link, text));
	if (link->kind == LINK_KIND_DUMMY && node_is_switch(link->ends[0].node))
		problems_add(problems, link->place, "%s: kind 'dummy' is not for switches",
			     link_text(link, text));
	check_impairments(link, problems);
	for (int i = 0; i < 2 && link->ends[i].node; i++)
		check_vlans(&link->ends[i], problems);
}

/* ---- circles of switches ----------------------------------------------------------------- */

static uint32_t group_of(uint32_t *parents, uint32_t node)
{
	while (parents[node] != node) {
		parents[node] = parents[parents[node]];
		node = parents[node];
	}
	return node;
}

/** A circle in which no switch has STP: frames go round in it for ever. */
static void check_circles(const struct ncrun_topology *topology, struct problems *problems)
{
	_cleanup_free_ uint32_t *parents = calloc(topology->node_count + 1, sizeof(*parents));
	char text[LINK_TEXT_MAX];

	if (!parents) {
		problems->failed = true;
		return;
	}
	for (uint32_t i = 0; i < topology->node_count; i++) {
		parents[i] = i;
		topology->nodes[i]->mark = i;
	}
	for (size_t i = 0; i < topology->link_count; i++) {
		const struct link *link = topology->links[i];
		const struct node *a = link->ends[0].node, *b = link->ends[1].node;
		uint32_t group_a, group_b;

		if (!b || a == b || !node_is_switch(a) || !node_is_switch(b) || a->bridge.stp ||
		    b->bridge.stp)
			continue;
		group_a = group_of(parents, a->mark);
		group_b = group_of(parents, b->mark);
		if (group_a == group_b)
			problems_add(problems, link->place,
				     "%s: closes a circle of switches without 'stp: true'",
				     link_text(link, text));
		parents[group_a] = group_b;
	}
}

void topology_check(const struct ncrun_topology *topology, struct problems *problems)
{
	/* what is missing may only not have been understood */
	bool whole = problems->count == 0;

	for (size_t i = 0; i < topology->node_count; i++)
		check_node(topology->nodes[i], problems);
	for (size_t i = 0; i < topology->link_count; i++)
		check_link(topology->links[i], problems);
	check_circles(topology, problems);
	check_names(topology, problems);
	check_ports(topology, problems);
	check_addresses(topology, problems);
	if (whole)
		check_missing(topology, problems);
}
