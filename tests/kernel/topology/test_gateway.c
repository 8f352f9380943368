/* SPDX-License-Identifier: Apache-2.0 */

/* Gateways that a file gives, and the uplink that yields to them. */

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/support/machine_lab.h"
#include "tests/support/test.h"

#define PAIR(node)                                                                          \
	"name: t\ndefaults: {rootfs: host}\nrouting: none\nnodes: {a: {" node "}, b: {}}\n" \
	"links: [{ends: [a, b], address: [[10.9.0.1/24, 'fd09::1/64'], [10.9.0.2/24, "      \
	"'fd09::2/64']]}]\n"

/** Where the node's default route of a family leads; "none". */
static const char *default_of(struct ncrun_network *network, int family,
			      char ret[NETNS_IP_TEXT_MAX])
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	struct ncrun_error err = {0};

	assert_ok(netns_state_read(machine_node(network, "a"), NETNS_LOOK_ROUTES, &state, &err));
	strcpy(ret, "none");
	for (size_t i = 0; i < state->route_count; i++) {
		const struct netns_route *route = &state->routes[i].route;

		if (route->destination.ip.family == family && route->destination.length == 0)
			netns_ip_print(&route->hop.via, ret);
	}
	return ret;
}

static void assert_defaults(const char *text, const char *four, const char *six)
{
	struct ncrun_network *network = NULL;
	char buffer[NETNS_IP_TEXT_MAX];
	struct ncrun_error err = {0};

	assert_ok(machine_up(text, &network, &err));
	assert_string_equal(default_of(network, AF_INET, buffer), four);
	assert_string_equal(default_of(network, AF_INET6, buffer), six);
	ncrun_network_unref(network);
}

TEST(a_gateway_of_the_file_is_the_default_route_and_can_change)
{
	assert_defaults(PAIR("gateway: [10.9.0.2, 'fd09::2']"), "10.9.0.2", "fd09::2");
	assert_defaults(PAIR("gateway: 10.9.0.77"), "10.9.0.77", "none");
	assert_defaults(PAIR(""), "none", "none");
	machine_down("t");
}

TEST(an_uplink_is_the_default_of_families_without_a_gateway)
{
	assert_defaults(PAIR("gateway: 10.9.0.2, uplink: true"), "10.9.0.2", "fd6e:6372:756e::1");
	machine_down("t");
	assert_int_equal(machine_objects(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gateway_of_the_file_is_the_default_route_and_can_change),
		cmocka_unit_test(an_uplink_is_the_default_of_families_without_a_gateway),
	};

	return cmocka_run_group_tests_name("topology/gateway", tests, machine_lab_setup,
					   machine_lab_teardown);
}
