/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "base/capability.h"
#include "runtime/container.h"
#include "tests/support/test.h"

static struct ncrun_error err;
static uint64_t set;

#define BIT(capability) (1ull << (capability))

TEST(the_default_is_enough_for_services_and_no_more)
{
	assert_ok(ncrun_capabilities_resolve(false, NULL, NULL, &set, &err));
	assert_true(set & BIT(CAP_SETUID));
	assert_false(set & (BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) |
			    BIT(CAP_MKNOD) | BIT(CAP_SYS_PTRACE)));
}

TEST(adds_and_drops_by_any_spelling)
{
	const char *const add[] = {"net_admin", "CAP_NET_RAW", NULL};
	const char *const drop[] = {"Chown", NULL};

	assert_ok(ncrun_capabilities_resolve(false, add, drop, &set, &err));
	assert_true(set & BIT(CAP_NET_ADMIN));
	assert_true(set & BIT(CAP_NET_RAW));
	assert_false(set & BIT(CAP_CHOWN));
}

TEST(dropping_all_leaves_what_is_added)
{
	const char *const add[] = {"KILL", NULL};
	const char *const drop[] = {"ALL", NULL};

	assert_ok(ncrun_capabilities_resolve(false, add, drop, &set, &err));
	assert_int_equal(set, BIT(CAP_KILL));
	assert_ok(ncrun_capabilities_resolve(false, NULL, drop, &set, &err));
	assert_int_equal(set, 0);
}

TEST(privileged_has_all_the_kernel_knows)
{
	assert_ok(ncrun_capabilities_resolve(true, NULL, NULL, &set, &err));
	assert_int_equal(set, capability_all());
}

TEST(names_an_unknown_capability)
{
	const char *const add[] = {"FLY", NULL};

	set = 77;
	assert_fails(ncrun_capabilities_resolve(false, add, NULL, &set, &err), EINVAL);
	assert_non_null(strstr(err.message, "'FLY'"));
	assert_int_equal(set, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_is_enough_for_services_and_no_more),
		cmocka_unit_test(adds_and_drops_by_any_spelling),
		cmocka_unit_test(dropping_all_leaves_what_is_added),
		cmocka_unit_test(privileged_has_all_the_kernel_knows),
		cmocka_unit_test(names_an_unknown_capability),
	};

	return cmocka_run_group_tests_name("runtime/privilege", tests, NULL, NULL);
}
