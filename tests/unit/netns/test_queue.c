/* SPDX-License-Identifier: Apache-2.0 */

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netns/queue.h"
#include "tests/support/test.h"

static bool about(double a, double b)
{
	return a > b - 1e-4 && a < b + 1e-4;
}

/** Put @impairment as the options of a queue, and read them back. */
static struct netns_impairment round_trip(const struct netns_impairment *impairment,
					  void (*put)(struct message *message,
						      const struct netns_impairment *impairment,
						      uint32_t mtu),
					  void (*parse)(const struct nlattr *options,
							struct netns_impairment *ret))
{
	struct netns_impairment back = {.delay_ns = 0};
	struct message message = {.nl = NULL};
	const struct tcmsg body = {.tcm_ifindex = 1};
	struct nlattr *table[TCA_MAX + 1];

	message_begin(&message, RTM_NEWQDISC, 0, &body, sizeof(body));
	put(&message, impairment, 1500);
	assert_non_null(message_header(&message));
	assert_int_equal(nlmsg_parse((struct nlmsghdr *)message_header(&message), sizeof(body),
				     table, TCA_MAX, NULL),
			 0);
	assert_non_null(table[TCA_OPTIONS]);
	parse(table[TCA_OPTIONS], &back);
	message_done(&message);
	return back;
}

TEST(all_that_netem_is_told_comes_back)
{
	const struct netns_impairment given = {
		.delay_ns = 123456789,
		.jitter_ns = 5000000,
		.delay_correlation_percent = 25,
		.distribution = NETNS_DISTRIBUTION_PARETO,
		.loss_model = NETNS_LOSS_GILBERT,
		.loss_gilbert = {1, 10, 90, 2},
		.duplicate_percent = 3,
		.duplicate_correlation_percent = 4,
		.corrupt_percent = 5,
		.corrupt_correlation_percent = 6,
		.reorder_percent = 7,
		.reorder_correlation_percent = 8,
		.reorder_gap = 9,
		.rate_bits = 100000000000,
		.packet_overhead_bytes = -4,
		.cell_bytes = 53,
		.cell_overhead_bytes = 5,
		.limit_packets = 4321,
		.slot = {.min_ns = 1000, .max_ns = 2000, .packets = 3, .bytes = 4},
		.seeded = true,
		.seed = 0x123456789abcdef,
	};
	const struct netns_impairment back = round_trip(&given, netem_put, netem_parse);

	assert_int_equal(back.delay_ns, given.delay_ns);
	assert_int_equal(back.jitter_ns, given.jitter_ns);
	assert_true(about(back.delay_correlation_percent, 25));
	assert_int_equal(back.loss_model, NETNS_LOSS_GILBERT);
	assert_true(about(back.loss_gilbert.to_good_percent, 10));
	assert_true(about(back.loss_gilbert.loss_in_bad_percent, 90));
	assert_true(about(back.loss_gilbert.loss_in_good_percent, 2));
	assert_true(about(back.duplicate_percent, 3));
	assert_true(about(back.duplicate_correlation_percent, 4));
	assert_true(about(back.corrupt_percent, 5));
	assert_true(about(back.corrupt_correlation_percent, 6));
	assert_true(about(back.reorder_percent, 7));
	assert_true(about(back.reorder_correlation_percent, 8));
	assert_int_equal(back.reorder_gap, 9);
	assert_int_equal(back.rate_bits, given.rate_bits);
	assert_int_equal(back.packet_overhead_bytes, -4);
	assert_int_equal(back.cell_bytes, 53);
	assert_int_equal(back.limit_packets, 4321);
	assert_memory_equal(&back.slot, &given.slot, sizeof(back.slot));
	assert_int_equal(back.seed, given.seed);
}

TEST(a_rate_above_32_bits_comes_back)
{
	const struct netns_impairment given = {.rate_bits = 40000000000, .queue_bytes = 1000000};
	const struct netns_impairment back = round_trip(&given, tbf_put, tbf_parse);

	assert_int_equal(back.rate_bits, given.rate_bits);
	assert_int_equal(back.queue_bytes, given.queue_bytes);
}

TEST(who_does_what_follows_from_what_is_asked)
{
	static const struct {
		struct netns_impairment impairment;
		bool netem, tbf;
	} cases[] = {
		{{.loss_percent = 5}, false, false},
		{{.delay_ns = 5}, true, false},
		{{.rate_bits = 1000}, false, true},
		{{.rate_bits = 1000, .delay_ns = 5}, true, false},
		{{.rate_bits = 1000, .delay_ns = 5, .burst_bytes = 5}, true, true},
		{{.rate_bits = 1000, .packet_overhead_bytes = 5}, true, false},
		{{.loss_percent = 5, .loss_correlation_percent = 5}, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(netem_is_needed(&cases[i].impairment), cases[i].netem);
		assert_int_equal(tbf_is_needed(&cases[i].impairment), cases[i].tbf);
	}
}

TEST(distributions_have_the_mean_and_deviation_that_they_should)
{
	static const struct {
		enum netns_distribution distribution;
		double deviation, least, most;
	} cases[] = {
		{NETNS_DISTRIBUTION_NORMAL, 1, -3.9, 3.9},
		/* cut at four deviations, beyond which nearly half of its variance lies */
		{NETNS_DISTRIBUTION_PARETO, 0.74, -0.6, 4},
		{NETNS_DISTRIBUTION_PARETONORMAL, 0.78, -1.4, 4},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int16_t table[DISTRIBUTION_SIZE];
		double sum = 0, squares = 0;

		distribution_fill(cases[i].distribution, table);
		for (size_t n = 0; n < DISTRIBUTION_SIZE; n++) {
			sum += table[n] / 8192.0;
			squares += table[n] / 8192.0 * table[n] / 8192.0;
			assert_true(n == 0 || table[n] >= table[n - 1]);
		}
		sum /= DISTRIBUTION_SIZE;
		squares /= DISTRIBUTION_SIZE;
		assert_true(sum > -0.05 && sum < 0.05);
		assert_true(squares > cases[i].deviation * cases[i].deviation * 0.9 &&
			    squares < cases[i].deviation * cases[i].deviation * 1.1);
		assert_true(table[0] / 8192.0 < cases[i].least + 0.5);
		assert_true(table[DISTRIBUTION_SIZE - 1] / 8192.0 > cases[i].most - 0.6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_netem_is_told_comes_back),
		cmocka_unit_test(a_rate_above_32_bits_comes_back),
		cmocka_unit_test(who_does_what_follows_from_what_is_asked),
		cmocka_unit_test(distributions_have_the_mean_and_deviation_that_they_should),
	};

	return cmocka_run_group_tests_name("netns/queue", tests, NULL, NULL);
}
