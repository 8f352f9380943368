/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "tests/support/test.h"
#include "topology/generate.h"

static int generate(struct ncrun_topology *topology, const char *pattern, struct problems *problems,
		    struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;

	assert_int_equal(document_parse("f", pattern, strlen(pattern), DOCUMENT_YAML, &document,
					err),
			 0);
	return topology_generate(topology, document_root(document), problems, err);
}

/** "s1 h1 h2: h1-s1 h2-s1"; only the counts of a large one: "1000 nodes, 1000 links" */
static void describe(struct text *out, const struct ncrun_topology *topology)
{
	if (topology->node_count > 20) {
		text_printf(out, "%zu nodes, %zu links", topology->node_count,
			    topology->link_count);
		return;
	}
	for (size_t i = 0; i < topology->node_count; i++)
		text_printf(out, "%s%s", i > 0 ? " " : "", topology->nodes[i]->name);
	text_append_char(out, ':');
	for (size_t i = 0; i < topology->link_count; i++)
		text_printf(out, " %s-%s", topology->links[i]->ends[0].node->name,
			    topology->links[i]->ends[1].node->name);
}

static void assert_makes(const char *pattern, const char *expected)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text out = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_new("f", &topology, &err));
	assert_ok(generate(topology, pattern, &problems, &err));
	if (problems.count > 0)
		fail_msg("%s: %s", pattern, problems.items[0].text);
	describe(&out, topology);
	assert_string_equal(text_string(&out), expected);
}

TEST(each_pattern_makes_its_network)
{
	assert_makes("single: 3", "s1 h1 h2 h3: h1-s1 h2-s1 h3-s1");
	assert_makes("star: 2", "r1 h1 h2: h1-r1 h2-r1");
	assert_makes("linear: 3", "s1 s2 s3 h1 h2 h3: s1-s2 s2-s3 h1-s1 h2-s2 h3-s3");
	assert_makes("linear: {length: 2, hosts: 2, kind: router}",
		     "r1 r2 h1 h2 h3 h4: r1-r2 h1-r1 h2-r1 h3-r2 h4-r2");
	assert_makes("ring: {length: 3, hosts: 0}", "r1 r2 r3: r1-r2 r2-r3 r3-r1");
	assert_makes("mesh: 3", "h1 h2 h3: h1-h2 h1-h3 h2-h3");
	assert_makes("mesh: {length: 2, kind: router}", "r1 r2 h1 h2: r1-r2 h1-r1 h2-r2");
	assert_makes("tree: 1", "s1 h1 h2: h1-s1 h2-s1");
	assert_makes("tree: {depth: 2, fanout: 2}",
		     "s1 s2 s3 h1 h2 h3 h4: s1-s2 s1-s3 h1-s2 h2-s2 h3-s3 h4-s3");
	assert_makes("leaf-spine: {leaves: 2, spines: 2}",
		     "spine1 spine2 leaf1 leaf2 h1 h2: spine1-leaf1 spine1-leaf2 spine2-leaf1 "
		     "spine2-leaf2 h1-leaf1 h2-leaf2");
	assert_makes("fat-tree: 2", "core1 agg1 agg2 edge1 edge2 h1 h2: core1-agg1 core1-agg2 "
				    "agg1-edge1 agg2-edge2 h1-edge1 h2-edge2");
	assert_makes("fat-tree: {k: 4}", "36 nodes, 48 links");
	assert_makes("fat-tree: {k: 6, hosts: 0}", "45 nodes, 108 links");
	assert_makes("tree: {depth: 3, fanout: 10}", "1111 nodes, 1110 links");
}

TEST(what_is_in_between_has_the_kind_that_it_needs)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};
	const struct node *node;

	assert_ok(topology_new("f", &topology, &err));
	assert_ok(generate(topology, "\n\nring: {length: 3, kind: switch}", &problems, &err));

	node = topology_node(topology, "s2");
	assert_int_equal(node->kind, NODE_KIND_SWITCH);
	assert_true(node->bridge.stp);
	assert_int_equal(node->place.line, 3);
	assert_int_equal(topology->links[0]->place.line, 3);
	assert_int_equal(topology_node(topology, "h1")->kind, NODE_KIND_HOST);
}

TEST(a_chain_of_switches_needs_no_stp)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_new("f", &topology, &err));
	assert_ok(generate(topology, "linear: 2", &problems, &err));
	assert_false(topology_node(topology, "s1")->bridge.stp);
}

TEST(mistakes_are_told_with_their_place)
{
	static const struct {
		const char *pattern, *expected;
	} cases[] = {
		{"5", "1:1: topology: expected a pattern ({linear: 10}), not 5"},
		{"{node: {}}", "1:1: topology: no pattern (try {linear: 10})"},
		{"{linear: 1, ring: 3}",
		 "1:13: topology: 'ring' beside 'linear': one pattern only"},
		{"line: 1", "1:1: topology: unknown pattern 'line' (did you mean 'linear'?)"},
		{"butterfly: 1",
		 "1:1: topology: unknown pattern 'butterfly' (try linear, single, star, ring, tree, "
		 "mesh, fat-tree or leaf-spine)"},
		{"linear: 0", "1:9: topology: linear: expected a number from 1 to 16000, not 0"},
		{"linear: [1]",
		 "1:9: topology: linear: expected a number from 1 to 16000, not a list"},
		{"linear: {length: 99999}",
		 "1:18: topology: length: expected a number from 1 to 16000, not 99999"},
		{"linear: {hosts: 2}", "1:1: topology: linear: 'length' is missing"},
		{"tree: {depth: 2, fanuot: 3}",
		 "1:18: topology: tree: unknown key 'fanuot' (did you mean 'fanout'?)"},
		{"single: {hosts: 2, kind: router}",
		 "1:20: topology: single: unknown key 'kind' (it has 'hosts')"},
		{"leaf-spine: {leaf: 3}",
		 "1:14: topology: leaf-spine: unknown key 'leaf' (it has 'leaves', 'spines', 'hosts', "
		 "'kind')"},
		{"star: {hosts: 2, kind: nat}",
		 "1:24: topology: kind: expected router or switch, not nat"},
		{"fat-tree: {k: 3}", "1:11: topology: fat-tree: k '3': not an even number"},
		{"leaf-spine: {leaves: 2}", "1:1: topology: leaf-spine: 'spines' is missing"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
		_cleanup_problems_ struct problems problems = {0};
		_cleanup_text_ struct text out = {0};
		struct ncrun_error err = {0};

		assert_ok(topology_new("f", &topology, &err));
		assert_ok(generate(topology, cases[i].pattern, &problems, &err));
		assert_int_equal(problems.count, 1);
		text_printf(&out, "%u:%u: %s", problems.items[0].place.line,
			    problems.items[0].place.column, problems.items[0].text);
		assert_string_equal(text_string(&out), cases[i].expected);
		assert_int_equal(topology->node_count, 0);
	}
}

TEST(a_pattern_that_cannot_be_made_leaves_nothing)
{
	static const struct {
		const char *pattern;
		int code;
		const char *message;
	} cases[] = {
		{"single: 10", EEXIST, "topology: single: node 'h7' is there already"},
		{"single: 16000", EEXIST, "topology: single: node 'h7' is there already"},
		{"tree: {depth: 16000, fanout: 1}", ENOSPC,
		 "topology: tree: node 's16000': more than 16000 nodes"},
		{"mesh: {length: 400, kind: router}", ENOSPC,
		 "topology: mesh: link of 'r222': more than 64000 links"},
		{"fat-tree: 16000", ENOSPC,
		 "topology: fat-tree: node 'core16000': more than 16000 nodes"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
		_cleanup_problems_ struct problems problems = {0};
		struct ncrun_error err = {0};
		struct node *node;

		assert_ok(topology_new("f", &topology, &err));
		assert_ok(topology_add_node(topology, "h7", &node, &err));
		assert_fails(generate(topology, cases[i].pattern, &problems, &err), cases[i].code);
		assert_string_equal(err.message, cases[i].message);
		assert_int_equal(topology->node_count, 1);
		assert_int_equal(topology->link_count, 0);
		assert_ptr_equal(topology_node(topology, "h7"), node);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pattern_makes_its_network),
		cmocka_unit_test(what_is_in_between_has_the_kind_that_it_needs),
		cmocka_unit_test(a_chain_of_switches_needs_no_stp),
		cmocka_unit_test(mistakes_are_told_with_their_place),
		cmocka_unit_test(a_pattern_that_cannot_be_made_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
