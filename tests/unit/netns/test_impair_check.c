/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <math.h>

#include "netns/netns.h"
#include "tests/support/test.h"

static struct ncrun_error err;

TEST(what_makes_sense_together_is_accepted)
{
	static const struct netns_impairment good[] = {
		{.delay_ns = 0},
		{.delay_ns = 20000000, .jitter_ns = 5000000, .loss_percent = 0.1},
		{.rate_bits = 10000000, .burst_bytes = 32000, .peak_bits = 20000000},
		{.delay_ns = 1, .reorder_percent = 25, .reorder_gap = 5},
		{.loss_model = NETNS_LOSS_GILBERT, .loss_gilbert = {1, 10, 100, 0}},
		{.loss_percent = 100, .duplicate_percent = 100, .corrupt_percent = 100},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_ok(netns_impairment_check(&good[i], &err));
}

TEST(what_does_not_is_refused_with_the_reason)
{
	static const struct {
		struct netns_impairment impairment;
		const char *message;
	} cases[] = {
		{{.loss_percent = 101}, "loss of 101 %: not 0 to 100"},
		{{.corrupt_percent = -1}, "corruption of -1 %: not 0 to 100"},
		{{.duplicate_percent = NAN}, "duplication of nan %: not 0 to 100"},
		{{.reorder_percent = 5},
		 "reordering needs a delay, which some packets do not have"},
		{{.reorder_gap = 5}, "a gap needs reordering"},
		{{.delay_ns = 1, .distribution = NETNS_DISTRIBUTION_PARETO},
		 "the distribution of a delay needs jitter"},
		{{.delay_ns = 1, .delay_correlation_percent = 5},
		 "the correlation of a delay needs jitter"},
		{{.loss_model = NETNS_LOSS_GILBERT, .loss_percent = 5},
		 "loss is either random or by a model"},
		{{.burst_bytes = 1000}, "bursts, peaks, queues and overheads need a rate"},
		{{.rate_bits = 4}, "a rate is at least 8 bits a second"},
		{{.rate_bits = 100, .burst_bytes = 1, .peak_bits = 50},
		 "a peak is higher than the rate"},
		{{.rate_bits = 100, .peak_bits = 500}, "a peak needs bursts"},
		{{.delay_ns = 1, .ecn = true}, "marking instead of losing needs a loss"},
		{{.slot = {.min_ns = 5, .max_ns = 4}},
		 "the shortest slot is longer than the longest"},
		{{.delay_ns = 2000000000000}, "a delay is at most 1000 s"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_fails(netns_impairment_check(&cases[i].impairment, &err), EINVAL);
		assert_string_equal(err.message, cases[i].message);
	}
}

TEST(only_a_perfect_link_is_none)
{
	assert_true(netns_impairment_is_none(&(struct netns_impairment){.seed = 5}));
	assert_false(netns_impairment_is_none(&(struct netns_impairment){.rate_bits = 8}));
	assert_false(netns_impairment_is_none(&(struct netns_impairment){.delay_ns = 1}));
	assert_false(netns_impairment_is_none(&(struct netns_impairment){.loss_percent = 0.1}));
	assert_false(netns_impairment_is_none(
		&(struct netns_impairment){.loss_model = NETNS_LOSS_STATE}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_makes_sense_together_is_accepted),
		cmocka_unit_test(what_does_not_is_refused_with_the_reason),
		cmocka_unit_test(only_a_perfect_link_is_none),
	};

	return cmocka_run_group_tests_name("netns/impair_check", tests, NULL, NULL);
}
