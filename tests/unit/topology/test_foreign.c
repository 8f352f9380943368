/* SPDX-License-Identifier: Apache-2.0 */

/* Files in formats of others, read to the end: the model, and messages that point into them. */

#include <string.h>

#include "tests/support/test.h"
#include "topology/model.h"

static struct ncrun_topology *read_text(const char *source, const char *text,
					struct problems *problems)
{
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(topology_read(&(struct topology_text){source, text, strlen(text),
							TOPOLOGY_FORMAT_GUESS},
				&topology, problems, &err));
	return topology;
}

static void assert_refused(const char *source, const char *text, const char *expected)
{
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		read_text(source, text, &problems);
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < problems_kept(&problems); i++)
		text_printf(&out, "%s%u:%u: %s", i > 0 ? "; " : "", problems.items[i].place.line,
			    problems.items[i].place.column, problems.items[i].text);
	assert_string_equal(text_string(&out), expected);
}

static const char gont[] = "digraph D {\n"
			   "    persistent = true\n"
			   "    host1 [type=host, exec=\"ping host2\"]\n"
			   "    router1 [type=router]\n"
			   "    host1 -> router1 [address=\"10.0.0.1/24\", mtu=9000]\n"
			   "}\n";

TEST(gonts_graph_is_a_network)
{
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		read_text("f", gont, &problems);
	const struct node *host = topology_node(topology, "host1");
	const struct interface *end = host->interfaces[0];

	assert_int_equal(problems.count, 0);
	assert_string_equal(topology->name, "D");
	assert_false(topology->temporary);
	assert_int_equal(host->kind, NODE_KIND_HOST);
	assert_string_equal(host->exec[0][0], "ping");
	assert_string_equal(host->exec[0][1], "host2");
	assert_int_equal(host->place.line, 3);
	assert_int_equal(topology_node(topology, "router1")->kind, NODE_KIND_ROUTER);
	assert_int_equal(end->address_count, 1);
	assert_int_equal(end->mtu, 9000);
	assert_int_equal(interface_peer(end)->mtu, 9000);
	assert_int_equal(interface_peer(end)->address_count, 0);
	assert_int_equal(end->link->place.line, 5);
}

TEST(a_lab_is_a_network)
{
	static const char text[] =
		"name: lab\ntopology:\n  defaults: {kind: linux, image: \"alpine:3.20\"}\n"
		"  nodes: {a: {exec: [ip addr], cmd: sleep 9, cpu: 1.5}, br: {kind: bridge}}\n"
		"  links: [{endpoints: [\"a:eth1\", \"br:x\"], ipv4: [10.0.0.1/24, \"\"]}]\n";
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		read_text("lab.clab.yml", text, &problems);
	const struct node *host = topology_node(topology, "a");

	assert_int_equal(problems.count, 0);
	assert_int_equal(topology->routing, ROUTING_NONE);
	assert_true(topology->no_ipv4 && topology->no_ipv6);
	assert_int_equal(host->forwarding, TRISTATE_YES);
	assert_string_equal(host->rootfs, "alpine:3.20");
	assert_string_equal(host->cap_add[0], "NET_ADMIN");
	assert_string_equal(host->services[0].argv[1], "9");
	assert_string_equal(host->interfaces[0]->name, "eth1");
	assert_int_equal(host->interfaces[0]->address_count, 1);
	assert_int_equal(host->interfaces[0]->mtu, 9500);
	assert_int_equal(topology_node(topology, "br")->kind, NODE_KIND_SWITCH);
	assert_null(topology_node(topology, "br")->interfaces[0]->name);
}

TEST(mistakes_in_a_graph_are_told_where_they_stand)
{
	assert_refused(
		"f.dot",
		"graph {\n  a [memroy=\"64M\", type=hots]\n  b [memory=\"64Q\"]\n"
		"  a -- b [adress=\"10.0.0.1/24\", loss=\"200%\"]\n"
		"  a -- b [tailaddress=\"10.0.0.300\"]\n"
		"  routing=rip\n}\n",
		"6:11: routing 'rip': not 'auto' or 'none'; "
		"2:6: node 'a': unknown key 'memroy' (did you mean 'memory'?); "
		"2:25: node 'a': kind 'hots': unknown (did you mean 'host'?); "
		"3:13: node 'b': memory '64Q': not a size (try 64M); "
		"4:11: link 'a -- b': unknown key 'adress' (did you mean 'address'?); "
		"4:38: link 'a -- b': loss '200%': not a percentage from 0 to 100 (try 0.1%); "
		"5:23: link 'a -- b': address '10.0.0.300': not an address (try 10.0.0.1/24 "
		"or fd00::1/64)");
}

TEST(mistakes_in_a_lab_are_told_where_they_stand)
{
	assert_refused(
		"f.clab.yml",
		"name: -x\ntopology:\n  nodes:\n    a: {kind: linux, user: \"a b:c:d\",\n"
		"        ports: [\"99999:1\"], sysctls: {a b: 1}}\n"
		"  links:\n    - endpoints: [\"a:eth1\", \"c:eth1\"]\n"
		"    - {endpoints: [\"a:eth/1\", \"a:x\"], mtu: 7}\n",
		"1:7: network name '-x': must be 1 to 63 letters, digits, '_', '.' or '-', the "
		"first a letter or digit; 5:44: node 'a': sysctl 'a b': not a name; "
		"5:17: node 'a': port '99999:1': a port is a number from 1 to 65535, or a range; "
		"7:29: link: no node 'c'; "
		"8:44: link 'a -- a': mtu '7': not a number from 68 to 65535; "
		"8:20: link 'a -- a': interface name 'eth/1': the kernel allows none such");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gonts_graph_is_a_network),
		cmocka_unit_test(a_lab_is_a_network),
		cmocka_unit_test(mistakes_in_a_graph_are_told_where_they_stand),
		cmocka_unit_test(mistakes_in_a_lab_are_told_where_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
