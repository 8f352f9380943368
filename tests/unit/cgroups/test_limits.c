/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>

#include <ncrun/limits.h>

#include "base/cleanup.h"
#include "tests/support/test.h"

static struct ncrun_error err;

/** Limits from "NAME=VALUE" words up to a NULL. */
static struct ncrun_limits limits_of(const char *const *words)
{
	struct ncrun_limits limits = NCRUN_LIMITS_INIT;

	for (; *words; words += 2)
		assert_ok(ncrun_limits_set(&limits, words[0], words[1], &err));
	return limits;
}

#define LIMITS(...)      limits_of((const char *const[]){__VA_ARGS__, NULL})
#define _cleanup_limits_ _cleanup_(ncrun_limits_clear)

static void assert_contradiction(struct ncrun_limits limits, const char *message)
{
	assert_fails(ncrun_limits_check(&limits, &err), EINVAL);
	assert_string_equal(err.message, message);
	ncrun_limits_clear(&limits);
}

TEST(contradictions_are_refused_with_both_sides)
{
	assert_contradiction(LIMITS("memory", "64M", "memory-high", "65M"),
			     "memory-high '65M': more than memory '64M'");
	assert_contradiction(LIMITS("memory", "64M", "memory-low", "1G"),
			     "memory-low '1G': more than memory '64M'");
	assert_contradiction(LIMITS("memory-high", "64M", "memory-low", "65M"),
			     "memory-low '65M': more than memory-high '64M'");
	assert_contradiction(LIMITS("swap", "64M"),
			     "swap '64M': comes on top of a limit on memory (add memory)");
	assert_contradiction(LIMITS("cpu-period", "50ms"),
			     "cpu-period '50ms': means nothing without cpus");
	assert_contradiction(LIMITS("cpus", "0.01", "cpu-period", "50ms"),
			     "cpus '0.01' in a cpu-period of '50ms': the kernel's least is 1ms of "
			     "time in each (try a longer cpu-period)");
	assert_contradiction(LIMITS("pids", "10", "cgroup", "pids.max=20"),
			     "cgroup 'pids.max=20': 'pids' is given as well, and sets the same");
}

TEST(what_goes_together_passes)
{
	_cleanup_limits_ struct ncrun_limits memory =
		LIMITS("memory", "64M", "memory-high", "64M", "memory-low", "64M", "swap", "none");
	_cleanup_limits_ struct ncrun_limits lifted =
		LIMITS("memory", "max", "memory-high", "1G", "memory-low", "max", "swap", "max");
	_cleanup_limits_ struct ncrun_limits little = LIMITS("cpus", "0.001");
	_cleanup_limits_ struct ncrun_limits key =
		LIMITS("memory", "64M", "cgroup", "memory.min=1M");

	assert_ok(ncrun_limits_check(&memory, &err));
	assert_ok(ncrun_limits_check(&lifted, &err));
	assert_ok(ncrun_limits_check(&little, &err));
	assert_ok(ncrun_limits_check(&key, &err));
}

TEST(a_copy_owns_all_it_has)
{
	struct ncrun_limits from = LIMITS("cpuset", "0", "device", "/dev/null", "io", "8:0:rbps=1M",
					  "cgroup", "memory.min=1M", "hugetlb", "2M:4M");
	_cleanup_limits_ struct ncrun_limits to = NCRUN_LIMITS_INIT;

	assert_ok(ncrun_limits_copy(&to, &from, &err));
	ncrun_limits_clear(&from);

	assert_string_equal(to.cpuset_cpus, "0");
	assert_string_equal(to.devices[0].path, "/dev/null");
	assert_int_equal(to.io[0].read_bytes, 1 << 20);
	assert_string_equal(to.keys[0], "memory.min=1M");
	assert_int_equal(to.hugetlb[0].max_bytes, 4 << 20);
	assert_null(from.keys);
}

TEST(changes_replace_and_add)
{
	_cleanup_limits_ struct ncrun_limits limits =
		LIMITS("memory", "64M", "pids", "20", "io", "8:0:rbps=1M", "cgroup",
		       "memory.min=1M", "device", "c:1:3:r", "swap", "1M");
	_cleanup_limits_ struct ncrun_limits changes =
		LIMITS("memory", "1G", "cpus", "2", "io", "8:0:wbps=2M", "io", "8:16:rbps=3M",
		       "cgroup", "memory.min=2M", "device", "c:1:3:rw", "swap", "none");

	assert_ok(ncrun_limits_merge(&limits, &changes, &err));

	assert_int_equal(limits.memory_max, 1 << 30);
	assert_int_equal(limits.pids_max, 20);
	assert_int_equal(limits.cpu_millionths, 2000000);
	assert_int_equal(limits.io_count, 2);
	assert_int_equal(limits.io[0].read_bytes, 1 << 20);
	assert_int_equal(limits.io[0].write_bytes, 2 << 20);
	assert_string_equal(limits.keys[0], "memory.min=2M");
	assert_null(limits.keys[1]);
	assert_int_equal(limits.device_count, 1);
	assert_int_equal(limits.devices[0].access, NCRUN_DEVICE_READ | NCRUN_DEVICE_WRITE);
	assert_true(limits.swap_set && limits.swap_max == 0);
}

/* Sanitizers tell of a list that is taken to have more room than it has. */
TEST(lists_made_by_hand_are_added_to)
{
	_cleanup_limits_ struct ncrun_limits limits = NCRUN_LIMITS_INIT;
	char text[32];

	limits.devices = calloc(3, sizeof(*limits.devices));
	assert_non_null(limits.devices);
	limits.device_count = 3;
	for (uint32_t i = 0; i < 3; i++)
		limits.devices[i] = (struct ncrun_device_rule){.type = 'c',
							       .major = 1,
							       .minor = i,
							       .access = NCRUN_DEVICE_READ};

	assert_ok(ncrun_limits_set(&limits, "device", "c:1:3:w", &err));

	assert_int_equal(limits.device_count, 4);
	assert_true(ncrun_limits_print(&limits, "device", 2, text, sizeof(text)) > 0);
	assert_string_equal(text, "c:1:2:r");
	assert_true(ncrun_limits_print(&limits, "device", 3, text, sizeof(text)) > 0);
	assert_string_equal(text, "c:1:3:w");
}

TEST(nothing_asked_for_is_empty)
{
	_cleanup_limits_ struct ncrun_limits none = NCRUN_LIMITS_INIT;
	_cleanup_limits_ struct ncrun_limits swap = LIMITS("swap", "none");

	assert_true(ncrun_limits_are_empty(NULL));
	assert_true(ncrun_limits_are_empty(&none));
	assert_false(ncrun_limits_are_empty(&swap));
}

TEST(a_struct_of_another_version_is_refused)
{
	struct ncrun_limits limits = {0};

	assert_fails(ncrun_limits_set(&limits, "memory", "1M", &err), EINVAL);
	assert_string_equal(err.message,
			    "limits: not made by NCRUN_LIMITS_INIT of this library's header");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contradictions_are_refused_with_both_sides),
		cmocka_unit_test(what_goes_together_passes),
		cmocka_unit_test(a_copy_owns_all_it_has),
		cmocka_unit_test(changes_replace_and_add),
		cmocka_unit_test(lists_made_by_hand_are_added_to),
		cmocka_unit_test(nothing_asked_for_is_empty),
		cmocka_unit_test(a_struct_of_another_version_is_refused),
	};

	return cmocka_run_group_tests_name("cgroups/limits", tests, NULL, NULL);
}
