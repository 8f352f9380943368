/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "tests/support/test.h"
#include "topology/model.h"

static void fill_node(struct node *node)
{
	static char command[] = "redis-server";
	static char *argv[] = {command, NULL};
	struct ncrun_error err = {0};
	struct route *route;

	node->rootfs = strdup("alpine");
	assert_int_equal(strings_append(&node->env, "A=b"), 0);
	assert_ok(ncrun_limits_set(&node->limits, "memory", "64M", &err));
	node->services = calloc(1, sizeof(*node->services));
	node->services[node->service_count++] =
		(struct service){.argv = strings_copy((const char *const *)argv)};
	node->exec = calloc(2, sizeof(*node->exec));
	node->exec[0] = strings_copy((const char *const *)argv);
	assert_ok(node_add_route(node, 2, &route, &err));
	route->hops[1].interface = strdup("eth0");
	node->filters = calloc(1, sizeof(*node->filters));
	node->filters[node->filter_count++].rule =
		(struct netns_filter_rule){.in_interface = strdup("eth*"),
					   .mac_source = calloc(1, NETNS_MAC_LENGTH)};
	node->rules = calloc(1, sizeof(*node->rules));
	node->rules[node->rule_count++].rule.in_interface = strdup("eth1");
	node->host_entries = calloc(1, sizeof(*node->host_entries));
	node->host_entries[node->host_entry_count++].names =
		strings_copy((const char *const *)argv);
	node->ports = calloc(1, sizeof(*node->ports));
	node->ports[node->port_count++].host_port = 8080;
}

static struct ncrun_topology *topology_full(void)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	struct netns_prefix prefix;
	struct node *a, *b;
	struct link *link;

	assert_ok(topology_new("lab.yaml", &topology, &err));
	topology->name = strdup("lab");
	topology->temporary = true;
	assert_ok(topology_add_node(topology, "a", &a, &err));
	assert_ok(topology_add_node(topology, "b", &b, &err));
	fill_node(a);
	assert_ok(topology_add_link(topology, b, a, &link, &err));
	link->place = (struct place){7, 3};
	assert_ok(netns_prefix_parse("10.0.0.1/24", &prefix, &err));
	assert_ok(interface_add_address(&link->ends[1], &prefix, true, &err));
	link->ends[1].name = strdup("eth0");
	link->ends[1].vlan.trunk = calloc(1, sizeof(*link->ends[1].vlan.trunk));
	link->ends[1].vlan.trunk_count = 1;
	return topology;
}

TEST(a_copy_lives_without_what_it_was_made_from)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *copy = NULL;
	struct ncrun_topology *topology = topology_full();
	struct ncrun_error err = {0};
	const struct node *a;

	assert_ok(topology_copy(topology, &copy, &err));
	ncrun_topology_unref(topology);

	a = topology_node(copy, "a");
	assert_string_equal(copy->name, "lab");
	assert_true(copy->temporary);
	assert_string_equal(a->rootfs, "alpine");
	assert_string_equal(a->env[0], "A=b");
	assert_int_equal(a->limits.memory_max, 64 << 20);
	assert_string_equal(a->services[0].argv[0], "redis-server");
	assert_string_equal(a->exec[0][0], "redis-server");
	assert_null(a->exec[1]);
	assert_string_equal(a->routes[0].hops[1].interface, "eth0");
	assert_string_equal(a->filters[0].rule.in_interface, "eth*");
	assert_int_equal(a->filters[0].rule.mac_source[5], 0);
	assert_string_equal(a->rules[0].rule.in_interface, "eth1");
	assert_string_equal(a->host_entries[0].names[0], "redis-server");
	assert_int_equal(a->ports[0].host_port, 8080);
}

TEST(links_of_a_copy_are_between_its_own_nodes)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_full();
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *copy = NULL;
	struct ncrun_error err = {0};
	struct interface *end;

	assert_ok(topology_copy(topology, &copy, &err));

	end = node_interface(topology_node(copy, "a"), "eth0");
	assert_ptr_equal(end, &copy->links[0]->ends[1]);
	assert_ptr_equal(interface_peer(end)->node, topology_node(copy, "b"));
	assert_int_equal(copy->links[0]->place.line, 7);
	assert_int_equal(end->address_count, 1);
	assert_true(end->addresses[0].assigned);
	assert_int_equal(end->vlan.trunk_count, 1);
	assert_ptr_not_equal(end->addresses, topology->links[0]->ends[1].addresses);
}

TEST(a_copy_can_grow)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_full();
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *copy = NULL;
	struct ncrun_error err = {0};
	struct route *route;
	struct node *node;

	assert_ok(topology_copy(topology, &copy, &err));
	assert_ok(topology_add_node(copy, "c", &node, &err));
	for (int i = 0; i < 5; i++)
		assert_ok(node_add_route(topology_node(copy, "a"), 1, &route, &err));

	assert_int_equal(copy->node_count, 3);
	assert_int_equal(topology->node_count, 2);
	assert_int_equal(topology_node(topology, "a")->route_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_lives_without_what_it_was_made_from),
		cmocka_unit_test(links_of_a_copy_are_between_its_own_nodes),
		cmocka_unit_test(a_copy_can_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
