/* SPDX-License-Identifier: Apache-2.0 */

/* Statistics against the kernel's own files, read by hand. */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/cgroup_lab.h"
#include "tests/support/test.h"

/** The number behind @key, or the file's only one; ULLONG_MAX if it is not there. */
static unsigned long long by_hand(uint32_t controller, const char *file, const char *key)
{
	char path[640], line[512];
	unsigned long long value = ULLONG_MAX;
	size_t length = strlen(key);
	FILE *opened;

	snprintf(path, sizeof(path), "%s/%s", cgroup_lab_path("a", controller), file);
	opened = fopen(path, "r");
	while (opened && value == ULLONG_MAX && fgets(line, sizeof(line), opened))
		if (strncmp(line, key, length) == 0 && (length == 0 || line[length] == ' '))
			value = strtoull(line + length, NULL, 10);
	if (opened)
		fclose(opened);
	return value;
}

static void assert_within_percent(uint64_t a, uint64_t b)
{
	uint64_t distance = a > b ? a - b : b - a;

	if (distance * 100 > a)
		fail_msg("%llu and %llu are further apart than 1 %%", (unsigned long long)a,
			 (unsigned long long)b);
}

static struct ncrun_stats stats_of(const struct cgroup *cgroup)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;

	assert_ok(cgroup_stats(cgroup, &stats, &err));
	return stats;
}

TEST(cpu_time_is_what_the_kernel_says)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	bool v2 = cgroup_lab_version(CGROUP_CONTROLLER_FREEZER) == 2;
	unsigned long long before, after;
	struct ncrun_stats stats;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_CPUACCT);
	cgroup = MAKE("a", CGROUP_ACCOUNT, NULL);
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_spin, NULL);
	usleep(500000);
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(pid);

	before = v2 ? by_hand(CGROUP_CONTROLLER_FREEZER, "cpu.stat", "usage_usec") : 0;
	stats = stats_of(cgroup);
	after = v2 ? by_hand(CGROUP_CONTROLLER_FREEZER, "cpu.stat", "usage_usec") : ULLONG_MAX;
	assert_true(stats.cpu_usage_us > 50000 && stats.cpu_usage_us < 900000);
	assert_true(stats.cpu_user_us > 50000 && stats.cpu_system_us < 300000);
	assert_true(before <= stats.cpu_usage_us && stats.cpu_usage_us <= after);
	if (v2) /* v1 counts the two by ticks */
		assert_within_percent(stats.cpu_usage_us, stats.cpu_user_us + stats.cpu_system_us);
	ncrun_stats_clear(&stats);
}

static int eat_and_stay(void *mebibytes)
{
	cgroup_lab_eat(mebibytes);
	return cgroup_lab_sleep(NULL);
}

TEST(memory_is_what_the_kernel_says)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	bool v1 = cgroup_lab_version(CGROUP_CONTROLLER_MEMORY) == 1;
	struct ncrun_stats stats;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY);
	cgroup = MAKE("a", 0, "memory", "100M");
	pid = cgroup_lab_spawn(cgroup, eat_and_stay, (void *)40);
	for (int i = 0; i < 500 && (i == 0 || stats.memory_anon < 40 << 20); i++) {
		usleep(10000);
		stats = stats_of(cgroup);
	}

	assert_within_percent(stats.memory_current,
			      by_hand(CGROUP_CONTROLLER_MEMORY,
				      v1 ? "memory.usage_in_bytes" : "memory.current", ""));
	assert_within_percent(stats.memory_anon, by_hand(CGROUP_CONTROLLER_MEMORY, "memory.stat",
							 v1 ? "total_rss" : "anon"));
	assert_true(stats.memory_anon >= 40 << 20 && stats.memory_anon < 45 << 20);
	assert_int_equal(stats.memory_limit, 100 << 20);
	assert_true(stats.memory_kernel != NCRUN_STAT_UNKNOWN);
	assert_int_equal(stats.oom_kills, 0);
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(pid);
	ncrun_stats_clear(&stats);
}

TEST(what_is_not_counted_is_unknown_and_not_zero)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct ncrun_stats stats;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY);
	cgroup = MAKE("a", 0, NULL);
	stats = stats_of(cgroup);

	assert_int_equal(stats.memory_current, NCRUN_STAT_UNKNOWN);
	assert_int_equal(stats.pids_current, NCRUN_STAT_UNKNOWN);
	assert_int_equal(stats.oom_kills, NCRUN_STAT_UNKNOWN);
	assert_null(stats.io);
}

TEST(accounting_counts_without_limits)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct ncrun_stats stats;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY | CGROUP_CONTROLLER_PIDS);
	cgroup = MAKE("a", CGROUP_ACCOUNT, NULL);
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);
	stats = stats_of(cgroup);

	assert_int_equal(stats.pids_current, 1);
	assert_int_equal(stats.pids_limit, NCRUN_STAT_NO_LIMIT);
	assert_int_equal(stats.memory_limit, NCRUN_STAT_NO_LIMIT);
	assert_true(stats.memory_current != NCRUN_STAT_UNKNOWN);
	assert_ok(cgroup_kill(cgroup, &err));
	cgroup_lab_wait(pid);
	ncrun_stats_clear(&stats);
}

TEST(pressure_is_there_where_v2_is)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct ncrun_stats stats;

	cgroup_lab_require(CGROUP_CONTROLLER_FREEZER);
	cgroup = MAKE("a", 0, NULL);
	if (cgroup_lab_version(CGROUP_CONTROLLER_FREEZER) != 2 ||
	    by_hand(CGROUP_CONTROLLER_FREEZER, "cpu.pressure", "some") == ULLONG_MAX) {
		print_message("SKIP-ALLOWED: no pressure figures here\n");
		skip();
	}
	stats = stats_of(cgroup);

	assert_int_equal(stats.cpu_pressure.some_avg10, 0);
	assert_true(stats.cpu_pressure.some_total_us != NCRUN_STAT_UNKNOWN);
	assert_true(stats.memory_pressure.full_total_us != NCRUN_STAT_UNKNOWN);
	assert_true(stats.io_pressure.full_avg300 != NCRUN_STAT_UNKNOWN);
	ncrun_stats_clear(&stats);
}

TEST(a_kill_for_want_of_memory_is_counted)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct cgroup_oom oom;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY);
	cgroup = MAKE("a", 0, "memory", "16M");
	assert_ok(cgroup_oom_read(cgroup, &oom, &err));
	assert_int_equal(oom.kills, 0);
	assert_int_equal(oom.limit_bytes, 16 << 20);

	assert_int_equal(cgroup_lab_run(cgroup, cgroup_lab_eat, (void *)40), 128 + SIGKILL);

	assert_ok(cgroup_oom_read(cgroup, &oom, &err));
	assert_int_equal(oom.kills, 1);
	assert_true(oom.at_limit >= 1);
}

TEST(all_of_a_group_is_killed_where_that_was_asked_for)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits limits = LIMITS("memory", "32M", "oom", "group");
	struct cgroup_oom oom;
	pid_t bystander;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY);
	if (cgroup_lab_version(CGROUP_CONTROLLER_MEMORY) == 1) {
		assert_fails(cgroup_create(cgroup_lab_root, "lab/a", &limits, 0, &cgroup, &err),
			     ENOTSUP);
		assert_string_equal(err.message, "oom 'group': cannot be had where memory is on "
						 "cgroup v1, as it is here (see: ncrun doctor)");
		return;
	}
	cgroup = MAKE("a", 0, "memory", "32M", "oom", "group");
	bystander = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);

	assert_int_equal(cgroup_lab_run(cgroup, cgroup_lab_eat, (void *)60), 128 + SIGKILL);
	assert_int_equal(cgroup_lab_wait(bystander), 128 + SIGKILL);
	assert_ok(cgroup_oom_read(cgroup, &oom, &err));
	assert_true(oom.kills >= 2);
}

#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, cgroup_lab_setup, cgroup_lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(cpu_time_is_what_the_kernel_says),
		LAB_TEST(memory_is_what_the_kernel_says),
		LAB_TEST(what_is_not_counted_is_unknown_and_not_zero),
		LAB_TEST(accounting_counts_without_limits),
		LAB_TEST(pressure_is_there_where_v2_is),
		LAB_TEST(a_kill_for_want_of_memory_is_counted),
		LAB_TEST(all_of_a_group_is_killed_where_that_was_asked_for),
	};

	return cmocka_run_group_tests_name("cgroups/stats", tests, NULL, NULL);
}
