/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/nearest.h"
#include "tests/support/test.h"

static const char *const words[] = {"node", "exec", "inspect", "list", "logs", "rm", "rootfs"};

static const char *nearest_of(const char *typed)
{
	struct nearest nearest = {0};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		nearest_consider(&nearest, typed, words[i]);
	return nearest.word;
}

TEST(finds_words_with_a_letter_wrong_missing_added_or_swapped)
{
	assert_string_equal(nearest_of("nide"), "node");
	assert_string_equal(nearest_of("inspct"), "inspect");
	assert_string_equal(nearest_of("rootffs"), "rootfs");
	assert_string_equal(nearest_of("exce"), "exec");
}

TEST(finds_a_word_by_its_beginning)
{
	assert_string_equal(nearest_of("insp"), "inspect");
	assert_string_equal(nearest_of("roo"), "rootfs");
}

TEST(offers_nothing_that_is_far_away)
{
	assert_null(nearest_of("zzzz"));
	assert_null(nearest_of("xy"));
	assert_null(nearest_of(""));
}

TEST(bears_words_of_any_length)
{
	char long_word[4096];

	memset(long_word, 'n', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';

	assert_null(nearest_of(long_word));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_words_with_a_letter_wrong_missing_added_or_swapped),
		cmocka_unit_test(finds_a_word_by_its_beginning),
		cmocka_unit_test(offers_nothing_that_is_far_away),
		cmocka_unit_test(bears_words_of_any_length),
	};

	return cmocka_run_group_tests_name("base/nearest", tests, NULL, NULL);
}
