/* SPDX-License-Identifier: Apache-2.0 */

/* What is too much of something is told at once, and costs little. */

#include <string.h>
#include <time.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

static void assert_told(const struct text *file, const char *expected)
{
	clock_t start = clock();
	_cleanup_free_ char *mistakes = mistakes_of(text_string(file));

	assert_true(clock() - start < CLOCKS_PER_SEC / 2);
	assert_string_equal(mistakes, expected);
}

/** "HEADitem,item,...TAIL" */
static void put_items(struct text *file, const char *head, const char *item, int count,
		      const char *tail)
{
	text_append(file, head);
	for (int i = 0; i < count; i++)
		text_printf(file, "%s%s", i ? "," : "", item);
	text_append(file, tail);
}

TEST(lists_are_bounded)
{
	static const struct {
		const char *head, *item, *tail, *expected;
	} lists[] = {
		{"nodes: {a: {env: [", "A=b", "]}}",
		 "f:1:18: node 'a': 'env': more than 4096 of them\n"},
		{"nodes: {a: {volumes: [", "/a:/b", "]}}",
		 "f:1:22: node 'a': 'volumes': more than 4096 of them\n"},
		{"nodes: {a: {device: [", "/dev/null", "]}}",
		 "f:1:21: node 'a': 'device': more than 4096 of them\n"},
		{"nodes: {a: {loopback: [", "10.0.0.1", "]}}",
		 "f:1:23: node 'a': 'loopback': more than 64 of them\n"},
		{"nodes: [a, b]\nlinks: [{ends: [a, b], address: [[", "10.0.0.1/8", "], null]}]",
		 "f:2:34: link 'a -- b': 'address': more than 64 of them\n"},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		_cleanup_text_ struct text file = {0};

		put_items(&file, lists[i].head, lists[i].item, 50000, lists[i].tail);
		assert_told(&file, lists[i].expected);
	}
}

TEST(what_many_nodes_inherit_is_bounded)
{
	_cleanup_text_ struct text file = {0};

	put_items(&file, "defaults: {cap-add: [", "SYS_TIME", 300,
		  "]}\ntopology: {linear: 4000}\n");
	assert_told(&file, "f:1:11: nodes: 'defaults': too much for 8000 nodes\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(what_many_nodes_inherit_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
