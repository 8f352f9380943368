/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <ncrun/limits.h>

#include "tests/support/directory.h"
#include "tests/support/test.h"

static struct ncrun_limits limits;
static struct ncrun_error err;

static int fresh(void **state __attribute__((unused)))
{
	limits = NCRUN_LIMITS_INIT;
	memset(&err, 0, sizeof(err));
	return 0;
}

static int clear(void **state __attribute__((unused)))
{
	ncrun_limits_clear(&limits);
	return 0;
}

static void assert_set(const char *name, const char *value)
{
	assert_ok(ncrun_limits_set(&limits, name, value, &err));
}

static void assert_refused(const char *name, const char *value, int code, const char *message)
{
	assert_fails(ncrun_limits_set(&limits, name, value, &err), code);
	assert_string_equal(err.message, message);
}

static void assert_printed(const char *name, size_t index, const char *expected)
{
	char text[256];

	assert_int_equal(ncrun_limits_print(&limits, name, index, text, sizeof(text)),
			 (int)strlen(expected));
	assert_string_equal(text, expected);
}

TEST(every_limit_has_a_name_a_placeholder_and_help)
{
	size_t count;
	const struct ncrun_limit *table = ncrun_limit_list(&count);

	assert_true(count >= 16);
	for (size_t i = 0; i < count; i++) {
		assert_true(table[i].name && table[i].name[0]);
		assert_true(table[i].value && table[i].value[0]);
		assert_true(table[i].help && strlen(table[i].help) > 10);
		assert_true(table[i].help[strlen(table[i].help) - 1] != '.');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(table[i].name, table[j].name);
	}
}

TEST(what_is_set_is_printed_the_same)
{
	static const char *const pairs[][2] = {
		{"cpus", "0.5"},
		{"cpu-period", "50ms"},
		{"cpu-weight", "300"},
		{"cpuset", "0-3,5"},
		{"cpuset-mems", "0"},
		{"memory", "64M"},
		{"memory-high", "48M"},
		{"memory-low", "5K"},
		{"swap", "1G"},
		{"oom", "group"},
		{"pids", "20"},
		{"io-weight", "50"},
		{"hugetlb", "2M:64M"},
		{"device", "c:1:3:rw"},
		{"cgroup", "memory.min=16M"},
		{"io", "8:16:rbps=1M,wbps=max,riops=1024,wiops=5"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_set(pairs[i][0], pairs[i][1]);
		assert_printed(pairs[i][0], 0, pairs[i][1]);
	}
	assert_ok(ncrun_limits_check(&limits, &err));
	assert_int_equal(limits.cpu_millionths, 500000);
	assert_int_equal(limits.memory_max, 64 << 20);
	assert_int_equal(limits.io[0].minor, 16);
	assert_int_equal(limits.io[0].write_bytes, NCRUN_LIMIT_NONE);
}

TEST(numbers_of_cpus_may_have_a_fraction)
{
	static const struct {
		const char *text;
		uint64_t millionths;
	} good[] = {{"1", 1000000},       {"0.001", 1000},       {"2.25", 2250000},  {".5", 500000},
		    {"8192", 8192000000}, {"0.3333333", 333333}, {"max", UINT64_MAX}};
	static const char *const bad[] = {"",       "0",      "0.0", "-1",
					  "0.0009", "8192.1", "1.",  ".",
					  "nan",    "inf",    "1e3", "0x1",
					  "1,5",    " 1",     "1 ",  "99999999999999999999999"};
	char message[128];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		limits.cpu_millionths = 0;
		assert_set("cpus", good[i].text);
		assert_int_equal(limits.cpu_millionths, good[i].millionths);
	}
	limits.cpu_millionths = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(message, sizeof(message),
			 "cpus '%s': not a number of CPUs from 0.001 to 8192 (try 0.5)", bad[i]);
		assert_refused("cpus", bad[i], EINVAL, message);
	}
	assert_int_equal(limits.cpu_millionths, 0);
}

TEST(values_that_cannot_be_are_refused_with_a_hint)
{
	static const char *const bad[][3] = {
		{"memory", "64Q", "memory '64Q': not a size (try 64M)"},
		{"memory", "-64M", "memory '-64M': not a size (try 64M)"},
		{"memory", "0", "memory '0': less than one page of 4096 bytes (try 64M)"},
		{"memory", "9999999T", "memory '9999999T': more than any machine has (try max)"},
		{"memory", "99999999999999T", "memory '99999999999999T': too large (try 64M)"},
		{"memory-high", "nan", "memory-high 'nan': not a size (try 64M)"},
		{"swap", "-1", "swap '-1': not a size (try 64M)"},
		{"pids", "0", "pids '0': not a number from 1 to 4194304"},
		{"pids", "-1", "pids '-1': not a number from 1 to 4194304"},
		{"pids", "4194305", "pids '4194305': not a number from 1 to 4194304"},
		{"cpu-weight", "0", "cpu-weight '0': not a number from 1 to 10000"},
		{"cpu-weight", "max", "cpu-weight 'max': not a number from 1 to 10000"},
		{"io-weight", "10001", "io-weight '10001': not a number from 1 to 10000"},
		{"cpu-period", "2s", "cpu-period '2s': not between 1ms and 1s (try 100ms)"},
		{"cpu-period", "0", "cpu-period '0': not between 1ms and 1s (try 100ms)"},
		{"oom", "all", "oom 'all': not 'group' or 'process'"},
		{"hugetlb", "2M", "hugetlb '2M': not a page size and a limit (try 2M:64M)"},
		{"hugetlb", "3M:9M",
		 "hugetlb '3M:9M': '3M' is no size of a huge page (try 2M:64M)"},
		{"hugetlb", "2M:3M", "hugetlb '2M:3M': not a multiple of the page"},
		{"nproc", "1", "limit 'nproc': there is no such limit"},
		{"memroy", "1", "limit 'memroy': there is no such limit (did you mean 'memory'?)"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(bad[i][0], bad[i][1], EINVAL, bad[i][2]);
	assert_true(ncrun_limits_are_empty(&limits));
}

TEST(lists_of_cpus_are_numbers_and_ranges)
{
	static const char *const bad[] = {"",   "a",    "0-",    "-1",    "3-1",  "0,",
					  ",0", "0,,1", "0-1-2", "0-3:1", "8192", "0 1"};
	static const char *const good[] = {"0", "0-0", "1,0", "0-8191", "0-1,3-4,9"};
	char message[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(message, sizeof(message), "cpuset '%s': not a list of numbers (try 0-3,5)",
			 bad[i]);
		assert_refused("cpuset", bad[i], EINVAL, message);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_set("cpuset", good[i]);
		assert_string_equal(limits.cpuset_cpus, good[i]);
		ncrun_limits_clear(&limits);
	}
}

TEST(the_same_limit_twice_is_refused)
{
	assert_set("memory", "64M");
	assert_set("io", "8:0:rbps=1M");
	assert_set("hugetlb", "2M:0");
	assert_set("cgroup", "memory.min=1M");

	assert_refused("memory", "1G", EEXIST, "memory '1G': given already ('64M')");
	assert_refused("io", "8:0:wbps=1M", EEXIST,
		       "io '8:0:wbps=1M': limits of that disk are given already");
	assert_refused("hugetlb", "2M:2M", EEXIST,
		       "hugetlb '2M:2M': pages of that size are limited already");
	assert_refused("cgroup", "memory.min=2M", EEXIST,
		       "cgroup 'memory.min=2M': given already ('memory.min=1M')");
	assert_printed("memory", 0, "64M");
}

TEST(limits_of_disks_name_a_disk_and_rates)
{
	static const char *const bad[][2] = {
		{"sda", "io 'sda': not a disk and its limits (try /dev/sda:rbps=10M,wiops=100)"},
		{"sda:rbps=1M",
		 "io 'sda:rbps=1M': not the path of a device (try /dev/sda:rbps=10M)"},
		{"8:0:rbps=", "io '8:0:rbps=': 'rbps=' is not rbps=, wbps=, riops= or wiops= and a "
			      "number"},
		{"8:0:bps=1", "io '8:0:bps=1': 'bps=1' is not rbps=, wbps=, riops= or wiops= and a "
			      "number"},
		{"8:0:rbps=1,", "io '8:0:rbps=1,': '' is not rbps=, wbps=, riops= or wiops= and a "
				"number"},
		{"8:0:rbps=1,rbps=2", "io '8:0:rbps=1,rbps=2': 'rbps' is there twice"},
		{"8:0:rbps=0", "io '8:0:rbps=0': '0' is no rate (try 1M)"},
		{"8:0:riops=0", "io '0': not a number from 1 to 9223372036854775807"},
		{"8:0:riops=1M", "io '1M': not a number from 1 to 9223372036854775807"},
		{"8:0:wbps=-1", "io '-1': not a size (try 64M)"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused("io", bad[i][0], EINVAL, bad[i][1]);
	assert_refused("io", "/dev/null:rbps=1M", ENOTBLK,
		       "io '/dev/null:rbps=1M': '/dev/null' is not a disk");
	assert_refused("io", "/nonexistent:rbps=1M", ENOENT,
		       "io '/nonexistent:rbps=1M': look at '/nonexistent': No such file or "
		       "directory");
	assert_int_equal(limits.io_count, 0);
}

TEST(devices_are_looked_up)
{
	assert_set("device", "/dev/null");
	assert_set("device", "/dev/zero:r");
	assert_set("device", "b:7:1:wr");

	assert_printed("device", 0, "/dev/null:rwm");
	assert_printed("device", 1, "/dev/zero:r");
	assert_printed("device", 2, "b:7:1:rw");
	assert_int_equal(limits.devices[1].major, 1);
	assert_int_equal(limits.devices[1].minor, 5);
	assert_int_equal(limits.devices[1].access, NCRUN_DEVICE_READ);
	assert_true(ncrun_limits_are_empty(&limits));
	assert_refused("device", "/", ENODEV, "device '/': '/' is not a device");
	assert_refused("device", "tun", EINVAL,
		       "device 'tun': not the path of a device (try /dev/net/tun)");
	assert_refused("device", "/dev/none:rw", ENOENT,
		       "device '/dev/none:rw': look at '/dev/none': No such file or directory");
	assert_refused("device", "/dev/full:rwx", EINVAL,
		       "device '/dev/full:rwx': 'rwx' is not made of r, w and m");
	assert_int_equal(limits.device_count, 3);
}

TEST(keys_stay_in_the_group_and_off_its_core)
{
	static const char *const bad[] = {"",
					  "memory.min",
					  "memory.min=",
					  "memory=1",
					  ".x=1",
					  "../memory.max=1",
					  "a/memory.max=1",
					  "cgroup.procs=1",
					  "cgroup.subtree_control=+cpu",
					  "cgroup.kill=1",
					  "cgroup.type=threaded"};
	char message[160];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(message, sizeof(message),
			 "cgroup '%s': not a file of a controller and its value (try "
			 "memory.min=16M)",
			 bad[i]);
		assert_refused("cgroup", bad[i], EINVAL, message);
	}
	assert_set("cgroup", "cgroup.max.depth=3");
	assert_set("cgroup", "io.latency=8:0 target=100");
	assert_printed("cgroup", 1, "io.latency=8:0 target=100");
}

TEST(printing_needs_room_and_a_known_name)
{
	char text[4];

	assert_set("memory", "64M");
	assert_int_equal(ncrun_limits_print(&limits, "memory", 0, text, 3), -ENOSPC);
	assert_int_equal(ncrun_limits_print(&limits, "memory", 1, text, 4), 0);
	assert_int_equal(ncrun_limits_print(&limits, "pids", 0, text, 4), 0);
	assert_int_equal(ncrun_limits_print(&limits, "mem", 0, text, 4), -EINVAL);
}

#define LIMITS_TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIMITS_TEST(every_limit_has_a_name_a_placeholder_and_help),
		LIMITS_TEST(what_is_set_is_printed_the_same),
		LIMITS_TEST(numbers_of_cpus_may_have_a_fraction),
		LIMITS_TEST(values_that_cannot_be_are_refused_with_a_hint),
		LIMITS_TEST(lists_of_cpus_are_numbers_and_ranges),
		LIMITS_TEST(the_same_limit_twice_is_refused),
		LIMITS_TEST(limits_of_disks_name_a_disk_and_rates),
		LIMITS_TEST(devices_are_looked_up),
		LIMITS_TEST(keys_stay_in_the_group_and_off_its_core),
		LIMITS_TEST(printing_needs_room_and_a_known_name),
	};

	return cmocka_run_group_tests_name("cgroups/limits_set", tests, NULL, NULL);
}
