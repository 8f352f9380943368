/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "tests/support/test.h"
#include "topology/dot.h"

/** The graph as one line: "name {x=1} a{t=host} b{} | a:p>b:q{l=1}" */
static void describe_map(struct text *out, const struct element *map)
{
	text_append_char(out, '{');
	for (size_t i = 0; i < map->count; i++)
		text_printf(out, "%s%s=%s", i > 0 ? " " : "", map->children[i].key,
			    map->children[i].text);
	text_append_char(out, '}');
}

static void describe_end(struct text *out, const struct element *edge, const char *end,
			 const char *port)
{
	text_append(out, element_get(edge, end)->text);
	if (element_get(edge, port))
		text_printf(out, ":%s", element_get(edge, port)->text);
}

static void describe(struct text *out, const struct element *root)
{
	const struct element *nodes = element_get(root, "nodes");
	const struct element *edges = element_get(root, "edges");

	if (element_get(root, "name"))
		text_printf(out, "%s ", element_get(root, "name")->text);
	describe_map(out, element_get(root, "attributes"));
	for (size_t i = 0; i < nodes->count; i++) {
		text_printf(out, " %s", nodes->children[i].key);
		describe_map(out, &nodes->children[i]);
	}
	for (size_t i = 0; i < edges->count; i++) {
		const struct element *edge = &edges->children[i];

		text_append(out, " | ");
		describe_end(out, edge, "tail", "tail-port");
		text_append_char(out, '>');
		describe_end(out, edge, "head", "head-port");
		describe_map(out, element_get(edge, "attributes"));
	}
}

static void assert_reads(const char *text, const char *expected)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text out = {0};
	struct ncrun_error err = {0};
	int r = dot_parse("f.dot", text, strlen(text), &problems, &document, &err);

	if (r < 0)
		fail_msg("%s: %s", text, problems.count ? problems.items[0].text : err.message);
	describe(&out, document_root(document));
	assert_string_equal(text_string(&out), expected);
}

/** @expected: "LINE:COLUMN: text" */
static void assert_refused(const char *text, const char *expected)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text out = {0};
	struct ncrun_error err = {0};

	assert_int_equal(dot_parse("f.dot", text, strlen(text), &problems, &document, &err),
			 -EINVAL);
	assert_null(document);
	assert_int_equal(problems.count, 1);
	text_printf(&out, "%u:%u: %s", problems.items[0].place.line, problems.items[0].place.column,
		    problems.items[0].text);
	assert_string_equal(text_string(&out), expected);
}

TEST(reads_what_gont_shows)
{
	assert_reads("digraph D {\n"
		     "    /* network options */\n"
		     "    persistent = true\n"
		     "    host1 [type=host, exec=\"ping host2\"]\n"
		     "    host2 [type=host]\n"
		     "    router1 [type=router];\n"
		     "    host1 -> router1 [address=\"10.0.0.1/24\", mtu=9000]\n"
		     "    host2 -> router1 [address=\"10.0.1.1/24\"; mtu=9000]\n"
		     "}\n",
		     "D {persistent=true} host1{type=host exec=ping host2} host2{type=host} "
		     "router1{type=router} | host1>router1{address=10.0.0.1/24 mtu=9000} | "
		     "host2>router1{address=10.0.1.1/24 mtu=9000}");
}

TEST(reads_every_form_of_an_id)
{
	assert_reads("graph { _a1 -- \"b c\" -- -.5 -- 3.14 -- \"n\\\"q\\\\\" -- \"x\" + \"y\" }",
		     "{} _a1{} b c{} -.5{} 3.14{} n\"q\\\\{} xy{} | _a1>b c{} | b c>-.5{} | "
		     "-.5>3.14{} | 3.14>n\"q\\\\{} | n\"q\\\\>xy{}");
	assert_reads("GRAPH \"Graph\" { \"node\" \xc3\xa9t\xc3\xa9 [l=\"1\\\n2\"] }",
		     "Graph {} node{} \xc3\xa9t\xc3\xa9{l=12}");
}

TEST(passes_comments)
{
	assert_reads("\xef\xbb\xbf# 1 \"file\"\n/* * / */ graph /\x2f x\n{ a /**/ -- /\x2f b\n b }",
		     "{} a{} b{} | a>b{}");
}

TEST(defaults_hold_for_what_comes_later)
{
	assert_reads("graph { a; node [t=1] b; node [t=2, u=3] a; c [u=4]; a -- b;"
		     "edge [m=1]; graph [g=2]; h=i; a -- c [n=2] [m=3] }",
		     "{g=2 h=i} a{} b{t=1} c{t=2 u=4} | a>b{} | a>c{m=3 n=2}");
}

TEST(subgraphs_keep_defaults_to_themselves_and_are_sets_of_nodes)
{
	assert_reads("graph { node [t=1]; subgraph cluster_x { label=x; node [t=2]; edge [e=1];"
		     " a -- b } c; {a b a} -- {c {d}} [f=2] }",
		     "{} a{t=2} b{t=2} c{t=1} d{t=1} | a>b{e=1} | a>c{f=2} | a>d{f=2} | b>c{f=2} "
		     "| b>d{f=2}");
}

TEST(edges_form_chains_and_have_ports)
{
	assert_reads("digraph { a:eth1 -> b:\"eth 0\":n -> c:sw }",
		     "{} a{} b{} c{} | a:eth1>b:eth 0{} | b:eth 0>c{}");
}

TEST(in_a_strict_graph_two_edges_are_one)
{
	assert_reads("strict graph { a -- b [x=1]; b -- a [y=2]; a -- b [x=3]; a -- c }",
		     "{} a{} b{} c{} | a>b{x=3 y=2} | a>c{}");
	assert_reads("strict digraph { a -> b; b -> a; a -> b }", "{} a{} b{} | a>b{} | b>a{}");
	assert_reads("graph { a -- b; a -- b }", "{} a{} b{} | a>b{} | a>b{}");
}

TEST(says_where_it_stopped_and_why)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", "1:1: expected 'graph' or 'digraph', not the end of the file"},
		{"nodes: {}", "1:1: expected 'graph' or 'digraph', not 'nodes'"},
		{"graph {\n  a -> b\n}", "2:5: '->' in a graph (write '--')"},
		{"digraph { a -- b }", "1:13: '--' in a digraph (write '->')"},
		{"graph { a [x] }", "1:13: expected '=', not ']'"},
		{"graph { a [x=] }", "1:14: expected a value, not ']'"},
		{"graph { a [=] }", "1:12: expected an attribute or ']', not '='"},
		{"graph { a -- }", "1:14: expected a node, not '}'"},
		{"graph { node }", "1:14: expected '[', not '}'"},
		{"graph { a", "1:10: expected '}', not the end of the file"},
		{"graph { a } b", "1:13: expected the end of the file, not 'b'"},
		{"graph { \"\xc3\xa9\" -- \"b }",
		 "1:16: a string that does not end (a '\"' is missing)"},
		{"graph { /* }", "1:9: a comment that does not end"},
		{"graph { a [label=<b>x</b>] }",
		 "1:18: HTML is not supported (write a string in '\"')"},
		{"graph { 10a }", "1:9: '10a': what begins like a number and is none needs quotes"},
		{"graph { 10.0.0.1 }",
		 "1:9: '10.0.': what begins like a number and is none needs quotes"},
		{"graph { a + b }", "1:11: unexpected '+'"},
		{"graph { \"a\" + b }", "1:15: expected a string in '\"' behind '+'"},
		{"graph { \x80 }", "1:9: byte 0x80 is not UTF-8"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_refused(cases[i].text, cases[i].expected);
}

TEST(a_graph_has_bounds)
{
	_cleanup_text_ struct text deep = {0}, wide = {0}, many = {0};

	text_append(&deep, "graph {");
	for (int i = 0; i < DOT_DEPTH_MAX + 1; i++)
		text_append_char(&deep, '{');
	assert_refused(text_string(&deep), "1:72: subgraphs nested more than 64 deep");

	text_append(&wide, "graph { a [");
	for (int i = 0; i < DOT_LIST_MAX + 1; i++)
		text_printf(&wide, "a%d=1 ", i);
	text_append(&wide, "] }");
	assert_refused(text_string(&wide), "1:1694: more than 256 attributes of one thing");

	text_append(&many, "graph { ");
	for (int i = 0; i < 300; i++)
		text_printf(&many, "a%d ", i);
	text_append(&many, "}");
	many.length -= 1;
	text_append(&many, " edge [x=1] {");
	for (int i = 0; i < 300; i++)
		text_printf(&many, "a%d ", i);
	text_append(&many, "} -- {");
	for (int i = 0; i < 300; i++)
		text_printf(&many, "b%d ", i);
	text_append(&many, "} }");
	assert_refused(text_string(&many), "1:1411: more than 64000 links");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_gont_shows),
		cmocka_unit_test(reads_every_form_of_an_id),
		cmocka_unit_test(passes_comments),
		cmocka_unit_test(defaults_hold_for_what_comes_later),
		cmocka_unit_test(subgraphs_keep_defaults_to_themselves_and_are_sets_of_nodes),
		cmocka_unit_test(edges_form_chains_and_have_ports),
		cmocka_unit_test(in_a_strict_graph_two_edges_are_one),
		cmocka_unit_test(says_where_it_stopped_and_why),
		cmocka_unit_test(a_graph_has_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
