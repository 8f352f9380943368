/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "netns/netns.h"
#include "tests/support/test.h"

static struct ncrun_error err;

TEST(short_names_stay_and_long_ones_are_cut_the_same_way_always)
{
	char first[NETNS_NAME_MAX], second[NETNS_NAME_MAX];

	assert_ok(netns_name_short("abcdefghijklmno", first, &err));
	assert_string_equal(first, "abcdefghijklmno");
	assert_ok(netns_name_short("abcdefghijklmnop", first, &err));
	assert_ok(netns_name_short("abcdefghijklmnop", second, &err));
	assert_string_equal(first, second);
	assert_int_equal(strlen(first), 15);
	assert_memory_equal(first, "abcdefgh-", 9);
	assert_ok(netns_name_short("abcdefghijklmnoq", second, &err));
	assert_string_not_equal(first, second);
}

TEST(names_that_the_kernel_refuses_are_refused)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "a:b", "a b", "a\tb", "a\nb"};
	char name[NETNS_NAME_MAX] = "untouched", endless[NETNS_ALTNAME_MAX + 1];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(netns_name_short(bad[i], name, &err), EINVAL);
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_fails(netns_name_short(endless, name, &err), EINVAL);
	assert_string_equal(name, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_names_stay_and_long_ones_are_cut_the_same_way_always),
		cmocka_unit_test(names_that_the_kernel_refuses_are_refused),
	};

	return cmocka_run_group_tests_name("netns/link_name", tests, NULL, NULL);
}
