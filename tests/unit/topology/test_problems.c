/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "topology/model.h"

static void tell(void *data, const struct ncrun_problem *problem)
{
	text_printf(data, "%s:%u:%u: %s\n", problem->source, problem->line, problem->column,
		    problem->text);
}

TEST(problems_are_told_in_the_order_of_the_file)
{
	_cleanup_problems_ struct problems problems = {0};
	_cleanup_text_ struct text told = {0};
	struct ncrun_error err = {0};

	assert_int_equal(problems_add(&problems, (struct place){3, 1}, "three"), -EINVAL);
	problems_add(&problems, (struct place){1, 9}, "node '%s'", "b");
	problems_add(&problems, (struct place){1, 2}, "first");
	problems_add(&problems, (struct place){3, 1}, "three, too");

	assert_fails(problems_tell(&problems, "f", tell, &told, &err), EINVAL);
	assert_string_equal(text_string(&told), "f:1:2: first\nf:1:9: node 'b'\nf:3:1: three\n"
						"f:3:1: three, too\n");
	assert_string_equal(err.message, "f:1:2: first (and 3 more)");
}

TEST(no_problem_is_no_error)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	assert_ok(problems_tell(&problems, "f", NULL, NULL, &err));
	assert_int_equal(err.code, 0);
}

TEST(what_has_no_place_shows_none)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	problems_add(&problems, (struct place){0}, "no name");
	assert_fails(problems_tell(&problems, "net", NULL, NULL, &err), EINVAL);
	assert_string_equal(err.message, "net: no name");
}

TEST(more_than_a_hundred_are_counted_only)
{
	_cleanup_problems_ struct problems problems = {0};
	struct ncrun_error err = {0};

	for (uint32_t i = 0; i < 150; i++)
		problems_add(&problems, (struct place){i + 1, 1}, "line %u", i + 1);
	assert_int_equal(problems.count, 150);
	assert_int_equal(problems_kept(&problems), TOPOLOGY_PROBLEMS_MAX);
	assert_fails(problems_tell(&problems, "f", NULL, NULL, &err), EINVAL);
	assert_string_equal(err.message, "f:1:1: line 1 (and 149 more)");
}

TEST(a_file_cannot_drive_the_terminal)
{
	_cleanup_problems_ struct problems problems = {0};

	problems_add(&problems, (struct place){1, 1}, "'%s'", "\033[2J");
	assert_string_equal(problems.items[0].text, "'\\x1b[2J'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(problems_are_told_in_the_order_of_the_file),
		cmocka_unit_test(no_problem_is_no_error),
		cmocka_unit_test(what_has_no_place_shows_none),
		cmocka_unit_test(more_than_a_hundred_are_counted_only),
		cmocka_unit_test(a_file_cannot_drive_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
