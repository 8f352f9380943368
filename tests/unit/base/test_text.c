/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/text.h"
#include "tests/support/test.h"

TEST(starts_empty_and_is_never_null)
{
	_cleanup_text_ struct text text = {0};
	_cleanup_free_ char *taken = NULL;

	assert_string_equal(text_string(&text), "");

	taken = text_take(&text);
	assert_string_equal(taken, "");
}

TEST(grows_as_pieces_are_appended)
{
	_cleanup_text_ struct text text = {0};

	text_append(&text, "ab");
	text_append_char(&text, 'c');
	text_append_bytes(&text, "def", 2);
	text_printf(&text, "%d-%s", 42, "x");

	assert_false(text_failed(&text));
	assert_string_equal(text_string(&text), "abcde42-x");
	assert_int_equal(text.length, 9);
}

TEST(holds_long_text)
{
	_cleanup_text_ struct text text = {0};

	for (int i = 0; i < 10000; i++)
		text_printf(&text, "%04d", i);

	assert_int_equal(text.length, 40000);
	assert_memory_equal(text_string(&text) + 39996, "9999", 5);
}

TEST(take_leaves_the_text_empty)
{
	_cleanup_text_ struct text text = {0};
	_cleanup_free_ char *taken = NULL;

	text_append(&text, "once");
	taken = text_take(&text);

	assert_string_equal(taken, "once");
	assert_string_equal(text_string(&text), "");
	assert_int_equal(text.length, 0);
}

TEST(failure_is_sticky_until_taken)
{
	_cleanup_text_ struct text text = {0};

	text_append(&text, "x");
	text_append_bytes(&text, "", SIZE_MAX - 1);
	text_append(&text, "y");

	assert_true(text_failed(&text));
	assert_string_equal(text_string(&text), "x");
	assert_null(text_take(&text));
	assert_false(text_failed(&text));
}

TEST(utf8_is_told_from_what_only_looks_like_it)
{
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {
		{"", 0},
		{"a", 1},
		{"\x7f", 1},
		{"\xc3\xa9", 2},
		{"\xe2\x82\xac", 3},
		{"\xf0\x9f\x98\x80", 4},
		{"\x80", 0},             /* a continuation alone */
		{"\xc3", 0},             /* cut off */
		{"\xc0\xaf", 0},         /* overlong '/' */
		{"\xe0\x80\xaf", 0},     /* overlong */
		{"\xed\xa0\x80", 0},     /* surrogate */
		{"\xf4\x90\x80\x80", 0}, /* beyond U+10FFFF */
		{"\xff", 0},
		{"\xe2\x82(", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_utf8_length(rows[i].bytes, strlen(rows[i].bytes)),
				 rows[i].length);
	assert_int_equal(text_utf8_length("\0", 1), 1);
}

TEST(escaping_keeps_text_and_disarms_terminals)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{"plain text", "plain text"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"\x1b[2J", "\\x1b[2J"},
		{"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
		{"\xc2\x9b"
		 "2J",
		 "\\xc2\\x9b2J"}, /* CSI as one C1 control */
		{"\xff\xc3", "\\xff\\xc3"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_text_ struct text text = {0};

		text_append_escaped(&text, rows[i].in, strlen(rows[i].in));
		assert_string_equal(text_string(&text), rows[i].out);
	}
}

TEST(escaping_shows_nul_bytes)
{
	_cleanup_text_ struct text text = {0};

	text_append_escaped(&text, "a\0b", 3);
	assert_string_equal(text_string(&text), "a\\x00b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty_and_is_never_null),
		cmocka_unit_test(grows_as_pieces_are_appended),
		cmocka_unit_test(holds_long_text),
		cmocka_unit_test(take_leaves_the_text_empty),
		cmocka_unit_test(failure_is_sticky_until_taken),
		cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
		cmocka_unit_test(escaping_keeps_text_and_disarms_terminals),
		cmocka_unit_test(escaping_shows_nul_bytes),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
