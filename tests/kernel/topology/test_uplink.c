/* SPDX-License-Identifier: Apache-2.0 */

/* Ways out of a network, on a machine made for it, with a neighbour to talk to. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tests/support/machine_lab.h"
#include "tests/support/network_lab.h"
#include "tests/support/test.h"

#define PORT 4711

#define HEAD(name) "name: " name "\ndefaults: {rootfs: host}\n"
/* A host behind what has the uplink. */
#define BEHIND(name, kind) \
	HEAD(name)         \
	"nodes: {a: {}, gw: {kind: " kind ", uplink: true}}\nlinks: [[a, gw]]\n"

/** Is the neighbour reached in both protocols, from the machine's own address? */
static void assert_goes_out(struct netns *from)
{
	struct talk talk = {.from = from, .at = machine_lab.outside, .port = PORT, .at_port = PORT};
	char peer[NETNS_IP_TEXT_MAX];

	for (int i = 0; i < 4; i++) {
		bool six = i & 1;

		talk.udp = i & 2;
		talk.to = six ? OUTSIDE_IP6 : OUTSIDE_IP;
		peer[0] = '\0';
		assert_true(talks(&talk, peer));
		assert_string_equal(peer, six ? MACHINE_IP6 : MACHINE_IP);
	}
}

static bool reaches(struct netns *from, const char *to, struct netns *at)
{
	return talks(&(struct talk){.from = from,
				    .at = at,
				    .to = to,
				    .port = PORT,
				    .at_port = PORT,
				    .udp = true},
		     NULL);
}

TEST(a_host_behind_a_nat_or_a_router_gets_out_in_the_machines_name)
{
	static const char *const texts[] = {BEHIND("t", "nat"), BEHIND("t", "router")};
	struct ncrun_error err = {0};

	for (int i = 0; i < 2; i++) {
		struct ncrun_network *network = NULL;

		assert_ok(machine_up(texts[i], &network, &err));
		assert_goes_out(machine_node(network, "a"));
		assert_goes_out(machine_node(network, "gw"));
		ncrun_network_unref(network);
		machine_down("t");
		assert_int_equal(machine_objects(), 0);
	}
}

TEST(a_host_alone_gets_out_and_nobody_gets_in)
{
	struct ncrun_network *network = NULL;
	char own[NETNS_IP_TEXT_MAX];
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(machine_lab.outside);
	struct netns_route route = {.hop.via = lab_ip(MACHINE_IP)};
	struct ncrun_error err = {0};

	assert_ok(machine_up(HEAD("t") "nodes: {a: {uplink: true}}\n", &network, &err));
	assert_goes_out(machine_node(network, "a"));
	/* a neighbour that sends to the node's own address by way of the machine */
	machine_uplink_ip(machine_node(network, "a"), AF_INET, own);
	route.destination = lab_prefix(own);
	netns_route_add(batch, &route);
	lab_send(batch);
	assert_false(reaches(machine_lab.outside, own, machine_node(network, "a")));
	netns_route_delete(batch, &route);
	lab_send(batch);
	ncrun_network_unref(network);
	machine_down("t");
	assert_int_equal(machine_objects(), 0);
}

/** Does a datagram in a frame made by hand reach a socket of the machine at 127.0.0.1? */
static bool martian_arrives(struct netns *from, const char *link, const char *source)
{
	_cleanup_close_ int fd = lab_udp(machine_lab.machine, "127.0.0.1", PORT);
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	send_frame(from, link, source, "127.0.0.1", PORT);
	return poll(&waiting, 1, 150) > 0;
}

TEST(no_node_reaches_the_machines_own_addresses_by_its_uplink)
{
	static const char *const own[] = {MACHINE_IP, MACHINE_IP6, "198.18.0.1",
					  "fd6e:6372:756e::1"};
	struct ncrun_network *network = NULL;
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	char address[NETNS_IP_TEXT_MAX];
	_cleanup_(strings_freep) char **tables = NULL;
	struct ncrun_error err = {0};
	struct netns *a;

	assert_ok(machine_up(HEAD("t") "nodes: {a: {uplink: true}}\n", &network, &err));
	a = machine_node(network, "a");
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_false(reaches(a, own[i], machine_lab.machine));
	machine_uplink_ip(a, AF_INET, address);
	assert_false(martian_arrives(a, "uplink", address));
	assert_false(martian_arrives(a, "uplink", "127.0.0.1"));

	/* That is the table's doing: without it, they do. */
	assert_ok(netns_filter_tables(machine_lab.machine, NETNS_FILTER_INET, "ncrun-", &tables,
				      &err));
	assert_ok(netns_filter_new(machine_lab.machine, &filter, &err));
	netns_filter_table_delete(filter, NETNS_FILTER_INET, tables[0]);
	assert_ok(netns_filter_commit(filter, &err));
	assert_true(reaches(a, MACHINE_IP, machine_lab.machine));
	assert_true(martian_arrives(a, "uplink", address));
	ncrun_network_unref(network);
	/* Whoever empties the machine's filters has them back by another `up`. */
	assert_ok(machine_up(HEAD("t") "nodes: {a: {uplink: true}}\n", &network, &err));
	assert_false(reaches(machine_node(network, "a"), MACHINE_IP, machine_lab.machine));
	assert_goes_out(machine_node(network, "a"));
	ncrun_network_unref(network);
	machine_down("t");
	machine_lab_quiet();
	assert_int_equal(machine_objects(), 0);
}

TEST(networks_do_not_reach_each_other_by_their_uplinks)
{
	struct ncrun_network *one = NULL, *two = NULL;
	char address[NETNS_IP_TEXT_MAX];
	struct ncrun_error err = {0};

	assert_ok(machine_up(BEHIND("one", "nat"), &one, &err));
	assert_ok(machine_up(BEHIND("two", "router"), &two, &err));
	assert_goes_out(machine_node(one, "a"));
	assert_goes_out(machine_node(two, "a"));
	for (int i = 0; i < 2; i++) {
		machine_uplink_ip(machine_node(two, "gw"), i ? AF_INET6 : AF_INET, address);
		assert_false(reaches(machine_node(one, "gw"), address, machine_node(two, "gw")));
	}
	/* and each lives without the other */
	ncrun_network_unref(one);
	machine_down("one");
	assert_goes_out(machine_node(two, "a"));
	assert_true(machine_objects() > 100);
	ncrun_network_unref(two);
	machine_down("two");
	assert_int_equal(machine_objects(), 0);
}

TEST(an_uplink_comes_and_goes_while_the_node_runs)
{
	const char *without = HEAD("t") "nodes: {a: {}, b: {uplink: true}}\n";
	const char *with = HEAD("t") "nodes: {a: {uplink: true}, b: {uplink: true}}\n";
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	for (int i = 0; i < 2; i++) {
		assert_ok(machine_up(without, &network, &err));
		assert_int_equal(machine_objects() % 100, 2); /* the table, and the link of b */
		assert_goes_out(machine_node(network, "b"));
		assert_fails(netns_link_index(machine_node(network, "a"), "uplink", &(int){0},
					      &err),
			     ENODEV);
		ncrun_network_unref(network);
		assert_ok(machine_up(with, &network, &err));
		assert_goes_out(machine_node(network, "a"));
		ncrun_network_unref(network);
	}
	machine_down("t");
	assert_int_equal(machine_objects(), 0);
}

TEST(what_fails_leaves_nothing_on_the_machine)
{
	struct ncrun_error err = {0};

	assert_fails(machine_up(HEAD("t") "nodes:\n  a: {uplink: true, ports: ['8080:80']}\n"
					  "  b: {exec: /no/such/program}\n",
				NULL, &err),
		     ESRCH);
	assert_non_null(strstr(err.message, "test.yaml:5:3: "));
	assert_int_equal(machine_objects(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_behind_a_nat_or_a_router_gets_out_in_the_machines_name),
		cmocka_unit_test(a_host_alone_gets_out_and_nobody_gets_in),
		cmocka_unit_test(no_node_reaches_the_machines_own_addresses_by_its_uplink),
		cmocka_unit_test(networks_do_not_reach_each_other_by_their_uplinks),
		cmocka_unit_test(an_uplink_comes_and_goes_while_the_node_runs),
		cmocka_unit_test(what_fails_leaves_nothing_on_the_machine),
	};

	return cmocka_run_group_tests_name("topology/uplink", tests, machine_lab_setup,
					   machine_lab_teardown);
}
