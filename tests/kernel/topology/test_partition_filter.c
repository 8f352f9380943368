/* SPDX-License-Identifier: Apache-2.0 */

/* What is cut in the nodes, with real packets. */

#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"
#include "topology/partition.h"

static void cut(struct netns *netns, const char *const *away, size_t count)
{
	struct netns_ip ips[8];
	struct ncrun_error err = {0};

	for (size_t i = 0; i < count; i++)
		ips[i] = lab_ip(away[i]);
	assert_ok(partition_cut(netns, ips, count, &err));
}

static uint64_t dropped(struct netns *netns)
{
	struct ncrun_error err = {0};
	uint64_t packets = 0;

	assert_ok(partition_count(netns, &packets, &err));
	return packets;
}

TEST(a_node_that_is_cut_off_neither_hears_nor_is_heard)
{
	static const char *const away[] = {"10.0.0.2", "fd00::2"};
	struct network_lab lab;

	lab_make(&lab, 3);
	cut(lab.nodes[0], away, 2);
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "fd00::2"));
	assert_true(lab_is_cut_off(lab.nodes[1], lab.nodes[0], "10.0.0.1"));
	assert_true(lab_is_cut_off(lab.nodes[1], lab.nodes[0], "fd00::1"));
	assert_true(dropped(lab.nodes[0]) >= 4);
	assert_int_equal(dropped(lab.nodes[1]), 0);
	/* and nobody else is concerned */
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[2], "10.0.0.3"));
	assert_true(lab_reaches(lab.nodes[2], lab.nodes[0], "fd00::1"));
	assert_true(lab_reaches(lab.nodes[2], lab.nodes[1], "10.0.0.2"));
	lab_free(&lab);
}

TEST(a_cut_holds_across_a_router_that_knows_nothing_of_it)
{
	static const char *const away[] = {"10.2.0.1", "fd02::1"};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_chain(&lab);
	lab_default_routes(&lab, 2, "10.2.0.9", "fd02::9");
	assert_true(lab_reaches(lab.nodes[2], lab.nodes[0], "10.1.0.1"));
	cut(lab.nodes[0], away, 2);
	assert_true(lab_is_cut_off(lab.nodes[2], lab.nodes[0], "10.1.0.1"));
	assert_true(lab_is_cut_off(lab.nodes[2], lab.nodes[0], "fd01::1"));
	assert_true(lab_reaches(lab.nodes[1], lab.nodes[0], "10.1.0.1"));
	assert_ok(partition_mend(lab.nodes[0], &err));
	assert_true(lab_reaches(lab.nodes[2], lab.nodes[0], "10.1.0.1"));
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[2], "fd02::1"));
	lab_free(&lab);
}

TEST(a_new_cut_replaces_the_one_before)
{
	static const char *const first[] = {"10.0.0.2"}, *const second[] = {"10.0.0.3"};
	struct network_lab lab;

	lab_make(&lab, 3);
	cut(lab.nodes[0], first, 1);
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	cut(lab.nodes[0], second, 1);
	assert_int_equal(dropped(lab.nodes[0]), 0);
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[2], "10.0.0.3"));
	lab_free(&lab);
}

TEST(what_was_never_cut_can_be_mended_and_counted)
{
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	assert_ok(partition_mend(lab.nodes[0], &err));
	assert_int_equal(dropped(lab.nodes[0]), 0);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_that_is_cut_off_neither_hears_nor_is_heard),
		cmocka_unit_test(a_cut_holds_across_a_router_that_knows_nothing_of_it),
		cmocka_unit_test(a_new_cut_replaces_the_one_before),
		cmocka_unit_test(what_was_never_cut_can_be_mended_and_counted),
	};

	return cmocka_run_group_tests_name("topology/partition_filter", tests, sandbox_enter, NULL);
}
