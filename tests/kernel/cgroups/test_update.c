/* SPDX-License-Identifier: Apache-2.0 */

/* Limits changed under running processes, all or none. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/cgroup_lab.h"
#include "tests/support/test.h"

#define MEMORY CGROUP_CONTROLLER_MEMORY
#define CPU    CGROUP_CONTROLLER_CPU
#define PIDS   CGROUP_CONTROLLER_PIDS

/** What the kernel has for a limit on memory, or memory + swap on v1. */
static unsigned long long memory_limit(void)
{
	return strtoull(cgroup_lab_file("a", MEMORY,
					cgroup_lab_version(MEMORY) == 1 ? "memory.limit_in_bytes"
									: "memory.max"),
			NULL, 10);
}

static unsigned long long swap_limit(void)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;
	struct cgroup *cgroup = NULL;

	assert_ok(cgroup_open(cgroup_lab_root, "lab/a", &cgroup, &err));
	assert_ok(cgroup_stats(cgroup, &stats, &err));
	ncrun_stats_clear(&stats);
	assert_ok(cgroup_stats(cgroup, &stats, &err));
	cgroup_unref(cgroup);
	return stats.swap_limit == NCRUN_STAT_UNKNOWN ? 0 : stats.swap_limit;
}

static const char *cpu_quota(void)
{
	static char text[64];

	if (cgroup_lab_version(CPU) == 2)
		return cgroup_lab_file("a", CPU, "cpu.max");
	snprintf(text, sizeof(text), "%s ", cgroup_lab_file("a", CPU, "cpu.cfs_quota_us"));
	strcat(text, cgroup_lab_file("a", CPU, "cpu.cfs_period_us"));
	return text;
}

static int eat_and_stay(void *mebibytes)
{
	cgroup_lab_eat(mebibytes);
	return cgroup_lab_sleep(NULL);
}

static void wait_for_use(const struct cgroup *cgroup, uint64_t bytes)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;

	for (int i = 0; i < 1000; i++) {
		assert_ok(cgroup_stats(cgroup, &stats, &err));
		ncrun_stats_clear(&stats);
		assert_ok(cgroup_stats(cgroup, &stats, &err));
		if (stats.memory_current >= bytes)
			return;
		usleep(10000);
	}
	fail_msg("no such use of memory");
}

TEST(limits_go_up_and_down)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits up = LIMITS("memory", "256M", "pids", "30");
	_cleanup_limits_ struct ncrun_limits down = LIMITS("memory", "32M");
	_cleanup_limits_ struct ncrun_limits none = LIMITS("memory", "max", "pids", "max");

	cgroup_lab_require(MEMORY | PIDS);
	cgroup = MAKE("a", 0, "memory", "64M", "pids", "20");

	assert_ok(cgroup_update(cgroup, &up, false, &err));
	assert_int_equal(memory_limit(), 256 << 20);
	assert_int_equal(swap_limit(), 0);
	assert_string_equal(cgroup_lab_file("a", PIDS, "pids.max"), "30");
	assert_ok(cgroup_update(cgroup, &down, false, &err));
	assert_int_equal(memory_limit(), 32 << 20);
	assert_int_equal(swap_limit(), 0);
	assert_string_equal(cgroup_lab_file("a", PIDS, "pids.max"), "30");
	assert_ok(cgroup_update(cgroup, &none, false, &err));
	assert_true(memory_limit() == 0 || memory_limit() > 1ull << 60);
	assert_string_equal(cgroup_lab_file("a", PIDS, "pids.max"), "max");
}

TEST(swap_stays_when_only_memory_changes)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits up = LIMITS("memory", "128M");
	_cleanup_limits_ struct ncrun_limits none = NCRUN_LIMITS_INIT;

	cgroup_lab_require(MEMORY);
	cgroup = MAKE("a", 0, "memory", "64M", "swap", "16M");
	assert_int_equal(swap_limit(), 16 << 20);

	assert_ok(cgroup_update(cgroup, &up, false, &err));
	assert_int_equal(swap_limit(), 16 << 20);
	assert_ok(ncrun_limits_set(&none, "swap", "none", &err));
	assert_ok(cgroup_update(cgroup, &none, false, &err));
	assert_int_equal(memory_limit(), 128 << 20);
	assert_int_equal(swap_limit(), 0);
}

TEST(the_period_of_a_quota_stays_or_changes_alone)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits cpus = LIMITS("cpus", "0.2");
	_cleanup_limits_ struct ncrun_limits period = NCRUN_LIMITS_INIT;

	cgroup_lab_require(CPU);
	cgroup = MAKE("a", 0, "cpus", "0.5", "cpu-period", "50ms");

	assert_ok(cgroup_update(cgroup, &cpus, false, &err));
	assert_string_equal(cpu_quota(), "10000 50000");
	assert_ok(ncrun_limits_set(&period, "cpu-period", "200ms", &err));
	assert_ok(cgroup_update(cgroup, &period, false, &err));
	assert_string_equal(cpu_quota(), "40000 200000");
}

TEST(below_what_is_in_use_needs_force)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits memory = LIMITS("memory", "16M");
	_cleanup_limits_ struct ncrun_limits pids = NCRUN_LIMITS_INIT;
	pid_t first, second;

	cgroup_lab_require(MEMORY | PIDS);
	cgroup = MAKE("a", 0, "memory", "64M", "pids", "20");
	first = cgroup_lab_spawn(cgroup, eat_and_stay, (void *)30);
	second = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);
	wait_for_use(cgroup, 30 << 20);

	assert_fails(cgroup_update(cgroup, &memory, false, &err), EBUSY);
	assert_non_null(strstr(err.message, "memory '16M': 3"));
	assert_non_null(strstr(err.message, " are in use; the kernel would take back what it can "
					    "and kill if that is not enough (to do that: force)"));
	assert_int_equal(memory_limit(), 64 << 20);
	assert_ok(ncrun_limits_set(&pids, "pids", "1", &err));
	assert_fails(cgroup_update(cgroup, &pids, false, &err), EBUSY);
	assert_string_equal(err.message, "pids '1': 2 are there; they would stay, and no other "
					 "could start (to do that: force)");
	assert_ok(cgroup_update(cgroup, &pids, true, &err));
	assert_string_equal(cgroup_lab_file("a", PIDS, "pids.max"), "1");

	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(first);
	cgroup_lab_wait(second);
}

TEST(what_fails_half_way_is_undone)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits changes =
		LIMITS("memory", "128M", "cpus", "1.5", "cpu-weight", "7", "cpuset", "8191");
	char weight[64];
	const char *file = cgroup_lab_version(CPU) == 1 ? "cpu.shares" : "cpu.weight";

	cgroup_lab_require(MEMORY | CPU | CGROUP_CONTROLLER_CPUSET);
	cgroup = MAKE("a", 0, "memory", "64M", "cpus", "0.5", "cpuset", "0");
	strcpy(weight, cgroup_lab_file("a", CPU, file));

	assert_true(cgroup_update(cgroup, &changes, false, &err) < 0);
	assert_non_null(strstr(err.message, "cpuset limit: write '8191' to 'cpuset.cpus'"));
	assert_non_null(strstr(err.message, "(not all of them are there, or are ours to use)"));

	assert_string_equal(cpu_quota(), "50000 100000");
	assert_string_equal(cgroup_lab_file("a", CPU, file), weight);
	assert_int_equal(memory_limit(), 64 << 20);
	assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPUSET, "cpuset.cpus"), "0");
}

TEST(a_limit_that_was_not_there_catches_those_that_run)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits changes = LIMITS("pids", "20", "memory", "64M");
	struct ncrun_stats stats = NCRUN_STATS_INIT;
	pid_t pid;

	cgroup_lab_require(PIDS | MEMORY);
	cgroup = MAKE("a", 0, NULL);
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);

	assert_ok(cgroup_update(cgroup, &changes, false, &err));

	assert_ok(cgroup_stats(cgroup, &stats, &err));
	assert_int_equal(stats.pids_current, 1);
	assert_int_equal(stats.pids_limit, 20);
	assert_int_equal(stats.memory_limit, 64 << 20);
	assert_int_equal(swap_limit(), 0);
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(pid);
}

TEST(a_failed_new_limit_leaves_no_group_behind)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits changes = LIMITS("memory", "64M", "cpuset", "8191");
	pid_t pid;

	cgroup_lab_require(MEMORY | CGROUP_CONTROLLER_CPUSET);
	cgroup = MAKE("a", 0, NULL);
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);

	assert_true(cgroup_update(cgroup, &changes, false, &err) < 0);

	assert_int_equal(access(cgroup_lab_path("a", MEMORY), F_OK),
			 cgroup_lab_version(MEMORY) == 1 ? -1 : 0);
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(pid);
}

#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, cgroup_lab_setup, cgroup_lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(limits_go_up_and_down),
		LAB_TEST(swap_stays_when_only_memory_changes),
		LAB_TEST(the_period_of_a_quota_stays_or_changes_alone),
		LAB_TEST(below_what_is_in_use_needs_force),
		LAB_TEST(what_fails_half_way_is_undone),
		LAB_TEST(a_limit_that_was_not_there_catches_those_that_run),
		LAB_TEST(a_failed_new_limit_leaves_no_group_behind),
	};

	return cmocka_run_group_tests_name("cgroups/update", tests, NULL, NULL);
}
