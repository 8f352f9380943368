/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"

static struct netns_prefix prefix_of(const char *text)
{
	struct ncrun_error err = {0};
	struct netns_prefix prefix;

	assert_ok(netns_prefix_parse(text, &prefix, &err));
	return prefix;
}

/** A switch with @count hosts h0, h1, ... */
static struct ncrun_topology *star(size_t count)
{
	struct ncrun_topology *topology = lab_read("");
	char text[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "h%zu-s", i);
		lab_append(topology, text);
	}
	return topology;
}

/** topology_complete() finds one thing wrong. */
static void assert_problem(struct ncrun_topology *topology, const char *expected)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_complete(topology, &problems, &err));
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].text, expected);
}

TEST(each_switch_has_a_subnet_and_its_hosts_count_up)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a-s b-s c-s2 s2-s3 d-s3");

	lab_assert_addresses(topology, "a", AF_INET, "eth0 10.0.0.1/24");
	lab_assert_addresses(topology, "b", AF_INET, "eth0 10.0.0.2/24");
	lab_assert_addresses(topology, "c", AF_INET, "eth0 10.1.0.1/24");
	lab_assert_addresses(topology, "d", AF_INET, "eth0 10.1.0.2/24");
	lab_assert_addresses(topology, "a", AF_INET6, "eth0 fd00::1/64");
	lab_assert_addresses(topology, "b", AF_INET6, "eth0 fd00::2/64");
	lab_assert_addresses(topology, "c", AF_INET6, "eth0 fd00:0:0:1::1/64");
	lab_assert_addresses(topology, "d", AF_INET6, "eth0 fd00:0:0:1::2/64");
}

TEST(links_between_nodes_are_small_subnets)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a-r1 r1-r2 r2-b c");

	lab_assert_addresses(topology, "r1", AF_INET, "eth0 10.0.0.2/30, eth1 10.0.0.5/30");
	lab_assert_addresses(topology, "r2", AF_INET, "eth0 10.0.0.6/30, eth1 10.0.0.9/30");
	lab_assert_addresses(topology, "r1", AF_INET6, "eth0 fd00::2/64, eth1 fd00:0:0:1::1/64");
	lab_assert_addresses(topology, "c", AF_INET, "eth0 10.0.0.13/30");
}

TEST(addresses_of_the_file_say_which_subnet_and_are_skipped)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a-s b=192.168.5.2/28-s c-s d=192.168.5.1/28=fd12::9/64-s");

	lab_assert_addresses(topology, "a", AF_INET, "eth0 192.168.5.3/28");
	lab_assert_addresses(topology, "b", AF_INET, "eth0 192.168.5.2/28");
	lab_assert_addresses(topology, "c", AF_INET, "eth0 192.168.5.4/28");
	lab_assert_addresses(topology, "a", AF_INET6, "eth0 fd12::1/64");
	lab_assert_addresses(topology, "d", AF_INET6, "eth0 fd12::9/64");
}

TEST(both_addresses_of_a_31_are_of_use)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a-b=10.9.0.0/31=fd00:9::/127");

	lab_assert_addresses(topology, "a", AF_INET, "eth0 10.9.0.1/31");
	lab_assert_addresses(topology, "a", AF_INET6, "eth0 fd00:9::1/127");
}

TEST(gateways_that_the_file_names_are_nobodys)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s b-s");
	struct ncrun_error err = {0};

	lab_node(topology, "s")->subnets[0] = prefix_of("10.0.0.0/24");
	assert_ok(netns_ip_parse("10.0.0.1", &lab_node(topology, "b")->gateways[0], &err));
	lab_complete(topology);

	lab_assert_addresses(topology, "a", AF_INET, "eth0 10.0.0.2/24");
	lab_assert_addresses(topology, "b", AF_INET, "eth0 10.0.0.3/24");
}

TEST(a_switch_says_which_subnet)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s b-s c-s2");

	lab_node(topology, "s")->subnets[0] = prefix_of("fd77::/64");
	lab_node(topology, "s")->subnets[1] = prefix_of("10.1.0.0/25");
	lab_complete(topology);

	lab_assert_addresses(topology, "b", AF_INET, "eth0 10.1.0.2/25");
	lab_assert_addresses(topology, "b", AF_INET6, "eth0 fd77::2/64");
	/* its own place is in use, so it is in the middle of the pool */
	lab_assert_addresses(topology, "c", AF_INET, "eth0 10.128.0.1/24");
}

TEST(vlans_are_segments_of_their_own)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s1 b-s1 s1-s2 c-s2 d-s2");
	struct vlan_port *trunk = &topology->links[2]->ends[0].vlan;

	lab_node(topology, "s1")->bridge.vlan_filtering = true;
	lab_node(topology, "s2")->bridge.vlan_filtering = true;
	topology->links[1]->ends[1].vlan.access = 20;
	topology->links[4]->ends[1].vlan.access = 20;
	for (int end = 0; end < 2; end++) {
		trunk = &topology->links[2]->ends[end].vlan;
		trunk->trunk = calloc(1, sizeof(*trunk->trunk));
		trunk->trunk[0].first = trunk->trunk[0].last = 20;
		trunk->trunk_count = 1;
	}
	lab_node(topology, "s2")->subnets[0] = prefix_of("10.7.0.0/24");
	lab_complete(topology);

	lab_assert_addresses(topology, "a", AF_INET, "eth0 10.7.0.1/24");
	lab_assert_addresses(topology, "b", AF_INET, "eth0 10.1.0.1/24");
	lab_assert_addresses(topology, "c", AF_INET, "eth0 10.7.0.2/24");
	lab_assert_addresses(topology, "d", AF_INET, "eth0 10.1.0.2/24");
}

TEST(a_large_switch_has_a_large_subnet)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *small = star(200);
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *large = star(1000);

	lab_complete(small);
	lab_append(large, "x-s2");
	lab_complete(large);

	lab_assert_addresses(small, "h199", AF_INET, "eth0 10.0.0.200/24");
	lab_assert_addresses(large, "h199", AF_INET, "eth0 10.0.0.200/21");
	lab_assert_addresses(large, "h999", AF_INET, "eth0 10.0.3.232/21");
	lab_assert_addresses(large, "h999", AF_INET6, "eth0 fd00::3e8/64");
	lab_assert_addresses(large, "x", AF_INET, "eth0 10.1.0.1/24");
}

TEST(subnets_are_cut_from_that_of_the_network)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *one = lab_read("a-s");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *two = lab_read("a-s b-s2 c-d");

	one->subnets[0] = two->subnets[0] = prefix_of("192.168.7.0/26");
	one->subnets[1] = two->subnets[1] = prefix_of("fd55::/64");
	lab_complete(one);
	lab_complete(two);

	lab_assert_addresses(one, "a", AF_INET, "eth0 192.168.7.1/26");
	lab_assert_addresses(one, "a", AF_INET6, "eth0 fd55::1/64");
	lab_assert_addresses(two, "a", AF_INET, "eth0 192.168.7.1/30");
	lab_assert_addresses(two, "b", AF_INET, "eth0 192.168.7.5/30");
	lab_assert_addresses(two, "d", AF_INET, "eth0 192.168.7.10/30");
	lab_assert_addresses(two, "b", AF_INET6, "eth0 fd55::4000:0:0:1/66");
}

TEST(what_the_file_uses_is_not_assigned)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a=10.0.0.1/24-r1 r1-r2 b=10.0.1.1/8-r2");

	/* 10.0.0.0/8 is in use as a whole */
	lab_assert_addresses(topology, "r1", AF_INET, "eth0 10.0.0.2/24, eth1 172.16.0.5/30");
}

TEST(a_family_can_be_off_and_an_interface_without)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s b-s c-s");

	topology->no_ipv6 = true;
	lab_node(topology, "b")->interfaces[0]->no_address = true;
	lab_complete(topology);

	lab_assert_addresses(topology, "a", AF_INET6, "");
	lab_assert_addresses(topology, "b", AF_INET, "");
	lab_assert_addresses(topology, "c", AF_INET, "eth0 10.0.0.2/24");
}

TEST(a_subnet_that_is_full_is_told)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a=10.0.0.1/30-s b-s c-s");

	topology->links[2]->ends[0].place = (struct place){9, 5};
	assert_problem(topology, "node 'c': no address is left in subnet '10.0.0.0/30'");
}

TEST(a_pool_that_is_too_small_is_told)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-b c-d e-f");

	topology->subnets[0] = prefix_of("10.0.0.0/29");
	assert_problem(topology, "subnet '10.0.0.0/29': too small for the 3 networks of links and "
				 "switches that have no address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_switch_has_a_subnet_and_its_hosts_count_up),
		cmocka_unit_test(links_between_nodes_are_small_subnets),
		cmocka_unit_test(addresses_of_the_file_say_which_subnet_and_are_skipped),
		cmocka_unit_test(both_addresses_of_a_31_are_of_use),
		cmocka_unit_test(gateways_that_the_file_names_are_nobodys),
		cmocka_unit_test(a_switch_says_which_subnet),
		cmocka_unit_test(vlans_are_segments_of_their_own),
		cmocka_unit_test(a_large_switch_has_a_large_subnet),
		cmocka_unit_test(subnets_are_cut_from_that_of_the_network),
		cmocka_unit_test(what_the_file_uses_is_not_assigned),
		cmocka_unit_test(a_family_can_be_off_and_an_interface_without),
		cmocka_unit_test(a_subnet_that_is_full_is_told),
		cmocka_unit_test(a_pool_that_is_too_small_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
