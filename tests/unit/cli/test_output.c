/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>

#include "cli/output.h"
#include "tests/support/test.h"

#define SECOND 1000000000ll

TEST(aligns_columns_by_what_a_terminal_shows)
{
	_cleanup_table_ struct table table = {.headings = {"NAME", "PID", "LAST"},
					      .right = 1u << 1};
	_cleanup_text_ struct text out = {0};

	table_add(&table, "z\xc3\xbcrich");
	table_addf(&table, "%d", 7);
	table_add(&table, "a b");
	table_add(&table, "x");
	table_add(&table, "12345");
	table_add(&table, "");
	table_print(&table, &out);

	assert_string_equal(text_string(&out), "NAME      PID  LAST\n"
					       "z\xc3\xbcrich      7  a b\n"
					       "x       12345\n");
}

TEST(escapes_cells)
{
	_cleanup_table_ struct table table = {.headings = {"A"}};
	_cleanup_text_ struct text out = {0};

	table_add(&table, "\033[2J\n\xff");
	table_print(&table, &out);

	assert_string_equal(text_string(&out), "A\n\\x1b[2J\\x0a\\xff\n");
}

TEST(prints_sizes)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{0, "0 B"},           {1023, "1023 B"},     {1024, "1.0 KiB"},
		{7969178, "7.6 MiB"}, {1048575, "1.0 MiB"}, {UINT64_MAX, "16777216.0 TiB"},
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_text_ struct text out = {0};

		print_size(&out, sizes[i].bytes);
		assert_string_equal(text_string(&out), sizes[i].text);
	}
}

TEST(counts_one_thing_without_an_s)
{
	_cleanup_text_ struct text out = {0};

	print_count(&out, 0, "node");
	text_append(&out, ", ");
	print_count(&out, 1, "node");
	text_append(&out, ", ");
	print_count(&out, 2, "node");

	assert_string_equal(text_string(&out), "0 nodes, 1 node, 2 nodes");
}

TEST(prints_durations)
{
	static const struct {
		int64_t ns;
		const char *text;
	} durations[] = {
		{-1, "0s"},
		{0, "0.0s"},
		{SECOND / 3, "0.3s"},
		{10 * SECOND, "10s"},
		{200 * SECOND, "3m 20s"},
		{7500 * SECOND, "2h 5m"},
		{349200 * SECOND, "4d 1h"},
	};

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		_cleanup_text_ struct text out = {0};

		print_duration(&out, durations[i].ns);
		assert_string_equal(text_string(&out), durations[i].text);
	}
}

TEST(prints_times_in_the_machines_zone)
{
	_cleanup_text_ struct text out = {0};

	setenv("TZ", "UTC", 1);
	print_time(&out, 1732396110 * SECOND);
	text_append_char(&out, ' ');
	print_time(&out, 0);

	assert_string_equal(text_string(&out), "2024-11-23 21:08:30 -");
}

TEST(quotes_words_as_a_shell_would_take_them)
{
	_cleanup_text_ struct text out = {0};

	print_words(&out, (const char *[]){"sh", "-c", "echo it's", "", "a=b", NULL});

	assert_string_equal(text_string(&out), "sh -c 'echo it'\\''s' '' a=b");
}

TEST(colours_only_when_wanted)
{
	_cleanup_text_ struct text plain = {0}, coloured = {0};

	print_coloured(&plain, false, COLOUR_RED, "no");
	print_coloured(&coloured, true, COLOUR_RED, "no");

	assert_string_equal(text_string(&plain), "no");
	assert_string_equal(text_string(&coloured), "\033[31mno\033[0m");
}

TEST(wants_no_colour_where_there_is_no_terminal)
{
	assert_false(colour_wanted(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligns_columns_by_what_a_terminal_shows),
		cmocka_unit_test(escapes_cells),
		cmocka_unit_test(prints_sizes),
		cmocka_unit_test(counts_one_thing_without_an_s),
		cmocka_unit_test(prints_durations),
		cmocka_unit_test(prints_times_in_the_machines_zone),
		cmocka_unit_test(quotes_words_as_a_shell_would_take_them),
		cmocka_unit_test(colours_only_when_wanted),
		cmocka_unit_test(wants_no_colour_where_there_is_no_terminal),
	};

	return cmocka_run_group_tests_name("cli/output", tests, NULL, NULL);
}
