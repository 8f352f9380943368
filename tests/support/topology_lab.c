/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/topology_lab.h"

#include <string.h>

#include "tests/support/test.h"

struct node *lab_node(const struct ncrun_topology *topology, const char *name)
{
	struct node *node = topology_node(topology, name);

	if (!node)
		fail_msg("no node '%s'", name);
	return node;
}

static enum node_kind kind_of(const char *name)
{
	switch (name[0]) {
	case 's':
		return NODE_KIND_SWITCH;
	case 'r':
		return NODE_KIND_ROUTER;
	case 'n':
		return NODE_KIND_NAT;
	default:
		return NODE_KIND_HOST;
	}
}

static struct node *node_ensure(struct ncrun_topology *topology, const char *name)
{
	struct ncrun_error err = {0};
	struct node *node = topology_node(topology, name);

	if (node)
		return node;
	assert_ok(topology_add_node(topology, name, &node, &err));
	node->kind = kind_of(name);
	return node;
}

/** What stands after the name of the node in @text. */
static void end_read(struct interface *interface, char *text)
{
	struct ncrun_error err = {0};
	struct netns_prefix prefix;

	if (text[strlen(text) - 1] == '^') {
		text[strlen(text) - 1] = '\0';
		interface->bound = BOUND_NORTH;
	}
	for (char *address = strtok(text, "="); (address = strtok(NULL, "="));) {
		assert_ok(netns_prefix_parse(address, &prefix, &err));
		assert_ok(interface_add_address(interface, &prefix, false, &err));
	}
}

void lab_append(struct ncrun_topology *topology, const char *text)
{
	_cleanup_(strings_freep) char **words = NULL;
	struct ncrun_error err = {0};

	assert_int_equal(words_split(text, &words), 0);
	for (char **word = words; *word; word++) {
		char *ends[2] = {*word, strchr(*word, '-')}, name[64];
		struct node *nodes[2] = {0};
		struct link *link;

		if (ends[1])
			*ends[1]++ = '\0';
		for (int i = 0; i < 2 && ends[i]; i++) {
			size_t length = strcspn(ends[i], "=^");

			assert_true(length < sizeof(name));
			memcpy(name, ends[i], length);
			name[length] = '\0';
			nodes[i] = node_ensure(topology, name);
		}
		assert_ok(topology_add_link(topology, nodes[0], nodes[1], &link, &err));
		for (int i = 0; i < 2 && ends[i]; i++)
			end_read(&link->ends[i], ends[i]);
	}
}

struct ncrun_topology *lab_read(const char *text)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(topology_new("lab.yaml", &topology, &err));
	lab_append(topology, text);
	return topology;
}

void lab_complete(struct ncrun_topology *topology)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_complete(topology, &problems, &err));
	if (problems.count > 0)
		fail_msg("%s", problems.items[0].text);
}

struct ncrun_topology *lab_completed(const char *text)
{
	struct ncrun_topology *topology = lab_read(text);

	lab_complete(topology);
	return topology;
}

char *lab_addresses(const struct ncrun_topology *topology, const char *name, int family)
{
	const struct node *node = lab_node(topology, name);
	struct text text = {0};
	char buffer[NETNS_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < node->interface_count; i++)
		for (size_t k = 0; k < node->interfaces[i]->address_count; k++) {
			const struct netns_prefix *prefix =
				&node->interfaces[i]->addresses[k].prefix;

			if (prefix->ip.family == family)
				text_printf(&text, "%s%s %s", text.length ? ", " : "",
					    node->interfaces[i]->name,
					    netns_prefix_print(prefix, buffer));
		}
	text_append(&text, "");
	return text_take(&text);
}

char *lab_routes(const struct ncrun_topology *topology, const char *name, int family)
{
	const struct node *node = lab_node(topology, name);
	struct text text = {0};
	char to[NETNS_PREFIX_TEXT_MAX], via[NETNS_IP_TEXT_MAX];

	for (size_t i = 0; i < node->route_count; i++) {
		const struct route *route = &node->routes[i];

		if (route->destination.ip.family != family)
			continue;
		netns_prefix_print(&route->destination, to);
		text_printf(&text, "%s%s via %s", text.length ? ", " : "",
			    route->destination.length ? to : "default",
			    netns_ip_print(&route->hops[0].via, via));
		if (route->hops[0].interface)
			text_printf(&text, " dev %s", route->hops[0].interface);
	}
	text_append(&text, "");
	return text_take(&text);
}

void lab_assert_addresses(const struct ncrun_topology *topology, const char *node, int family,
			  const char *expected)
{
	_cleanup_free_ char *text = lab_addresses(topology, node, family);

	assert_string_equal(text, expected);
}

void lab_assert_routes(const struct ncrun_topology *topology, const char *node, int family,
		       const char *expected)
{
	_cleanup_free_ char *text = lab_routes(topology, node, family);

	assert_string_equal(text, expected);
}
