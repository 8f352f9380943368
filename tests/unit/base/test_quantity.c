/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/number.h"
#include "tests/support/test.h"

TEST(times_are_read_and_printed_in_nanoseconds)
{
	static const struct {
		const char *text;
		uint64_t ns;
		const char *printed;
	} rows[] = {
		{"0", 0, "0ns"},
		{"5ns", 5, "5ns"},
		{"1.5us", 1500, "1500ns"},
		{"20ms", 20000000, "20ms"},
		{"0.25s", 250000000, "250ms"},
		{"120s", 120000000000, "2m"},
		{"1h", 3600000000000, "1h"},
	};
	struct ncrun_error err = {0};
	char buffer[QUANTITY_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t ns = 1;

		assert_ok(nanoseconds_parse("delay", rows[i].text, &ns, &err));
		assert_true(ns == rows[i].ns);
		assert_string_equal(nanoseconds_print(ns, buffer), rows[i].printed);
		assert_ok(nanoseconds_parse("delay", buffer, &ns, &err));
		assert_true(ns == rows[i].ns);
	}
}

TEST(times_without_a_unit_are_refused)
{
	static const char *const bad[] = {"", "20", "ms", "-1ms", "0.5ns", "1d", "20 ms"};
	struct ncrun_error err = {0};
	uint64_t ns = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(nanoseconds_parse("delay", bad[i], &ns, &err), EINVAL);
	assert_int_equal(ns, 7);
	assert_fails(nanoseconds_parse("delay", "20", &ns, &err), EINVAL);
	assert_string_equal(err.message, "delay '20': not a time (try 20ms)");
}

TEST(rates_are_powers_of_1000)
{
	static const struct {
		const char *text;
		uint64_t bits;
		const char *printed;
	} rows[] = {
		{"800bit", 800, "800bit"},           {"10mbit", 10000000, "10mbit"},
		{"1.5Gbit", 1500000000, "1500mbit"}, {"64Kbit", 64000, "64kbit"},
		{"1Tbit", 1000000000000, "1tbit"},
	};
	static const char *const bad[] = {"10", "10M", "10mbps", "-1bit"};
	struct ncrun_error err = {0};
	char buffer[QUANTITY_TEXT_MAX];
	uint64_t bits = 7;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ok(rate_parse("rate", rows[i].text, &bits, &err));
		assert_true(bits == rows[i].bits);
		assert_string_equal(rate_print(bits, buffer), rows[i].printed);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(rate_parse("rate", bad[i], &bits, &err), EINVAL);
	assert_fails(rate_parse("rate", "10M", &bits, &err), EINVAL);
	assert_string_equal(err.message, "rate '10M': not a rate (try 10mbit)");
}

TEST(sizes_are_printed_in_the_largest_unit_that_fits)
{
	char buffer[QUANTITY_TEXT_MAX];

	assert_string_equal(size_print(0, buffer), "0");
	assert_string_equal(size_print(1500, buffer), "1500");
	assert_string_equal(size_print(64 << 20, buffer), "64M");
	assert_string_equal(size_print(UINT64_C(1) << 40, buffer), "1T");
}

TEST(percentages_are_read_back_as_they_were)
{
	static const struct {
		const char *text;
		double percent;
		const char *printed;
	} rows[] = {
		{"0", 0, "0%"},
		{"0.1%", 0.1, "0.1%"},
		{"100%", 100, "100%"},
		{"33.30", 33.3, "33.3%"},
		{"0.000000001", 1e-9, "0.000000001%"},
	};
	struct ncrun_error err = {0};
	char buffer[QUANTITY_TEXT_MAX];
	double percent = 7, again = 7;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ok(percent_parse("loss", rows[i].text, &percent, &err));
		assert_true(percent == rows[i].percent);
		assert_string_equal(percent_print(percent, buffer), rows[i].printed);
	}
	for (uint64_t i = 0; i < 100000; i += 7) {
		percent = (double)i / 1000;
		assert_ok(percent_parse("loss", percent_print(percent, buffer), &again, &err));
		assert_true(percent == again);
	}
}

TEST(other_percentages_are_refused)
{
	static const char *const bad[] = {"",    "%",   "101",   "100.1%",
					  "-1%", "1e1", "0.1%%", "0.0000000001"};
	struct ncrun_error err = {0};
	double percent = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(percent_parse("loss", bad[i], &percent, &err), EINVAL);
	assert_true(percent == 7);
	assert_fails(percent_parse("loss", "101", &percent, &err), EINVAL);
	assert_string_equal(err.message, "loss '101': not a percentage from 0 to 100 (try 0.1%)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_and_printed_in_nanoseconds),
		cmocka_unit_test(times_without_a_unit_are_refused),
		cmocka_unit_test(rates_are_powers_of_1000),
		cmocka_unit_test(sizes_are_printed_in_the_largest_unit_that_fits),
		cmocka_unit_test(percentages_are_read_back_as_they_were),
		cmocka_unit_test(other_percentages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
