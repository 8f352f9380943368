/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "topology/model.h"

static struct ncrun_topology *topology_with(const char *const *names)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	struct node *node;

	assert_ok(topology_new("lab.yaml", &topology, &err));
	for (; *names; names++)
		assert_ok(topology_add_node(topology, *names, &node, &err));
	return topology;
}

static const char *const three[] = {"a", "b", "lan", NULL};

static struct link *wire(struct ncrun_topology *topology, const char *a, const char *b)
{
	struct ncrun_error err = {0};
	struct link *link;

	assert_ok(topology_add_link(topology, topology_node(topology, a),
				    b ? topology_node(topology, b) : NULL, &link, &err));
	return link;
}

TEST(nodes_are_found_by_name_and_keep_their_order)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);

	assert_int_equal(topology->node_count, 3);
	assert_string_equal(topology->nodes[2]->name, "lan");
	assert_ptr_equal(topology_node(topology, "b"), topology->nodes[1]);
	assert_null(topology_node(topology, "c"));
	assert_int_equal(topology->nodes[0]->kind, NODE_KIND_HOST);
}

TEST(an_empty_topology_has_no_node)
{
	static const char *const none[] = {NULL};
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(none);

	assert_null(topology_node(topology, "a"));
}

TEST(a_name_that_is_taken_or_is_none_is_refused)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);
	struct ncrun_error err = {0};
	struct node *node = NULL;

	assert_fails(topology_add_node(topology, "b", &node, &err), EEXIST);
	assert_string_equal(err.message, "node 'b' is there already");
	assert_fails(topology_add_node(topology, "../b", &node, &err), EINVAL);
	assert_null(node);
	assert_int_equal(topology->node_count, 3);
}

TEST(one_node_too_many_is_refused)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	struct node *node;
	char name[16];

	assert_ok(topology_new("t", &topology, &err));
	for (int i = 0; i < TOPOLOGY_NODES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_ok(topology_add_node(topology, name, &node, &err));
	}
	assert_fails(topology_add_node(topology, "more", &node, &err), ENOSPC);
	assert_string_equal(err.message, "node 'more': more than 16000 nodes");
	for (int i = 0; i < TOPOLOGY_NODES_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_ptr_equal(topology_node(topology, name), topology->nodes[i]);
	}
}

TEST(one_link_too_many_is_refused)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);
	struct ncrun_error err = {0};
	struct link *link;

	for (int i = 0; i < TOPOLOGY_LINKS_MAX; i++)
		wire(topology, "a", "lan");
	assert_fails(topology_add_link(topology, topology->nodes[0], NULL, &link, &err), ENOSPC);
	assert_string_equal(err.message, "link of 'a': more than 64000 links");
}

TEST(the_ends_of_a_link_know_each_other)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);
	struct link *link = wire(topology, "a", "lan");
	struct link *alone = wire(topology, "a", NULL);
	struct node *a = topology_node(topology, "a");

	assert_int_equal(a->interface_count, 2);
	assert_ptr_equal(a->interfaces[0], &link->ends[0]);
	assert_ptr_equal(interface_peer(a->interfaces[0])->node, topology_node(topology, "lan"));
	assert_ptr_equal(interface_peer(&link->ends[1]), &link->ends[0]);
	assert_int_equal(alone->kind, LINK_KIND_DUMMY);
	assert_null(interface_peer(&alone->ends[0]));
}

TEST(interfaces_are_found_by_name)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);
	struct link *link = wire(topology, "a", "lan");

	assert_null(node_interface(link->ends[0].node, "eth0"));
	link->ends[0].name = strdup("eth0");

	assert_ptr_equal(node_interface(link->ends[0].node, "eth0"), &link->ends[0]);
}

TEST(links_of_a_node_go_with_it_and_the_others_stay_in_order)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);

	wire(topology, "a", "lan");
	wire(topology, "b", "lan");
	wire(topology, "a", "b");
	wire(topology, "a", "a");
	wire(topology, "lan", NULL);

	topology_remove_node(topology, topology_node(topology, "a"));

	assert_null(topology_node(topology, "a"));
	assert_int_equal(topology->node_count, 2);
	assert_string_equal(topology->nodes[0]->name, "b");
	assert_int_equal(topology->link_count, 2);
	assert_int_equal(topology_node(topology, "b")->interface_count, 1);
	assert_ptr_equal(topology_node(topology, "lan")->interfaces[0],
			 &topology->links[0]->ends[1]);
	assert_ptr_equal(topology_node(topology, "lan")->interfaces[1],
			 &topology->links[1]->ends[0]);
}

TEST(names_that_collide_in_the_index_are_found_after_removals)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};
	struct node *node;
	char name[16];

	assert_ok(topology_new("t", &topology, &err));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_ok(topology_add_node(topology, name, &node, &err));
	}
	for (int i = 0; i < 1000; i += 3) {
		snprintf(name, sizeof(name), "n%d", i);
		topology_remove_node(topology, topology_node(topology, name));
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_int_equal(topology_node(topology, name) != NULL, i % 3 != 0);
	}
}

TEST(addresses_of_an_interface_are_bounded)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_with(three);
	struct interface *end = &wire(topology, "a", "b")->ends[0];
	struct ncrun_error err = {0};
	struct netns_prefix prefix;

	assert_ok(netns_prefix_parse("10.0.0.1/24", &prefix, &err));
	for (int i = 0; i < TOPOLOGY_ADDRESSES_MAX; i++)
		assert_ok(interface_add_address(end, &prefix, i > 0, &err));

	assert_fails(interface_add_address(end, &prefix, false, &err), ENOSPC);
	assert_string_equal(err.message, "more than 64 addresses");
	assert_false(end->addresses[0].assigned);
	assert_true(end->addresses[63].assigned);
}

TEST(references_are_counted)
{
	struct ncrun_topology *topology = topology_with(three);

	assert_ptr_equal(ncrun_topology_ref(topology), topology);
	assert_null(ncrun_topology_unref(topology));
	assert_int_equal(topology->node_count, 3);
	assert_null(ncrun_topology_unref(topology));
	assert_null(ncrun_topology_unref(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_found_by_name_and_keep_their_order),
		cmocka_unit_test(an_empty_topology_has_no_node),
		cmocka_unit_test(a_name_that_is_taken_or_is_none_is_refused),
		cmocka_unit_test(one_node_too_many_is_refused),
		cmocka_unit_test(one_link_too_many_is_refused),
		cmocka_unit_test(the_ends_of_a_link_know_each_other),
		cmocka_unit_test(interfaces_are_found_by_name),
		cmocka_unit_test(links_of_a_node_go_with_it_and_the_others_stay_in_order),
		cmocka_unit_test(names_that_collide_in_the_index_are_found_after_removals),
		cmocka_unit_test(addresses_of_an_interface_are_bounded),
		cmocka_unit_test(references_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
