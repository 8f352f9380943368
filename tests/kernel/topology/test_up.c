/* SPDX-License-Identifier: Apache-2.0 */

/* Networks made, changed and removed, with real packets. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/support/network_lab.h"
#include "tests/support/test.h"
#include "topology/running.h"

static struct ncrun_topology *read_text(const char *text)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err = {0};

	assert_ok(topology_read(&(struct topology_text){"test.yaml", text, strlen(text),
							TOPOLOGY_FORMAT_OURS},
				&topology, &problems, &err));
	assert_int_equal(problems.count, 0);
	return topology;
}

static int up(const char *text, struct ncrun_network **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = read_text(text);

	return ncrun_network_up(NULL, topology, NULL, ret, err);
}

static void down(const char *name)
{
	struct ncrun_error err = {0};

	assert_ok(ncrun_network_down(NULL, name, 0, &err));
}

/* The exit code of a shell's words in a node; their output goes nowhere. */
static int run(struct ncrun_network *network, const char *node, const char *words)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	const char *const argv[] = {"sh", "-c", words, NULL};
	struct ncrun_exec_spec spec = NCRUN_EXEC_SPEC_INIT;
	struct ncrun_exit exit = {0};
	struct ncrun_error err = {0};

	assert_ok(ncrun_network_node(network, node, &container, &err));
	spec.argv = argv;
	assert_ok(ncrun_container_exec(container, &spec, &exit, &err));
	return exit.code;
}

static pid_t pid_of(struct ncrun_network *network, const char *node)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	const struct ncrun_container_info *info = NULL;
	struct ncrun_error err = {0};

	assert_ok(ncrun_network_node(network, node, &container, &err));
	assert_ok(ncrun_container_info(container, &info, &err));
	return info->pid;
}

/* A datagram from one node to an address of another. */
static bool reaches(struct ncrun_network *network, const char *from, const char *to,
		    const char *address)
{
	struct ncrun_topology *topology = network_topology(network);
	struct netns *here = NULL, *there = NULL;
	struct ncrun_error err = {0};

	assert_ok(network_netns(network, topology_node(topology, from), &here, &err));
	assert_ok(network_netns(network, topology_node(topology, to), &there, &err));
	return lab_reaches(here, there, address);
}

static bool is_there(const char *name)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;

	return ncrun_network_open(NULL, name, &network, NULL) == 0;
}

#define NODES "name: t\ndefaults: {rootfs: host}\n"
#define LAN   NODES "nodes: {a: {}, b: {}, lan: {kind: switch}}\n"

TEST(two_hosts_on_a_switch_reach_each_other_in_both_families)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_ok(up(LAN "links: [[a, lan], [b, lan]]\n", &network, &err));
	assert_true(reaches(network, "a", "b", "10.0.0.2"));
	assert_true(reaches(network, "b", "a", "fd00::1"));
	assert_int_equal(run(network, "a", "grep -q '^10.0.0.2 b ' /etc/hosts"), 0);
	ncrun_network_unref(network);
	down("t");
	assert_false(is_there("t"));
}

TEST(a_router_forwards_and_a_nat_hides)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	char sender[NETNS_IP_TEXT_MAX];
	struct netns *a = NULL, *c = NULL;

	assert_ok(up(NODES
		     "nodes: {a: {}, r: {kind: router}, gw: {kind: nat}, c: {gateway: 10.7.0.1}}\n"
		     "links: [[a, r], [r, gw], {ends: [{node: gw, bound: north, address: "
		     "10.7.0.1/24}, {node: c, address: 10.7.0.2/24}]}]\n",
		     &network, &err));
	assert_ok(network_netns(network, topology_node(network_topology(network), "a"), &a, &err));
	assert_ok(network_netns(network, topology_node(network_topology(network), "c"), &c, &err));
	assert_true(lab_reaches_from(a, c, "10.7.0.2", sender));
	assert_string_equal(sender, "10.7.0.1");
	assert_true(lab_is_cut_off(c, a, "10.0.0.1"));
	ncrun_network_unref(network);
	down("t");
}

TEST(a_change_touches_what_differs_and_nothing_else)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	pid_t a, b;

	assert_ok(up(LAN "links: [[a, lan], [b, lan]]\n", &network, &err));
	a = pid_of(network, "a");
	b = pid_of(network, "b");
	ncrun_network_unref(network);
	assert_ok(up(NODES "nodes: {a: {env: {A: x}}, b: {}, c: {}, lan: {kind: switch}}\n"
			   "links: [[a, lan], [b, lan], {ends: [c, lan], mtu: 1400}]\n",
		     &network, &err));
	assert_true(pid_of(network, "a") != a);
	assert_int_equal(pid_of(network, "b"), b);
	assert_true(reaches(network, "b", "a", "10.0.0.1"));
	assert_true(reaches(network, "c", "b", "10.0.0.2"));
	assert_int_equal(run(network, "b", "grep -q ' c ' /etc/hosts"), 0);
	assert_int_equal(run(network, "c", "test \"$(cat /sys/class/net/eth0/mtu)\" = 1400"), 0);
	ncrun_network_unref(network);
	assert_ok(up(LAN "links: [[a, lan]]\n", &network, &err));
	assert_int_equal(run(network, "b", "test ! -e /sys/class/net/eth0"), 0);
	assert_int_equal(pid_of(network, "b"), b);
	ncrun_network_unref(network);
	down("t");
}

TEST(what_fails_is_undone_and_says_where_it_stands)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	pid_t a;

	assert_fails(up(NODES "nodes:\n  a: {}\n  b: {run: /no/such/program}\n", &network, &err),
		     ESRCH);
	assert_non_null(strstr(err.message, "test.yaml:5:3: node 'b': "));
	assert_non_null(strstr(err.message, "/no/such/program"));
	assert_false(is_there("t"));

	assert_ok(up(LAN "links: [[a, lan], [b, lan]]\n", &network, &err));
	a = pid_of(network, "a");
	ncrun_network_unref(network);
	assert_fails(up(NODES "nodes: {a: {}, c: {exec: 'exit 7'}, lan: {kind: switch}}\n"
			      "links: [[a, lan], [c, lan]]\n",
			NULL, &err),
		     ESRCH); /* no shell reads it, and no program is called exit */
	assert_ok(ncrun_network_open(NULL, "t", &network, &err));
	assert_int_equal(pid_of(network, "a"), a);
	assert_true(reaches(network, "a", "b", "10.0.0.2"));
	assert_null(topology_node(network_topology(network), "c"));
	ncrun_network_unref(network);
	down("t");
}

TEST(a_node_that_has_ended_comes_back_and_the_others_stay)
{
	_cleanup_(ncrun_container_unrefp) struct ncrun_container *container = NULL;
	const char *text = LAN "links: [[a, lan], [b, lan]]\n";
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	pid_t a;

	assert_ok(up(text, &network, &err));
	a = pid_of(network, "a");
	assert_ok(ncrun_network_node(network, "b", &container, &err));
	assert_ok(ncrun_container_stop(container, 0, &err));
	ncrun_network_unref(network);
	assert_ok(up(text, &network, &err));
	assert_int_equal(pid_of(network, "a"), a);
	assert_true(reaches(network, "a", "b", "10.0.0.2"));
	ncrun_network_unref(network);
	down("t");
}

TEST(names_are_refused_that_are_none_or_taken)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology =
		read_text("nodes: {a: {rootfs: host}}\n");
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_error err = {0};

	assert_fails(ncrun_network_up(NULL, topology, NULL, NULL, &err), EINVAL);
	options.name = "default";
	assert_fails(ncrun_network_up(NULL, topology, &options, NULL, &err), EINVAL);
	options.name = "a/b";
	assert_fails(ncrun_network_up(NULL, topology, &options, NULL, &err), EINVAL);
	assert_fails(ncrun_network_down(NULL, "t", 0, &err), ENOENT);
	assert_string_equal(err.message, "no network 't'");
}

TEST(one_at_a_time_changes_a_network)
{
	_cleanup_(ncrun_network_unrefp) struct ncrun_network *network = NULL;
	struct ncrun_network_info *infos = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(up(NODES "nodes: {a: {}}\n", &network, &err));
	assert_ok(network_lock(network, &err));
	assert_fails(up(NODES "nodes: {b: {}}\n", NULL, &err), EBUSY);
	assert_fails(ncrun_network_down(NULL, "t", 0, &err), EBUSY);
	network_unlock(network);
	assert_ok(ncrun_network_list(NULL, &infos, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(infos[0].state, NCRUN_NETWORK_UP);
	assert_int_equal(infos[0].running, 1);
	free(infos);
	down("t");
}

TEST(what_a_killed_one_left_is_mended_by_up_and_removed_by_clean)
{
	struct ncrun_network_clean_report report = {0};
	const char *text = LAN "links: [[a, lan], [b, lan]]\n";
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	for (int i = 0; i < 2; i++) {
		assert_ok(up(text, &network, &err));
		network->record.changing = true; /* as it is after a KILL */
		assert_ok(network_write_record(network, &err));
		ncrun_network_unref(network);
		if (i == 0) {
			assert_ok(up(text, &network, &err));
			assert_true(reaches(network, "a", "b", "10.0.0.2"));
			ncrun_network_unref(network);
			assert_ok(ncrun_network_clean(NULL, false, &report, &err));
			assert_int_equal(report.networks, 0);
			down("t");
		}
	}
	assert_ok(ncrun_network_clean(NULL, true, &report, &err));
	assert_int_equal(report.networks, 1);
	assert_true(is_there("t"));
	assert_ok(ncrun_network_clean(NULL, false, &report, &err));
	assert_false(is_there("t"));
}

static int needs_root(void **state __attribute__((unused)))
{
	if (geteuid() == 0)
		return 0;
	printf("needs root\n");
	return -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hosts_on_a_switch_reach_each_other_in_both_families),
		cmocka_unit_test(a_router_forwards_and_a_nat_hides),
		cmocka_unit_test(a_change_touches_what_differs_and_nothing_else),
		cmocka_unit_test(what_fails_is_undone_and_says_where_it_stands),
		cmocka_unit_test(a_node_that_has_ended_comes_back_and_the_others_stay),
		cmocka_unit_test(names_are_refused_that_are_none_or_taken),
		cmocka_unit_test(one_at_a_time_changes_a_network),
		cmocka_unit_test(what_a_killed_one_left_is_mended_by_up_and_removed_by_clean),
	};

	return cmocka_run_group_tests_name("topology/up", tests, needs_root, NULL);
}
