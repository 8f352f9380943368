/* SPDX-License-Identifier: Apache-2.0 */

/* Names of interfaces and ports of the machine: each may be taken once. */

#include <stdlib.h>
#include <string.h>

#include "topology/check.h"

/* ---- names -------------------------------------------------------------------------------- */

/** Switches share the fabric, each other node has its names for itself. */
static const struct node *name_space(const struct interface *interface)
{
	return node_is_switch(interface->node) ? NULL : interface->node;
}

static int compare_names(const void *a, const void *b)
{
	const struct interface *left = *(struct interface *const *)a;
	const struct interface *right = *(struct interface *const *)b;
	uintptr_t left_space = (uintptr_t)name_space(left);
	uintptr_t right_space = (uintptr_t)name_space(right);
	int order;

	if (left_space != right_space)
		return left_space < right_space ? -1 : 1;
	order = strcmp(left->name, right->name);
	if (order)
		return order;
	if (left->place.line != right->place.line)
		return left->place.line < right->place.line ? -1 : 1;
	return left->place.column < right->place.column ? -1
							: left->place.column > right->place.column;
}

static void name_taken(const struct interface *first, const struct interface *second,
		       struct problems *problems)
{
	char where[32] = "";

	if (first->place.line)
		snprintf(where, sizeof(where), " (the first in line %u)", first->place.line);
	problems_add(problems, interface_place(second), "node '%s': a second interface '%s'%s",
		     second->node->name, second->name, where);
}

void check_names(const struct ncrun_topology *topology, struct problems *problems)
{
	_cleanup_free_ const struct interface **named =
		calloc(2 * topology->link_count + 1, sizeof(*named));
	size_t count = 0;

	if (!named) {
		problems->failed = true;
		return;
	}
	for (size_t i = 0; i < topology->link_count; i++)
		for (int end = 0; end < 2; end++) {
			const struct interface *interface = &topology->links[i]->ends[end];

			if (!interface->name)
				continue;
			named[count++] = interface;
			if (text_equal(interface->name, "lo") ||
			    text_equal(interface->name, "all") ||
			    text_equal(interface->name, "default"))
				problems_add(problems, interface_place(interface),
					     "node '%s': an interface cannot be called '%s'",
					     interface->node->name, interface->name);
			else if (text_equal(interface->name, UPLINK_INTERFACE) &&
				 node_has_uplink(interface->node))
				problems_add(problems, interface_place(interface),
					     "node '%s': an interface cannot be called '%s' where "
					     "there is one to the machine",
					     interface->node->name, interface->name);
		}
	qsort(named, count, sizeof(struct interface *), compare_names);
	for (size_t i = 1; i < count; i++)
		if (name_space(named[i - 1]) == name_space(named[i]) &&
		    text_equal(named[i - 1]->name, named[i]->name))
			name_taken(named[i - 1], named[i], problems);
}

/* ---- published ports --------------------------------------------------------------------- */

struct claim {
	const struct node *node;
	const struct published_port *port;
	size_t order;
};

static int compare_claims(const void *a, const void *b)
{
	const struct claim *left = a, *right = b;

	if (left->port->protocol != right->port->protocol)
		return left->port->protocol < right->port->protocol ? -1 : 1;
	if (left->port->host_port != right->port->host_port)
		return left->port->host_port < right->port->host_port ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

static void claims_check(const struct claim *claims, size_t count, struct problems *problems)
{
	char text[PORT_TEXT_MAX];

	for (size_t i = 1; i < count; i++)
		/* look back as far as a range reaches */
		for (size_t n = i; n-- > 0;) {
			const struct claim *later =
				claims[n].order > claims[i].order ? &claims[n] : &claims[i];
			const struct claim *earlier = later == &claims[n] ? &claims[i] : &claims[n];

			if (claims[n].port->protocol != claims[i].port->protocol ||
			    claims[n].port->host_port + PORT_RANGE_MAX <= claims[i].port->host_port)
				break;
			if (!ports_meet(claims[n].port, claims[i].port))
				continue;
			port_print(later->port, text);
			problems_add(problems, later->port->place,
				     "node '%s': port '%s': published by '%s' already",
				     later->node->name, text, earlier->node->name);
			break;
		}
}

void check_ports(const struct ncrun_topology *topology, struct problems *problems)
{
	_cleanup_free_ struct claim *claims = NULL;
	size_t count = 0, at = 0;

	for (size_t i = 0; i < topology->node_count; i++)
		count += topology->nodes[i]->port_count;
	claims = calloc(count + 1, sizeof(*claims));
	if (!claims) {
		problems->failed = true;
		return;
	}
	for (size_t i = 0; i < topology->node_count; i++)
		for (size_t n = 0; n < topology->nodes[i]->port_count; n++, at++)
			claims[at] = (struct claim){topology->nodes[i],
						    &topology->nodes[i]->ports[n], at};
	qsort(claims, count, sizeof(*claims), compare_claims);
	claims_check(claims, count, problems);
}
