/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/seal.h"
#include "tests/support/test.h"

static const char plain[] = "pid=12\nname=a b\n\nlist=1\n";

/** What @text of @size says, tried on a copy that ends where it does. */
static int try(const char *text, size_t size, struct ncrun_error *err)
{
	_cleanup_free_ char *copy = malloc(size + 1);

	assert_non_null(copy);
	memcpy(copy, text, size);
	copy[size] = '\0';
	*err = (struct ncrun_error){0};
	return seal_open(copy, &size, err);
}

TEST(what_was_sealed_is_opened)
{
	static const char *const texts[] = {"", "\n", "a\n", plain};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		_cleanup_text_ struct text text = {0};
		struct ncrun_error err = {0};

		text_append(&text, texts[i]);
		text_seal(&text);
		assert_false(text_failed(&text));
		assert_ok(seal_open(text.chars, &text.length, &err));
		assert_string_equal(text.chars, texts[i]);
		assert_int_equal(text.length, strlen(texts[i]));
	}
}

TEST(what_is_cut_short_is_refused_at_every_length)
{
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err;

	text_append(&text, plain);
	text_seal(&text);
	for (size_t size = 0; size < text.length; size++) {
		assert_int_equal(try(text.chars, size, &err), -ENODATA);
		assert_string_equal(err.message, "it is cut short");
	}
}

TEST(every_flipped_bit_is_found)
{
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err;

	text_append(&text, plain);
	text_seal(&text);
	for (size_t bit = 0; bit < 8 * text.length; bit++) {
		int r;

		text.chars[bit / 8] ^= (char)(1 << bit % 8);
		r = try(text.chars, text.length, &err);
		text.chars[bit / 8] ^= (char)(1 << bit % 8);
		assert_true(r == -EBADMSG || r == -ENODATA);
		assert_true(err.message[0]);
	}
	assert_ok(try(text.chars, text.length, &err));
}

TEST(lines_that_are_missing_doubled_or_exchanged_are_found)
{
	static const char *const others[] = {"pid=12\n\nlist=1\n",
					     "pid=12\npid=12\nname=a b\n\nlist=1\n",
					     "name=a b\npid=12\n\nlist=1\n",
					     "pid=12\nname=a b\nlist=1\n"};
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err;

	text_append(&text, plain);
	text_seal(&text);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		_cleanup_text_ struct text other = {0};

		text_append(&other, others[i]);
		text_append(&other, text.chars + strlen(plain));
		assert_int_equal(try(other.chars, other.length, &err), -EBADMSG);
	}
}

TEST(one_of_a_newer_ncrun_is_told_from_a_damaged_one)
{
	_cleanup_text_ struct text text = {0};
	struct ncrun_error err;

	text_printf(&text, "%s#sealed 2 ", plain);
	text_printf(&text, "%016llx\n",
		    (unsigned long long)hash_bytes(HASH_START, text.chars, text.length));
	assert_int_equal(try(text.chars, text.length, &err), -ENOTSUP);
	assert_string_equal(err.message, "it is of a newer ncrun (format 2, not 1)");
	strstr(text.chars, " 2 ")[1] = '1';
	assert_int_equal(try(text.chars, text.length, &err), -EBADMSG);
}

TEST(no_memory_seals_nothing)
{
	struct text text = {.failed = true};

	text_seal(&text);
	assert_true(text_failed(&text));
	assert_null(text.chars);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_is_opened),
		cmocka_unit_test(what_is_cut_short_is_refused_at_every_length),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(lines_that_are_missing_doubled_or_exchanged_are_found),
		cmocka_unit_test(one_of_a_newer_ncrun_is_told_from_a_damaged_one),
		cmocka_unit_test(no_memory_seals_nothing),
	};

	return cmocka_run_group_tests_name("base/seal", tests, NULL, NULL);
}
