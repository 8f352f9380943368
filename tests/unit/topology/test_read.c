/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

static const char quorum[] =
	"name: quorum\n"
	"defaults: {rootfs: alpine, cpus: 0.5, memory: 64M}\n"
	"nodes:\n"
	"  a: {run: redis-server --bind 0.0.0.0}\n"
	"  b: {run: [redis-server --replicaof a 6379], memory: 32M, env: {TZ: UTC}}\n"
	"  c: {}\n"
	"  lan: {kind: switch}\n"
	"  gw: {kind: nat, uplink: true}\n"
	"links:\n"
	"  - [a, lan]\n"
	"  - {ends: [b, lan], delay: 20ms, jitter: 5ms, loss: 0.1%, rate: 10mbit}\n"
	"  - {ends: [\"c:eth0\", lan], address: 10.0.0.7/24, mtu: 9000}\n"
	"  - [gw, lan]\n";

TEST(nodes_are_what_the_file_says)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(quorum);
	const struct node *b = topology_node(topology, "b");

	assert_string_equal(topology->name, "quorum");
	assert_int_equal(topology->name_place.column, 7);
	assert_int_equal(topology->node_count, 5);
	assert_int_equal(b->place.line, 5);
	assert_int_equal(b->place.column, 3);
	assert_string_equal(b->env[0], "TZ=UTC");
	assert_string_equal(b->services[0].argv[1], "--replicaof");
	assert_int_equal(b->services[0].restart.policy, NCRUN_RESTART_ALWAYS);
	assert_int_equal(topology_node(topology, "gw")->kind, NODE_KIND_NAT);
	assert_true(topology_node(topology, "gw")->uplink);
}

TEST(nodes_have_the_defaults_that_they_do_not_replace)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(quorum);

	assert_string_equal(topology_node(topology, "c")->rootfs, "alpine");
	assert_int_equal(topology_node(topology, "a")->limits.memory_max, 64 << 20);
	assert_int_equal(topology_node(topology, "b")->limits.memory_max, 32 << 20);
	assert_null(topology_node(topology, "lan")->rootfs);
}

TEST(links_are_what_the_file_says)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(quorum);
	const struct link *bad = topology->links[1], *c = topology->links[2];
	char buffer[NETNS_PREFIX_TEXT_MAX];

	assert_int_equal(topology->link_count, 4);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(bad->ends[i].out.delay_ns, 20000000);
		assert_true(bad->ends[i].out.loss_percent == 0.1);
		assert_int_equal(bad->ends[i].out.rate_bits, 10000000);
		assert_int_equal(c->ends[i].mtu, 9000);
	}
	assert_string_equal(c->ends[0].name, "eth0");
	assert_int_equal(c->ends[1].address_count, 0);
	assert_string_equal(netns_prefix_print(&c->ends[0].addresses[0].prefix, buffer),
			    "10.0.0.7/24");
	assert_int_equal(c->place.line, 12);
	assert_int_equal(c->ends[0].place.column, 13);
}

TEST(json_is_read_as_well)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		topology_of("{\n\t\"nodes\": {\"a\": {}, \"b\": {\"mtu\": 1400}},\n"
			    "\t\"links\": [[\"a\", \"b\"]]\n}\n");

	assert_int_equal(topology_node(topology, "b")->mtu, 1400);
	assert_int_equal(topology->link_count, 1);
}

TEST(nodes_may_be_a_list_of_names)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		topology_of("defaults: {kind: router}\nnodes: [a, b, 3]\n");

	assert_int_equal(topology->node_count, 3);
	assert_non_null(topology_node(topology, "3"));
	assert_int_equal(topology->nodes[0]->kind, NODE_KIND_ROUTER);
}

TEST(an_end_counts_more_than_its_link_and_that_more_than_defaults)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		topology_of("defaults: {link: {delay: 1ms, mtu: 1400}}\nnodes: [a, b, c]\n"
			    "links:\n  - {ends: [{node: a, delay: 3ms}, b], delay: 2ms}\n"
			    "  - [b, c]\n  - {ends: [a, c], impair: none}\n");

	assert_int_equal(topology->links[0]->ends[0].out.delay_ns, 3000000);
	assert_int_equal(topology->links[0]->ends[1].out.delay_ns, 2000000);
	assert_int_equal(topology->links[1]->ends[1].out.delay_ns, 1000000);
	assert_int_equal(topology->links[1]->ends[1].mtu, 1400);
	assert_int_equal(topology->links[2]->ends[0].out.delay_ns, 0);
	assert_int_equal(topology->links[2]->ends[0].mtu, 1400);
}

TEST(a_key_beside_the_ends_belongs_to_the_end_that_can_have_it)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(
		"nodes: {a: , b: , lan: {kind: switch, vlan-filtering: true}}\nlinks:\n"
		"  - {ends: [lan, a], address: [10.0.0.1/24, \"fd00::1/64\"], vlan: 5,\n"
		"     trunk: [7, 10-20], mac: \"02:00:00:00:00:01\"}\n"
		"  - {ends: [a, b], address: [10.1.0.1/24, null]}\n"
		"  - {ends: [b], kind: dummy, address: none}\n");
	const struct link *link = topology->links[0];

	assert_int_equal(link->ends[1].address_count, 2);
	assert_true(link->ends[1].mac_set);
	assert_false(link->ends[0].mac_set);
	assert_int_equal(link->ends[0].vlan.access, 5);
	assert_int_equal(link->ends[0].vlan.trunk[0].last, 7);
	assert_int_equal(link->ends[0].vlan.trunk[1].last, 20);
	assert_int_equal(topology->links[1]->ends[0].address_count, 1);
	assert_int_equal(topology->links[1]->ends[1].address_count, 0);
	assert_int_equal(topology->links[2]->kind, LINK_KIND_DUMMY);
	assert_true(topology->links[2]->ends[0].no_address);
}

TEST(hosts_of_a_pattern_have_its_template_and_can_be_told_more)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = topology_of(
		"defaults: {rootfs: alpine, memory: 16M}\n"
		"topology: {linear: 2, node: {memory: 32M, mtu: 1400}, link: {delay: 1ms}}\n"
		"nodes:\n  h1: {mtu: 9000}\n  x: {}\n  s1: {stp: true}\nlinks:\n  - [x, s1]\n");
	const struct node *h1 = topology_node(topology, "h1");

	assert_int_equal(h1->mtu, 9000);
	assert_int_equal(h1->limits.memory_max, 32 << 20);
	assert_string_equal(h1->rootfs, "alpine");
	assert_int_equal(topology_node(topology, "h2")->mtu, 1400);
	assert_int_equal(topology_node(topology, "x")->mtu, 0);
	assert_int_equal(topology_node(topology, "x")->limits.memory_max, 16 << 20);
	assert_int_equal(topology_node(topology, "s1")->kind, NODE_KIND_SWITCH);
	assert_true(topology_node(topology, "s1")->bridge.stp);
	assert_int_equal(topology->links[0]->ends[0].out.delay_ns, 1000000);
	assert_int_equal(topology->links[topology->link_count - 1]->ends[0].out.delay_ns, 0);
}

TEST(other_formats_are_told_by_name_and_content)
{
	static const struct {
		const char *source, *text;
	} rows[] = {
		{"net.dot", "graph g { a -- b }"},
		{"net", "/* x */ strict graph { a -- b }"},
		{"net.clab.yml", "name: x\ntopology: {nodes: {a: {kind: linux}, b: {kind: linux}}, "
				 "links: [{endpoints: [\"a:eth1\", \"b:eth1\"]}]}\n"},
		{"net", "name: x\ntopology: {nodes: {a: {kind: linux}, b: {kind: linux}}, "
			"links: [{endpoints: [\"a:eth1\", \"b:eth1\"]}]}\n"},
		{"net", "nodes: [a, b]\nlinks: [[a, b]]\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
		_cleanup_problems_ struct problems problems = {0};
		struct ncrun_error err = {0};

		assert_ok(topology_read(&(struct topology_text){rows[i].source, rows[i].text,
								strlen(rows[i].text),
								TOPOLOGY_FORMAT_GUESS},
					&topology, &problems, &err));
		assert_int_equal(problems.count, 0);
		assert_int_equal(topology->link_count, 1);
		assert_non_null(topology_node(topology, "b"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_what_the_file_says),
		cmocka_unit_test(nodes_have_the_defaults_that_they_do_not_replace),
		cmocka_unit_test(links_are_what_the_file_says),
		cmocka_unit_test(json_is_read_as_well),
		cmocka_unit_test(nodes_may_be_a_list_of_names),
		cmocka_unit_test(an_end_counts_more_than_its_link_and_that_more_than_defaults),
		cmocka_unit_test(a_key_beside_the_ends_belongs_to_the_end_that_can_have_it),
		cmocka_unit_test(hosts_of_a_pattern_have_its_template_and_can_be_told_more),
		cmocka_unit_test(other_formats_are_told_by_name_and_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
