/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

static void add_route(struct netns *node, const struct netns_route *route)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(node);

	netns_route_add(batch, route);
	lab_send(batch);
}

/** The errno that a datagram to @address meets at once; 0 if it leaves. */
static int send_errno(struct netns *node, const char *address)
{
	bool six = strchr(address, ':');
	_cleanup_close_ int fd = lab_udp(node, six ? "::" : "", 0);
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct netns_ip ip = lab_ip(address);

	memcpy(&in6.sin6_addr, ip.bytes, sizeof(in6.sin6_addr));
	memcpy(&in.sin_addr, ip.bytes, sizeof(in.sin_addr));
	if (connect(fd, six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
		    six ? sizeof(in6) : sizeof(in)) < 0 ||
	    send(fd, "x", 1, 0) < 0)
		return errno;
	return 0;
}

TEST(routes_that_lead_nowhere_say_so)
{
	static const struct {
		enum netns_route_kind kind;
		int four, six;
	} cases[] = {
		{NETNS_ROUTE_BLACKHOLE, EINVAL, EINVAL},
		{NETNS_ROUTE_UNREACHABLE, EHOSTUNREACH, EHOSTUNREACH},
		{NETNS_ROUTE_PROHIBIT, EACCES, EACCES},
	};
	struct network_lab lab;

	lab_make_pair(&lab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		add_route(lab.nodes[0],
			  &(struct netns_route){.kind = cases[i].kind,
						.destination = lab_prefix("10.5.0.0/16"),
						.replace = true});
		add_route(lab.nodes[0],
			  &(struct netns_route){.kind = cases[i].kind,
						.destination = lab_prefix("fd05::/64"),
						.replace = true});
		assert_int_equal(send_errno(lab.nodes[0], "10.5.0.1"), cases[i].four);
		assert_int_equal(send_errno(lab.nodes[0], "fd05::1"), cases[i].six);
	}
	lab_free(&lab);
}

TEST(routes_come_back_as_they_were_given)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	const struct netns_hop hops[] = {{.via = lab_ip("10.0.0.2"), .weight = 1},
					 {.via = lab_ip("10.0.0.3"), .weight = 3}};
	const struct netns_route *multi = NULL, *plain = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	add_route(lab.nodes[0], &(struct netns_route){.destination = lab_prefix("10.6.0.0/16"),
						      .hops = hops,
						      .hop_count = 2});
	add_route(lab.nodes[0], &(struct netns_route){.destination = lab_prefix("fd06::/48"),
						      .hop.via = lab_ip("fd00::2"),
						      .metric = 77,
						      .mtu = 1400});

	assert_ok(netns_state_read(lab.nodes[0], NETNS_LOOK_ROUTES, &look, &err));
	for (size_t i = 0; i < look->route_count; i++) {
		if (look->routes[i].route.hop_count)
			multi = &look->routes[i].route;
		if (look->routes[i].route.metric == 77)
			plain = &look->routes[i].route;
	}
	assert_non_null(multi);
	assert_int_equal(multi->hop_count, 2);
	assert_true(netns_ip_equal(&multi->hops[1].via, &hops[1].via));
	assert_int_equal(multi->hops[1].weight, 3);
	assert_non_null(plain);
	assert_int_equal(plain->mtu, 1400);
	assert_int_equal(plain->destination.length, 48);
	assert_int_equal(plain->hop.index, LAB_INTERFACE);
	lab_free(&lab);
}

TEST(ipv4_goes_by_way_of_an_ipv6_neighbour)
{
	struct network_lab lab;

	lab_make_pair(&lab);
	add_route(lab.nodes[0],
		  &(struct netns_route){.destination = lab_prefix("10.7.0.1/32"),
					.hop = {.via = lab_ip("fd00::2"), .index = LAB_INTERFACE}});
	add_route(lab.nodes[1], &(struct netns_route){.kind = NETNS_ROUTE_LOCAL,
						      .destination = lab_prefix("10.7.0.1/32"),
						      .hop.index = 1,
						      .table = 255});

	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.7.0.1"));
	lab_free(&lab);
}

TEST(policy_rules_choose_a_table)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	const struct netns_rule rule = {.family = AF_INET,
					.table = 100,
					.to = lab_prefix("10.8.0.0/16"),
					.priority = 50};
	struct network_lab lab;

	lab_make_pair(&lab);
	batch = lab_batch(lab.nodes[0]);
	netns_route_add(batch, &(struct netns_route){.kind = NETNS_ROUTE_PROHIBIT,
						     .destination = lab_prefix("0.0.0.0/0"),
						     .table = 100});
	netns_rule_add(batch, &rule);
	lab_send(batch);
	assert_int_equal(send_errno(lab.nodes[0], "10.8.0.1"), EACCES);

	netns_rule_delete(batch, &rule);
	lab_send(batch);
	assert_int_equal(send_errno(lab.nodes[0], "10.8.0.1"), ENETUNREACH);
	lab_free(&lab);
}

TEST(a_neighbour_for_ever_is_not_asked_for)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	const uint8_t nobody[] = {2, 0, 0, 0, 0, 99};
	struct netns_ip ip = lab_ip("10.0.0.2");
	struct network_lab lab;

	lab_make_pair(&lab);
	batch = lab_batch(lab.nodes[0]);
	netns_neighbour_add(batch, LAB_INTERFACE, &ip, nobody);
	lab_send(batch);
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "10.0.0.2"));

	netns_neighbour_delete(batch, LAB_INTERFACE, &ip);
	lab_send(batch);
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	lab_free(&lab);
}

TEST(requests_that_make_no_sense_are_refused_before_they_are_sent)
{
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	netns_route_add(lab.batch, &(struct netns_route){.metric = 1});
	assert_fails(netns_batch_send(lab.batch, &err), EINVAL);
	assert_string_equal(err.message, "route to 'none/0': not a network");

	netns_rule_add(lab.batch, &(struct netns_rule){.family = AF_INET});
	assert_fails(netns_batch_send(lab.batch, &err), EINVAL);
	assert_string_equal(err.message, "policy rule: it names no table");

	netns_address_add(lab.batch, 2, &(struct netns_address){.no_route = true});
	assert_fails(netns_batch_send(lab.batch, &err), EINVAL);
	lab_free(&lab);
}

TEST(deleting_a_route_leaves_those_of_the_kernel)
{
	static const char *const own[] = {"10.0.0.0/24", "fd00::/64"};
	static const char *const via[] = {"10.0.0.2", "fd00::2"};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(lab.nodes[0]);
		struct netns_route route = {.destination = lab_prefix(own[i])};

		netns_route_delete(batch, &route);
		assert_fails(netns_batch_send(batch, &err), ESRCH);
		route.hop.via = lab_ip(via[i]);
		route.metric = 5000;
		add_route(lab.nodes[0], &route);
		netns_route_delete(batch, &(struct netns_route){.destination = lab_prefix(own[i])});
		lab_send(batch);
		assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], via[i]));
	}
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes_that_lead_nowhere_say_so),
		cmocka_unit_test(routes_come_back_as_they_were_given),
		cmocka_unit_test(ipv4_goes_by_way_of_an_ipv6_neighbour),
		cmocka_unit_test(policy_rules_choose_a_table),
		cmocka_unit_test(a_neighbour_for_ever_is_not_asked_for),
		cmocka_unit_test(deleting_a_route_leaves_those_of_the_kernel),
		cmocka_unit_test(requests_that_make_no_sense_are_refused_before_they_are_sent),
	};

	return cmocka_run_group_tests_name("netns/route", tests, sandbox_enter, NULL);
}
