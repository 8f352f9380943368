/* SPDX-License-Identifier: Apache-2.0 */

/* Published ports, on a machine made for it, with a neighbour to talk to. */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tests/support/machine_lab.h"
#include "tests/support/network_lab.h"
#include "tests/support/test.h"

#define HEAD(name) "name: " name "\ndefaults: {rootfs: host}\n"

static bool talks_tcp(struct netns *from, const char *to, uint16_t port, struct netns *at,
		      uint16_t at_port, char *ret_peer)
{
	return talks(
		&(struct talk){.from = from, .at = at, .to = to, .port = port, .at_port = at_port},
		ret_peer);
}

TEST(a_port_is_reached_from_everywhere_in_both_families_and_protocols)
{
	static const char *const here[] = {"127.0.0.1", "127.8.9.10", "::1", MACHINE_IP,
					   MACHINE_IP6};
	struct ncrun_network *network = NULL;
	char peer[NETNS_IP_TEXT_MAX] = "";
	struct ncrun_error err = {0};
	struct netns *a;

	assert_ok(machine_up(HEAD("t") "nodes: {a: {ports: ['8080:80', '8080:80/udp']}}\n",
			     &network, &err));
	a = machine_node(network, "a");
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		assert_true(talks_both(machine_lab.machine, here[i], 8080, a, 80));
	for (size_t i = 3; i < sizeof(here) / sizeof(here[0]); i++)
		assert_true(talks_both(machine_lab.outside, here[i], 8080, a, 80));
	/* but the node has no way out of its own: all who ask are the machine to it */
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP, 8080, a, 80, peer));
	assert_string_equal(peer, "198.18.0.1");
	assert_false(talks_tcp(a, OUTSIDE_IP, 80, machine_lab.outside, 80, NULL));
	ncrun_network_unref(network);
	machine_down("t");
	assert_int_equal(machine_objects(), 0);
}

TEST(a_node_with_an_uplink_sees_who_its_clients_are)
{
	struct ncrun_network *network = NULL;
	char peer[NETNS_IP_TEXT_MAX] = "";
	struct ncrun_error err = {0};
	struct netns *a;

	assert_ok(machine_up(HEAD("t") "nodes: {a: {uplink: true, ports: ['8080:80', "
				       "'8080:80/udp']}}\n",
			     &network, &err));
	a = machine_node(network, "a");
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP, 8080, a, 80, peer));
	assert_string_equal(peer, OUTSIDE_IP);
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP6, 8080, a, 80, peer));
	assert_string_equal(peer, OUTSIDE_IP6);
	assert_true(talks_both(machine_lab.machine, "127.0.0.1", 8080, a, 80));
	assert_true(talks_both(machine_lab.machine, "::1", 8080, a, 80));
	assert_true(talks_both(machine_lab.machine, MACHINE_IP, 8080, a, 80));
	ncrun_network_unref(network);
	machine_down("t");
}

TEST(answers_leave_by_the_uplink_though_the_network_has_the_clients_addresses)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_ok(machine_up(
		HEAD("t") "nodes: {a: {uplink: true, ports: ['8080:80', '8080:80/udp']}, b: {}}\n"
			  "links: [{ends: [a, b], address: [192.0.2.9/24, "
			  "192.0.2.2/24]}]\n",
		&network, &err));
	assert_true(
		talks_both(machine_lab.outside, MACHINE_IP, 8080, machine_node(network, "a"), 80));
	ncrun_network_unref(network);
	machine_down("t");
}

TEST(a_nat_and_a_router_publish_too_and_ranges_are_shifted)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	struct netns *gw;

	assert_ok(machine_up(HEAD("t") "nodes: {b: {}, gw: {kind: nat, uplink: true, ports: "
				       "['8000-8010:9000-9010', '9000-9010:9000-9010/udp']}}\n"
				       "links: [[b, gw]]\n",
			     &network, &err));
	gw = machine_node(network, "gw");
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP, 8010, gw, 9010,
			      (char[NETNS_IP_TEXT_MAX]){""}));
	assert_true(talks(&(struct talk){.from = machine_lab.outside,
					 .at = gw,
					 .to = MACHINE_IP6,
					 .port = 9003,
					 .at_port = 9003,
					 .udp = true},
			  (char[NETNS_IP_TEXT_MAX]){""}));
	assert_false(talks_tcp(machine_lab.outside, MACHINE_IP, 8011, gw, 9011, NULL));
	ncrun_network_unref(network);
	machine_down("t");
}

/** Does a datagram in a frame made by hand reach the node? */
static bool frame_arrives(const char *to, uint16_t port, struct netns *at, uint16_t at_port)
{
	_cleanup_close_ int fd = lab_udp(at, "", at_port);
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	send_frame(machine_lab.outside, "eth0", OUTSIDE_IP, to, port);
	return poll(&waiting, 1, 150) > 0;
}

TEST(what_is_published_on_loopback_no_neighbour_reaches)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	struct netns *a;

	assert_ok(machine_up(HEAD("t") "nodes: {a: {ports: ['127.0.0.1:53:53/udp', "
				       "'127.0.0.1:53:53', '[::1]:53:53', '[::1]:53:53/udp', "
				       "'8080:80/udp', '" MACHINE_IP ":81:81']}}\n",
			     &network, &err));
	a = machine_node(network, "a");
	assert_true(talks_both(machine_lab.machine, "127.0.0.1", 53, a, 53));
	assert_true(talks_both(machine_lab.machine, "::1", 53, a, 53));
	assert_false(talks_tcp(machine_lab.machine, MACHINE_IP, 53, a, 53, NULL));
	assert_false(talks_tcp(machine_lab.machine, "127.0.0.1", 81, a, 81, NULL));
	assert_false(frame_arrives("127.0.0.1", 53, a, 53));
	assert_false(frame_arrives("127.0.0.1", 8080, a, 80));
	assert_true(frame_arrives(MACHINE_IP, 8080, a, 80)); /* such frames do arrive */
	ncrun_network_unref(network);
	machine_down("t");
}

static void assert_refused(const char *text, int code, const char *message)
{
	unsigned int before = machine_objects();
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};

	assert_fails(machine_up(text, NULL, &err), code);
	assert_string_equal(err.message, message);
	assert_int_equal(machine_objects(), before);
	assert_fails(ncrun_network_open(NULL, "t", &network, &err), ENOENT);
}

TEST(a_port_that_is_taken_is_refused_before_anything_is_done)
{
	struct ncrun_network *other = NULL;
	struct ncrun_error err = {0};
	int fd = lab_udp(machine_lab.machine, "127.0.0.1", 5353);

	assert_refused(
		HEAD("t") "nodes:\n  a: {ports: ['5353:53/udp']}\n", EADDRINUSE,
		"test.yaml:4:15: node 'a': port '5353:53/udp': port 5353/udp of this machine "
		"is taken by a program");
	assert_refused(HEAD("t") "nodes:\n  a: {ports: ['203.0.113.7:80:80']}\n", EADDRNOTAVAIL,
		       "test.yaml:4:15: node 'a': port '203.0.113.7:80:80': this machine has no "
		       "address '203.0.113.7'");
	/* in the other family, or by the other protocol, it is free */
	assert_ok(machine_up(HEAD("other") "nodes: {web: {ports: ['[::1]:5353:53/udp', "
					   "'5353:53', '80-90:80-90']}}\n",
			     &other, &err));
	close(fd);
	assert_refused(
		HEAD("t") "nodes:\n  a: {ports: ['127.0.0.1:85:80']}\n", EADDRINUSE,
		"test.yaml:4:15: node 'a': port '127.0.0.1:85:80': port 85/tcp of this machine "
		"is published by 'other/web'");
	ncrun_network_unref(other);
	machine_down("other");
	assert_int_equal(machine_objects(), 0);
}

TEST(ports_change_while_the_node_runs)
{
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0};
	char peer[NETNS_IP_TEXT_MAX] = "";

	assert_ok(machine_up(HEAD("t") "nodes: {a: {ports: ['8080:80']}}\n", NULL, &err));
	assert_ok(machine_up(HEAD("t") "nodes: {a: {ports: ['8080:81', '8081:80']}, b: {ports: "
				       "['8082:80']}}\n",
			     &network, &err));
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP, 8080, machine_node(network, "a"), 81,
			      peer));
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP6, 8081, machine_node(network, "a"),
			      80, peer));
	assert_true(
		talks_tcp(machine_lab.machine, "::1", 8082, machine_node(network, "b"), 80, peer));
	ncrun_network_unref(network);
	assert_ok(
		machine_up(HEAD("t") "nodes: {a: {}, b: {ports: ['8082:80']}}\n", &network, &err));
	assert_false(talks_tcp(machine_lab.outside, MACHINE_IP, 8080, machine_node(network, "a"),
			       81, NULL));
	assert_true(talks_tcp(machine_lab.outside, MACHINE_IP, 8082, machine_node(network, "b"), 80,
			      peer));
	ncrun_network_unref(network);
	machine_down("t");
	assert_int_equal(machine_objects(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_reached_from_everywhere_in_both_families_and_protocols),
		cmocka_unit_test(a_node_with_an_uplink_sees_who_its_clients_are),
		cmocka_unit_test(
			answers_leave_by_the_uplink_though_the_network_has_the_clients_addresses),
		cmocka_unit_test(a_nat_and_a_router_publish_too_and_ranges_are_shifted),
		cmocka_unit_test(what_is_published_on_loopback_no_neighbour_reaches),
		cmocka_unit_test(a_port_that_is_taken_is_refused_before_anything_is_done),
		cmocka_unit_test(ports_change_while_the_node_runs),
	};

	return cmocka_run_group_tests_name("topology/ports", tests, machine_lab_setup,
					   machine_lab_teardown);
}
