/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "tests/support/element_text.h"
#include "tests/support/test.h"
#include "topology/foreign.h"

static void assert_becomes(const char *text, const char *expected)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text out = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_translate_dot("f.dot", text, strlen(text), &problems, &document, &err));
	if (problems.count > 0)
		fail_msg("%s: %s", text, problems.items[0].text);
	element_flow(&out, document_root(document));
	assert_string_equal(text_string(&out), expected);
}

TEST(gonts_words_become_ours)
{
	assert_becomes(
		"digraph D { persistent=true host1 [type=host, exec=\"ping host2\"] "
		"r1 [type=router] host1 -> r1 [address=\"10.0.0.1/24\", mtu=9000] }",
		"{name: D, persistent: <true>, nodes: {host1: {kind: host, exec: ping host2}, "
		"r1: {kind: router}}, links: [{ends: [{node: host1, address: 10.0.0.1/24}, "
		"r1], mtu: <9000>}]}");
}

TEST(a_tail_that_is_a_switch_has_no_address)
{
	assert_becomes("graph { s [type=switch] s -- a [address=\"10.0.0.1/24\"] }",
		       "{nodes: {s: {kind: switch}, a: {}}, "
		       "links: [{ends: [s, a], address: 10.0.0.1/24}]}");
}

TEST(each_end_has_attributes_of_its_own)
{
	assert_becomes("graph { a -- b [tailaddress=\"10.0.0.1/24\", headaddress=\"10.0.0.2/24\", "
		       "tailname=eth0, head_mtu=1280, taillatency=\"1ms\", latency=\"2ms\"] }",
		       "{nodes: {a: {}, b: {}}, links: [{ends: [{node: a, address: 10.0.0.1/24, "
		       "interface: eth0, delay: 1ms}, {node: b, address: 10.0.0.2/24, "
		       "mtu: <1280>}], delay: 2ms}]}");
}

TEST(a_dummy_link_has_one_end)
{
	assert_becomes("graph { a -- a [kind=dummy, address=\"10.0.0.1/24\"] }",
		       "{nodes: {a: {}}, "
		       "links: [{ends: [{node: a, address: 10.0.0.1/24}], kind: dummy}]}");
}

TEST(a_port_is_an_interface)
{
	assert_becomes("graph { a:eth7 -- b:n }",
		       "{nodes: {a: {}, b: {}}, "
		       "links: [{ends: [{node: a, interface: eth7}, b]}]}");
}

TEST(what_is_only_for_the_picture_is_passed_over)
{
	assert_becomes("graph { rankdir=LR label=x a [shape=box group=g _draw_=z pos=\"1,2\"] "
		       "a -- b [color=red weight=2 headlabel=h group=7] }",
		       "{nodes: {a: {}, b: {}}, "
		       "links: [{ends: [{node: a, group: <7>}, b]}]}");
}

TEST(values_may_be_lists_and_maps_of_yaml)
{
	assert_becomes("graph { a [env=\"{TZ: UTC, N: 1}\", run=\"[sh, -c, 'echo \\\"x: y\\\"']\", "
		       "upper_size=\"64M\", \"read-only\"=yes, exec=\"sh -c 'a: b'\"] }",
		       "{nodes: {a: {env: {TZ: UTC, N: <1>}, run: [sh, -c, echo \"x: y\"], "
		       "upper-size: 64M, read-only: yes, exec: sh -c 'a: b'}}, links: []}");
}

TEST(values_keep_the_place_of_their_attribute)
{
	static const char text[] = "graph {\n  a [env=\"{TZ: UTC}\"]\n  a -- b [\n  mtu=1 ]\n}";
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};
	const struct element *env, *link;

	assert_ok(topology_translate_dot("f", text, strlen(text), &problems, &document, &err));

	env = element_get(element_get(element_get(document_root(document), "nodes"), "a"), "env");
	assert_int_equal(env->key_line, 2);
	assert_int_equal(env->key_column, 6);
	assert_int_equal(env->children[0].line, 2);
	assert_int_equal(env->children[0].column, 10);
	link = &element_get(document_root(document), "links")->children[0];
	assert_int_equal(link->line, 3);
	assert_int_equal(element_get(link, "mtu")->line, 4);
}

TEST(says_which_value_is_no_yaml)
{
	static const char text[] = "graph { a [env=\"{TZ: [\"] }";
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_translate_dot("f", text, strlen(text), &problems, &document, &err));
	assert_int_equal(problems.count, 1);
	assert_int_equal(problems.items[0].place.column, 16);
	assert_non_null(
		strstr(problems.items[0].text, "'env': begins like a list or map of YAML's, but "));
}

TEST(nothing_is_left_of_what_is_no_graph)
{
	struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(topology_translate_dot("f", "graph {", 7, &problems, &document, &err));
	assert_null(document);
	assert_int_equal(problems.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gonts_words_become_ours),
		cmocka_unit_test(a_tail_that_is_a_switch_has_no_address),
		cmocka_unit_test(each_end_has_attributes_of_its_own),
		cmocka_unit_test(a_dummy_link_has_one_end),
		cmocka_unit_test(a_port_is_an_interface),
		cmocka_unit_test(what_is_only_for_the_picture_is_passed_over),
		cmocka_unit_test(values_may_be_lists_and_maps_of_yaml),
		cmocka_unit_test(values_keep_the_place_of_their_attribute),
		cmocka_unit_test(says_which_value_is_no_yaml),
		cmocka_unit_test(nothing_is_left_of_what_is_no_graph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
