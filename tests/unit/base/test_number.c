/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>

#include "base/number.h"
#include "tests/support/test.h"

TEST(numbers_are_whole_strings_of_decimal_digits)
{
	struct ncrun_error err = {0};
	uint64_t value = 0;

	assert_ok(number_parse_u64("port", "65535", 1, 65535, &value, &err));
	assert_int_equal(value, 65535);
	assert_ok(number_parse_u64("n", "18446744073709551615", 0, UINT64_MAX, &value, &err));
	assert_true(value == UINT64_MAX);
	assert_ok(number_parse_u64("n", "010", 0, 99, &value, &err));
	assert_int_equal(value, 10);
}

TEST(other_numbers_are_refused_with_the_range)
{
	static const char *const bad[] = {
		"",    "70000", "0", "-1", "+1", " 1", "1 ", "1x", "0x10", "18446744073709551616",
		"1.0",
	};
	struct ncrun_error err = {0};
	uint64_t value = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(number_parse_u64("port", bad[i], 1, 65535, &value, &err), EINVAL);
	assert_int_equal(value, 7);

	assert_fails(number_parse_u64("port", "70000", 1, 65535, &value, &err), EINVAL);
	assert_string_equal(err.message, "port '70000': not a number from 1 to 65535");
}

TEST(signed_numbers_reach_both_ends)
{
	struct ncrun_error err = {0};
	int64_t value = 0;

	assert_ok(
		number_parse_i64("n", "-9223372036854775808", INT64_MIN, INT64_MAX, &value, &err));
	assert_true(value == INT64_MIN);
	assert_ok(number_parse_i64("n", "9223372036854775807", INT64_MIN, INT64_MAX, &value, &err));
	assert_true(value == INT64_MAX);
	assert_ok(number_parse_i64("n", "-0", -1, 1, &value, &err));
	assert_int_equal(value, 0);
}

TEST(other_signed_numbers_are_refused_with_the_range)
{
	static const char *const bad[] = {"",    "-",     "--1",
					  "+1",  "-1001", "1001",
					  "1e3", "0-",    "9223372036854775808"};
	struct ncrun_error err = {0};
	int64_t value = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(number_parse_i64("oom score", bad[i], -1000, 1000, &value, &err),
			     EINVAL);
	assert_int_equal(value, 7);
	assert_fails(number_parse_i64("oom score", "-1001", -1000, 1000, &value, &err), EINVAL);
	assert_string_equal(err.message, "oom score '-1001': not a number from -1000 to 1000");
}

TEST(sizes_are_powers_of_1024)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{"4096", 4096},
		{"0", 0},
		{"1K", 1024},
		{"64M", 64ull << 20},
		{"64m", 64ull << 20},
		{"1.5G", 3ull << 29},
		{"2T", 2ull << 40},
		{"0.5K", 512},
		{"18446744073709551615", UINT64_MAX},
		{"0.333333K", 341},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t bytes = 1;

		assert_ok(size_parse("memory", rows[i].text, &bytes, &err));
		assert_true(bytes == rows[i].bytes);
	}
}

TEST(other_sizes_are_refused_with_an_example)
{
	static const char *const bad[] = {
		"",
		"M",
		"64Q",
		"-1M",
		"1.M",
		".5M",
		"1.5",
		"64 M",
		"64MB",
		"16777216T",
		"1.1234567G",
		"0x10",
		"18446744073709551616",
		"17179869184G",
	};
	struct ncrun_error err = {0};
	uint64_t bytes = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(size_parse("memory", bad[i], &bytes, &err), EINVAL);
	assert_int_equal(bytes, 7);
	assert_fails(size_parse("memory", "64Q", &bytes, &err), EINVAL);
	assert_string_equal(err.message, "memory '64Q': not a size (try 64M)");
	assert_fails(size_parse("memory", "17179869184G", &bytes, &err), EINVAL);
	assert_string_equal(err.message, "memory '17179869184G': too large (try 64M)");
}

TEST(durations_have_units_and_default_to_seconds)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} rows[] = {
		{"10s", 10000},    {"500ms", 500},
		{"2m", 120000},    {"1h", 3600000},
		{"1.5s", 1500},    {"3", 3000},
		{"0.25", 250},     {"0", 0},
		{"2d", 172800000}, {"9223372036854775.807", INT64_MAX},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ms = 1;

		assert_ok(duration_parse("timeout", rows[i].text, &ms, &err));
		assert_true(ms == rows[i].ms);
	}
}

TEST(other_durations_are_refused_with_an_example)
{
	static const char *const bad[] = {
		"",
		"s",
		"-1s",
		"1w",
		"10 s",
		"0.5ms",
		"1.0001s",
		"12345678.0001s",
		"18446744073709551615",
		"1m30s",
	};
	struct ncrun_error err = {0};
	uint64_t ms = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(duration_parse("timeout", bad[i], &ms, &err), EINVAL);
	assert_int_equal(ms, 7);
	assert_fails(duration_parse("timeout", "1w", &ms, &err), EINVAL);
	assert_string_equal(err.message, "timeout '1w': not a duration (try 10s or 500ms)");
}

TEST(durations_that_are_too_long_are_told_the_longest)
{
	static const char *const bad[] = {
		"18446744073709551615", "9223372036854775.808s", "99999999999999999999ms",
		"2562047788016h",       "106751991168d",
	};
	struct ncrun_error err = {0};
	char message[128];
	uint64_t ms = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_fails(duration_parse("timeout", bad[i], &ms, &err), EINVAL);
		snprintf(message, sizeof(message),
			 "timeout '%s': too large (at most 2562047788015h)", bad[i]);
		assert_string_equal(err.message, message);
	}
	assert_fails(duration_parse_to("offset", "3d", 3600000 * 71, &ms, &err), EINVAL);
	assert_string_equal(err.message, "offset '3d': too large (at most 71h)");
	assert_int_equal(ms, 7);
	assert_ok(duration_parse_to("offset", "71h", 3600000 * 71, &ms, &err));
	assert_int_equal(ms, 3600000 * 71);
}

TEST(modes_are_octal)
{
	static const char *const bad[] = {"", "8", "0o755", "10000", "-1", "rwx", "755 "};
	struct ncrun_error err = {0};
	uint32_t mode = 0;

	assert_ok(mode_parse("mode", "0755", 07777, &mode, &err));
	assert_int_equal(mode, 0755);
	assert_ok(mode_parse("mode", "1777", 07777, &mode, &err));
	assert_int_equal(mode, 01777);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(mode_parse("mode", bad[i], 07777, &mode, &err), EINVAL);
	assert_int_equal(mode, 01777);
	assert_fails(mode_parse("umask", "1000", 0777, &mode, &err), EINVAL);
	assert_string_equal(err.message, "umask '1000': not an octal number up to 0777");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_strings_of_decimal_digits),
		cmocka_unit_test(other_numbers_are_refused_with_the_range),
		cmocka_unit_test(signed_numbers_reach_both_ends),
		cmocka_unit_test(other_signed_numbers_are_refused_with_the_range),
		cmocka_unit_test(sizes_are_powers_of_1024),
		cmocka_unit_test(other_sizes_are_refused_with_an_example),
		cmocka_unit_test(durations_have_units_and_default_to_seconds),
		cmocka_unit_test(other_durations_are_refused_with_an_example),
		cmocka_unit_test(durations_that_are_too_long_are_told_the_longest),
		cmocka_unit_test(modes_are_octal),
	};

	return cmocka_run_group_tests_name("base/number", tests, NULL, NULL);
}
