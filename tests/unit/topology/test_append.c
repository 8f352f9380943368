/* SPDX-License-Identifier: Apache-2.0 */

/* What is completed stays as it is: when it is done again, and when something is appended. */

#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"
#include "tests/support/topology_random.h"

static void assert_same_end(const struct interface *a, const struct interface *b)
{
	assert_string_equal(a->name, b->name);
	assert_memory_equal(a->mac, b->mac, NETNS_MAC_LENGTH);
	assert_int_equal(a->address_count, b->address_count);
	for (size_t i = 0; i < a->address_count; i++) {
		assert_true(netns_ip_equal(&a->addresses[i].prefix.ip, &b->addresses[i].prefix.ip));
		assert_int_equal(a->addresses[i].prefix.length, b->addresses[i].prefix.length);
	}
}

/** All ends of @part are as in @whole, which has the same links first. */
static void assert_same_links(const struct ncrun_topology *part, const struct ncrun_topology *whole)
{
	assert_true(part->link_count <= whole->link_count);
	for (size_t i = 0; i < part->link_count; i++)
		for (int end = 0; end < 2; end++)
			assert_same_end(&part->links[i]->ends[end], &whole->links[i]->ends[end]);
}

TEST(what_is_appended_changes_nothing_before_it)
{
	for (unsigned int seed = 0; seed < 200; seed++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *part = lab_read("");
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *whole = NULL;
		struct ncrun_error err = {0};
		struct chance chance = {seed};

		chance_links(&chance, part, 1 + chance_below(&chance, 30));
		assert_ok(topology_copy(part, &whole, &err));
		chance_links(&chance, whole, 1 + chance_below(&chance, 30));
		lab_complete(part);
		lab_complete(whole);

		assert_same_links(part, whole);
	}
}

TEST(a_completed_topology_can_be_appended_to_and_completed_again)
{
	for (unsigned int seed = 1000; seed < 1100; seed++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *before = lab_read("");
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *after = NULL;
		struct ncrun_error err = {0};
		struct chance chance = {seed};

		chance_links(&chance, before, 1 + chance_below(&chance, 30));
		lab_complete(before);
		assert_ok(topology_copy(before, &after, &err));
		chance_links(&chance, after, chance_below(&chance, 10));
		lab_complete(after);

		assert_same_links(before, after);
	}
}

TEST(the_same_topology_has_the_same_routes_each_time)
{
	for (unsigned int seed = 2000; seed < 2050; seed++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *one = lab_read("");
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *other = lab_read("");
		struct chance chances[2] = {{seed}, {seed}};

		chance_links(&chances[0], one, 30);
		chance_links(&chances[1], other, 30);
		lab_complete(one);
		lab_complete(other);
		lab_complete(other);

		for (size_t i = 0; i < one->node_count; i++)
			for (int family = 0; family < 2; family++) {
				_cleanup_free_ char *routes =
					lab_routes(one, one->nodes[i]->name,
						   family ? AF_INET6 : AF_INET);

				lab_assert_routes(other, one->nodes[i]->name,
						  family ? AF_INET6 : AF_INET, routes);
			}
	}
}

TEST(a_switch_that_outgrows_its_subnet_keeps_its_addresses)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *part = lab_read("a-s x-s2");
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *whole = lab_read("a-s x-s2");

	for (int i = 0; i < 300; i++)
		lab_append(whole, "b-s");
	lab_complete(part);
	lab_complete(whole);

	lab_assert_addresses(part, "a", AF_INET, "eth0 10.0.0.1/24");
	lab_assert_addresses(whole, "a", AF_INET, "eth0 10.0.0.1/23");
	lab_assert_addresses(part, "x", AF_INET, "eth0 10.1.0.1/24");
	lab_assert_addresses(whole, "x", AF_INET, "eth0 10.1.0.1/24");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_appended_changes_nothing_before_it),
		cmocka_unit_test(a_completed_topology_can_be_appended_to_and_completed_again),
		cmocka_unit_test(the_same_topology_has_the_same_routes_each_time),
		cmocka_unit_test(a_switch_that_outgrows_its_subnet_keeps_its_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
