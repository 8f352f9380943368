/* SPDX-License-Identifier: Apache-2.0 */

/* A file full of mistakes: each is told, with its place, and nothing else is. */

#include "tests/support/test.h"
#include "tests/support/topology_text.h"

static const char file[] =
	"name: bad/name\n"
	"subnet: 10.1.2.3/16\n"
	"routing: atuo\n"
	"defaults: {memory: 64Q, stp: true, kind: switch}\n"
	"nodes:\n"
	"  a: {mem: 64M, cpus: [1], run: [sh, {a: b}]}\n"
	"  b: {env: [=x], volumes: [relative], cap-add: NET_ADMEN, stop-signal: "
	"TREM}\n"
	"  c: {mtu: 20, hosts: {x: y}, ports: [\"80\", \"1:2/icmp\", \"8080:80\"]}\n"
	"  lan: {kind: switch, run: sleep 1, ageing: 5}\n"
	"  d: {kind: rooter, sysctls: {kernel.core_pattern: x}, routes: "
	"[\"10.0.0.1/8 via 10.0.0.1\", \"default dev eth0\"]}\n"
	"  e: {run: \"a 'b\", limit: 3, read-only: yes, filters: [{hook: input, "
	"port: 80, action: drop}, {action: drpo}]}\n"
	"  -x: {}\n"
	"links:\n"
	"  - [a, lann]\n"
	"  - [a, lan, c]\n"
	"  - {ends: [a, lan], delay: 20, loss: 101%, rat: 10mbit}\n"
	"  - {ends: [a, c], address: 10.0.0.1/24}\n"
	"  - {ends: [{node: c, bound: north, mac: \"01:00:00:00:00:00\"}, lan], "
	"address: 10.0.0.7}\n"
	"  - {ends: [b, lan], jitter: 5ms, distribution: normal, reorder: 1%}\n"
	"  - {ends: [\"b:eth/0\", lan], address: 10.0.0.255/24}\n"
	"  - {ends: [\"b:eth1\", \"a:x\"], address: [10.0.0.5/24, 10.0.0.5/24]}\n"
	"  - {ends: [\"b:eth1\", lan], address: [10.0.0.0/24, \"fd00::1/64\"], mtu: "
	"1000}\n";

static const char expected[] =
	"f:1:7: network name 'bad/name': must be 1 to 63 letters, digits, '_', "
	"'.' or '-', the first a letter or digit\n"
	"f:2:9: subnet '10.1.2.3/16': an address in it, not the network (try "
	"10.1.0.0/16)\n"
	"f:3:10: routing 'atuo': unknown (did you mean 'auto'?)\n"
	"f:4:20: defaults: memory '64Q': not a size (try 64M)\n"
	"f:4:25: defaults: 'stp' cannot be here (only switches have it)\n"
	"f:4:42: defaults: a switch is what its own 'kind' says, not a default\n"
	"f:6:7: node 'a': unknown key 'mem' (did you mean 'memory'?)\n"
	"f:6:38: node 'a': expected a string, not a map\n"
	"f:7:13: node 'b': variable '=x': no name\n"
	"f:7:28: node 'b': volume 'relative': not SOURCE:TARGET[:OPTIONS]\n"
	"f:7:48: node 'b': unknown capability 'NET_ADMEN'\n"
	"f:7:72: node 'b': unknown signal 'TREM'\n"
	"f:8:12: node 'c': mtu '20': not a number from 68 to 65535\n"
	"f:8:24: node 'c': hosts 'x': not an address (try 10.0.0.1 or fd00::1)\n"
	"f:8:39: node 'c': port '80': not [ADDRESS:]PORT:PORT[/udp] (try 8080:80)\n"
	"f:8:45: node 'c': port '1:2/icmp': the protocol is tcp or udp\n"
	"f:9:23: node 'lan': a switch has no 'run' (only hosts, routers and nats "
	"have)\n"
	"f:9:45: node 'lan': ageing '5': not a time (try 20ms)\n"
	"f:10:13: node 'd': kind 'rooter': unknown (did you mean 'router'?)\n"
	"f:10:52: node 'd': sysctl 'kernel.core_pattern': belongs to the whole "
	"machine, not to a node\n"
	"f:10:65: node 'd': route to '10.0.0.1/8': not a network (try 10.0.0.0/8)\n"
	"f:10:92: node 'd': route to 'default': of which family? (say 0.0.0.0/0 "
	"or ::/0)\n"
	"f:11:12: node 'e': command 'a 'b': a quote is not closed\n"
	"f:11:20: node 'e': unknown key 'limit' (did you mean 'rlimits'?)\n"
	"f:11:41: node 'e': 'read-only': expected true or false, not 'yes'\n"
	"f:11:56: node 'e': ports need 'protocol': tcp, udp, sctp or dccp\n"
	"f:11:104: node 'e': action 'drpo': unknown (did you mean 'drop'?)\n"
	"f:12:3: nodes: node name '-x': must be 1 to 63 letters, digits, '_', "
	"'.' or '-', the first a letter or digit\n"
	"f:14:9: link: no node 'lann' (did you mean 'lan'?)\n"
	"f:15:5: link: a link has two ends, not 3 (a switch joins more)\n"
	"f:16:29: link 'a -- lan': delay '20': not a time (try 20ms)\n"
	"f:16:39: link 'a -- lan': loss '101%': not a percentage from 0 to 100 "
	"(try 0.1%)\n"
	"f:16:45: link 'a -- lan': unknown key 'rat' (did you mean 'rate'?)\n"
	"f:17:29: link 'a -- c': 'address': whose? (a list of two in the order "
	"of the ends, null for none)\n"
	"f:18:23: link 'c -- lan': an end at a host has no 'bound'\n"
	"f:18:42: link 'c -- lan': mac '01:00:00:00:00:00': the MAC address of a "
	"group, not of one\n"
	"f:18:79: link 'c -- lan': address '10.0.0.7': no length (try "
	"10.0.0.7/24)\n"
	"f:19:13: link 'b -- lan': reordering needs a delay, which some packets "
	"do not have\n"
	"f:20:13: link 'b -- lan': interface name 'eth/0': the kernel allows "
	"none such\n"
	"f:20:13: node 'b': address '10.0.0.255/24': the broadcast address of "
	"its network\n"
	"f:21:23: node 'a': address '10.0.0.5': is that of 'b' already, line 21\n"
	"f:22:13: node 'b': a second interface 'eth1' (the first in line 21)\n"
	"f:22:13: node 'b': address '10.0.0.0/24': the network's own\n"
	"f:22:13: node 'b': address 'fd00::1/64': IPv6 needs an MTU of 1280 or "
	"more, not 1000\n";

TEST(all_mistakes_of_a_file_are_told_at_once)
{
	_cleanup_free_ char *mistakes = mistakes_of(file);

	assert_string_equal(mistakes, expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_mistakes_of_a_file_are_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
