/* SPDX-License-Identifier: Apache-2.0 */

/* What is too much of something is told at once, and costs little. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"
#include "topology/complete.h"

static void assert_told(const struct text *file, const char *expected)
{
	clock_t start = clock();
	_cleanup_free_ char *mistakes = mistakes_of(text_string(file));

	assert_true(clock() - start < CLOCKS_PER_SEC / 2 * test_time_factor());
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

TEST(lines_of_words_are_bounded)
{
	static const struct {
		const char *head, *tail, *expected;
	} lines[] = {
		{"nodes: {a: {run: \"", "\"}}",
		 "f:1:18: node 'a': 'a,a,a,a,a,a,a,a,a,a,...': more than 128 KiB\n"},
		{"nodes: {a: {routes: \"", "\"}}",
		 "f:1:21: node 'a': 'a,a,a,a,a,a,a,a,a,a,...': more than 128 KiB\n"},
		{"nodes: {a: {hosts: {10.0.0.1: \"", "\"}}}",
		 "f:1:31: node 'a': 'a,a,a,a,a,a,a,a,a,a,...': more than 128 KiB\n"},
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		_cleanup_text_ struct text file = {0};

		put_items(&file, lines[i].head, "a", 70000, lines[i].tail);
		assert_told(&file, lines[i].expected);
	}
}

TEST(nodes_and_links_too_many_are_told_once)
{
	_cleanup_text_ struct text nodes = {0}, links = {0};

	put_items(&nodes, "nodes: [", "a", 16001, "]\n");
	assert_told(&nodes, "f:1:8: nodes: more than 16000 nodes\n");
	put_items(&links, "nodes: [a, b]\nlinks: [", "[a,b]", 64001, "]\n");
	assert_told(&links, "f:2:8: links: more than 64000 links\n");
}

TEST(what_could_not_be_read_again_is_not_written)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_text_ struct text file = {0};
	_cleanup_free_ char *text = NULL;
	struct ncrun_error err = {0};

	text_append(&file, "topology: {linear: 122, node: {env: [");
	for (int i = 0; i < 4096; i++)
		text_printf(&file, "A%d=b,", i);
	text_append(&file, "]}}");
	topology = topology_of(text_string(&file));
	assert_fails(ncrun_topology_write(topology, NCRUN_TOPOLOGY_YAML, false, &text, &err),
		     E2BIG);
	assert_string_equal(err.message, "topology: its text has more than 500000 elements, "
					 "which no file may have");
	assert_null(text);
}

TEST(what_many_nodes_inherit_is_bounded)
{
	_cleanup_text_ struct text file = {0};

	put_items(&file, "defaults: {cap-add: [", "SYS_TIME", 300,
		  "]}\ntopology: {linear: 4000}\n");
	assert_told(&file, "f:1:11: nodes: 'defaults': too much for 8000 nodes\n");
}

TEST(mistakes_beyond_those_that_are_told_cost_little)
{
	_cleanup_text_ struct text file = {0};
	clock_t start = clock();
	char *mistakes;

	text_append(&file, "topology: {linear: 400}\nlinks:\n");
	for (int i = 0; i < 5000; i++)
		text_printf(&file, "- [g%d, x%d]\n", i, i);
	mistakes = mistakes_of(text_string(&file));
	assert_true(clock() - start < CLOCKS_PER_SEC * test_time_factor());
	assert_non_null(strstr(mistakes, "f:3:4: link: no node 'g0'"));
	free(mistakes);
}

TEST(graphs_are_bounded)
{
	static const struct {
		const char *head, *piece, *expected;
	} graphs[] = {
		{"graph {a", "--a", "more than 64000 links"},
		{"graph {", "{a}", "more than 64000 subgraphs"},
	};

	for (size_t i = 0; i < sizeof(graphs) / sizeof(graphs[0]); i++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
		_cleanup_problems_ struct problems problems = {0};
		_cleanup_text_ struct text file = {0};
		struct ncrun_error err = {0};

		text_append(&file, graphs[i].head);
		for (int n = 0; n < 70000; n++)
			text_append(&file, graphs[i].piece);
		text_append(&file, "}");
		assert_ok(topology_read(&(struct topology_text){"f", text_string(&file),
								file.length, TOPOLOGY_FORMAT_DOT},
					&topology, &problems, &err));
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.items[0].text, graphs[i].expected);
	}
}

TEST(kinds_of_containerlab_are_bounded)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text file = {0};
	struct ncrun_error err = {0};

	text_append(&file, "name: x\ntopology:\n  nodes: {}\n  kinds:\n");
	for (int i = 0; i < 1001; i++)
		text_printf(&file, "    k%d: {}\n", i);
	assert_ok(topology_read(&(struct topology_text){"f", text_string(&file), file.length,
							TOPOLOGY_FORMAT_CONTAINERLAB},
				&topology, &problems, &err));
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].text, "'kinds': more than 1000 of them");
}

TEST(a_state_may_be_larger_than_a_file)
{
	static const enum topology_format formats[] = {TOPOLOGY_FORMAT_OURS, TOPOLOGY_FORMAT_STATE};
	size_t size = (TOPOLOGY_FILE_MIB << 20) + 1;
	_cleanup_free_ char *text = malloc(size + 1);

	assert_non_null(text);
	memset(text, '#', size); /* one comment */
	memcpy(text, "nodes: {a: {}}\n", 15);
	text[size] = '\0';
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
		_cleanup_problems_ struct problems problems = {0};
		struct ncrun_error err = {0};

		assert_ok(topology_read(&(struct topology_text){"f", text, size, formats[i]},
					&topology, &problems, &err));
		if (i == 0)
			assert_string_equal(problems.items[0].text, "larger than 32 MiB");
		else
			assert_int_equal(problems.count, 0);
	}
}

/* In lines, of which no quoted text has too many. */
TEST(a_state_has_texts_that_a_file_cannot_quote)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL, *again = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text file = {0}, full = {0};
	_cleanup_free_ char *text = NULL;
	struct ncrun_error err = {0};

	text_append(&file, "nodes:\n  a:\n    labels:\n      x: |\n");
	for (int i = 0; i < 20000; i++)
		text_append(&file,
			    "        "
			    "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\n");
	topology = topology_of(text_string(&file));
	assert_ok(topology_write(topology, TOPOLOGY_STYLE_FULL, &full, &err));
	assert_ok(topology_read(&(struct topology_text){"f", text_string(&full), full.length,
							TOPOLOGY_FORMAT_STATE},
				&again, &problems, &err));
	assert_int_equal(problems.count, 0);

	assert_fails(ncrun_topology_write(topology, NCRUN_TOPOLOGY_YAML, false, &text, &err),
		     E2BIG);
	assert_string_equal(err.message, "topology: its text has a quoted text of more than 1 MiB, "
					 "which no file may have");
}

TEST(routes_are_bounded)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		topology_of("topology: {ring: 12}");
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_complete(topology, &problems, &err));
	assert_fails(routes_compute_within(topology, 10, &err), E2BIG);
	assert_string_equal(err.message,
			    "more than 10 routes would be needed (say 'routing: none', "
			    "or draw switches for routers)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(lines_of_words_are_bounded),
		cmocka_unit_test(nodes_and_links_too_many_are_told_once),
		cmocka_unit_test(what_could_not_be_read_again_is_not_written),
		cmocka_unit_test(what_many_nodes_inherit_is_bounded),
		cmocka_unit_test(mistakes_beyond_those_that_are_told_cost_little),
		cmocka_unit_test(graphs_are_bounded),
		cmocka_unit_test(kinds_of_containerlab_are_bounded),
		cmocka_unit_test(a_state_may_be_larger_than_a_file),
		cmocka_unit_test(a_state_has_texts_that_a_file_cannot_quote),
		cmocka_unit_test(routes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
