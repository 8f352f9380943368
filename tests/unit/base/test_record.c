/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "base/record.h"
#include "tests/support/test.h"

TEST(what_is_written_is_read_back)
{
	static const char *const argv[] = {"sh", "-c", "echo a\nb\\n=\r", "", NULL};
	_cleanup_(record_freep) struct record *record = NULL;
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err = {0};
	const char *const *list;

	record_put(&text, "name", "a=b");
	record_put_u64(&text, "big", UINT64_MAX);
	record_put_i64(&text, "small", INT64_MIN);
	record_put_list(&text, "arg", argv);
	record_put_list(&text, "none", NULL);
	assert_ok(record_parse(text_string(&text), text.length, &record, &err));

	assert_string_equal(record_get(record, "name", NULL), "a=b");
	assert_true(record_get_u64(record, "big", 0) == UINT64_MAX);
	assert_true(record_get_i64(record, "small", 0) == INT64_MIN);
	list = record_get_list(record, "arg");
	assert_int_equal(strings_count(list), 4);
	for (size_t i = 0; argv[i]; i++)
		assert_string_equal(list[i], argv[i]);
}

TEST(what_is_missing_or_damaged_is_the_fallback)
{
	static const char text[] = "n=12x\nm=-1\n";
	_cleanup_(record_freep) struct record *record = NULL;
	struct ncrun_error err = {0};

	assert_ok(record_parse(text, sizeof(text) - 1, &record, &err));
	assert_string_equal(record_get(record, "no", "fallback"), "fallback");
	assert_int_equal(record_get_u64(record, "n", 5), 5);
	assert_int_equal(record_get_u64(record, "m", 5), 5);
	assert_int_equal(record_get_i64(record, "m", 5), -1);
	assert_int_equal(record_get_i64(record, "no", 5), 5);
	assert_null(record_get_list(record, "no")[0]);
}

TEST(the_last_value_wins_and_the_last_newline_may_be_missing)
{
	_cleanup_(record_freep) struct record *record = NULL;
	struct ncrun_error err = {0};

	assert_ok(record_parse("a=1\na=2", 7, &record, &err));
	assert_string_equal(record_get(record, "a", ""), "2");
	assert_int_equal(strings_count(record_get_list(record, "a")), 2);
}

TEST(an_empty_record_is_one)
{
	_cleanup_(record_freep) struct record *record = NULL;
	struct ncrun_error err = {0};

	assert_ok(record_parse("", 0, &record, &err));
	assert_null(record_get(record, "a", NULL));
}

TEST(damaged_records_are_refused)
{
	static const struct {
		const char *text;
		size_t length;
		const char *message;
	} rows[] = {
		{"a=1\nb\n", 6, "line 2 is not 'key=value'"},
		{"\n", 1, "line 1 is not 'key=value'"},
		{"=1\n", 3, "line 1 is not 'key=value'"},
		{"a=\\t\n", 5, "line 1: bad escape in the value of 'a'"},
		{"a=\\", 3, "line 1: bad escape in the value of 'a'"},
		{"a=\0b", 4, "a NUL byte where text should be"},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct record *record = NULL;

		assert_fails(record_parse(rows[i].text, rows[i].length, &record, &err), EBADMSG);
		assert_string_equal(err.message, rows[i].message);
		assert_null(record);
	}
}

TEST(the_number_of_lines_is_bounded)
{
	_cleanup_(record_freep) struct record *record = NULL;
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err = {0};

	for (int i = 0; i < 65536; i++)
		text_append(&text, "a=\n");
	assert_ok(record_parse(text_string(&text), text.length, &record, &err));

	text_append(&text, "a=\n");
	record = record_free(record);
	assert_fails(record_parse(text_string(&text), text.length, &record, &err), EBADMSG);
	assert_string_equal(err.message, "more than 65536 lines");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(what_is_missing_or_damaged_is_the_fallback),
		cmocka_unit_test(the_last_value_wins_and_the_last_newline_may_be_missing),
		cmocka_unit_test(an_empty_record_is_one),
		cmocka_unit_test(damaged_records_are_refused),
		cmocka_unit_test(the_number_of_lines_is_bounded),
	};

	return cmocka_run_group_tests_name("base/record", tests, NULL, NULL);
}
