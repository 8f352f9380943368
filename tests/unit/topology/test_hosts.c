/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"
#include "topology/hosts.h"

#define LOCALHOST "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"

static struct hosts hosts_of(const struct ncrun_topology *topology)
{
	struct hosts hosts = {0};
	struct ncrun_error err = {0};

	assert_ok(hosts_find(topology, &hosts, &err));
	return hosts;
}

static const char *text_of(const struct hosts *hosts, const struct ncrun_topology *topology,
			   const char *node)
{
	uint32_t number = hosts->of_node[lab_node(topology, node)->mark];

	assert_true(number < hosts->count);
	return hosts->texts[number];
}

/** What @node of a network without IPv6 knows. */
static void assert_knows(struct ncrun_topology *topology, const char *node, const char *expected)
{
	_cleanup_hosts_ struct hosts hosts = {0};

	topology->no_ipv6 = true;
	lab_complete(topology);
	hosts = hosts_of(topology);
	assert_string_equal(text_of(&hosts, topology, node), expected);
}

TEST(every_node_knows_every_other_by_both_families)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_completed("a-s b-s");
	_cleanup_hosts_ struct hosts hosts = hosts_of(topology);

	assert_int_equal(hosts.count, 1);
	assert_int_equal(hosts.of_node[lab_node(topology, "s")->mark], HOSTS_NONE);
	assert_string_equal(text_of(&hosts, topology, "b"),
			    LOCALHOST "10.0.0.1 a a-eth0\nfd00::1 a a-eth0\n"
				      "10.0.0.2 b b-eth0\nfd00::2 b b-eth0\n");
}

TEST(a_thousand_hosts_on_a_switch_share_one_text)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("");
	_cleanup_hosts_ struct hosts hosts = {0};
	char text[64];

	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "h%d-s", i);
		lab_append(topology, text);
	}
	lab_append(topology, "s-r r-x");
	lab_complete(topology);
	hosts = hosts_of(topology);

	assert_int_equal(hosts.count, 3);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(hosts.of_node[i > 0 ? i + 1 : 0], 0);
}

TEST(the_address_on_a_shared_link_comes_first)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-r1 r1-r2 r2-b");

	assert_knows(topology, "a",
		     LOCALHOST "10.0.0.1 a a-eth0\n10.0.0.2 r1 r1-eth0\n10.0.0.5 r1 r1-eth1\n"
			       "10.0.0.6 r2 r2-eth0\n10.0.0.9 r2 r2-eth1\n10.0.0.10 b b-eth0\n");
	assert_knows(topology, "b",
		     LOCALHOST "10.0.0.1 a a-eth0\n10.0.0.2 r1 r1-eth0\n10.0.0.5 r1 r1-eth1\n"
			       "10.0.0.9 r2 r2-eth1\n10.0.0.6 r2 r2-eth0\n10.0.0.10 b b-eth0\n");
}

TEST(what_a_nat_hides_is_not_known_to_the_north)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-n n^-b");

	assert_knows(topology, "a",
		     LOCALHOST "10.0.0.1 a a-eth0\n10.0.0.2 n n-eth0\n10.0.0.5 n n-eth1\n"
			       "10.0.0.6 b b-eth0\n");
	assert_knows(topology, "b", LOCALHOST "10.0.0.5 n n-eth1\n10.0.0.6 b b-eth0\n");
}

TEST(an_address_that_no_router_leads_to_is_not_known)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s1 a-s2 b-s1 c-s2");

	assert_knows(topology, "b", LOCALHOST "10.0.0.1 a a-eth0\n10.0.0.2 b b-eth0\n");
	assert_knows(topology, "c", LOCALHOST "10.1.0.1 a a-eth1\n10.1.0.2 c c-eth0\n");
}

TEST(all_addresses_of_an_interface_and_of_lo_are_known)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a=10.0.0.1/24=10.0.0.9/24-s b=10.0.0.2/24-s");
	struct node *b = lab_node(topology, "b");
	struct ncrun_error err = {0};

	b->kind = NODE_KIND_ROUTER;
	assert_int_equal(array_grow((void **)&b->loopback, 0, sizeof(struct address)), 0);
	b->loopback[0] = (struct address){0};
	assert_ok(netns_prefix_parse("192.0.2.1/32", &b->loopback[0].prefix, &err));
	b->loopback_count = 1;

	assert_knows(topology, "a",
		     LOCALHOST "10.0.0.1 a a-eth0\n10.0.0.9 a a-eth0\n10.0.0.2 b b-eth0\n"
			       "192.0.2.1 b b-lo\n");
}

TEST(a_further_name_is_left_out_where_it_means_another_node)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s b-s");
	struct ncrun_error err = {0};
	struct node *node;
	struct link *link;

	assert_ok(topology_add_node(topology, "a-eth0", &node, &err));
	assert_ok(topology_add_link(topology, node, lab_node(topology, "s"), &link, &err));
	lab_node(topology, "b")->hostname = strdup("b.example.org");
	node->hostname = strdup("a");
	link->ends[0].name = strdup("x#y");

	assert_knows(topology, "b",
		     LOCALHOST "10.0.0.1 a\n10.0.0.2 b b.example.org b-eth0\n10.0.0.3 a-eth0\n");
}

TEST(entries_of_the_file_are_only_for_their_node)
{
	static const char *const names[] = {"db", "db.example.org", NULL};
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s b-s");
	struct node *b = lab_node(topology, "b");
	struct ncrun_error err = {0};

	assert_int_equal(array_grow((void **)&b->host_entries, 0, sizeof(struct host_entry)), 0);
	b->host_entries[0].names = strings_copy(names);
	assert_ok(netns_ip_parse("192.0.2.7", &b->host_entries[0].ip, &err));
	b->host_entry_count = 1;

	assert_knows(topology, "a", LOCALHOST "10.0.0.1 a a-eth0\n10.0.0.2 b b-eth0\n");
	assert_knows(topology, "b",
		     LOCALHOST
		     "10.0.0.1 a a-eth0\n10.0.0.2 b b-eth0\n192.0.2.7 db db.example.org\n");
}

TEST(a_node_without_an_address_knows_itself)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s b-s");

	lab_node(topology, "b")->interfaces[0]->no_address = true;

	assert_knows(topology, "b", LOCALHOST "127.0.1.1 b b-lo\n");
	assert_knows(topology, "a", LOCALHOST "10.0.0.1 a a-eth0\n");
}

TEST(texts_do_not_grow_with_the_square_of_the_network)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *chain = lab_read("a-r0");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *homes = lab_read("x-s");
	_cleanup_hosts_ struct hosts of_chain = {0}, of_homes = {0};
	char text[64];

	for (int i = 1; i < 1000; i++) {
		snprintf(text, sizeof(text), "r%d-r%d", i - 1, i);
		lab_append(chain, text);
		snprintf(text, sizeof(text), "h%d-n%d n%d^-s", i, i, i);
		lab_append(homes, text);
	}
	lab_complete(chain);
	lab_complete(homes);
	of_chain = hosts_of(chain);
	of_homes = hosts_of(homes);

	assert_int_equal(of_chain.count, 1);
	assert_int_equal(of_homes.count, 1);
	assert_non_null(strstr(of_chain.texts[0], "\n10.0.0.1 a a-eth0\n"));
	assert_non_null(strstr(of_chain.texts[0], " r999 r999-eth0\n"));
	assert_non_null(strstr(of_homes.texts[0], " h999 h999-eth0\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_knows_every_other_by_both_families),
		cmocka_unit_test(a_thousand_hosts_on_a_switch_share_one_text),
		cmocka_unit_test(the_address_on_a_shared_link_comes_first),
		cmocka_unit_test(what_a_nat_hides_is_not_known_to_the_north),
		cmocka_unit_test(an_address_that_no_router_leads_to_is_not_known),
		cmocka_unit_test(all_addresses_of_an_interface_and_of_lo_are_known),
		cmocka_unit_test(a_further_name_is_left_out_where_it_means_another_node),
		cmocka_unit_test(entries_of_the_file_are_only_for_their_node),
		cmocka_unit_test(a_node_without_an_address_knows_itself),
		cmocka_unit_test(texts_do_not_grow_with_the_square_of_the_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
