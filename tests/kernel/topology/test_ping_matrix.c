/* SPDX-License-Identifier: Apache-2.0 */

/* Every node to every other: more neighbours than the kernel has room for. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"
#include "topology/ping.h"

#define NODES 100
#define PAIRS (NODES * (NODES - 1))
#define CUT   8 /* enough that the kernel would have no room for those that are looked for */

static uint32_t nodes(void)
{
	return (uint32_t)test_amount(NODES, 20);
}

static size_t pairs(void)
{
	return (size_t)nodes() * (nodes() - 1);
}

/** struct segment - nodes on one bridge; node n has 10.0.0.n+1 and fd00::n+1 */
struct segment {
	struct netns *fabric;
	struct netns *nodes[NODES];
	struct ping_pair pairs[PAIRS];
};

static void node_address(uint32_t n, bool six, char ret[NETNS_PREFIX_TEXT_MAX])
{
	snprintf(ret, NETNS_PREFIX_TEXT_MAX, six ? "fd00::%x/64" : "10.0.0.%u/24", n + 1);
}

static void node_make(struct segment *segment, uint32_t n, struct netns_batch *fabric)
{
	const struct netns_link end = {.name = "eth0", .index = LAB_INTERFACE};
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct ncrun_error err = {0};
	char text[NETNS_PREFIX_TEXT_MAX];

	assert_ok(netns_new(&segment->nodes[n], &err));
	assert_ok(netns_prepare(segment->nodes[n], NETNS_ROLE_NODE, &err));
	snprintf(text, sizeof(text), "p%u", n);
	netns_link_create(fabric, &(struct netns_link){.name = text,
						       .index = LAB_PORT((int)n),
						       .master = LAB_BRIDGE,
						       .peer = &end,
						       .peer_netns = segment->nodes[n]});
	lab_send(fabric);
	batch = lab_batch(segment->nodes[n]);
	netns_link_change(batch, LAB_INTERFACE, &(struct netns_link_change){.up = NETNS_ON});
	for (int six = 0; six < 2; six++) {
		node_address(n, six, text);
		netns_address_add(batch, LAB_INTERFACE,
				  &(struct netns_address){.prefix = lab_prefix(text)});
	}
	lab_send(batch);
}

static void segment_make(struct segment *segment)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct ncrun_error err = {0};

	sandbox_required();
	memset(segment, 0, sizeof(*segment));
	assert_ok(netns_new(&segment->fabric, &err));
	assert_ok(netns_prepare(segment->fabric, NETNS_ROLE_FABRIC, &err));
	batch = lab_batch(segment->fabric);
	netns_link_create(batch, &(struct netns_link){.kind = NETNS_LINK_BRIDGE,
						      .name = "br",
						      .index = LAB_BRIDGE});
	for (uint32_t n = 0; n < nodes(); n++)
		node_make(segment, n, batch);
	for (uint32_t n = 0; n < nodes(); n++)
		assert_ok(netns_wait_ready(segment->nodes[n], 10000, &err));
	assert_ok(netns_wait_ready(segment->fabric, 10000, &err));
}

static void segment_free(struct segment *segment)
{
	for (uint32_t n = 0; n < nodes(); n++)
		netns_free(segment->nodes[n]);
	netns_free(segment->fabric);
}

static void expect_answers(const struct segment *segment, size_t i, uint32_t expected)
{
	const struct ping_pair *pair = &segment->pairs[i];

	if (pair->received != expected)
		fail_msg("%u to %u: %u of %u, not %u, %s", pair->from, pair->to, pair->received,
			 pair->sent, expected, pair->failure ? pair->failure : "no failure");
}

static void ping_all(struct segment *segment, bool six)
{
	struct ping ping = {.netns = segment->nodes,
			    .netns_count = nodes(),
			    .pairs = segment->pairs,
			    .pair_count = pairs(),
			    .count = 3,
			    .size = 56,
			    .timeout_ms = 1000 * test_time_factor()};
	struct ncrun_error err = {0};
	char text[NETNS_PREFIX_TEXT_MAX];
	size_t i = 0;

	for (uint32_t from = 0; from < nodes(); from++)
		for (uint32_t to = 0; to < nodes(); to++) {
			if (from == to)
				continue;
			node_address(to, six, text);
			segment->pairs[i++] = (struct ping_pair){.from = from,
								 .to = to,
								 .address = lab_prefix(text).ip};
		}
	assert_ok(ping_run(&ping, &err));
}

static size_t neighbours(struct netns *netns)
{
	_cleanup_free_ struct netns_neighbour *known = NULL;
	struct ncrun_error err = {0};
	size_t count = 0, learned = 0;

	assert_ok(netns_neighbours_read(netns, &known, &count, &err));
	for (size_t i = 0; i < count; i++)
		learned += !known[i].permanent;
	return learned;
}

static struct segment segment;

TEST(a_hundred_nodes_reach_each_other_and_forget_each_other)
{
	struct network_lab lab = {.count = 0};
	int64_t began;

	segment_make(&segment);
	lab.nodes[0] = segment.nodes[0];
	lab.nodes[1] = segment.nodes[1];
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	for (int six = 0; six < 2; six++) {
		began = clock_now_ms();
		ping_all(&segment, six);
		print_message("# %d pairs, 3 requests each: %" PRId64 " ms\n", (int)pairs(),
			      clock_now_ms() - began);
		for (size_t i = 0; i < pairs(); i++)
			expect_answers(&segment, i, 3);
		for (uint32_t n = 2; n < nodes(); n++)
			assert_int_equal(neighbours(segment.nodes[n]), 0);
	}
	assert_int_equal(neighbours(segment.nodes[0]), 1); /* which it knew before */
	segment_free(&segment);
}

TEST(nodes_that_are_cut_off_cost_their_timeout_once)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	size_t lost = 0;
	int64_t began, took;

	segment_make(&segment);
	batch = lab_batch(segment.fabric);
	for (int n = 0; n < CUT; n++)
		netns_link_change(batch, LAB_PORT(n), &(struct netns_link_change){.up = NETNS_OFF});
	lab_send(batch);
	began = clock_now_ms();
	ping_all(&segment, false);
	took = clock_now_ms() - began;
	print_message("# with %d nodes cut off: %" PRId64 " ms\n", CUT, took);
	for (size_t i = 0; i < pairs(); i++) {
		bool cut = segment.pairs[i].from < CUT || segment.pairs[i].to < CUT;

		expect_answers(&segment, i, cut ? 0 : 3);
		lost += cut;
	}
	assert_int_equal(lost, 2 * CUT * (nodes() - 1) - CUT * (CUT - 1));
	/* one after the other they would take lost * 3 * 1000 ms */
	assert_true(took < 20000 * test_time_factor());
	segment_free(&segment);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_nodes_reach_each_other_and_forget_each_other),
		cmocka_unit_test(nodes_that_are_cut_off_cost_their_timeout_once),
	};

	return cmocka_run_group_tests_name("topology/ping_matrix", tests, sandbox_enter, NULL);
}
