/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/library.h"
#include "tests/support/test.h"

TEST(a_library_is_loaded_and_its_functions_work)
{
	static double (*cosine)(double);
	static const struct library_symbol symbols[] = {{"cos", (void **)&cosine}, {0}};
	struct ncrun_error err = {0};

	assert_ok(library_load("libm.so.6", "libc6", symbols, &err));
	assert_ok(library_load("libm.so.6", "libc6", symbols, &err));
	assert_true(cosine(0) == 1);
}

TEST(a_missing_library_names_its_package)
{
	static void *nothing;
	static const struct library_symbol symbols[] = {{"x", &nothing}, {0}};
	struct ncrun_error err = {0};

	assert_fails(library_load("libnosuch.so.7", "libnosuch7", symbols, &err), ENOPKG);
	assert_string_equal(
		err.message,
		"needs 'libnosuch.so.7', which is not installed (package 'libnosuch7')");
}

TEST(a_library_without_the_function_is_refused_each_time)
{
	static void *first, *second;
	static const struct library_symbol symbols[] = {{"cos", &first}, {"no_such", &second}, {0}};
	struct ncrun_error err = {0};

	assert_fails(library_load("libm.so.6", "libc6", symbols, &err), ENOPKG);
	assert_fails(library_load("libm.so.6", "libc6", symbols, &err), ENOPKG);
	assert_string_equal(err.message, "'libm.so.6' is too old: no no_such (package 'libc6')");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_library_is_loaded_and_its_functions_work),
		cmocka_unit_test(a_missing_library_names_its_package),
		cmocka_unit_test(a_library_without_the_function_is_refused_each_time),
	};

	return cmocka_run_group_tests_name("base/library", tests, NULL, NULL);
}
