/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>

#include "runtime/container.h"
#include "tests/support/test.h"

static struct ncrun_error err;
static char path[128];
static const char *value;

TEST(dots_and_slashes_both_separate)
{
	assert_ok(sysctl_path("net.ipv4.ip_forward=1", path, sizeof(path), &value, &err));
	assert_string_equal(path, "net/ipv4/ip_forward");
	assert_string_equal(value, "1");
	assert_ok(
		sysctl_path("net/ipv4/conf/eth0.5/rp_filter=0", path, sizeof(path), &value, &err));
	assert_string_equal(path, "net/ipv4/conf/eth0.5/rp_filter");
}

TEST(takes_what_the_kernel_may_lack)
{
	assert_ok(sysctl_path("-net.ipv4.ip_forward=1", path, sizeof(path), &value, &err));
	assert_string_equal(path, "net/ipv4/ip_forward");
	assert_string_equal(value, "1");
	assert_fails(sysctl_path("--net.ipv4.ip_forward=1", path, sizeof(path), &value, &err),
		     EPERM);
}

TEST(allows_what_the_ipc_namespace_holds)
{
	assert_ok(sysctl_path("kernel.shmmax=1024", path, sizeof(path), &value, &err));
	assert_ok(sysctl_path("fs.mqueue.msg_max=10", path, sizeof(path), &value, &err));
}

/* CVE-2022-0811 and kin. */
TEST(refuses_what_belongs_to_the_machine)
{
	static const char *const bad[] = {
		"kernel.core_pattern=|/evil", "kernel.modprobe=/x",
		"vm.overcommit_memory=1",     "fs.file-max=1",
		"kernel.shm_next_id=1",       "networks.x=1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(sysctl_path(bad[i], path, sizeof(path), &value, &err), EPERM);
}

TEST(refuses_names_that_lead_elsewhere)
{
	static const char *const bad[] = {
		"net/../kernel/core_pattern=x",
		"net//ipv4=1",
		"/net/ipv4/x=1",
		"net.ipv4.=1",
		"net/ipv4/a b=1",
		"=1",
		"net.ipv4.ip_forward",
		"net/./ipv4=1",
		"net.x=1\nkernel.core_pattern=|/evil",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(sysctl_path(bad[i], path, sizeof(path), &value, &err), EINVAL);
}

TEST(refuses_a_name_longer_than_its_room)
{
	char small[8];

	assert_fails(sysctl_path("net.ipv4.ip_forward=1", small, sizeof(small), &value, &err),
		     EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dots_and_slashes_both_separate),
		cmocka_unit_test(takes_what_the_kernel_may_lack),
		cmocka_unit_test(allows_what_the_ipc_namespace_holds),
		cmocka_unit_test(refuses_what_belongs_to_the_machine),
		cmocka_unit_test(refuses_names_that_lead_elsewhere),
		cmocka_unit_test(refuses_a_name_longer_than_its_room),
	};

	return cmocka_run_group_tests_name("runtime/sysctl", tests, NULL, NULL);
}
