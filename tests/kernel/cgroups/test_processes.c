/* SPDX-License-Identifier: Apache-2.0 */

/* Groups of processes frozen, killed, left and removed. */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/support/cgroup_lab.h"
#include "tests/support/test.h"

/** A counter that a child and we share. */
static atomic_ulong *shared_counter(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static int count_up(void *counter)
{
	while (atomic_fetch_add((atomic_ulong *)counter, 1) < ULONG_MAX)
		;
	return 0;
}

static bool counts_beyond(atomic_ulong *counter, unsigned long number)
{
	for (int i = 0; i < 10000 && atomic_load(counter) <= number; i++)
		usleep(1000);
	return atomic_load(counter) > number;
}

TEST(a_frozen_group_stands_still_and_goes_on)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	atomic_ulong *counter = shared_counter();
	unsigned long before;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", 0, NULL);
	pid = cgroup_lab_spawn(cgroup, count_up, counter);
	assert_true(counts_beyond(counter, 0));

	assert_ok(cgroup_freeze(cgroup, true, 2000, &err));
	before = atomic_load(counter);
	usleep(50000);
	assert_int_equal(atomic_load(counter), before);

	assert_ok(cgroup_freeze(cgroup, false, 2000, &err));
	assert_true(counts_beyond(counter, before));
	assert_ok(cgroup_kill(cgroup, &err));
	assert_int_equal(cgroup_lab_wait(pid), 128 + SIGKILL);
}

TEST(an_empty_group_can_be_frozen)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", 0, NULL);

	assert_ok(cgroup_freeze(cgroup, true, 1000, &err));
	assert_ok(cgroup_freeze(cgroup, false, 1000, &err));
}

static int have_children(void *data __attribute__((unused)))
{
	signal(SIGTERM, SIG_IGN);
	for (int i = 0; i < 10; i++)
		if (fork() == 0)
			cgroup_lab_sleep(NULL);
	cgroup_lab_sleep(NULL);
	return 0;
}

TEST(kill_reaches_all_even_the_frozen)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", 0, NULL);
	pid = cgroup_lab_spawn(cgroup, have_children, NULL);
	usleep(20000);
	assert_ok(cgroup_freeze(cgroup, true, 2000, &err));
	assert_true(cgroup_lab_populated(cgroup));

	assert_ok(cgroup_kill(cgroup, &err));

	assert_int_equal(cgroup_lab_wait(pid), 128 + SIGKILL);
	assert_true(cgroup_lab_emptied(cgroup));
	assert_ok(cgroup_remove(cgroup_lab_root, "lab/a", &err));
}

TEST(a_group_with_a_process_is_neither_removed_nor_emptied)
{
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	struct cgroup *second = NULL;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", CGROUP_ACCOUNT, NULL);
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);

	assert_fails(cgroup_remove(cgroup_lab_root, "lab/a", &err), EBUSY);
	assert_non_null(strstr(err.message, "/lab/a': processes are in it"));
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	assert_fails(cgroup_create(cgroup_lab_root, "lab/a", NULL, 0, &second, &err), EBUSY);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);

	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(pid);
	assert_ok(cgroup_remove(cgroup_lab_root, "lab/a", &err));
	assert_ok(cgroup_remove(cgroup_lab_root, "lab/a", &err));
}

static void make_below(const char *name, const char *below)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", cgroup_lab_path(name, CGROUP_CONTROLLER_FREEZER),
		 below);
	assert_int_equal(mkdir(path, 0755), 0);
}

TEST(empty_groups_below_go_with_it)
{
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	char deep[700] = "x";

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", 0, NULL);
	for (int i = 0; i < 100; i++) {
		make_below("a", deep);
		strcat(deep, "/x");
	}
	make_below("a", "y");
	make_below("a", "x/.z");

	assert_ok(cgroup_remove(cgroup_lab_root, "lab/a", &err));
	assert_int_equal(access(cgroup_lab_path("a", CGROUP_CONTROLLER_FREEZER), F_OK), -1);
}

TEST(a_process_in_a_group_below_keeps_all_of_it)
{
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	char path[1024];
	pid_t pid;
	FILE *procs;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", 0, NULL);
	make_below("a", "empty");
	make_below("a", "full");
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);
	snprintf(path, sizeof(path), "%s/full/cgroup.procs",
		 cgroup_lab_path("a", CGROUP_CONTROLLER_FREEZER));
	procs = fopen(path, "w");
	assert_true(fprintf(procs, "%d", (int)pid) > 0 && fclose(procs) == 0);

	assert_fails(cgroup_remove(cgroup_lab_root, "lab/a", &err), EBUSY);
	snprintf(path, sizeof(path), "%s/empty", cgroup_lab_path("a", CGROUP_CONTROLLER_FREEZER));
	assert_int_equal(access(path, F_OK), 0);

	assert_ok(cgroup_kill(cgroup, &err));
	assert_int_equal(cgroup_lab_wait(pid), 128 + SIGKILL);
	assert_ok(cgroup_remove(cgroup_lab_root, "lab/a", &err));
}

TEST(groups_are_listed_by_network)
{
	_cleanup_(cgroup_destroyp) struct cgroup *a = NULL;
	_cleanup_(cgroup_destroyp) struct cgroup *b = NULL;
	_cleanup_(strings_freep) char **networks = NULL;
	_cleanup_(strings_freep) char **nodes = NULL;
	_cleanup_(strings_freep) char **none = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	b = MAKE("b", CGROUP_ACCOUNT, NULL);
	a = MAKE("a", 0, NULL);

	assert_ok(cgroup_list(cgroup_lab_root, NULL, &networks, &err));
	assert_int_equal(strings_count((const char *const *)networks), 1);
	assert_string_equal(networks[0], "lab");
	assert_ok(cgroup_list(cgroup_lab_root, "lab", &nodes, &err));
	assert_int_equal(strings_count((const char *const *)nodes), 2);
	assert_string_equal(nodes[0], "a");
	assert_string_equal(nodes[1], "b");
	assert_ok(cgroup_list(cgroup_lab_root, "other", &none, &err));
	assert_int_equal(strings_count((const char *const *)none), 0);
}

TEST(an_empty_leftover_is_replaced)
{
	_cleanup_(cgroup_unrefp) struct cgroup *before = NULL;
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_PIDS);
	before = MAKE("a", 0, "pids", "3");

	cgroup = MAKE("a", CGROUP_ACCOUNT, NULL);

	assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_PIDS, "pids.max"), "max");
}

TEST(names_that_lead_elsewhere_are_refused)
{
	static const char *const bad[] = {"",       "/",     "lab/",      "lab",    "../x",
					  "lab/..", "a/b/c", "lab/.self", "/lab/a", "lab//a"};
	struct cgroup *cgroup = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_fails(cgroup_create(cgroup_lab_root, bad[i], NULL, 0, &cgroup, &err),
			     EINVAL);
		assert_fails(cgroup_remove(cgroup_lab_root, bad[i], &err), EINVAL);
	}
	assert_fails(cgroup_list(cgroup_lab_root, "..", NULL, &err), EINVAL);
}

/** Create and remove a group of the same network, over and over. */
static int churn(const char *path)
{
	for (int i = 0; i < 100; i++) {
		struct cgroup *cgroup = NULL;
		_cleanup_limits_ struct ncrun_limits limits = NCRUN_LIMITS_INIT;

		if (ncrun_limits_set(&limits, "pids", "10", &err) < 0 ||
		    cgroup_create(cgroup_lab_root, path, &limits, CGROUP_ACCOUNT, &cgroup, &err) <
			    0 ||
		    cgroup_remove(cgroup_lab_root, path, &err) < 0) {
			print_message("# %s: %s\n", path, err.message);
			return 1;
		}
		cgroup_unref(cgroup);
	}
	return 0;
}

TEST(many_at_once_do_not_get_in_each_others_way)
{
	pid_t pids[8];
	char path[32];

	cgroup_lab_require(CGROUP_CONTROLLER_PIDS);
	for (int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "lab/n%d", i);
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(churn(path));
	}
	for (int i = 0; i < 8; i++)
		assert_int_equal(cgroup_lab_wait(pids[i]), 0);
}

#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, cgroup_lab_setup, cgroup_lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(a_frozen_group_stands_still_and_goes_on),
		LAB_TEST(an_empty_group_can_be_frozen),
		LAB_TEST(kill_reaches_all_even_the_frozen),
		LAB_TEST(a_group_with_a_process_is_neither_removed_nor_emptied),
		LAB_TEST(empty_groups_below_go_with_it),
		LAB_TEST(a_process_in_a_group_below_keeps_all_of_it),
		LAB_TEST(groups_are_listed_by_network),
		LAB_TEST(an_empty_leftover_is_replaced),
		LAB_TEST(names_that_lead_elsewhere_are_refused),
		LAB_TEST(many_at_once_do_not_get_in_each_others_way),
	};

	return cmocka_run_group_tests_name("cgroups/processes", tests, NULL, NULL);
}
