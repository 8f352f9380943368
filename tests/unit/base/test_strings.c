/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/text.h"
#include "tests/support/test.h"

TEST(a_list_is_counted_copied_and_searched)
{
	static const char *const list[] = {"a", "", "c", NULL};
	_cleanup_(strings_freep) char **copy = strings_copy(list);

	assert_int_equal(strings_count(list), 3);
	assert_int_equal(strings_count((const char *const *)copy), 3);
	assert_string_equal(copy[2], "c");
	assert_true(strings_contain(list, ""));
	assert_false(strings_contain(list, "b"));
}

TEST(no_list_is_an_empty_list)
{
	_cleanup_(strings_freep) char **copy = strings_copy(NULL);

	assert_int_equal(strings_count(NULL), 0);
	assert_false(strings_contain(NULL, "a"));
	assert_non_null(copy);
	assert_null(copy[0]);
	assert_null(strings_free(NULL));
}

TEST(append_makes_and_extends_a_list)
{
	_cleanup_(strings_freep) char **list = NULL;

	assert_int_equal(strings_append(&list, "one"), 0);
	assert_int_equal(strings_append(&list, "two"), 0);

	assert_string_equal(list[0], "one");
	assert_string_equal(list[1], "two");
	assert_null(list[2]);
}

TEST(who_counts_appends_without_looking_for_the_end)
{
	_cleanup_(strings_freep) char **list = NULL;
	size_t count = 0;

	assert_int_equal(strings_append_counted(&list, &count, "one"), 0);
	assert_int_equal(strings_append_counted(&list, &count, "two"), 0);

	assert_int_equal(count, 2);
	assert_string_equal(list[0], "one");
	assert_string_equal(list[1], "two");
	assert_null(list[2]);
}

TEST(words_are_split_as_a_shell_splits_them)
{
	static const struct {
		const char *text;
		const char *words[5];
	} rows[] = {
		{"", {NULL}},
		{" \t\n ", {NULL}},
		{"a", {"a"}},
		{"  redis-server --bind  0.0.0.0 ", {"redis-server", "--bind", "0.0.0.0"}},
		{"'a b' \"c d\"", {"a b", "c d"}},
		{"a'b c'd", {"ab cd"}},
		{"'' \"\"", {"", ""}},
		{"a\\ b \\'", {"a b", "'"}},
		{"'\\n'", {"\\n"}},
		{"\"\\n\\\"\\\\\\$\"", {"\\n\"\\$"}},
		{"a\\\nb \\\n c", {"ab", "c"}},
		{"\"a\\\nb\"", {"ab"}},
		{"$HOME `x` *", {"$HOME", "`x`", "*"}},
		{"a;b|c #d", {"a;b|c", "#d"}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_(strings_freep) char **words = NULL;

		assert_int_equal(words_split(rows[i].text, &words), 0);
		assert_int_equal(strings_count((const char *const *)words),
				 strings_count(rows[i].words));
		for (size_t n = 0; words[n]; n++)
			assert_string_equal(words[n], rows[i].words[n]);
	}
}

TEST(an_open_quote_is_refused)
{
	static const char *const bad[] = {"'", "a 'b", "\"", "a\"b\\\"", "a\\", "\"\\"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char **words = NULL;

		assert_int_equal(words_split(bad[i], &words), -EINVAL);
		assert_null(words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_counted_copied_and_searched),
		cmocka_unit_test(no_list_is_an_empty_list),
		cmocka_unit_test(append_makes_and_extends_a_list),
		cmocka_unit_test(who_counts_appends_without_looking_for_the_end),
		cmocka_unit_test(words_are_split_as_a_shell_splits_them),
		cmocka_unit_test(an_open_quote_is_refused),
	};

	return cmocka_run_group_tests_name("base/strings", tests, NULL, NULL);
}
