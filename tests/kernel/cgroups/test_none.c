/* SPDX-License-Identifier: Apache-2.0 */

/* Where no control group can be made. */

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/cgroup_lab.h"
#include "tests/support/test.h"

/** For functions that run in a child: tell what does not hold, and stop. */
#define CHECK(condition)                                                                    \
	do {                                                                                \
		if (!(condition)) {                                                         \
			print_message("# %d: %s: %s\n", __LINE__, #condition, err.message); \
			return 1;                                                           \
		}                                                                           \
	} while (0)

static int nothing_to_be_had(void)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_limits_ struct ncrun_limits limits = NCRUN_LIMITS_INIT;
	struct cgroup *cgroup = NULL;

	CHECK(cgroup_root_open("up", NULL, &root, &err) == 0);
	CHECK(cgroup_root_controllers(root) == 0);
	CHECK(cgroup_create(root, "lab/a", NULL, 0, &cgroup, &err) == -ENODEV);
	CHECK(strcmp(err.message, "make group 'up/lab/a': no cgroup hierarchy can be used here "
				  "(see: ncrun doctor)") == 0);
	CHECK(ncrun_limits_set(&limits, "memory", "64M", &err) == 0);
	CHECK(cgroup_create(root, "lab/a", &limits, 0, &cgroup, &err) == -ENOTSUP);
	CHECK(strcmp(strrchr(err.message, ':') - strlen("(see"), "(see: ncrun doctor)") == 0);
	CHECK(strncmp(err.message, "memory limit: no cgroup memory controller ", 42) == 0);
	CHECK(cgroup_remove(root, "lab/a", &err) == 0);
	return 0;
}

static int user_without_rights(void)
{
	CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
	return nothing_to_be_had();
}

static int without_cgroups(void)
{
	CHECK(unshare(CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(umount2("/sys/fs/cgroup", MNT_DETACH) == 0);
	return nothing_to_be_had();
}

static void assert_in_child(int (*run)(void))
{
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("SKIP-ALLOWED: not root\n");
		skip();
	}
	pid = fork();
	if (pid == 0)
		_exit(run());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(a_user_without_rights_has_none)
{
	assert_in_child(user_without_rights);
}

TEST(a_machine_without_cgroups_says_so)
{
	assert_in_child(without_cgroups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_without_rights_has_none),
		cmocka_unit_test(a_machine_without_cgroups_says_so),
	};

	return cmocka_run_group_tests_name("cgroups/none", tests, NULL, NULL);
}
