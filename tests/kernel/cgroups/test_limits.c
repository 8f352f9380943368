/* SPDX-License-Identifier: Apache-2.0 */

/* Limits that hold for real processes, on whichever version has the controller. */

#include <errno.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/cgroup_lab.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

TEST(a_child_is_in_the_group_before_it_runs)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t count;
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY | CGROUP_CONTROLLER_PIDS);
	cgroup = MAKE("a", 0, "memory", "64M", "pids", "20", "cpus", "0.5");
	pid = cgroup_lab_spawn(cgroup, cgroup_lab_sleep, NULL);

	assert_ok(cgroup_processes(cgroup, &pids, &count, &err));
	assert_int_equal(count, 1);
	assert_int_equal(pids[0], pid);
	assert_ok(cgroup_kill(cgroup, &err));
	assert_int_equal(cgroup_lab_wait(pid), 128 + SIGKILL);
}

TEST(memory_beyond_the_limit_kills_and_less_does_not)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct cgroup_oom oom;

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY);
	cgroup = MAKE("a", 0, "memory", "64M");

	assert_int_equal(cgroup_lab_run(cgroup, cgroup_lab_eat, (void *)50), 0);
	assert_ok(cgroup_oom_read(cgroup, &oom, &err));
	assert_int_equal(oom.kills, 0);
	assert_int_equal(oom.limit_bytes, 64 << 20);
	assert_true(oom.peak_bytes >= 50 << 20 && oom.peak_bytes <= 64 << 20);

	assert_int_equal(cgroup_lab_run(cgroup, cgroup_lab_eat, (void *)80), 128 + SIGKILL);
	assert_ok(cgroup_oom_read(cgroup, &oom, &err));
	assert_int_equal(oom.kills, 1);
	assert_true(oom.at_limit > 0);
	assert_true(oom.peak_bytes >= 60 << 20 && oom.peak_bytes <= 64 << 20);
}

static int write_file(void *path)
{
	static char block[1 << 20];
	FILE *file = fopen(path, "w");

	for (int i = 0; file && i < 150; i++)
		if (fwrite(block, sizeof(block), 1, file) != 1)
			return 97;
	return file && fclose(file) == 0 ? 0 : 96;
}

TEST(page_cache_does_not_kill)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct cgroup_oom oom;
	struct statfs fs;
	char path[96];

	cgroup_lab_require(CGROUP_CONTROLLER_MEMORY);
	assert_int_equal(statfs(dir.path, &fs), 0);
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC) {
		print_message("SKIP-ALLOWED: '%s' is memory, not a disk\n", dir.path);
		skip();
	}
	snprintf(path, sizeof(path), "%s/file", dir.path);
	cgroup = MAKE("a", 0, "memory", "32M");

	assert_int_equal(cgroup_lab_run(cgroup, write_file, path), 0);
	assert_ok(cgroup_oom_read(cgroup, &oom, &err));
	assert_int_equal(oom.kills, 0);
}

static int fork_bomb(void *data __attribute__((unused)))
{
	int born = 0;

	for (; born < 1000; born++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0)
			cgroup_lab_sleep(NULL);
	}
	return errno == EAGAIN ? born : 250;
}

TEST(processes_are_counted_and_no_more_are_born)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct ncrun_stats stats = NCRUN_STATS_INIT;

	cgroup_lab_require(CGROUP_CONTROLLER_PIDS);
	cgroup = MAKE("a", 0, "pids", "20");

	assert_int_equal(cgroup_lab_run(cgroup, fork_bomb, NULL), 19);
	assert_ok(cgroup_stats(cgroup, &stats, &err));
	assert_int_equal(stats.pids_current, 19);
	assert_int_equal(stats.pids_limit, 20);
	assert_true(stats.pids_max_events >= 1);
	assert_ok(cgroup_kill(cgroup, &err));
	assert_true(cgroup_lab_emptied(cgroup));
}

static uint64_t usage_us(const struct cgroup *cgroup)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;

	assert_ok(cgroup_stats(cgroup, &stats, &err));
	return stats.cpu_usage_us;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

TEST(a_quota_holds_a_spinning_process_back)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct ncrun_stats stats = NCRUN_STATS_INIT;
	uint64_t used, time;
	pid_t pids[4]; /* one alone may not get so much on a busy machine */

	cgroup_lab_require(CGROUP_CONTROLLER_CPU | CGROUP_CONTROLLER_CPUACCT);
	cgroup = MAKE("a", CGROUP_ACCOUNT, "cpus", "0.2");
	for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++)
		pids[i] = cgroup_lab_spawn(cgroup, cgroup_lab_spin, NULL);

	used = usage_us(cgroup);
	time = now_us();
	usleep(2500000);
	used = usage_us(cgroup) - used;
	time = now_us() - time;
	print_message("# used %.3f of a CPU\n", (double)used / (double)time);
	/* Others may take CPU from us: the limit is an upper bound, and what was held back had it.
	 */
	assert_true(used * 1000 <= time * 230);
	assert_ok(cgroup_stats(cgroup, &stats, &err));
	assert_true(stats.cpu_usage_us >= (stats.cpu_throttled_periods - 1) * 18000);
	assert_true(stats.cpu_periods >= 10 && stats.cpu_throttled_periods >= 10);
	assert_true(stats.cpu_throttled_us > 100000);
	assert_ok(cgroup_kill(cgroup, &err));
	for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++)
		cgroup_lab_wait(pids[i]);
}

static int cpu_count(void *data __attribute__((unused)))
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

TEST(a_cpuset_is_all_a_process_sees)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_CPUSET);
	cgroup = MAKE("a", 0, "cpuset", "0");

	assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPUSET, "cpuset.cpus"), "0");
	assert_true(cgroup_lab_run(cgroup, cpu_count, NULL) >= 1);
}

TEST(files_have_what_was_asked_for)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	bool v1 = cgroup_lab_version(CGROUP_CONTROLLER_CPU) == 1;

	cgroup_lab_require(CGROUP_CONTROLLER_CPU);
	cgroup = MAKE("a", 0, "cpus", "0.5", "cpu-period", "50ms", "cpu-weight", "300");

	if (v1) {
		assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPU, "cpu.cfs_quota_us"),
				    "25000");
		assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPU,
						    "cpu.cfs_period_us"),
				    "50000");
		assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPU, "cpu.shares"),
				    "3072");
	} else {
		assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPU, "cpu.max"),
				    "25000 50000");
		assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_CPU, "cpu.weight"),
				    "300");
	}
}

TEST(huge_pages_of_a_size_that_is_not_there_are_refused)
{
	_cleanup_limits_ struct ncrun_limits limits = LIMITS("hugetlb", "512M:1G");
	struct cgroup *cgroup = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_HUGETLB);
	assert_fails(cgroup_create(cgroup_lab_root, "lab/a", &limits, 0, &cgroup, &err), ENOTSUP);
	assert_non_null(strstr(err.message, "hugetlb limit: this kernel has no 'hugetlb.512MB"));
	assert_null(cgroup);
	assert_fails(cgroup_open(cgroup_lab_root, "lab/a", &cgroup, &err), ENOENT);
}

TEST(huge_pages_are_limited_before_they_are_touched)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	bool v1 = cgroup_lab_version(CGROUP_CONTROLLER_HUGETLB) == 1;

	cgroup_lab_require(CGROUP_CONTROLLER_HUGETLB);
	cgroup = MAKE("a", 0, "hugetlb", "2M:4M");

	assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_HUGETLB,
					    v1 ? "hugetlb.2MB.limit_in_bytes" : "hugetlb.2MB.max"),
			    "4194304");
	assert_string_equal(cgroup_lab_file("a", CGROUP_CONTROLLER_HUGETLB,
					    v1 ? "hugetlb.2MB.rsvd.limit_in_bytes"
					       : "hugetlb.2MB.rsvd.max"),
			    "4194304");
}

/* The base and the group above it have no CPUs to hand down. */
TEST(a_group_that_can_have_no_cpus_is_not_left_behind)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_limits_ struct ncrun_limits limits = LIMITS("cpuset", "0");
	struct cgroup *below = NULL;
	char place[256], made[300];
	size_t length;

	cgroup_lab_require(CGROUP_CONTROLLER_CPUSET);
	if (cgroup_lab_version(CGROUP_CONTROLLER_CPUSET) != 1 ||
	    *cgroup_root_location(cgroup_lab_root)) {
		print_message("needs cpuset on cgroup v1\n");
		skip();
	}
	cgroup = MAKE("a", 0, "cpuset", "0");
	length = (size_t)snprintf(place, sizeof(place), "%s/deep",
				  cgroup_lab_path("a", CGROUP_CONTROLLER_CPUSET));
	assert_int_equal(mkdir(place, 0755), 0);
	strcat(place, "/base");
	assert_int_equal(mkdir(place, 0755), 0);
	assert_ok(cgroup_root_open("up", strstr(place, "/ncrun-test-"), &root, &err));

	assert_fails(cgroup_create(root, "lab/a", &limits, 0, &below, &err), ENOENT);
	assert_non_null(strstr(err.message, "give a group its CPUs"));
	snprintf(made, sizeof(made), "%s/up", place);
	assert_int_equal(access(made, F_OK), -1);

	assert_int_equal(rmdir(place), 0);
	place[length] = '\0';
	assert_int_equal(rmdir(place), 0);
}

#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, cgroup_lab_setup, cgroup_lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(a_child_is_in_the_group_before_it_runs),
		LAB_TEST(memory_beyond_the_limit_kills_and_less_does_not),
		LAB_TEST(page_cache_does_not_kill),
		LAB_TEST(processes_are_counted_and_no_more_are_born),
		LAB_TEST(a_quota_holds_a_spinning_process_back),
		LAB_TEST(a_cpuset_is_all_a_process_sees),
		LAB_TEST(files_have_what_was_asked_for),
		LAB_TEST(huge_pages_of_a_size_that_is_not_there_are_refused),
		LAB_TEST(huge_pages_are_limited_before_they_are_touched),
		LAB_TEST(a_group_that_can_have_no_cpus_is_not_left_behind),
	};

	return cmocka_run_group_tests_name("cgroups/limits", tests, NULL, NULL);
}
