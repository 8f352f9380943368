/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/document.h"
#include "base/text.h"
#include "tests/support/test.h"

static void refuse(const char *text, size_t length, enum document_format format,
		   const char *message)
{
	struct document *document = NULL;
	struct ncrun_error err = {0};

	assert_fails(document_parse("f", text, length, format, &document, &err), EINVAL);
	if (message)
		assert_string_equal(err.message, message);
	assert_true(text_starts_with(err.message, "f:"));
	assert_null(document);
}

TEST(json_is_strict)
{
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"[1,]",
		"{\"a\":1,}",
		"[1 2]",
		"{'a':1}",
		"{a:1}",
		"[01]",
		"[+1]",
		"[.5]",
		"[1.]",
		"[1e]",
		"[nul]",
		"[NaN]",
		"[Infinity]",
		"[-]",
		"# c\n[1]",
		"[1]#c",
		"[1] [2]",
		"[1]]",
		"[}",
		"{\"a\"}",
		"{\"a\":}",
		"{:1}",
		"[,]",
		"[1,,2]",
		"{1:2}",
		"[\"a\" \"b\"]",
		"[\"a\":1]",
		"&a [1]",
		"!!int [1]",
		"[*a]",
		"--- [1]",
		"[1]\n...",
		"%YAML 1.2\n--- 1",
		"- 1",
		"a: 1",
		"[\"\\x41\"]",
		"[\"\\a\"]",
		"[\"\\u12\"]",
		"[\"\\ud83d\"]",
		"[\"a\tb\"]",
		"[\"a\nb\"]",
		"[\"a",
		"[tRue]",
		"// c\n[1]",
		"[0x1f]",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i], strlen(bad[i]), DOCUMENT_JSON, NULL);
	refuse("[1,\n 2,]", 8, DOCUMENT_JSON,
	       "f:2:3: JSON disallows trailing comma before closing bracket");
}

TEST(bytes_that_are_no_text_are_refused_with_their_place)
{
	refuse("[\"a\",\n \"\xc3\"]", 10, DOCUMENT_JSON, "f:2:3: byte 0xc3 is not UTF-8");
	refuse("a: \xff", 4, DOCUMENT_YAML, "f:1:4: byte 0xff is not UTF-8");
	refuse("[1\0]", 4, DOCUMENT_JSON, "f:1:3: NUL byte");
	refuse("[\"a\\u0000b\"]", 12, DOCUMENT_JSON, "f:1:2: NUL in a string");
	refuse("a: \"\\0\"", 7, DOCUMENT_YAML, "f:1:4: NUL in a string");
}

TEST(a_key_given_twice_is_refused)
{
	refuse("{\"a\":1,\n\"b\":2,\"a\":3}", 20, DOCUMENT_JSON,
	       "f:2:7: key 'a' is in line 1 already");
	refuse("x:\n  a: 1\n  b: 2\n  a: 3\n", 24, DOCUMENT_YAML,
	       "f:4:3: key 'a' is in line 2 already");
	refuse("a: 1\n'a': 2\n", 12, DOCUMENT_YAML, "f:2:1: key 'a' is in line 1 already");
}

TEST(what_yaml_has_beyond_data_is_refused)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"a: &x 1\nb: *x\n", "f:1:7: anchors, aliases and tags are not supported"},
		{"a: *x\n", NULL},
		{"a: !!str 1\n", "f:1:10: anchors, aliases and tags are not supported"},
		{"!x {}\n", NULL},
		{"%YAML 1.2\n---\na: 1\n", "f:1:1: directives are not supported"},
		{"a: 1\n---\nb: 2\n", "f:2:1: a second document begins"},
		{"[a, b]: 1\n", "f:1:1: a key must be a string"},
		{"", "f:1:1: is empty"},
		{"# nothing\n", "f:1:1: is empty"},
		{"a: [1\nb: 2\n", NULL},
		{"a: b: c\n", NULL},
		{"a: \"x\n", NULL},
		{"\ta: 1\n", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refuse(rows[i].text, strlen(rows[i].text), DOCUMENT_YAML, rows[i].message);
}

/** @count times @piece; the caller frees. */
static char *repeated(const char *piece, size_t count)
{
	_cleanup_text_ struct text text = {0};

	for (size_t i = 0; i < count; i++)
		text_append(&text, piece);
	return text_take(&text);
}

TEST(depth_is_bounded_at_once_however_deep_it_goes)
{
	static const char *const pieces[] = {"[", "{\"a\":", "[[],", "- ", "? "};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		_cleanup_free_ char *text = repeated(pieces[i], (size_t)test_amount(200000, 20000));
		clock_t start = clock();

		refuse(text, strlen(text), i < 3 ? DOCUMENT_JSON : DOCUMENT_YAML, NULL);
		assert_true(clock() - start < 5 * CLOCKS_PER_SEC * test_time_factor());
	}
	refuse("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 65,
	       DOCUMENT_JSON, "f:1:65: nested more than 64 deep");
}

TEST(depth_is_bounded_wherever_brackets_stand)
{
	static const struct {
		const char *head, *piece;
	} deep[] = {
		{"a: ", "["},
		{"a:\n  - ", "{b: "},
		{"a: it's\nb: ", "["},
		{"a: \"[\\\"[\"\nb: ", "[\n "},
		{"# don't [\na: ", "[ # ]]]\n "},
	};

	for (size_t i = 0; i < sizeof(deep) / sizeof(deep[0]); i++) {
		_cleanup_free_ char *open = repeated(deep[i].piece, 100000);
		_cleanup_text_ struct text text = {0};
		clock_t start = clock();

		text_printf(&text, "%s%s", deep[i].head, open);
		refuse(text_string(&text), text.length, DOCUMENT_YAML, NULL);
		assert_true(clock() - start < CLOCKS_PER_SEC / 2 * test_time_factor());
	}
}

TEST(brackets_that_are_none_do_not_count)
{
	static const char *const texts[] = {
		"a: x[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
		"a: '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['\n",
		"a: [\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\", it's]\n",
		"a: 1 # [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_(document_freep) struct document *document = NULL;
		struct ncrun_error err = {0};

		assert_ok(document_parse("f", texts[i], strlen(texts[i]), DOCUMENT_YAML, &document,
					 &err));
	}
}

TEST(the_allowed_depth_is_allowed)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_free_ char *open = repeated("[", 64), *close = repeated("]", 64);
	struct ncrun_error err = {0};
	char text[129];

	memcpy(text, open, 64);
	memcpy(text + 64, close, 65);
	assert_ok(document_parse("f", text, 128, DOCUMENT_JSON, &document, &err));
}

TEST(size_and_number_of_elements_are_bounded)
{
	_cleanup_free_ char *large = repeated(" ", (16u << 20) + 1);
	_cleanup_free_ char *many = repeated("1,", 1000002);
	_cleanup_free_ char *lines = repeated("1,1,1,1,\n", 125001);
	_cleanup_free_ char *empty = repeated("\n", 1000000);
	_cleanup_free_ char *quoted = repeated("x", (1u << 20) + 1);
	struct document *document = NULL;
	struct ncrun_error err = {0};

	assert_fails(document_parse("f", large, strlen(large), DOCUMENT_JSON, &document, &err),
		     EFBIG);
	assert_string_equal(err.message, "f: larger than 16 MiB");
	many[0] = '[';
	many[1] = ' ';
	refuse(many, strlen(many), DOCUMENT_JSON,
	       "f:1:400002: more than 200000 elements in one line (break it)");
	lines[0] = '[';
	lines[1] = ' ';
	refuse(lines, strlen(lines), DOCUMENT_JSON, "f:125001:3: more than 500000 elements");
	refuse(empty, strlen(empty), DOCUMENT_JSON, "f:1000000:1: more than 1000000 lines");
	quoted[0] = '"';
	refuse(quoted, strlen(quoted), DOCUMENT_JSON, "f:1:1: a quoted text of more than 1 MiB");
}

TEST(a_kind_of_document_has_bounds_of_its_own)
{
	const struct document_kind small = {DOCUMENT_YAML, 1, 4, 0};
	const struct document_kind large = {DOCUMENT_YAML, 17, 5, 2};
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_(document_freep) struct document *quoted = NULL;
	_cleanup_free_ char *blanks = repeated(" ", (1u << 20) + 1);
	_cleanup_free_ char *text = repeated("x", 2u << 20);
	struct ncrun_error err = {0};

	assert_fails(document_parse_kind(&small, "f", "[1, 2, [3]]", 11, &document, &err), EINVAL);
	assert_string_equal(err.message, "f:1:1: more than 4 elements");
	assert_fails(document_parse_kind(&small, "f", blanks, strlen(blanks), &document, &err),
		     EFBIG);
	assert_string_equal(err.message, "f: larger than 1 MiB");
	assert_null(document);
	assert_ok(document_parse_kind(&large, "f", "[1, 2, [3]]", 11, &document, &err));
	assert_int_equal(document_root(document)->count, 3);

	text[0] = text[strlen(text) - 1] = '"';
	assert_ok(document_parse_kind(&large, "f", text, strlen(text), &quoted, &err));
	assert_int_equal(strlen(document_root(quoted)->text), (2u << 20) - 2);
}

TEST(a_large_document_is_read)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err = {0};

	for (int i = 0; i < 50000; i++)
		text_printf(&text, "%s\"k%d\": [%d]", i ? ", " : "{", i, i);
	text_append(&text, "}");
	assert_ok(document_parse("f", text_string(&text), text.length, DOCUMENT_JSON, &document,
				 &err));
	assert_int_equal(document_root(document)->count, 50000);
	assert_string_equal(document_root(document)->children[49999].children[0].text, "49999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_strict),
		cmocka_unit_test(bytes_that_are_no_text_are_refused_with_their_place),
		cmocka_unit_test(a_key_given_twice_is_refused),
		cmocka_unit_test(what_yaml_has_beyond_data_is_refused),
		cmocka_unit_test(depth_is_bounded_at_once_however_deep_it_goes),
		cmocka_unit_test(depth_is_bounded_wherever_brackets_stand),
		cmocka_unit_test(brackets_that_are_none_do_not_count),
		cmocka_unit_test(the_allowed_depth_is_allowed),
		cmocka_unit_test(size_and_number_of_elements_are_bounded),
		cmocka_unit_test(a_kind_of_document_has_bounds_of_its_own),
		cmocka_unit_test(a_large_document_is_read),
	};

	return cmocka_run_group_tests_name("base/document_parse", tests, NULL, NULL);
}
