/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "topology/route_table.h"

#define ENTRIES_MAX 16

/** Two next hops, and one that is the default. */
static struct attachment hops[3];

/** struct line - "10.0.0.0/24" goes to hops[@hop]; -1: own */
struct line {
	const char *prefix;
	int hop;
};

static size_t table_read(const struct line *lines, struct route_entry entries[ENTRIES_MAX])
{
	struct ncrun_error err = {0};
	size_t count = 0;

	for (; lines->prefix; lines++) {
		struct netns_prefix prefix;

		assert_ok(netns_prefix_parse(lines->prefix, &prefix, &err));
		entries[count] = (struct route_entry){
			.first = ip_to_number(&prefix.ip),
			.length = prefix.length,
			.order = (uint32_t)count,
			.hop = lines->hop < 0 ? NULL : &hops[lines->hop],
		};
		count++;
	}
	return count;
}

/** hops[2] is the default. */
static void assert_shortened(const struct line *lines, const char *expected)
{
	struct route_entry entries[ENTRIES_MAX];
	size_t count = table_read(lines, entries);
	_cleanup_text_ struct text text = {0};

	count = route_table_shorten(entries, count, 32, &hops[2]);
	for (size_t i = 0; i < count; i++) {
		struct netns_prefix prefix = {.ip = ip_from_number(AF_INET, entries[i].first),
					      .length = entries[i].length};
		char buffer[NETNS_PREFIX_TEXT_MAX];

		text_printf(&text, "%s%s ", i > 0 ? ", " : "", netns_prefix_print(&prefix, buffer));
		if (entries[i].hop)
			text_printf(&text, "%td", entries[i].hop - hops);
		else
			text_append(&text, "own");
	}
	assert_string_equal(text_string(&text), expected);
}

TEST(halves_of_one_way_become_one)
{
	static const struct line lines[] = {{"10.0.0.0/24", 0}, {"10.0.1.0/24", 0},
					    {"10.0.2.0/24", 0}, {"10.0.3.0/24", 0},
					    {"10.0.4.0/24", 0}, {0}};

	assert_shortened(lines, "10.0.0.0/22 0, 10.0.4.0/24 0");
}

TEST(neighbours_that_are_no_halves_or_go_elsewhere_stay)
{
	static const struct line lines[] = {{"10.0.1.0/24", 0},
					    {"10.0.2.0/24", 0},
					    {"10.0.4.0/24", 0},
					    {"10.0.5.0/24", 1},
					    {"10.0.6.0/24", 0},
					    {"10.0.7.0/25", 0},
					    {0}};

	assert_shortened(lines, "10.0.1.0/24 0, 10.0.2.0/24 0, 10.0.4.0/24 0, 10.0.5.0/24 1, "
				"10.0.6.0/24 0, 10.0.7.0/25 0");
}

TEST(what_goes_by_the_default_needs_no_entry)
{
	static const struct line lines[] = {{"10.0.0.0/24", 2}, {"10.0.2.0/24", 0}, {0}};

	assert_shortened(lines, "10.0.2.0/24 0");
}

TEST(what_lies_in_another_prefix_goes_by_that)
{
	static const struct line lines[] = {{"10.0.0.0/16", 0}, {"10.0.1.0/24", 0},
					    {"10.0.2.0/24", 2}, {"10.0.4.0/24", 1},
					    {"10.1.0.0/24", 2}, {0}};

	assert_shortened(lines, "10.0.0.0/16 0, 10.0.2.0/24 2, 10.0.4.0/24 1");
}

TEST(what_lies_in_an_own_subnet_needs_an_entry)
{
	static const struct line lines[] = {{"10.0.0.0/16", -1}, {"10.0.1.0/24", 2}, {0}};

	assert_shortened(lines, "10.0.0.0/16 own, 10.0.1.0/24 2");
}

TEST(own_subnets_are_never_joined)
{
	static const struct line lines[] = {{"10.0.0.0/24", -1},
					    {"10.0.1.0/24", -1},
					    {"10.0.2.0/24", 0},
					    {0}};

	assert_shortened(lines, "10.0.0.0/24 own, 10.0.1.0/24 own, 10.0.2.0/24 0");
}

TEST(two_halves_leave_nothing_of_the_whole)
{
	static const struct line lines[] = {{"10.0.0.0/23", 1},
					    {"10.0.0.0/24", 0},
					    {"10.0.1.0/24", 0},
					    {0}};
	static const struct line own[] = {{"10.0.0.0/23", -1},
					  {"10.0.0.0/24", 0},
					  {"10.0.1.0/24", 0},
					  {0}};

	assert_shortened(lines, "10.0.0.0/23 0");
	assert_shortened(own, "10.0.0.0/23 own, 10.0.0.0/24 0, 10.0.1.0/24 0");
}

TEST(of_two_with_one_prefix_the_own_one_and_then_the_nearest_counts)
{
	static const struct line lines[] = {{"10.0.0.0/24", 1},
					    {"10.0.0.0/24", 0},
					    {"10.0.0.0/24", 1},
					    {0}};
	static const struct line own[] = {{"10.0.0.0/24", 1}, {"10.0.0.0/24", -1}, {0}};

	assert_shortened(lines, "10.0.0.0/24 1");
	assert_shortened(own, "10.0.0.0/24 own");
}

TEST(everything_can_be_one)
{
	static const struct line lines[] = {{"0.0.0.0/1", 0}, {"128.0.0.0/1", 0}, {0}};

	assert_shortened(lines, "0.0.0.0/0 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_of_one_way_become_one),
		cmocka_unit_test(neighbours_that_are_no_halves_or_go_elsewhere_stay),
		cmocka_unit_test(what_goes_by_the_default_needs_no_entry),
		cmocka_unit_test(what_lies_in_another_prefix_goes_by_that),
		cmocka_unit_test(what_lies_in_an_own_subnet_needs_an_entry),
		cmocka_unit_test(own_subnets_are_never_joined),
		cmocka_unit_test(two_halves_leave_nothing_of_the_whole),
		cmocka_unit_test(of_two_with_one_prefix_the_own_one_and_then_the_nearest_counts),
		cmocka_unit_test(everything_can_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
