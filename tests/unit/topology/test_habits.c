/* SPDX-License-Identifier: Apache-2.0 */

/* What people write who come from other programs, and what they are told. */

#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

static const struct {
	const char *file, *told;
} habits[] = {
	/* compose */
	{"services: {web: {}}", "f:1:1: unknown key 'services' (here it is 'nodes')\n"},
	{"nodes: {a: {image: alpine}}",
	 "f:1:13: node 'a': unknown key 'image' (here it is 'rootfs')\n"},
	{"nodes: {a: {command: sh}}",
	 "f:1:13: node 'a': unknown key 'command' (here it is 'run')\n"},
	{"nodes: {a: {environment: {A: b}}}",
	 "f:1:13: node 'a': unknown key 'environment' (here it is 'env')\n"},
	{"nodes: {a: {mem_limit: 64M}}",
	 "f:1:13: node 'a': unknown key 'mem_limit' (here it is 'memory')\n"},
	{"nodes: {a: {working_dir: /srv}}",
	 "f:1:13: node 'a': unknown key 'working_dir' (here it is 'workdir')\n"},
	{"nodes: {a: {cap_add: NET_ADMIN}}",
	 "f:1:13: node 'a': unknown key 'cap_add' (here it is 'cap-add')\n"},
	{"nodes: {a: {extra_hosts: []}}",
	 "f:1:13: node 'a': unknown key 'extra_hosts' (here it is 'hosts')\n"},
	{"nodes: {a: {depends_on: [b]}}", "f:1:13: node 'a': unknown key 'depends_on' of a node\n"},
	{"nodes: {a: {privileged: yes}}",
	 "f:1:25: node 'a': 'privileged': expected true or false, not 'yes'\n"},
	{"nodes: {a: {ports: [80]}}",
	 "f:1:21: node 'a': port '80': not [ADDRESS:]PORT:PORT[/udp] (try 8080:80)\n"},
	{"nodes: {a: {memory: 64MB}}", "f:1:21: node 'a': memory '64MB': not a size (try 64M)\n"},
	/* containerlab */
	{"nodes: {a: {type: router}}",
	 "f:1:13: node 'a': unknown key 'type' (here it is 'kind')\n"},
	{"nodes: {a: {binds: [\"/a:/b\"]}}",
	 "f:1:13: node 'a': unknown key 'binds' (here it is 'volumes')\n"},
	{"nodes: {a: {kind: linux}}",
	 "f:1:19: node 'a': kind 'linux': not 'host', 'router', 'nat' or 'switch'\n"},
	{"nodes: [a, b]\nlinks: [{endpoints: [a, b]}]",
	 "f:2:9: link: a link without 'ends'\n"
	 "f:2:10: link: unknown key 'endpoints' (here it is 'ends')\n"},
	/* Mininet and Gont */
	{"nodes: [a, b]\nlinks: [{ends: [a, b], bw: 10}]",
	 "f:2:24: link 'a -- b': unknown key 'bw' (here it is 'rate')\n"},
	{"nodes: [a, b]\nlinks: [{ends: [a, b], latency: 20ms}]",
	 "f:2:24: link 'a -- b': unknown key 'latency' (here it is 'delay')\n"},
	{"nodes: [a, b]\nlinks: [{ends: [{node: a, ip: 10.0.0.1/24}, b]}]",
	 "f:2:27: link 'a -- b': unknown key 'ip' (here it is 'address')\n"},
	{"nodes: [a, b]\nlinks: [{ends: [a, b], delay: 20}]",
	 "f:2:31: link 'a -- b': delay '20': not a time (try 20ms)\n"},
	{"nodes: [a, b]\nlinks: [{ends: [a, b], rate: 10M}]",
	 "f:2:30: link 'a -- b': rate '10M': not a rate (try 10mbit)\n"},
	/* iptables and ip */
	{"nodes: {a: {filters: {chain: input, action: drop}}}",
	 "f:1:23: node 'a': unknown key 'chain' (here it is 'hook')\n"},
	{"nodes: {a: {filters: {hook: input, protocol: tcp, dport: 80, action: drop}}}",
	 "f:1:51: node 'a': unknown key 'dport' (here it is 'port')\n"},
	{"nodes: {a: {routes: [10.0.0.0/8]}}", "f:1:22: node 'a': a route needs 'via' or 'dev'\n"},
	{"nodes: {a: {gateway: b}}",
	 "f:1:22: node 'a': gateway 'b': not an address (try 10.0.0.1 or fd00::1)\n"},
	{"nodes: {a: {gateway: 10.0.0.1/24}}",
	 "f:1:22: node 'a': gateway: an address, not a network (try 10.0.0.1)\n"},
	/* where things stand */
	{"nodes: [{name: a}]",
	 "f:1:9: nodes: expected a name, or for all {NAME: {...}, ...}, not a map\n"},
	{"nodes: {a: host}", "f:1:12: node 'a': 'a': expected a map, not a string\n"},
	{"nodes: [a, b]\nlinks: [a -- b]",
	 "f:2:9: link: expected two ends, [a, b], or a map with 'ends', not a string\n"},
	{"nodes: [a, b]\nlinks: {l1: [a, b]}",
	 "f:2:8: links: 'links': expected a list, not a map\n"},
	{"defaults: {delay: 1ms}",
	 "f:1:12: defaults: 'delay' is a key of links (write 'link: {delay: ...}')\n"},
	{"nodes: {a: {stp: true}}", "f:1:13: node 'a': a host has no 'stp' (only switches have)\n"},
	{"nodes: [a, b, c]\nlinks: [[a, b, c]]",
	 "f:2:9: link: a link has two ends, not 3 (a switch joins more)\n"},
	{"nodes: [web1]\nlinks: [[web1, wbe1]]",
	 "f:2:16: link: no node 'wbe1' (did you mean 'web1'?)\n"},
	/* YAML */
	{"nodes: {a: {rootfs:alpine}}",
	 "f:1:13: node 'a': unknown key 'rootfs:alpine' (a blank is missing after the ':')\n"},
	{"nodes:\n\ta: {}", "f:2:1: tab character may not be used as indentation\n"},
	{"base: &b {memory: 1M}\nnodes: {a: {<<: *b}}",
	 "f:1:10: anchors, aliases and tags are not supported\n"},
	{"nodes: {a: {}}\nnodes: {b: {}}", "f:2:1: key 'nodes' is in line 1 already\n"},
	{"", "f:1:1: is empty\n"},
	{"- a", "f:1:1: expected a map, not a list\n"},
	{"name: my lab",
	 "f:1:7: network name 'my lab': must be 1 to 63 letters, digits, '_', '.' or '-', the first a "
	 "letter or digit\n"},
};

TEST(habits_are_met_with_a_word_that_helps)
{
	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
		_cleanup_free_ char *told = mistakes_of(habits[i].file);

		assert_string_equal(told, habits[i].told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(habits_are_met_with_a_word_that_helps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
