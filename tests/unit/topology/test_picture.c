/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "tests/support/test.h"
#include "topology/foreign.h"
#include "topology/picture.h"

static struct ncrun_topology *topology_of(const char *text)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(topology_read(&(struct topology_text){"f", text, strlen(text),
							TOPOLOGY_FORMAT_OURS},
				&topology, &problems, &err));
	assert_ok(topology_complete(topology, &problems, &err));
	if (problems.count > 0)
		fail_msg("%s", problems.items[0].text);
	return topology;
}

static void assert_looks(const char *text,
			 void (*draw)(const struct picture *picture, struct text *out),
			 const char *expected)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(text);
	_cleanup_(picture_freep) struct picture *picture = NULL;
	_cleanup_text_ struct text out = {0};
	struct ncrun_error err = {0};

	assert_ok(picture_new(topology, &picture, &err));
	draw(picture, &out);
	assert_false(text_failed(&out));
	assert_string_equal(text_string(&out), expected);
}

#define SMALL                                                                                       \
	"name: small\nipv6: false\nnodes: {a: {}, b: {}, lan: {kind: switch}, r: {kind: router}}\n" \
	"links:\n  - [a, lan]\n  - {ends: [b, lan], delay: 20ms}\n"                                 \
	"  - {ends: [r, {node: lan, loss: 1%}], down: true}\n"                                      \
	"  - {ends: [r], kind: dummy, address: 192.0.2.1/32}\n"

TEST(a_switch_is_drawn_with_what_hangs_on_it)
{
	assert_looks(SMALL, picture_draw_ascii,
		     "lan (switch)\n"
		     "|-- a  eth0 10.0.0.1/24\n"
		     "|-- b  eth0 10.0.0.2/24  {delay: 20ms}\n"
		     "`-- r (router)  eth0 10.0.0.3/24  {in: loss: 1%}  [down]\n"
		     "    `-- (dummy)  eth1 192.0.2.1/32\n");
}

TEST(an_uplink_is_seen)
{
	const char *text = "name: n\nnodes: {gw: {kind: nat, uplink: true}}\n";

	assert_looks(text, picture_draw_ascii, "gw (nat) [uplink]\n");
	assert_looks(text, picture_draw_json,
		     "{\"name\": \"n\", \"nodes\": [{\"name\": \"gw\", \"kind\": \"nat\", "
		     "\"uplink\": true, \"state\": null}], \"links\": []}\n");
}

TEST(a_chain_is_not_indented)
{
	assert_looks("ipv6: false\ntopology: {linear: {length: 4, kind: router}}\n",
		     picture_draw_ascii,
		     "r2 (router)\n"
		     "|-- r1 (router)  eth0 10.0.0.1/30 -- eth0 10.0.0.2/30\n"
		     "|   `-- h1  eth0 10.0.0.13/30 -- eth1 10.0.0.14/30\n"
		     "|-- h2  eth0 10.0.0.17/30 -- eth2 10.0.0.18/30\n"
		     "|\n"
		     "r3 (router)  eth0 10.0.0.6/30 -- eth1 10.0.0.5/30\n"
		     "|-- h3  eth0 10.0.0.21/30 -- eth2 10.0.0.22/30\n"
		     "|\n"
		     "r4 (router)  eth0 10.0.0.10/30 -- eth1 10.0.0.9/30\n"
		     "`-- h4  eth0 10.0.0.25/30 -- eth1 10.0.0.26/30\n");
}

TEST(a_circle_names_where_it_closes)
{
	assert_looks("ipv6: false\ntopology: {ring: {length: 3, hosts: 0}}\n", picture_draw_ascii,
		     "r1 (router)\n"
		     "|-- r2 (router)  eth0 10.0.0.2/30 -- eth0 10.0.0.1/30\n"
		     "|   `-- -> r3 (router)  eth0 10.0.0.6/30 -- eth1 10.0.0.5/30\n"
		     "`-- r3 (router)  eth1 10.0.0.9/30 -- eth1 10.0.0.10/30\n");
}

TEST(parts_and_parallel_links_are_all_drawn)
{
	assert_looks("ipv4: false\nipv6: false\nrouting: none\nnodes: [a, b, c]\n"
		     "links: [[b, c], [b, c], [b, b]]\n",
		     picture_draw_ascii,
		     "a\n"
		     "\n"
		     "b\n"
		     "|-- c  eth0 -- eth0\n"
		     "|   `-- -> b  eth1 -- eth1\n"
		     "`-- -> b  eth3 -- eth2\n");
}

TEST(graphviz_gets_addresses_and_impairments)
{
	assert_looks(SMALL, picture_draw_dot,
		     "graph \"small\" {\n"
		     "  graph [overlap=false, splines=true, fontname=\"sans-serif\"]\n"
		     "  node [fontname=\"sans-serif\"]\n"
		     "  edge [fontname=\"sans-serif\", fontsize=9]\n"
		     "  \"a\" [type=host, shape=box]\n"
		     "  \"b\" [type=host, shape=box]\n"
		     "  \"lan\" [type=switch, shape=box3d]\n"
		     "  \"r\" [type=router, shape=ellipse]\n"
		     "  \"a\" -- \"lan\" [taillabel=\"eth0\n"
		     "10.0.0.1/24\", style=solid, color=black]\n"
		     "  \"b\" -- \"lan\" [taillabel=\"eth0\n"
		     "10.0.0.2/24\", label=\"delay: 20ms\", style=solid, color=black]\n"
		     "  \"r\" -- \"lan\" [taillabel=\"eth0 (down)\n"
		     "10.0.0.3/24\", label=\"lan: loss: 1%\", style=dashed, color=firebrick]\n"
		     "  \"r\" -- \"r\" [kind=dummy, taillabel=\"eth1\n"
		     "192.0.2.1/32\", style=solid, color=black]\n"
		     "}\n");
}

TEST(programs_get_all_of_it)
{
	assert_looks(
		"name: n\nipv6: false\nnodes: {a: {}, s: {kind: switch}}\n"
		"links: [{ends: [a, s], mtu: 1400, rate: 1mbit}]\n",
		picture_draw_json,
		"{\"name\": \"n\", \"nodes\": [{\"name\": \"a\", \"kind\": \"host\", \"uplink\": "
		"false, \"state\": null}, {\"name\": \"s\", \"kind\": \"switch\", \"uplink\": "
		"false, \"state\": null}], \"links\": "
		"[{\"ends\": [{\"node\": \"a\", \"interface\": \"eth0\", \"mac\": "
		"\"02:9d:9f:52:11:1f\", \"mtu\": 1400, \"addresses\": [\"10.0.0.1/24\"], "
		"\"impairment\": \"rate: 1mbit\", \"up\": true, \"carrier\": true}, {\"node\": "
		"\"s\", \"interface\": \"s-a\", \"mac\": \"02:a3:26:2d:90:b1\", \"mtu\": 1400, "
		"\"addresses\": [], \"impairment\": \"rate: 1mbit\", \"up\": true, \"carrier\": "
		"true}]}]}\n");
}

/* What is drawn of a network can be read as one. */
TEST(the_graph_reads_back_as_the_same_shape)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(SMALL);
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_(picture_freep) struct picture *picture = NULL;
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text out = {0};
	struct ncrun_error err = {0};

	assert_ok(picture_new(topology, &picture, &err));
	picture_draw_dot(picture, &out);
	assert_ok(topology_translate_dot("f", text_string(&out), out.length, &problems, &document,
					 &err));
	assert_int_equal(problems.count, 0);
	assert_int_equal(element_get(document_root(document), "nodes")->count, 4);
	assert_int_equal(element_get(document_root(document), "links")->count, 4);
}

TEST(nothing_is_drawn_of_nothing)
{
	assert_looks("nodes: {}\n", picture_draw_ascii, "");
	assert_looks("nodes: {}\n", picture_draw_json,
		     "{\"name\": null, \"nodes\": [], \"links\": []}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_is_drawn_with_what_hangs_on_it),
		cmocka_unit_test(an_uplink_is_seen),
		cmocka_unit_test(a_chain_is_not_indented),
		cmocka_unit_test(a_circle_names_where_it_closes),
		cmocka_unit_test(parts_and_parallel_links_are_all_drawn),
		cmocka_unit_test(graphviz_gets_addresses_and_impairments),
		cmocka_unit_test(programs_get_all_of_it),
		cmocka_unit_test(the_graph_reads_back_as_the_same_shape),
		cmocka_unit_test(nothing_is_drawn_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
