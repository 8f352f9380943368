/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "runtime/environment.h"
#include "tests/support/test.h"

static struct ncrun_error err;

static int setup(void **state)
{
	(void)state;
	setenv("OURS", "secret", 1);
	setenv("TERM", "vt220", 1);
	unsetenv("NOBODYS");
	return 0;
}

/** What becomes of @before when @list is added, joined by blanks; the caller frees it. */
static char *put(const char *const *before, const char *const *list, enum environment_from from)
{
	_cleanup_(strings_freep) char **env = NULL;
	_cleanup_text_ struct text joined = {0};

	assert_ok(environment_put(&env, before, ENVIRONMENT_CALLER, &err));
	assert_ok(environment_put(&env, list, from, &err));
	for (size_t i = 0; env && env[i]; i++)
		text_printf(&joined, "%s%s", i > 0 ? " " : "", env[i]);
	text_append(&joined, "");
	return text_take(&joined);
}

TEST(a_later_value_takes_the_place_of_an_earlier_one)
{
	const char *const before[] = {"A=1", "AB=2", "C=", NULL};
	const char *const list[] = {"AB=3", "A=", "D=x=y", NULL};
	_cleanup_free_ char *env = put(before, list, ENVIRONMENT_IMAGE);

	assert_string_equal(env, "A= AB=3 C= D=x=y");
}

TEST(a_name_alone_is_given_our_own_value)
{
	const char *const before[] = {"OURS=before", NULL};
	const char *const list[] = {"OURS", "NOBODYS", NULL};
	_cleanup_free_ char *env = put(before, list, ENVIRONMENT_CALLER);

	assert_string_equal(env, "OURS=secret");
}

TEST(an_image_that_names_a_variable_learns_nothing_of_ours)
{
	const char *const before[] = {"A=1", NULL};
	const char *const list[] = {"OURS", "NOBODYS", "B=2", NULL};
	_cleanup_free_ char *env = put(before, list, ENVIRONMENT_IMAGE);

	assert_string_equal(env, "A=1 B=2");
}

TEST(values_without_a_name_are_refused)
{
	static const char *const bad[] = {"", "=", "=x"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *const list[] = {bad[i], NULL};
		_cleanup_(strings_freep) char **env = NULL;

		assert_fails(environment_put(&env, list, ENVIRONMENT_CALLER, &err), EINVAL);
		assert_null(env);
	}
}

TEST(a_terminal_is_called_what_ours_is_called)
{
	_cleanup_(strings_freep) char **own = NULL, **plain = NULL;

	assert_ok(environment_put_terminal(&own, &err));
	assert_string_equal(own[0], "TERM=vt220");
	assert_null(own[1]);
	unsetenv("TERM");
	assert_ok(environment_put_terminal(&plain, &err));
	assert_string_equal(plain[0], "TERM=xterm");
	assert_null(plain[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_later_value_takes_the_place_of_an_earlier_one),
		cmocka_unit_test(a_name_alone_is_given_our_own_value),
		cmocka_unit_test(an_image_that_names_a_variable_learns_nothing_of_ours),
		cmocka_unit_test(values_without_a_name_are_refused),
		cmocka_unit_test(a_terminal_is_called_what_ours_is_called),
	};

	return cmocka_run_group_tests_name("runtime/environment", tests, setup, NULL);
}
