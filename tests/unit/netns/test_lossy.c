/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "netns/lossy.h"
#include "tests/support/test.h"

#define DRAWS 100000

TEST(draws_are_spread_evenly_and_differ_by_all_that_they_depend_on)
{
	unsigned int lost = 0, both = 0;

	for (uint64_t i = 0; i < DRAWS; i++) {
		bool loss = lossy_draw(1, 2, i, LOSSY_LOSS) >> 32 < (1ull << 32) / 10;
		bool duplicate = lossy_draw(1, 2, i, LOSSY_DUPLICATE) >> 32 < (1ull << 32) / 10;

		lost += loss;
		both += loss && duplicate;
	}
	assert_in_range(lost, DRAWS * 9 / 100, DRAWS * 11 / 100);
	assert_in_range(both, DRAWS * 8 / 1000, DRAWS * 12 / 1000);
	assert_true(lossy_draw(1, 2, 3, LOSSY_LOSS) != lossy_draw(2, 2, 3, LOSSY_LOSS));
	assert_true(lossy_draw(1, 2, 3, LOSSY_LOSS) != lossy_draw(1, 3, 3, LOSSY_LOSS));
	assert_true(lossy_draw(1, 2, 3, LOSSY_LOSS) != lossy_draw(1, 2, 4, LOSSY_LOSS));
}

TEST(an_impairment_and_its_program_say_the_same)
{
	const struct netns_impairment given = {
		.loss_model = NETNS_LOSS_GILBERT,
		.loss_gilbert = {1, 20, 75, 0.5},
		.duplicate_percent = 100,
		.corrupt_percent = 0.001,
		.control = true,
		.seed = 99,
	};
	struct netns_impairment back = {.delay_ns = 0};
	struct lossy_config config;

	lossy_from_impairment(&given, &config);
	lossy_to_impairment(&config, &back);

	assert_true(config.duplicate == 1ull << 32); /* always: all draws are below */
	assert_int_equal(back.loss_model, NETNS_LOSS_GILBERT);
	assert_true(back.loss_gilbert.loss_in_bad_percent == 75);
	assert_true(back.corrupt_percent == 0.001);
	assert_true(back.control);
	assert_int_equal(back.seed, 99);
}

TEST(percentages_come_back_as_they_were_written)
{
	static const double written[] = {0, 0.000001, 0.1, 1, 12.345, 30, 33.3, 99.9999, 100};

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		const struct netns_impairment given = {.loss_percent = written[i]};
		struct netns_impairment back = {.delay_ns = 0};
		struct lossy_config config;

		lossy_from_impairment(&given, &config);
		lossy_to_impairment(&config, &back);
		if (back.loss_percent != written[i])
			fail_msg("%.17g, not %.17g", back.loss_percent, written[i]);
	}
}

TEST(a_program_fits_and_all_its_jumps_are_inside)
{
	static struct bpf_code code;

	assert_true(lossy_program(&code, 1, 2, 3));
	for (size_t i = 0; i < code.count; i++) {
		if (code.jump_label[i] < 0)
			continue;
		assert_true(code.insns[i].off >= 0); /* no loops */
		assert_true(i + 1 + (size_t)code.insns[i].off < code.count);
	}
}

TEST(code_that_does_not_fit_or_jumps_nowhere_is_refused)
{
	static struct bpf_code code;

	bpf_code_begin(&code);
	for (int i = 0; i <= BPF_CODE_MAX; i++)
		bpf_exit(&code);
	assert_false(bpf_code_end(&code));

	bpf_code_begin(&code);
	bpf_jump(&code, 3);
	assert_false(bpf_code_end(&code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_are_spread_evenly_and_differ_by_all_that_they_depend_on),
		cmocka_unit_test(an_impairment_and_its_program_say_the_same),
		cmocka_unit_test(percentages_come_back_as_they_were_written),
		cmocka_unit_test(a_program_fits_and_all_its_jumps_are_inside),
		cmocka_unit_test(code_that_does_not_fit_or_jumps_nowhere_is_refused),
	};

	return cmocka_run_group_tests_name("netns/lossy", tests, NULL, NULL);
}
