/* SPDX-License-Identifier: Apache-2.0 */

/* The way that packets take, hop by hop. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"
#include "topology/trace.h"

static struct trace trace_to(struct netns *netns, const char *to, uint32_t max_hops)
{
	struct trace trace = {.netns = netns,
			      .to = lab_ip(to),
			      .max_hops = max_hops,
			      .timeout_ms = 200};
	struct ncrun_error err = {0};

	assert_ok(trace_run(&trace, &err));
	return trace;
}

static void check_hop(const struct trace *trace, size_t i, const char *from)
{
	char text[NETNS_IP_TEXT_MAX];

	assert_int_equal(trace->hops[i].ttl, i + 1);
	assert_string_equal(netns_ip_print(&trace->hops[i].from, text), from);
	assert_true(trace->hops[i].rtt_ns >= 0);
}

TEST(each_router_on_the_way_answers_in_both_families)
{
	static const char *const ways[2][2] = {{"10.1.0.9", "10.2.0.1"}, {"fd01::9", "fd02::1"}};
	struct network_lab lab;

	lab_make_chain(&lab);
	lab_default_routes(&lab, 2, "10.2.0.9", "fd02::9");
	for (size_t i = 0; i < 2; i++) {
		struct trace trace = trace_to(lab.nodes[0], ways[i][1], 30);

		assert_int_equal(trace.hop_count, 2);
		check_hop(&trace, 0, ways[i][0]);
		check_hop(&trace, 1, ways[i][1]);
		assert_false(trace.hops[0].reached);
		assert_true(trace.hops[1].reached);
		assert_null(trace.hops[1].failure);
	}
	lab_free(&lab);
}

TEST(a_trace_ends_where_packets_get_no_farther)
{
	struct network_lab lab;
	struct trace trace;

	lab_make_chain(&lab);
	trace = trace_to(lab.nodes[0], "10.9.0.1", 30);
	assert_int_equal(trace.hop_count, 1);
	check_hop(&trace, 0, "10.1.0.9");
	assert_string_equal(trace.hops[0].failure, "network unreachable");
	assert_false(trace.hops[0].reached);
	lab_free(&lab);
}

TEST(silence_ends_a_trace_after_some_hops)
{
	struct network_lab lab;
	struct trace trace;
	int64_t began;

	lab_make_chain(&lab); /* node 2 knows no way back */
	began = clock_now_ms();
	trace = trace_to(lab.nodes[0], "10.2.0.1", 30);
	/* one hop after the other they would take 8 times 400 ms */
	assert_in_range(clock_now_ms() - began, 399, 3000);
	assert_int_equal(trace.hop_count, 1 + TRACE_HOPS_SILENT);
	check_hop(&trace, 0, "10.1.0.9");
	assert_int_equal(trace.hops[1].from.family, 0);
	assert_int_equal(trace.hops[1].rtt_ns, -1);
	lab_free(&lab);
}

TEST(a_trace_has_at_most_so_many_hops)
{
	struct network_lab lab;
	struct trace trace;

	lab_make_chain(&lab);
	lab_default_routes(&lab, 2, "10.2.0.9", "fd02::9");
	trace = trace_to(lab.nodes[0], "10.2.0.1", 1);
	assert_int_equal(trace.hop_count, 1);
	assert_false(trace.hops[0].reached);
	lab_free(&lab);
}

TEST(what_cannot_be_sent_is_an_error)
{
	struct network_lab lab;
	struct trace trace = {.max_hops = 30, .timeout_ms = 200};
	struct ncrun_error err = {0};

	lab_make_pair(&lab);
	trace.netns = lab.nodes[0];
	trace.to = lab_ip("10.9.0.1");
	assert_fails(trace_run(&trace, &err), ENETUNREACH);
	assert_string_equal(err.message, "no route");
	lab_free(&lab);
}

/* ---- a long way -------------------------------------------------------------------------- */

#define ROUTERS 100

/** One end of link @link: 10.@link.0.@host is on it, and 10.@far.0.0 behind it. */
static void end_make(struct netns *netns, int index, int link, int host, int far)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(netns);
	struct netns_address address = {.no_route = false};
	struct netns_route route = {.metric = 1};
	char text[32];

	netns_link_change(batch, index, &(struct netns_link_change){.up = NETNS_ON});
	snprintf(text, sizeof(text), "10.%d.0.%d/30", link, host);
	address.prefix = lab_prefix(text);
	netns_address_add(batch, index, &address);
	snprintf(text, sizeof(text), "10.%d.0.0/16", far);
	route.destination = lab_prefix(text);
	snprintf(text, sizeof(text), "10.%d.0.%d", link, 3 - host);
	route.hop.via = lab_ip(text);
	netns_route_add(batch, &route);
	lab_send(batch);
}

/** Node n has 10.n.0.1 towards n + 1, which has 10.n.0.2; the ways lead to both ends. */
static void chain_make(struct netns *nodes[ROUTERS + 2])
{
	const struct netns_link end = {.name = "left", .index = 2};
	const struct netns_sysctl far = {.name = "net.ipv4.ip_default_ttl", .value = "255"};
	struct ncrun_error err = {0};

	for (int n = 0; n < ROUTERS + 2; n++) {
		assert_ok(netns_new(&nodes[n], &err));
		assert_ok(netns_prepare(nodes[n], NETNS_ROLE_ROUTER, &err));
		assert_ok(netns_sysctl_set(nodes[n], &far, 1, &err));
	}
	for (int n = 0; n <= ROUTERS; n++) {
		_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(nodes[n]);

		netns_link_create(batch, &(struct netns_link){.name = "right",
							      .index = 3,
							      .peer = &end,
							      .peer_netns = nodes[n + 1]});
		lab_send(batch);
		end_make(nodes[n], 3, n, 1, ROUTERS);
		end_make(nodes[n + 1], 2, n, 2, 0);
	}
	for (int n = 0; n < ROUTERS + 2; n++)
		assert_ok(netns_wait_ready(nodes[n], 10000, &err));
}

TEST(a_hundred_routers_are_a_hundred_hops_at_once)
{
	static struct netns *nodes[ROUTERS + 2];
	struct trace trace;
	int64_t began;
	char text[32];

	sandbox_required();
	chain_make(nodes);
	began = clock_now_ms();
	trace = trace_to(nodes[0], "10.100.0.2", 255);
	print_message("# %zu hops in %" PRId64 " ms\n", trace.hop_count, clock_now_ms() - began);
	assert_int_equal(trace.hop_count, ROUTERS + 1);
	assert_true(trace.hops[ROUTERS].reached);
	for (int n = 0; n < ROUTERS; n++) {
		snprintf(text, sizeof(text), "10.%d.0.2", n);
		check_hop(&trace, (size_t)n, text);
	}
	assert_true(clock_now_ms() - began < 1500 * test_time_factor());
	for (int n = 0; n < ROUTERS + 2; n++)
		netns_free(nodes[n]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_router_on_the_way_answers_in_both_families),
		cmocka_unit_test(a_trace_ends_where_packets_get_no_farther),
		cmocka_unit_test(silence_ends_a_trace_after_some_hops),
		cmocka_unit_test(a_trace_has_at_most_so_many_hops),
		cmocka_unit_test(what_cannot_be_sent_is_an_error),
		cmocka_unit_test(a_hundred_routers_are_a_hundred_hops_at_once),
	};

	return cmocka_run_group_tests_name("topology/trace", tests, sandbox_enter, NULL);
}
