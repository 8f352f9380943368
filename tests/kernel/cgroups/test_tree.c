/* SPDX-License-Identifier: Apache-2.0 */

/* Who is in a group, and who of them can be named. */

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/cgroup_lab.h"
#include "tests/support/test.h"

/** In a pid namespace of its own, where nobody outside has a number. */
static int count_from_inside(const struct cgroup *cgroup)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t count = 0;
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0)
		return 100;
	pid = fork();
	if (pid == 0)
		_exit(cgroup_processes(cgroup, &pids, &count, NULL) < 0 ? 101 : (int)count);
	return cgroup_lab_wait(pid);
}

/* As 0 they would be ourselves, to kill(2) and to cgroup.procs. */
TEST(processes_that_have_no_number_here_are_not_listed)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = MAKE("a", 0, NULL);
	pid_t sleeper = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);
	pid_t inside = fork();

	if (inside == 0)
		_exit(count_from_inside(cgroup));

	assert_int_equal(cgroup_lab_wait(inside), 0);
	assert_true(cgroup_lab_populated(cgroup));
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(sleeper);
}

/* Others may hide a group of the same name in a hierarchy that the process is not in. */
TEST(who_joins_a_process_looks_only_where_it_is_elsewhere)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = MAKE("a", CGROUP_EVERYWHERE, NULL);
	_cleanup_(cgroup_unrefp) struct cgroup *found = NULL;
	pid_t sleeper = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL), joined;
	pid_t *pids = NULL;
	size_t count = 0;

	assert_fails(cgroup_open_beside(cgroup_lab_root, "lab/a", getpid(), &found, &err), ENOENT);
	assert_null(found);
	assert_ok(cgroup_open_beside(cgroup_lab_root, "lab/a", sleeper, &found, &err));
	assert_int_equal(cgroup_needs_join(found), cgroup_needs_join(cgroup));

	joined = cgroup_lab_spawn(found, cgroup_lab_sleep, NULL);
	assert_ok(cgroup_processes(cgroup, &pids, &count, &err));
	assert_int_equal(count, 2);
	free(pids);
	assert_fails(cgroup_open_beside(cgroup_lab_root, "lab/b", sleeper, &found, &err), ENOENT);
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(sleeper);
	cgroup_lab_wait(joined);
}

#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, cgroup_lab_setup, cgroup_lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(processes_that_have_no_number_here_are_not_listed),
		LAB_TEST(who_joins_a_process_looks_only_where_it_is_elsewhere),
	};

	return cmocka_run_group_tests_name("cgroups/tree", tests, NULL, NULL);
}
