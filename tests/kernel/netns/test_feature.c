/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <net/if.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

/** Skip where the kernel was built without it. */
static void try_or_skip(enum netns_feature feature)
{
	struct ncrun_error err = {0};
	int r;

	sandbox_required();
	r = netns_feature_try(feature, &err);
	if (r == -EOPNOTSUPP || r == -ENOENT || r == -EPROTONOSUPPORT) {
		print_message("SKIP-ALLOWED: not in this kernel: %s\n", err.message);
		skip();
	}
	assert_ok(r);
}

TEST(a_veth_pair_is_two_links)
{
	try_or_skip(NETNS_FEATURE_VETH);
	assert_true(if_nametoindex("veth0") > 0);
	assert_true(if_nametoindex("veth1") > 0);
}

TEST(a_bridge_is_a_link)
{
	try_or_skip(NETNS_FEATURE_BRIDGE);
	assert_true(if_nametoindex("bridge0") > 0);
}

TEST(netem_works_where_the_kernel_has_it)
{
	try_or_skip(NETNS_FEATURE_NETEM);
}

TEST(nf_tables_work_where_the_kernel_has_them)
{
	try_or_skip(NETNS_FEATURE_NF_TABLES);
}

TEST(what_the_kernel_refuses_is_named)
{
	struct ncrun_error err = {0};
	int status = -1;
	pid_t pid;

	sandbox_required();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		cap_t none = cap_init();

		if (!none || cap_set_proc(none) < 0)
			_exit(255);
		_exit(-netns_feature_try(NETNS_FEATURE_BRIDGE, &err));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_veth_pair_is_two_links),
		cmocka_unit_test(a_bridge_is_a_link),
		cmocka_unit_test(netem_works_where_the_kernel_has_it),
		cmocka_unit_test(nf_tables_work_where_the_kernel_has_them),
		cmocka_unit_test(what_the_kernel_refuses_is_named),
	};

	return cmocka_run_group_tests_name("netns/feature", tests, sandbox_enter, NULL);
}
