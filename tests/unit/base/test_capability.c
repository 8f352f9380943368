/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/capability.h>

#include "base/capability.h"
#include "tests/support/test.h"

TEST(names_are_understood_in_each_spelling)
{
	static const struct {
		const char *text;
		unsigned int capability;
	} rows[] = {
		{"NET_ADMIN", CAP_NET_ADMIN},
		{"net_admin", CAP_NET_ADMIN},
		{"CAP_NET_ADMIN", CAP_NET_ADMIN},
		{"Cap_Chown", CAP_CHOWN},
		{"cap_63", 63},
		{"CHECKPOINT_RESTORE", CAP_CHECKPOINT_RESTORE},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int capability = 99;

		assert_ok(capability_parse(rows[i].text, &capability, &err));
		assert_int_equal(capability, rows[i].capability);
	}
}

TEST(other_names_are_refused)
{
	static const char *const bad[] = {
		"",
		"CAP_",
		"12",
		"NET",
		"NET_ADMIN ",
		"CAP_CAP_CHOWN",
		"CAP_64",
		"ALL",
		"CAP_-1",
		"chown,kill",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct ncrun_error err = {0};
	unsigned int capability = 99;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(capability_parse(bad[i], &capability, &err), EINVAL);
	assert_int_equal(capability, 99);
	assert_fails(capability_parse("FLY", &capability, &err), EINVAL);
	assert_string_equal(err.message, "unknown capability 'FLY'");
}

TEST(what_is_printed_can_be_parsed)
{
	struct ncrun_error err = {0};

	for (unsigned int i = 0; i < 64; i++) {
		unsigned int capability = 99;
		char text[32];

		capability_print(i, text);
		assert_ok(capability_parse(text, &capability, &err));
		assert_int_equal(capability, i);
	}
}

TEST(known_capabilities_are_printed_by_name_and_others_by_number)
{
	char text[32];

	capability_print(CAP_NET_ADMIN, text);
	assert_string_equal(text, "NET_ADMIN");
	capability_print(63, text);
	assert_string_equal(text, "CAP_63");
}

TEST(all_is_what_the_kernel_knows)
{
	uint64_t all = capability_all();

	assert_true(all & (UINT64_C(1) << CAP_CHOWN));
	assert_true(all & (UINT64_C(1) << CAP_AUDIT_READ));
	assert_false(all & (UINT64_C(1) << 63));
	assert_int_equal(all & (all + 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_understood_in_each_spelling),
		cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(what_is_printed_can_be_parsed),
		cmocka_unit_test(known_capabilities_are_printed_by_name_and_others_by_number),
		cmocka_unit_test(all_is_what_the_kernel_knows),
	};

	return cmocka_run_group_tests_name("base/capability", tests, NULL, NULL);
}
