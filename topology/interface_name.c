/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Names of interfaces. Those of a node need only differ from each other; those of the ports
 * of all switches, and of the switches themselves, share the one namespace of the fabric,
 * also in the short form that the kernel has of them.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topology/complete.h"
#include "topology/string_set.h"

#define ETH_DIGITS 5 /* more interfaces than that no node has */

/* ---- of nodes --------------------------------------------------------------------------- */

/** The number of "ethNUMBER", spelled as we would; -1 for another name. */
static long eth_number(const char *name)
{
	const char *digits = name + strlen("eth");
	size_t length = text_starts_with(name, "eth") ? strspn(digits, "0123456789") : 0;
	long number = 0;

	if (length == 0 || length > ETH_DIGITS || digits[length] ||
	    (length > 1 && digits[0] == '0'))
		return -1;
	for (size_t i = 0; i < length; i++)
		number = 10 * number + (digits[i] - '0');
	return number;
}

static int node_name_interfaces(struct node *node)
{
	_cleanup_free_ bool *taken = calloc(node->interface_count + 1, sizeof(*taken));
	size_t next = 0;

	if (!taken)
		return -ENOMEM;
	for (size_t i = 0; i < node->interface_count; i++) {
		const char *name = node->interfaces[i]->name;
		long number = name ? eth_number(name) : -1;

		/* numbers beyond cannot be reached: there are not so many interfaces */
		if (number >= 0 && (size_t)number < node->interface_count)
			taken[number] = true;
	}
	for (size_t i = 0; i < node->interface_count; i++) {
		struct interface *interface = node->interfaces[i];

		if (interface->name)
			continue;
		while (taken[next])
			next++;
		if (asprintf(&interface->name, "eth%zu", next++) < 0) {
			interface->name = NULL;
			return -ENOMEM;
		}
		interface->name_assigned = true;
	}
	return 0;
}

/* ---- of the fabric ------------------------------------------------------------------------ */

/** Take @name and what the kernel makes of it. 0, -EEXIST, -EINVAL, -ENOMEM. */
static int fabric_take(struct string_set *taken, const char *name)
{
	char brief[NETNS_NAME_MAX];
	int r = netns_name_short(name, brief, NULL);

	if (r < 0)
		return r;
	if (string_set_has(taken, name) || string_set_has(taken, brief))
		return -EEXIST;
	r = string_set_add(taken, name);
	if (r == 0 && !text_equal(name, brief))
		r = string_set_add(taken, brief);
	return r;
}

static int fabric_take_given(struct string_set *taken, const struct interface *port,
			     struct problems *problems)
{
	int r = fabric_take(taken, port->name);

	if (r == -EEXIST)
		problems_add(problems, port->place,
			     "port '%s' of switch '%s': a port or switch has that name already",
			     port->name, port->node->name);
	return r == -ENOMEM ? r : 0;
}

static int fabric_take_switch(struct string_set *taken, const struct node *node,
			      struct problems *problems)
{
	int r = fabric_take(taken, node->name);

	if (r == -EEXIST)
		problems_add(problems, node->place,
			     "switch '%s': the kernel cannot tell its name from another's",
			     node->name);
	return r == -ENOMEM ? r : 0;
}

/** "lan-a"; of the next link of the same two "lan-a-eth1"; then "lan-a-2", and so on. */
static int port_name(struct interface *port, struct string_set *taken)
{
	const struct interface *peer = interface_peer(port);
	const char *to = peer ? peer->node->name : "port", *on = port->node->name;
	char name[NETNS_ALTNAME_MAX];
	int r;

	snprintf(name, sizeof(name), "%s-%s", on, to);
	r = fabric_take(taken, name);
	if (r == -EEXIST && peer && peer->name && !node_is_switch(peer->node)) {
		int length = snprintf(name, sizeof(name), "%s-%s-%s", on, to, peer->name);

		if ((size_t)length < sizeof(name) && fabric_take(taken, name) == 0)
			r = 0;
	}
	for (unsigned int i = 2; r == -EEXIST; i++) {
		snprintf(name, sizeof(name), "%.58s-%.58s-%u", on, to, i);
		r = fabric_take(taken, name);
	}
	if (r < 0)
		return r;
	port->name = strdup(name);
	port->name_assigned = true;
	return port->name ? 0 : -ENOMEM;
}

static int fabric_name_ports(struct ncrun_topology *topology, struct problems *problems)
{
	_cleanup_string_set_ struct string_set taken = {0};
	int r = string_set_add(&taken, "lo");

	for (size_t i = 0; r == 0 && i < topology->node_count; i++)
		if (node_is_switch(topology->nodes[i]))
			r = fabric_take_switch(&taken, topology->nodes[i], problems);
	for (size_t given = 2; given-- > 0;) /* those of the file first */
		for (size_t i = 0; r == 0 && i < 2 * topology->link_count; i++) {
			struct interface *port = &topology->links[i / 2]->ends[i % 2];

			if (!port->node || !node_is_switch(port->node))
				continue;
			if (given && port->name)
				r = fabric_take_given(&taken, port, problems);
			else if (!given && !port->name)
				r = port_name(port, &taken);
		}
	return r;
}

int interfaces_name(struct ncrun_topology *topology, struct problems *problems,
		    struct ncrun_error *err)
{
	for (size_t i = 0; i < topology->node_count; i++) {
		struct node *node = topology->nodes[i];

		if (!node_is_switch(node) && node_name_interfaces(node) < 0)
			return error_set(err, ENOMEM, "node '%s': no memory for names", node->name);
	}
	if (fabric_name_ports(topology, problems) < 0)
		return error_set(err, ENOMEM, "no memory for names of ports");
	return 0;
}
