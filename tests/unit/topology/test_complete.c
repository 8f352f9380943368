/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"

/** The name of the node's interface of that number. */
static const char *name_of(const struct ncrun_topology *topology, const char *node, size_t number)
{
	assert_true(number < lab_node(topology, node)->interface_count);
	return lab_node(topology, node)->interfaces[number]->name;
}

static const char *mac_of(const struct ncrun_topology *topology, const char *node, char *buffer)
{
	return netns_mac_print(lab_node(topology, node)->interfaces[0]->mac, buffer);
}

static void service_add(struct node *node, const char *name, const char *program)
{
	const char *const argv[] = {program, "x", NULL};

	assert_int_equal(array_grow((void **)&node->services, node->service_count,
				    sizeof(struct service)),
			 0);
	node->services[node->service_count++] = (struct service){
		.name = name ? strdup(name) : NULL,
		.argv = strings_copy(argv),
	};
}

TEST(interfaces_are_numbered_in_the_order_of_links)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a-s a-r r-s a");

	assert_string_equal(name_of(topology, "a", 0), "eth0");
	assert_string_equal(name_of(topology, "a", 1), "eth1");
	assert_string_equal(name_of(topology, "a", 2), "eth2");
	assert_string_equal(name_of(topology, "r", 1), "eth1");
	assert_true(lab_node(topology, "a")->interfaces[0]->name_assigned);
}

TEST(names_of_the_file_are_skipped)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s a-s a-s a-s a-s");
	struct node *a = lab_node(topology, "a");

	a->interfaces[1]->name = strdup("eth0");
	a->interfaces[2]->name = strdup("eth7");
	a->interfaces[3]->name = strdup("eth01");
	lab_complete(topology);

	assert_string_equal(name_of(topology, "a", 0), "eth1");
	assert_string_equal(name_of(topology, "a", 1), "eth0");
	assert_string_equal(name_of(topology, "a", 2), "eth7");
	assert_string_equal(name_of(topology, "a", 3), "eth01");
	assert_string_equal(name_of(topology, "a", 4), "eth2");
	assert_false(a->interfaces[1]->name_assigned);
}

TEST(ports_are_told_apart_in_the_whole_fabric)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_completed("a-s a-s s-s2 s-s2");

	assert_string_equal(name_of(topology, "s", 0), "s-a");
	assert_string_equal(name_of(topology, "s", 1), "s-a-eth1");
	assert_string_equal(name_of(topology, "s", 2), "s-s2");
	assert_string_equal(name_of(topology, "s", 3), "s-s2-2");
	assert_string_equal(name_of(topology, "s2", 0), "s2-s");
	assert_string_equal(name_of(topology, "s2", 1), "s2-s-2");
}

TEST(a_port_never_has_the_name_of_a_switch_or_of_another_port)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("x-s b-s");
	struct node *node;
	struct link *link;
	struct ncrun_error err = {0};

	assert_ok(topology_add_node(topology, "s-b", &node, &err));
	node->kind = NODE_KIND_SWITCH;
	assert_ok(topology_add_link(topology, lab_node(topology, "x"), node, &link, &err));
	link->ends[1].name = strdup("s-x");
	lab_complete(topology);

	assert_string_equal(name_of(topology, "s", 0), "s-x-eth0");
	assert_string_equal(name_of(topology, "s", 1), "s-b-eth0");
	assert_string_equal(name_of(topology, "s-b", 0), "s-x");
}

TEST(two_ports_of_one_name_in_the_file_are_a_mistake)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s1 b-s2");
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	topology->links[0]->ends[1].name = strdup("p1");
	topology->links[1]->ends[1].name = strdup("p1");
	topology->links[1]->ends[1].place = (struct place){7, 3};
	assert_ok(topology_complete(topology, &problems, &err));

	assert_int_equal(problems.count, 1);
	assert_int_equal(problems.items[0].place.line, 7);
	assert_string_equal(problems.items[0].text,
			    "port 'p1' of switch 's2': a port or switch has that name already");
}

TEST(long_names_differ_for_the_kernel_too)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-s");
	struct ncrun_error err = {0};
	char names[6000][NETNS_NAME_MAX];

	/* of so many, some have the same short form at first */
	for (int i = 1; i < 6000; i++) {
		struct node *node;
		struct link *link;
		char name[64];

		snprintf(name, sizeof(name), "a-long-name-for-a-host-%d", i);
		assert_ok(topology_add_node(topology, name, &node, &err));
		assert_ok(topology_add_link(topology, node, lab_node(topology, "s"), &link, &err));
	}
	lab_complete(topology);

	for (size_t i = 0; i < 6000; i++)
		assert_ok(netns_name_short(name_of(topology, "s", i), names[i], &err));
	qsort(names, 6000, NETNS_NAME_MAX, (int (*)(const void *, const void *))strcmp);
	for (size_t i = 1; i < 6000; i++)
		assert_string_not_equal(names[i - 1], names[i]);
}

TEST(macs_follow_from_the_names_of_node_and_interface)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *one = lab_completed("a-s b-s");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *other = lab_completed("b-r a-x");
	char first[NETNS_MAC_TEXT_MAX], second[NETNS_MAC_TEXT_MAX];

	assert_string_equal(mac_of(one, "a", first), mac_of(other, "a", second));
	assert_string_equal(mac_of(one, "b", first), mac_of(other, "b", second));
	assert_string_not_equal(mac_of(one, "a", first), mac_of(one, "b", second));
	assert_string_equal(mac_of(one, "a", first), "02:9d:9f:52:11:1f");
	assert_true(lab_node(one, "s")->interfaces[0]->mac_assigned);
}

TEST(macs_that_the_file_gives_stay_and_are_not_given_twice)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *model = lab_completed("a-b");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-b");
	struct interface *given = lab_node(topology, "b")->interfaces[0];
	char first[NETNS_MAC_TEXT_MAX], second[NETNS_MAC_TEXT_MAX];

	memcpy(given->mac, lab_node(model, "a")->interfaces[0]->mac, NETNS_MAC_LENGTH);
	given->mac_set = true;
	lab_complete(topology);

	assert_string_equal(mac_of(topology, "b", first), mac_of(model, "a", second));
	assert_string_not_equal(mac_of(topology, "a", first), mac_of(topology, "b", second));
	assert_false(given->mac_assigned);
}

TEST(services_are_named_after_their_programs)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("a-b");
	static const char *const expected[] = {"redis-server-2", "redis-server", "redis-server-3",
					       "service", "a-b.c"};
	struct node *a = lab_node(topology, "a");

	service_add(a, NULL, "redis-server");
	service_add(a, "redis-server", "sh");
	service_add(a, NULL, "/usr/bin/redis-server");
	service_add(a, NULL, "/usr/bin/...");
	service_add(a, NULL, ".a b.c");
	lab_complete(topology);

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_string_equal(a->services[i].name, expected[i]);
}

TEST(an_mtu_is_that_of_the_end_the_node_or_the_other_end)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		lab_read("a-s b-s c-r r-d");

	lab_node(topology, "s")->mtu = 9000;
	topology->links[1]->ends[0].mtu = 1400;
	lab_node(topology, "r")->mtu = 2000;
	lab_complete(topology);

	assert_int_equal(topology->links[0]->ends[0].mtu, 9000);
	assert_int_equal(topology->links[0]->ends[1].mtu, 9000);
	assert_int_equal(topology->links[1]->ends[0].mtu, 1400);
	assert_int_equal(topology->links[1]->ends[1].mtu, 9000);
	assert_int_equal(topology->links[2]->ends[0].mtu, 2000);
	assert_int_equal(topology->links[3]->ends[0].mtu, 2000);
	assert_int_equal(topology->links[3]->ends[1].mtu, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_are_numbered_in_the_order_of_links),
		cmocka_unit_test(names_of_the_file_are_skipped),
		cmocka_unit_test(ports_are_told_apart_in_the_whole_fabric),
		cmocka_unit_test(a_port_never_has_the_name_of_a_switch_or_of_another_port),
		cmocka_unit_test(two_ports_of_one_name_in_the_file_are_a_mistake),
		cmocka_unit_test(long_names_differ_for_the_kernel_too),
		cmocka_unit_test(macs_follow_from_the_names_of_node_and_interface),
		cmocka_unit_test(macs_that_the_file_gives_stay_and_are_not_given_twice),
		cmocka_unit_test(services_are_named_after_their_programs),
		cmocka_unit_test(an_mtu_is_that_of_the_end_the_node_or_the_other_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
