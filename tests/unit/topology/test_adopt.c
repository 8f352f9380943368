/* SPDX-License-Identifier: Apache-2.0 */

#include <sys/socket.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"

static void join(struct ncrun_topology *topology, const char *name)
{
	assert_int_equal(strings_append(&lab_node(topology, name)->labels, NODE_JOINED), 0);
}

TEST(who_joined_is_kept_with_links_to_what_is_still_there)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *running =
		lab_read("a-s1 g=10.0.0.9/24-s1 g-h h-s2 b-s2");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *file = lab_read("x-s1 a-s1");
	struct ncrun_error err = {0};
	size_t count = 0;

	join(running, "g");
	join(running, "h");
	lab_complete(running);
	assert_ok(topology_adopt(file, running, &count, &err));

	assert_int_equal(count, 2);
	assert_int_equal(file->node_count, 5);
	assert_int_equal(file->link_count, 4); /* h's switch is gone, and its link with it */
	assert_null(topology_node(file, "b"));
	assert_int_equal(lab_node(file, "g")->interface_count, 2);
	assert_int_equal(lab_node(file, "h")->interface_count, 1);
	assert_int_equal(lab_node(file, "g")->route_count, 0); /* computed anew */
	lab_complete(file);
	lab_assert_addresses(file, "g", AF_INET, "eth0 10.0.0.9/24, eth1 10.1.0.1/30");
}

TEST(who_ended_or_is_in_the_file_is_not)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *running =
		lab_read("g-s1 h-s1 a-s1");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *file = lab_read("h-s1");
	struct ncrun_error err = {0};
	size_t count = 7;

	join(running, "g");
	join(running, "h");
	lab_node(running, "g")->gone = true;
	assert_ok(topology_adopt(file, running, &count, &err));

	assert_int_equal(count, 0);
	assert_int_equal(file->node_count, 2);
	assert_int_equal(file->link_count, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_joined_is_kept_with_links_to_what_is_still_there),
		cmocka_unit_test(who_ended_or_is_in_the_file_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
