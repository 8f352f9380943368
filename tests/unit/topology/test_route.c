/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"

/** struct expectation - the routes of a node, of both families */
struct expectation {
	const char *node, *ipv4, *ipv6;
};

static void assert_routed(const char *topology_text, const struct expectation *expected)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed(topology_text);

	for (; expected->node; expected++) {
		lab_assert_routes(topology, expected->node, AF_INET, expected->ipv4);
		lab_assert_routes(topology, expected->node, AF_INET6, expected->ipv6);
	}
}

TEST(who_is_on_one_link_or_switch_needs_no_route)
{
	static const struct expectation none[] = {{"a", "", ""}, {"b", "", ""}, {0}};

	assert_routed("a-b", none);
	assert_routed("a-s b-s", none);
	assert_routed("a-s1 s1-s2 s2-b", none);
}

TEST(a_host_has_its_router_as_default)
{
	static const struct expectation expected[] = {
		{"a", "default via 10.0.0.2", "default via fd00::2"},
		{"r", "", ""},
		{"b", "default via 10.0.0.5", "default via fd00:0:0:1::1"},
		{0},
	};

	assert_routed("a-r r-b", expected);
}

TEST(two_routers_know_what_is_behind_each_other)
{
	static const struct expectation expected[] = {
		{"a", "default via 10.0.0.2", "default via fd00::2"},
		{"r1", "10.0.0.8/30 via 10.0.0.6", "fd00:0:0:2::/64 via fd00:0:0:1::2"},
		{"r2", "10.0.0.0/30 via 10.0.0.5", "fd00::/64 via fd00:0:0:1::1"},
		{"b", "default via 10.0.0.9", "default via fd00:0:0:2::1"},
		{0},
	};

	assert_routed("a-r1 r1-r2 r2-b", expected);
}

TEST(a_nat_hides_what_is_south_of_it)
{
	static const struct expectation expected[] = {
		{"a", "default via 10.0.0.2", "default via fd00::2"},
		{"n", "", ""},
		{"b", "", ""},
		{0},
	};

	assert_routed("a-s s-n n^-s2 s2-b", expected);
}

TEST(through_two_nats_goes_one_default_after_the_other)
{
	static const struct expectation expected[] = {
		{"a", "default via 10.0.0.2", "default via fd00::2"},
		{"n1", "default via 10.1.0.2", "default via fd00:0:0:1::2"},
		{"b", "default via 10.1.0.2", "default via fd00:0:0:1::2"},
		{"n2", "", ""},
		{"c", "", ""},
		{0},
	};

	assert_routed("a-n1 n1^-s s-n2 n2^-c b-s", expected);
}

TEST(routers_south_of_a_nat_lead_to_it_and_it_back)
{
	static const struct expectation expected[] = {
		{"r1", "default via 10.0.0.6", "default via fd00:0:0:1::2"},
		{"n", "default via 10.0.0.10, 10.0.0.0/30 via 10.0.0.5",
		 "default via fd00:0:0:2::2, fd00::/64 via fd00:0:0:1::1"},
		{"r2", "", ""},
		{0},
	};

	assert_routed("a-r1 r1-n n^-r2 r2-b", expected);
}

TEST(a_host_on_two_switches_takes_the_nearest_router)
{
	static const struct expectation expected[] = {
		{"a", "default via 10.0.0.2, 10.1.0.4/30 via 10.2.0.2",
		 "default via fd00::2, fd00:0:0:3::/64 via fd00:0:0:2::2"},
		{"r1", "10.1.0.4/30 via 10.3.0.2, 10.2.0.0/24 via 10.3.0.2",
		 "fd00:0:0:2::/63 via fd00:0:0:4::2"},
		{0},
	};

	assert_routed("a-s1 s1-r1 r1-x a-s2 s2-r2 r2-y r1-s3 r2-s3", expected);
}

TEST(the_routers_of_a_tree_join_what_is_on_one_branch)
{
	static const struct expectation expected[] = {
		{"r", "10.0.0.8/29 via 10.0.0.2, 10.0.0.16/29 via 10.0.0.6",
		 "fd00:0:0:2::/63 via fd00::2, fd00:0:0:4::/63 via fd00:0:0:1::2"},
		{"r1", "10.0.0.4/30 via 10.0.0.1, 10.0.0.16/29 via 10.0.0.1",
		 "fd00:0:0:1::/64 via fd00::1, fd00:0:0:4::/63 via fd00::1"},
		{0},
	};

	assert_routed("r-r1 r-r2 r1-a r1-b r2-c r2-d", expected);
}

TEST(of_two_equal_ways_round_a_ring_the_first_router_is_taken)
{
	static const struct expectation expected[] = {
		{"r1",
		 "10.0.0.4/30 via 10.0.0.2, 10.0.0.8/30 via 10.0.0.13, 10.0.0.20/30 via 10.0.0.2",
		 "fd00:0:0:1::/64 via fd00::2, fd00:0:0:2::/64 via fd00:0:0:3::1, "
		 "fd00:0:0:5::/64 via fd00::2"},
		{0},
	};

	assert_routed("r1-r2 r2-r3 r3-r4 r4-r1 a-r1 b-r3", expected);
}

TEST(without_a_way_out_the_first_router_is_the_default)
{
	static const struct expectation expected[] = {
		{"a", "default via 10.0.0.3, 10.1.0.0/30 via 10.0.0.2",
		 "default via fd00::3, fd00:0:0:1::/64 via fd00::2"},
		{0},
	};
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("");
	struct ncrun_error err = {0};
	struct node *node;

	/* first is who stands first among the nodes, not among the links */
	assert_ok(topology_add_node(topology, "r1", &node, &err));
	node->kind = NODE_KIND_ROUTER;
	lab_append(topology, "a-s r2-s r1-s r2-x r1-y");
	lab_complete(topology);

	lab_assert_routes(topology, "a", AF_INET, expected[0].ipv4);
	lab_assert_routes(topology, "a", AF_INET6, expected[0].ipv6);
}

TEST(an_uplink_is_the_way_out)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s s-r1 s-n1 n1^-x r1-r2 r2-y");

	lab_node(topology, "r2")->uplink = true;
	lab_complete(topology);

	/* nearer is the nat, but what is outside is behind r2 */
	lab_assert_routes(topology, "a", AF_INET, "default via 10.0.0.2, 10.1.0.0/30 via 10.0.0.3");
	lab_assert_routes(topology, "r1", AF_INET6,
			  "default via fd00:0:0:2::2, fd00:0:0:1::/64 via fd00::3");
	lab_assert_routes(topology, "r2", AF_INET,
			  "10.0.0.0/24 via 10.1.0.5, 10.1.0.0/30 via 10.1.0.5");
	lab_assert_routes(topology, "n1", AF_INET, "default via 10.0.0.2");
}

TEST(gateways_of_the_file_are_all_that_a_host_has)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s s-r1 s-r2 r1-x r2-y");
	struct ncrun_error err = {0};

	lab_node(topology, "s")->subnets[0].ip.family = AF_INET;
	assert_ok(netns_prefix_parse("10.0.0.0/24", &lab_node(topology, "s")->subnets[0], &err));
	assert_ok(netns_ip_parse("10.0.0.9", &lab_node(topology, "a")->gateways[0], &err));
	lab_complete(topology);

	lab_assert_routes(topology, "a", AF_INET, "");
	lab_assert_routes(topology, "a", AF_INET6,
			  "default via fd00::2, fd00:0:0:2::/64 via fd00::3");
}

TEST(routes_of_the_file_stay_and_nothing_is_computed_against_them)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-r1 r1-r2 r2-b r2-c");
	struct ncrun_error err = {0};
	struct route *route;

	assert_ok(node_add_route(lab_node(topology, "r1"), 1, &route, &err));
	assert_ok(netns_prefix_parse("10.0.0.8/30", &route->destination, &err));
	assert_ok(netns_ip_parse("10.0.0.77", &route->hops[0].via, &err));
	lab_complete(topology);
	lab_complete(topology); /* what was computed does not count as given */

	/* the place of the link has moved: nothing that is assigned may be in 10.0.0.8/30 */
	lab_assert_routes(topology, "r1", AF_INET,
			  "10.0.0.8/30 via 10.0.0.77, 10.0.0.12/30 via 10.0.0.6, "
			  "10.128.0.0/30 via 10.0.0.6");
	lab_assert_routes(topology, "r1", AF_INET6, "fd00:0:0:2::/63 via fd00:0:0:1::2");
}

TEST(links_that_are_down_lead_nowhere)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s s-r1 s-r2 r1-b r2-b");

	topology->links[3]->ends[1].down = true;
	lab_complete(topology);

	lab_assert_routes(topology, "r1", AF_INET, "10.1.0.4/30 via 10.0.0.3");
	lab_assert_routes(topology, "r2", AF_INET, "");
}

TEST(addresses_of_lo_are_reached_too)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("r1-r2 r2-r3");
	struct node *r3 = lab_node(topology, "r3");
	struct ncrun_error err = {0};

	assert_int_equal(array_grow((void **)&r3->loopback, 0, sizeof(struct address)), 0);
	r3->loopback[0] = (struct address){0};
	assert_ok(netns_prefix_parse("192.0.2.3/32", &r3->loopback[0].prefix, &err));
	r3->loopback_count = 1;
	lab_complete(topology);

	lab_assert_routes(topology, "r1", AF_INET,
			  "10.0.0.4/30 via 10.0.0.2, 192.0.2.3/32 via 10.0.0.2");
}

TEST(without_routing_there_are_no_routes)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-r1 r1-b");

	topology->routing = ROUTING_NONE;
	lab_complete(topology);

	lab_assert_routes(topology, "a", AF_INET, "");
	lab_assert_addresses(topology, "a", AF_INET, "eth0 10.0.0.1/30");
}

TEST(a_long_chain_has_short_tables)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-r0");
	char text[64];

	for (int i = 1; i < 100; i++) {
		snprintf(text, sizeof(text), "r%d-r%d", i - 1, i);
		lab_append(topology, text);
	}
	lab_append(topology, "r99-b");
	lab_complete(topology);

	for (size_t i = 0; i < topology->node_count; i++)
		assert_in_range(topology->nodes[i]->route_count, 1, 2 * 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_on_one_link_or_switch_needs_no_route),
		cmocka_unit_test(a_host_has_its_router_as_default),
		cmocka_unit_test(two_routers_know_what_is_behind_each_other),
		cmocka_unit_test(a_nat_hides_what_is_south_of_it),
		cmocka_unit_test(through_two_nats_goes_one_default_after_the_other),
		cmocka_unit_test(routers_south_of_a_nat_lead_to_it_and_it_back),
		cmocka_unit_test(a_host_on_two_switches_takes_the_nearest_router),
		cmocka_unit_test(the_routers_of_a_tree_join_what_is_on_one_branch),
		cmocka_unit_test(of_two_equal_ways_round_a_ring_the_first_router_is_taken),
		cmocka_unit_test(without_a_way_out_the_first_router_is_the_default),
		cmocka_unit_test(an_uplink_is_the_way_out),
		cmocka_unit_test(gateways_of_the_file_are_all_that_a_host_has),
		cmocka_unit_test(routes_of_the_file_stay_and_nothing_is_computed_against_them),
		cmocka_unit_test(links_that_are_down_lead_nowhere),
		cmocka_unit_test(addresses_of_lo_are_reached_too),
		cmocka_unit_test(without_routing_there_are_no_routes),
		cmocka_unit_test(a_long_chain_has_short_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
