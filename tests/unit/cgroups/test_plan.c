/* SPDX-License-Identifier: Apache-2.0 */

/* Which files get which values, on machines of either version, whatever this one has. */

#include <errno.h>
#include <string.h>

#include "cgroups/mount.h"
#include "cgroups/plan.h"
#include "tests/support/test.h"

#define ALL (~0u)

static struct ncrun_limits limits;
static struct plan plan;
static struct ncrun_error err;

static int fresh(void **state __attribute__((unused)))
{
	limits = NCRUN_LIMITS_INIT;
	plan = (struct plan){0};
	memset(&err, 0, sizeof(err));
	return 0;
}

static int clear(void **state __attribute__((unused)))
{
	ncrun_limits_clear(&limits);
	plan_done(&plan);
	return 0;
}

static void ask(const char *name, const char *value)
{
	assert_ok(ncrun_limits_set(&limits, name, value, &err));
}

/* The whole plan, "FILE=VALUE" a line; what may be missing ends in "?", a stopgap in "|". */
static void assert_planned(const char *expected)
{
	_cleanup_text_ struct text text = {0};

	assert_false(plan_failed(&plan));
	for (size_t i = 0; i < plan.count; i++) {
		const struct setting *setting = &plan.settings[i];

		text_printf(&text, "%s=%s%s%s\n", plan_text(&plan, setting->file),
			    plan_text(&plan, setting->value), setting->optional ? "?" : "",
			    setting->alternative ? "|" : "");
	}
	assert_string_equal(text_string(&text), expected);
}

TEST(v2_takes_a_share_of_the_processors_as_quota_and_period)
{
	ask("cpus", "1.5");
	ask("cpu-weight", "200");

	assert_ok(v2_plan(&plan, &limits, ALL, true, &err));

	assert_planned("cpu.max=150000 100000\ncpu.weight=200\n");
}

TEST(v2_takes_no_limit_as_max)
{
	ask("cpus", "max");
	ask("memory", "max");
	ask("pids", "max");

	assert_ok(v2_plan(&plan, &limits, ALL, false, &err));

	assert_planned("cpu.max=max 100000\nmemory.max=max\npids.max=max\n");
}

TEST(a_new_group_of_v2_with_memory_gets_no_swap)
{
	ask("memory", "64M");

	assert_ok(v2_plan(&plan, &limits, ALL, true, &err));

	assert_planned("memory.max=67108864\nmemory.swap.max=0?\n");
}

TEST(v2_has_all_there_is_for_memory)
{
	ask("memory", "64M");
	ask("swap", "1M");
	ask("memory-high", "48M");
	ask("memory-low", "16M");
	ask("oom", "group");

	assert_ok(v2_plan(&plan, &limits, ALL, false, &err));

	assert_planned("memory.max=67108864\nmemory.swap.max=1048576\nmemory.high=50331648\n"
		       "memory.low=16777216\nmemory.oom.group=1\n");
}

TEST(v2_has_one_line_for_a_disk_and_the_way_back)
{
	ask("io", "8:0:rbps=1M,wiops=10,wbps=max");
	ask("io", "8:16:riops=5");
	ask("io-weight", "100");

	assert_ok(v2_plan(&plan, &limits, ALL, true, &err));

	assert_planned(
		"io.weight=100\nio.bfq.weight=20|\nio.max=8:0 rbps=1048576 wbps=max wiops=10\n"
		"io.max=8:16 riops=5\n");
	assert_string_equal(plan_text(&plan, plan.settings[2].select), "8:0");
	assert_string_equal(plan_text(&plan, plan.settings[2].unset),
			    "8:0 rbps=max wbps=max riops=max wiops=max");
}

TEST(huge_pages_are_limited_where_they_are_reserved_too)
{
	ask("hugetlb", "2M:4M");

	assert_ok(v2_plan(&plan, &limits, ALL, true, &err));
	assert_ok(v1_plan(&plan, &limits, ALL, true, &err));

	assert_planned("hugetlb.2MB.max=4194304\nhugetlb.2MB.rsvd.max=4194304?\n"
		       "hugetlb.2MB.limit_in_bytes=4194304\n"
		       "hugetlb.2MB.rsvd.limit_in_bytes=4194304?\n");
}

TEST(keys_go_to_v2_where_their_controller_is)
{
	ask("cgroup", "memory.min=1M");
	ask("cgroup", "pids.max=7");
	ask("cgroup", "cgroup.max.depth=3");

	assert_ok(v2_plan(&plan, &limits, CGROUP_CONTROLLER_MEMORY, true, &err));

	assert_planned("memory.min=1M\ncgroup.max.depth=3\n");
}

TEST(a_hierarchy_gets_what_its_controllers_are_for)
{
	ask("cpus", "0.5");
	ask("memory", "64M");
	ask("pids", "20");
	ask("cpuset", "0");

	assert_ok(v1_plan(&plan, &limits, CGROUP_CONTROLLER_PIDS | CGROUP_CONTROLLER_CPUSET, true,
			  &err));
	assert_ok(v2_plan(&plan, &limits, CGROUP_CONTROLLER_CPUSET, true, &err));

	assert_planned("cpuset.cpus=0\npids.max=20\ncpuset.cpus=0\n");
}

TEST(v1_limits_memory_and_the_sum_with_swap)
{
	ask("memory", "64M");
	ask("swap", "1M");

	assert_ok(v1_plan(&plan, &limits, ALL, true, &err));

	assert_planned("memory.limit_in_bytes=67108864\n"
		       "memory.memsw.limit_in_bytes=68157440\n");
}

TEST(v1_refuses_what_only_v2_can)
{
	static const struct {
		const char *name, *value, *message;
	} cases[] = {
		{"memory-high", "48M",
		 "memory-high '48M': there is no such limit where memory is on cgroup v1, as it is "
		 "here (see: ncrun doctor)"},
		{"oom", "group",
		 "oom 'group': cannot be had where memory is on cgroup v1, as it is here (see: "
		 "ncrun doctor)"},
		{"swap", "1M",
		 "swap '1M': cannot be limited without memory where memory is on cgroup v1, as it "
		 "is here (see: ncrun doctor)"},
		{"cgroup", "memory.min=1M",
		 "cgroup 'memory.min=1M': the memory controller is on cgroup v1 here (see: ncrun "
		 "doctor)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ncrun_limits_clear(&limits);
		limits = NCRUN_LIMITS_INIT;
		ask(cases[i].name, cases[i].value);

		assert_fails(v1_plan(&plan, &limits, ALL, true, &err), ENOTSUP);
		assert_string_equal(err.message, cases[i].message);
		assert_int_equal(plan.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			v2_takes_a_share_of_the_processors_as_quota_and_period, fresh, clear),
		cmocka_unit_test_setup_teardown(v2_takes_no_limit_as_max, fresh, clear),
		cmocka_unit_test_setup_teardown(a_new_group_of_v2_with_memory_gets_no_swap, fresh,
						clear),
		cmocka_unit_test_setup_teardown(v2_has_all_there_is_for_memory, fresh, clear),
		cmocka_unit_test_setup_teardown(v2_has_one_line_for_a_disk_and_the_way_back, fresh,
						clear),
		cmocka_unit_test_setup_teardown(huge_pages_are_limited_where_they_are_reserved_too,
						fresh, clear),
		cmocka_unit_test_setup_teardown(keys_go_to_v2_where_their_controller_is, fresh,
						clear),
		cmocka_unit_test_setup_teardown(a_hierarchy_gets_what_its_controllers_are_for,
						fresh, clear),
		cmocka_unit_test_setup_teardown(v1_limits_memory_and_the_sum_with_swap, fresh,
						clear),
		cmocka_unit_test_setup_teardown(v1_refuses_what_only_v2_can, fresh, clear),
	};

	return cmocka_run_group_tests_name("cgroups/plan", tests, NULL, NULL);
}
