/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "tests/support/element_text.h"
#include "tests/support/test.h"
#include "topology/foreign.h"

static void write_dot(const char *json, struct text *out)
{
	struct ncrun_error err = {0};

	assert_ok(topology_write_dot("f", json, strlen(json), out, &err));
}

/** What was written says the same as @expected does, which is written as element_flow() does. */
static void assert_reads_back(const char *json, const char *expected)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text dot = {0}, out = {0};
	struct ncrun_error err = {0};

	write_dot(json, &dot);
	assert_ok(topology_translate_dot("f", text_string(&dot), dot.length, &problems, &document,
					 &err));
	if (problems.count > 0)
		fail_msg("%s: %s", text_string(&dot), problems.items[0].text);
	element_flow(&out, document_root(document));
	assert_string_equal(text_string(&out), expected);
}

TEST(a_topology_becomes_a_graph_for_people)
{
	_cleanup_text_ struct text out = {0};

	write_dot(
		"{\"name\": \"q\", \"routing\": \"none\", \"nodes\": {\"a\": {\"run\": "
		"\"sh -c 'x \\\"y\\\"'\", \"read-only\": true}, \"lan\": {\"kind\": \"switch\"}}, "
		"\"links\": [[\"a:eth0\", \"lan\"], {\"ends\": [\"a\", \"lan\"], \"mtu\": 9000}]}",
		&out);
	assert_string_equal(text_string(&out),
			    "graph \"q\" {\n"
			    "  graph [routing=\"none\"]\n"
			    "  \"a\" [run=\"sh -c 'x \\\"y\\\"'\", \"read-only\"=true]\n"
			    "  \"lan\" [type=\"switch\"]\n"
			    "  \"a\":\"eth0\" -- \"lan\"\n"
			    "  \"a\" -- \"lan\" [mtu=9000]\n"
			    "}\n");
}

TEST(what_was_written_reads_back_the_same)
{
	assert_reads_back(
		"{\"nodes\": {\"a\": {\"env\": {\"A\": \"it's \\\"x\\\" \\\\ \\n\", \"B\": \"\"}, "
		"\"exec\": [[\"echo\", \"\\\\\\\"\"]]}, \"b\": {}}, \"links\": [{\"ends\": "
		"[{\"node\": \"a:e0\", \"delay\": \"1ms\"}, {\"node\": \"b\", \"interface\": \"e1\", "
		"\"loss\": {\"gilbert\": [1, 2.5]}}], \"mtu\": 1400}]}",
		"{nodes: {a: {env: {A: it's \"x\" \\ \n, B: }, exec: [[echo, \\\"]]}, b: {}}, "
		"links: [{ends: [{node: a, interface: e0, delay: 1ms}, {node: b, interface: e1, "
		"loss: {gilbert: [<1>, <2.5>]}}], mtu: <1400>}]}");
}

TEST(what_is_of_one_end_stays_there)
{
	/* a list of two beside ends that are no switches; of the one that is none */
	assert_reads_back(
		"{\"nodes\": {\"a\": {}, \"b\": {}, \"s\": {\"kind\": \"switch\"}}, "
		"\"links\": [{\"ends\": [\"a\", \"b\"], \"address\": [\"10.0.0.1/24\", "
		"[\"10.0.0.2/24\", \"fd00::2/64\"]]}, {\"ends\": [\"a\", \"b\"], "
		"\"mac\": [null, \"02:00:00:00:00:01\"]}, {\"ends\": [\"s\", \"a\"], "
		"\"address\": [\"10.0.1.1/24\", \"fd01::1/64\"]}, {\"ends\": [\"a\", \"s\"], "
		"\"address\": \"10.0.1.2/24\"}]}",
		"{nodes: {a: {}, b: {}, s: {kind: switch}}, links: [{ends: [{node: a, "
		"address: 10.0.0.1/24}, {node: b, address: [10.0.0.2/24, fd00::2/64]}]}, "
		"{ends: [a, {node: b, mac: 02:00:00:00:00:01}]}, {ends: [s, a], "
		"address: [10.0.1.1/24, fd01::1/64]}, "
		"{ends: [{node: a, address: 10.0.1.2/24}, s]}]}");
}

TEST(a_dummy_goes_from_a_node_to_itself)
{
	assert_reads_back("{\"nodes\": {\"a\": {}}, \"links\": [{\"ends\": [{\"node\": \"a\", "
			  "\"address\": \"10.0.0.1/32\"}], \"kind\": \"dummy\"}]}",
			  "{nodes: {a: {}}, links: [{ends: [{node: a, address: 10.0.0.1/32}], "
			  "kind: dummy}]}");
}

TEST(refuses_what_graphviz_cannot_say)
{
	static const char *const values[] = {"\"x\\\\\"", "\"a\\\\\\\"b\"", "\"[ -f x ]\""};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		_cleanup_text_ struct text json = {0}, out = {0};
		struct ncrun_error err = {0};

		text_printf(&json, "{\"nodes\": {\"a\": {\"run\": %s}}, \"links\": []}", values[i]);
		assert_fails(topology_write_dot("f", text_string(&json), json.length, &out, &err),
			     ENOTSUP);
		assert_non_null(strstr(err.message, "' cannot be written in DOT (try YAML)"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_topology_becomes_a_graph_for_people),
		cmocka_unit_test(what_was_written_reads_back_the_same),
		cmocka_unit_test(what_is_of_one_end_stays_there),
		cmocka_unit_test(a_dummy_goes_from_a_node_to_itself),
		cmocka_unit_test(refuses_what_graphviz_cannot_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
