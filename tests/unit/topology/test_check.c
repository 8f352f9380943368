/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

#define ABC                                                                 \
	"nodes: {a: , b: , c: , r: {kind: router}, s: {kind: switch},\n"    \
	"  t: {kind: switch}, u: {kind: switch, stp: true}, n: {kind: nat}" \
	"}\nlinks:\n"

/* What follows the lines above, and what is told of it. */
static const struct {
	const char *what, *links, *mistakes;
} rows[] = {
	{"names of interfaces", "  - [\"a:eth1\", s]\n  - [\"b:eth1\", s]\n  - [\"a:eth1\", s]\n",
	 "f:6:6: node 'a': a second interface 'eth1' (the first in line 4)\n"},
	{"names of ports", "  - [a, \"s:p\"]\n  - [b, \"t:p\"]\n",
	 "f:5:9: node 't': a second interface 'p' (the first in line 4)\n"},
	{"reserved names", "  - [\"a:lo\", s]\n",
	 "f:4:6: node 'a': an interface cannot be called 'lo'\n"},
	{"addresses",
	 "  - {ends: [a, s], address: 10.0.0.1/24}\n"
	 "  - {ends: [b, s], address: 10.0.0.1/24}\n",
	 "f:5:13: node 'b': address '10.0.0.1': is that of 'a' already, line 4\n"},
	{"addresses across routers",
	 "  - {ends: [a, r], address: [10.0.0.1/24, null]}\n"
	 "  - {ends: [r, b], address: [null, 10.0.0.1/24]}\n",
	 "f:5:16: node 'b': address '10.0.0.1': is that of 'a' already, line 4\n"},
	{"addresses behind a nat are another realm's",
	 "  - {ends: [a, n], address: [10.0.0.1/24, null]}\n"
	 "  - {ends: [{node: n, bound: north}, b], address: [null, 10.0.0.1/24]}\n",
	 ""},
	{"lengths",
	 "  - {ends: [a, s], address: 10.0.0.1/24}\n"
	 "  - {ends: [b, s], address: 10.0.0.2/16}\n",
	 "f:5:13: node 'b': address '10.0.0.2/16': '10.0.0.1/24' of 'a' on the same segment has "
	 "another length\n"},
	{"addresses of networks",
	 "  - {ends: [a, s], address: 10.0.0.0/31}\n"
	 "  - {ends: [b, s], address: \"fd00::/64\"}\n"
	 "  - {ends: [c, s], address: 224.0.0.1/24}\n",
	 "f:5:13: node 'b': address 'fd00::/64': the network's own\n"
	 "f:6:13: node 'c': address '224.0.0.1/24': not of one host\n"},
	{"macs",
	 "  - {ends: [a, s], mac: \"02:00:00:00:00:01\"}\n"
	 "  - {ends: [b, s], mac: \"02:00:00:00:00:01\"}\n"
	 "  - {ends: [b, t], mac: \"02:00:00:00:00:01\"}\n",
	 "f:5:13: node 'b': mac '02:00:00:00:00:01': is that of 'a' on the same segment\n"},
	{"circles", "  - [s, t]\n  - [t, s]\n  - [a, s]\n  - [a, t]\n",
	 "f:5:5: link 't -- s': closes a circle of switches without 'stp: true'\n"},
	{"circles with stp", "  - [s, t]\n  - [t, u]\n  - [u, s]\n", ""},
	{"a node with itself", "  - [a, a]\n",
	 "f:4:5: link 'a -- a': both ends are at the same node\n"},
	{"dummies", "  - {ends: [s], kind: dummy}\n",
	 "f:4:5: link of 's': kind 'dummy' is not for switches\n"},
	{"impairments of one end", "  - {ends: [{node: a, reorder: 1%}, s], jitter: 1ms}\n",
	 "f:4:13: link 'a -- s': reordering needs a delay, which some packets do not have\n"},
	{"vlans", "  - {ends: [a, s], vlan: 7}\n",
	 "f:4:16: node 's': VLANs of a port need 'vlan-filtering: true' of the switch\n"},
	{"sides of a nat", "  - [a, n]\n  - {ends: [n, b], bound: south}\n",
	 "f:2:52: node 'n': a nat without north side (say 'bound: north' at one of its ends, or "
	 "'uplink: true')\n"},
	{"sides of a nat", "  - {ends: [n, b], bound: north}\n",
	 "f:2:52: node 'n': a nat with no end but north-bound ones\n"},
};

TEST(contradictions_are_found)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_text_ struct text text = {0};
		_cleanup_free_ char *mistakes = NULL;

		text_printf(&text, "%s%s", ABC, rows[i].links);
		mistakes = mistakes_of(text_string(&text));
		if (!text_equal(mistakes, rows[i].mistakes))
			print_message("%s\n", rows[i].what);
		assert_string_equal(mistakes, rows[i].mistakes);
	}
}

/* Whole files. */
static const struct {
	const char *file, *mistakes;
} files[] = {
	{"nodes: {a: {gateway: 10.1.0.1}, b: }\n"
	 "links: [{ends: [a, b], address: [10.0.0.1/24, null]}]\n",
	 "f:1:9: node 'a': gateway '10.1.0.1': no interface is in a network with it\n"},
	{"nodes: {a: {gateway: 10.0.0.1}, b: }\n"
	 "links: [{ends: [a, b], address: [10.0.0.1/24, null]}]\n",
	 "f:1:9: node 'a': gateway '10.0.0.1': is its own address\n"},
	{"nodes: {a: {gateway: \"fd00::1\"}, b: }\nipv6: false\nlinks: [[a, b]]\n",
	 "f:1:9: node 'a': gateway 'fd00::1': no interface is in a network with it\n"},
	{"nodes: {a: {gateway: 10.1.0.1}, b: }\nlinks: [[a, b]]\n", ""},
	{"nodes: {a: {routes: [10.1.0.0/16 dev wlan0]}, b: }\nlinks: [[a, b]]\n",
	 "f:1:22: node 'a': a route by 'wlan0': it has no such interface\n"},
	{"nodes: {a: {ports: [\"8080:80\", \"53:53/udp\"]}, "
	 "b: {ports: [\"127.0.0.1:8000-8090:80-170\", \"53:53\"]}}\n",
	 "f:1:59: node 'b': port '127.0.0.1:8000-8090:80-170': published by 'a' already\n"},
	{"nodes: {a: {ports: [\"127.0.0.1:80:80\"]}, b: {ports: [\"127.0.0.2:80:80\"]}}\n", ""},
	{"nodes: {a: {uplink: true}, c: }\nlinks: [[\"a:uplink\", \"c:uplink\"]]\n",
	 "f:2:10: node 'a': an interface cannot be called 'uplink' where there is one to the "
	 "machine\n"},
	{"nodes: {a: {memory: 1M, memory-high: 2M}}\n", NULL},
	{"nodes: {a: {run: [{name: x, command: a}, {name: x, command: b}]}}\n",
	 "f:1:42: node 'a': a second service 'x'\n"},
};

TEST(what_nodes_need_is_there)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_free_ char *mistakes = mistakes_of(files[i].file);

		if (files[i].mistakes)
			assert_string_equal(mistakes, files[i].mistakes);
		else
			assert_string_not_equal(mistakes, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contradictions_are_found),
		cmocka_unit_test(what_nodes_need_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
