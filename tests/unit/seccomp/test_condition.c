/* SPDX-License-Identifier: Apache-2.0 */

#include "seccomp/condition.h"
#include "tests/support/test.h"

#define HIGH (UINT64_C(1) << 32)

static struct condition condition(enum comparison comparison, uint64_t value, uint64_t value_two)
{
	return (struct condition){0, comparison, UINT64_MAX, value, value_two};
}

TEST(each_operator_compares_as_its_name_says)
{
	static const struct {
		enum comparison comparison;
		int below, same, above;
	} cases[] = {
		{COMPARE_NE, 1, 0, 1}, {COMPARE_LT, 1, 0, 0}, {COMPARE_LE, 1, 1, 0},
		{COMPARE_EQ, 0, 1, 0}, {COMPARE_GE, 0, 1, 1}, {COMPARE_GT, 0, 0, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct condition c = condition(cases[i].comparison, HIGH, 0);

		assert_int_equal(condition_matches(&c, HIGH - 1), cases[i].below);
		assert_int_equal(condition_matches(&c, HIGH), cases[i].same);
		assert_int_equal(condition_matches(&c, HIGH + 1), cases[i].above);
	}
}

TEST(a_mask_chooses_the_bits_to_compare)
{
	struct condition c = condition(COMPARE_MASKED_EQ, 0xf0, 0x20);

	assert_true(condition_matches(&c, 0x2f));
	assert_true(condition_matches(&c, 0x120));
	assert_false(condition_matches(&c, 0x30));
}

/* CVE-2019-10063: a filter that looks at bits which the kernel does not. */
TEST(an_int_of_the_kernels_is_compared_by_its_32_bits)
{
	struct condition equal = condition(COMPARE_EQ, 40, 0);
	struct condition greater = condition(COMPARE_GT, 40, 0);
	struct condition other = condition(COMPARE_NE, 40, 0);

	condition_narrow(&equal, "socket");
	condition_narrow(&greater, "socket");
	condition_narrow(&other, "socket");

	assert_true(condition_matches(&equal, 40 | HIGH));
	assert_false(condition_matches(&greater, 1 | HIGH));
	assert_false(condition_matches(&other, 40 | HIGH));
}

TEST(a_mode_of_the_kernels_is_compared_by_its_16_bits)
{
	struct condition c = {1, COMPARE_MASKED_EQ, UINT64_MAX, 04000, 04000};
	struct condition equal = {1, COMPARE_EQ, UINT64_MAX, 04755, 0};

	condition_narrow(&c, "chmod");
	condition_narrow(&equal, "chmod");

	assert_true(condition_matches(&c, 04755));
	assert_true(condition_matches(&equal, 0xabc0000 | 04755));
}

TEST(a_negative_number_is_an_int_too)
{
	struct condition c = condition(COMPARE_EQ, UINT64_MAX, 0);

	condition_narrow(&c, "personality");

	assert_true(condition_matches(&c, 0xffffffff));
	assert_true(condition_matches(&c, UINT64_MAX));
}

TEST(a_pointer_is_compared_whole)
{
	struct condition c = {2, COMPARE_EQ, UINT64_MAX, 0, 0};

	condition_narrow(&c, "ioctl");

	assert_false(condition_matches(&c, HIGH));
}

TEST(a_limit_beyond_an_int_stays_what_its_author_wrote)
{
	struct condition c = condition(COMPARE_LT, HIGH, 0);

	condition_narrow(&c, "socket");

	assert_true(condition_matches(&c, HIGH - 1));
	assert_false(condition_matches(&c, HIGH));
}

TEST(a_condition_is_printed_with_the_bits_that_count)
{
	struct condition wide = {2, COMPARE_GE, UINT64_MAX, 16, 0};
	struct condition masked = {1, COMPARE_MASKED_EQ, UINT64_MAX, 0xf0, 0x20};
	struct condition narrow = {0, COMPARE_EQ, UINT64_MAX, 2, 0};
	char text[CONDITION_TEXT_SIZE];

	condition_narrow(&narrow, "socket");

	condition_print(&wide, text);
	assert_string_equal(text, "arg2 >= 0x10");
	condition_print(&masked, text);
	assert_string_equal(text, "arg1 & 0xf0 == 0x20");
	condition_print(&narrow, text);
	assert_string_equal(text, "arg0 & 0xffffffff == 0x2");
}

TEST(operators_have_the_names_of_the_format)
{
	enum comparison comparison = COMPARE_NE;

	assert_true(comparison_parse("SCMP_CMP_MASKED_EQ", &comparison));
	assert_int_equal(comparison, COMPARE_MASKED_EQ);
	assert_string_equal(comparison_profile_name(COMPARE_LT), "SCMP_CMP_LT");
	assert_false(comparison_parse("SCMP_CMP_XX", &comparison));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operator_compares_as_its_name_says),
		cmocka_unit_test(a_mask_chooses_the_bits_to_compare),
		cmocka_unit_test(an_int_of_the_kernels_is_compared_by_its_32_bits),
		cmocka_unit_test(a_mode_of_the_kernels_is_compared_by_its_16_bits),
		cmocka_unit_test(a_negative_number_is_an_int_too),
		cmocka_unit_test(a_pointer_is_compared_whole),
		cmocka_unit_test(a_limit_beyond_an_int_stays_what_its_author_wrote),
		cmocka_unit_test(a_condition_is_printed_with_the_bits_that_count),
		cmocka_unit_test(operators_have_the_names_of_the_format),
	};

	return cmocka_run_group_tests_name("seccomp/condition", tests, NULL, NULL);
}
