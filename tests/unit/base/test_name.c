/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "base/name.h"
#include "tests/support/test.h"

#define LETTERS_21 "abcdefghijklmnopqrstu"

TEST(accepts_names_of_hosts_and_images)
{
	static const char *const good[] = {
		"a",
		"0",
		"node-1",
		"alpine",
		"alpine_3.20",
		"A.b-c_d",
		(LETTERS_21 LETTERS_21 LETTERS_21),
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_ok(name_check("node", good[i], &err));
}

TEST(refuses_what_could_be_a_path_an_option_or_a_surprise)
{
	static const char *const bad[] = {
		"",      ".",        "..",  "/etc",
		"a/b",   "../a",     "-a",  "_a",
		".a",    "a b",      "a\n", "a:b",
		"a\x1b", "\xc3\xa9", "a*",  (LETTERS_21 LETTERS_21 LETTERS_21 "v"),
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(name_check("node", bad[i], &err), EINVAL);
	assert_fails(name_check("node", NULL, &err), EINVAL);
	assert_fails(name_check("node", "/etc", &err), EINVAL);
	assert_string_equal(err.message,
			    "node name '/etc': must be 1 to 63 letters, digits, '_', '.' or '-', "
			    "the first a letter or digit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_names_of_hosts_and_images),
		cmocka_unit_test(refuses_what_could_be_a_path_an_option_or_a_surprise),
	};

	return cmocka_run_group_tests_name("base/name", tests, NULL, NULL);
}
