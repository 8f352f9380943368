/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "tests/support/element_text.h"
#include "tests/support/test.h"
#include "topology/foreign.h"

static void translate(const char *text, struct problems *problems, struct text *out)
{
	_cleanup_(document_freep) struct document *document = NULL;
	struct ncrun_error err = {0};

	assert_ok(topology_translate_containerlab("dir/f.clab.yml", text, strlen(text), problems,
						  &document, &err));
	if (document)
		element_flow(out, document_root(document));
}

/** @topology: what is below `topology:`; @expected: what becomes of it. */
static void assert_becomes(const char *topology, const char *expected)
{
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text text = {0}, out = {0}, whole = {0};

	text_printf(&text, "name: lab\ntopology:\n%s", topology);
	translate(text_string(&text), &problems, &out);
	if (problems.count > 0)
		fail_msg("%s: %s", topology, problems.items[0].text);
	text_printf(&whole, "{name: lab, routing: none, ipv4: <false>, ipv6: <false>, %s}",
		    expected);
	assert_string_equal(text_string(&out), text_string(&whole));
}

static void assert_refused(const char *text, const char *expected)
{
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text out = {0}, told = {0};

	translate(text, &problems, &out);
	for (size_t i = 0; i < problems_kept(&problems); i++)
		text_printf(&told, "%s%u:%u: %s", i > 0 ? "; " : "", problems.items[i].place.line,
			    problems.items[i].place.column, problems.items[i].text);
	assert_string_equal(text_string(&told), expected);
}

TEST(nodes_of_kind_linux_are_hosts_that_set_up_themselves)
{
	assert_becomes(
		"  nodes:\n"
		"    a: {kind: linux, image: \"alpine:3.20\"}\n"
		"    b: {kind: linux, image: frrouting/frr, privileged: true}\n"
		"    br: {kind: bridge}\n"
		"  links:\n"
		"    - endpoints: [\"a:eth1\", \"br:p1\"]\n"
		"    - {endpoints: [\"a:eth2\", \"b:eth1\"], mtu: 1500}\n",
		"nodes: {a: {forwarding: <true>, rootfs: alpine:3.20, cap-add: [NET_ADMIN]}, "
		"b: {forwarding: <true>, rootfs: docker://frrouting/frr, privileged: <true>}, "
		"br: {kind: switch}}, "
		"links: [{ends: [{node: a, interface: eth1}, {node: br}], mtu: <9500>}, "
		"{ends: [{node: a, interface: eth2}, {node: b, interface: eth1}], "
		"mtu: <1500>}]");
}

TEST(values_become_ours)
{
	assert_becomes("  nodes:\n"
		       "    a:\n"
		       "      kind: linux\n"
		       "      image: docker.io/library/alpine:latest\n"
		       "      image-pull-policy: IfNotPresent\n"
		       "      entrypoint: sh -c\n"
		       "      cmd: \"'echo $$HOME; sleep 1'\"\n"
		       "      user: 1000:1000\n"
		       "      cpu: 0.5\n"
		       "      cpu-set: 0-1\n"
		       "      memory: 1Gb\n"
		       "      network-mode: none\n"
		       "      ports: [\"8080:80\", 127.0.0.1:53:53/udp]\n"
		       "      binds: [\"/a:/a:ro\", conf:/etc/conf, ~/x:/x]\n"
		       "      exec: [ip link, echo __clabNodeName__ of __clabLabName__]\n"
		       "      env: {A: 1, B: yes}\n"
		       "      sysctls: {net.ipv4.ip_forward: 0}\n"
		       "      labels: {graph-icon: router}\n"
		       "      cap-add: [SYS_TIME]\n",
		       "nodes: {a: {forwarding: <true>, rootfs: alpine, pull: missing, "
		       "user: 1000:1000, cpus: <0.5>, cpuset: 0-1, memory: 1G, "
		       "env: {A: 1, B: yes}, labels: {graph-icon: router}, "
		       "sysctls: {net.ipv4.ip_forward: 0}, "
		       "volumes: [/a:/a:ro, dir/conf:/etc/conf, /home/me/x:/x], "
		       "ports: [8080:80, 127.0.0.1:53:53/udp], "
		       "exec: [ip link, echo a of lab], cap-add: [SYS_TIME, NET_ADMIN], "
		       "run: [sh, -c, echo $HOME; sleep 1]}}, links: []");
}

TEST(what_a_node_does_not_say_is_inherited)
{
	assert_becomes(
		"  defaults: {kind: linux, user: d, env: {A: d, B: d, C: d, D: d}, exec: [d, x],\n"
		"             binds: [\"/d:/one\", \"/d:/two\"]}\n"
		"  kinds: {linux: {image: \"alpine:1\", user: k, env: {A: k, B: k, C: k},\n"
		"                  binds: [\"/k:/one:ro\"]}}\n"
		"  groups: {g: {user: g, env: {A: g, B: g}, exec: [g]}}\n"
		"  nodes:\n"
		"    a: {group: g, env: {A: n}, exec: [n, x], privileged: false}\n"
		"    b:\n",
		"nodes: {a: {forwarding: <true>, rootfs: alpine:1, user: g, "
		"env: {A: n, B: g, C: k, D: d}, volumes: [/d:/two, /k:/one:ro], "
		"exec: [d, g, n, x], privileged: <false>}, "
		"b: {forwarding: <true>, rootfs: alpine:1, user: k, env: {A: k, B: k, C: k, D: d}, "
		"volumes: [/d:/two, /k:/one:ro], exec: [d, x], cap-add: [NET_ADMIN]}}, links: []");
}

TEST(links_have_a_longer_form)
{
	assert_becomes(
		"  nodes: {a: {kind: linux}}\n"
		"  links:\n"
		"    - type: veth\n"
		"      endpoints:\n"
		"        - {node: a, interface: e1, mac: 02:00:00:00:00:01, ipv4: 10.0.0.1/24}\n"
		"        - {node: b, interface: e1, ipv6: fd00::2/64, ipv4: 10.0.0.2/24}\n"
		"      mtu: 1400\n"
		"    - {type: dummy, endpoint: {node: a, interface: d0}, mtu: 1500}\n"
		"    - {endpoints: [\"a:e2\", \"b:e2\"], ipv4: [10.1.0.1/24, \"\"]}\n",
		"nodes: {a: {forwarding: <true>, cap-add: [NET_ADMIN]}}, links: ["
		"{ends: [{node: a, interface: e1, address: [10.0.0.1/24], "
		"mac: 02:00:00:00:00:01}, {node: b, interface: e1, "
		"address: [10.0.0.2/24, fd00::2/64]}], mtu: <1400>}, "
		"{ends: [{node: a, interface: d0}], kind: dummy, mtu: <1500>}, "
		"{ends: [{node: a, interface: e2, address: [10.1.0.1/24]}, "
		"{node: b, interface: e2}], mtu: <9500>}]");
}

TEST(a_restart_policy_makes_the_command_a_service)
{
	assert_becomes("  nodes: {a: {kind: linux, cmd: top -b, restart-policy: unless-stopped}}\n",
		       "nodes: {a: {forwarding: <true>, cap-add: [NET_ADMIN], "
		       "run: [{restart: always, command: [top, -b]}]}}, links: []");
}

TEST(variables_are_expanded)
{
	assert_becomes(
		"  nodes:\n"
		"    a: {kind: linux, image: \"${IMAGE:=x}:$TAG\", cpu: ${NO-2}, env: {\n"
		"      A: \"${EMPTY-e}|${EMPTY:-e}|${TAG:+t}|${TAG+t}|${NO+n}|${NO}|$NO.\",\n"
		"      B: \"$$TAG $ $1 ${NO:-${TAG}}\"}}\n",
		"nodes: {a: {forwarding: <true>, rootfs: docker://x:7, cpus: <2>, "
		"env: {A: |e|t|t|||., B: $TAG $ $1 7}, cap-add: [NET_ADMIN]}}, links: []");
}

TEST(what_is_not_supported_is_named)
{
	assert_refused(
		"name: a\nmgmt: {network: x}\ntopology:\n"
		"  kinds: {linux: {startup-delay: 5, imgae: x}}\n"
		"  nodes:\n"
		"    a: {kind: srl}\n"
		"    b: {kind: linux, stages: {}, network-mode: host}\n"
		"    c: {image: x}\n"
		"    d: {kind: bridge, image: x}\n"
		"    e: 5\n"
		"  links:\n"
		"    - endpoints: [\"a:e1\", \"host:x\"]\n"
		"    - {type: vxlan, endpoint: {}}\n"
		"    - endpoints: [\"a:e1\"]\n"
		"    - endpoints: [\"a\", {node: b}]\n",
		"2:1: 'mgmt' of a lab: not supported; "
		"4:19: 'startup-delay' of a node: not supported; "
		"4:37: unknown key 'imgae' (did you mean 'image'?); "
		"6:15: kind 'srl': not supported (only linux and bridge); "
		"7:22: 'stages' of a node: not supported; "
		"7:48: network-mode 'host': not supported (only none); "
		"8:8: node 'c': 'kind' is missing (linux or bridge); "
		"9:30: node 'd': a bridge has no 'image'; "
		"10:8: 'e': expected a map, not 5; "
		"12:27: links to 'host' are not supported (an uplink is a key of a node: see "
		"ncrun-topology(5)); "
		"13:14: links of type 'vxlan' are not supported (only veth and dummy); "
		"14:18: a link needs 'endpoints', a list of two; "
		"15:19: endpoint 'a': expected NODE:INTERFACE; "
		"15:24: an endpoint needs 'node' and 'interface'");
}

TEST(values_that_mean_nothing_are_named_once)
{
	assert_refused("topology: {defaults: {kind: linux, memory: 64Q, cmd: \"it's\", cpu: [1],\n"
		       "  env: [A=1], binds: /x, user: {}, hostname: __clabNodeDir__}, "
		       "nodes: {a: , b: }}",
		       "1:1: 'name' is missing; 2:32: 'user': expected a string, not a map; "
		       "2:46: '__clabNodeDir__': folders of a lab are not supported; "
		       "1:67: 'cpu': expected a single value, not a list; "
		       "1:44: memory '64Q': not a size (try 512Mb); "
		       "2:8: 'env': expected a map, not a list; "
		       "2:22: 'binds': expected a list, not a string; "
		       "1:54: cmd 'it's': a quote is missing");
}

TEST(a_file_that_is_no_lab_is_none)
{
	assert_refused("[1]", "1:1: expected a map, not a list");
	assert_refused("name: ${x", "1:7: '${x': a '}' is missing");
	assert_refused("name: ${-x}",
		       "1:7: '${-x}': not a variable (try ${NAME} or ${NAME:-else})");
	assert_refused("name: [\nx", "2:1: wrongly indented flow sequence");
	assert_refused("name: x", "1:1: 'topology' is missing");
	assert_refused("{name: x, topology: 1}", "1:21: 'topology': expected a map, not 1");
}

TEST(what_is_inherited_has_bounds)
{
	_cleanup_text_ struct text text = {0};

	text_append(&text, "name: x\ntopology:\n  defaults:\n    kind: linux\n    env: {");
	for (int i = 0; i < 1000; i++)
		text_printf(&text, "A%d: 1, ", i);
	text_append(&text, "}\n  nodes: {");
	for (int i = 0; i < 1001; i++)
		text_printf(&text, "n%d: , ", i);
	text_append(&text, "}");
	assert_refused(text_string(&text),
		       "5:29: more than 1000000 values, with those that are inherited");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_of_kind_linux_are_hosts_that_set_up_themselves),
		cmocka_unit_test(values_become_ours),
		cmocka_unit_test(what_a_node_does_not_say_is_inherited),
		cmocka_unit_test(links_have_a_longer_form),
		cmocka_unit_test(a_restart_policy_makes_the_command_a_service),
		cmocka_unit_test(variables_are_expanded),
		cmocka_unit_test(what_is_not_supported_is_named),
		cmocka_unit_test(values_that_mean_nothing_are_named_once),
		cmocka_unit_test(a_file_that_is_no_lab_is_none),
		cmocka_unit_test(what_is_inherited_has_bounds),
	};

	setenv("HOME", "/home/me", 1);
	setenv("TAG", "7", 1);
	setenv("EMPTY", "", 1);
	unsetenv("NO");
	unsetenv("IMAGE");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
