/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <sys/resource.h>

#include <ncrun/container.h>

#include "tests/support/test.h"

TEST(an_id_map_is_three_numbers)
{
	struct ncrun_error err = {0};
	struct ncrun_id_map map = {0};

	assert_ok(ncrun_id_map_parse("0:100000:65536", &map, &err));
	assert_int_equal(map.inside, 0);
	assert_int_equal(map.outside, 100000);
	assert_int_equal(map.count, 65536);
	assert_ok(ncrun_id_map_parse("0:0:4294967294", &map, &err));
	assert_ok(ncrun_id_map_parse("4294967294:1:1", &map, &err));
}

TEST(other_id_maps_are_refused)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "id map '': not INSIDE:OUTSIDE:COUNT"},
		{"0:1", "id map '0:1': not INSIDE:OUTSIDE:COUNT"},
		{"0:1:2:3", "id map '0:1:2:3': not INSIDE:OUTSIDE:COUNT"},
		{"a:1:2", "id map 'a:1:2': first id inside 'a': not a number from 0 to 4294967294"},
		{"0::2", "id map '0::2': first id outside '': not a number from 0 to 4294967294"},
		{"0:1:0", "id map '0:1:0': count '0': not a number from 1 to 4294967294"},
		{"0:-1:1",
		 "id map '0:-1:1': first id outside '-1': not a number from 0 to 4294967294"},
		{"0:4294967290:6",
		 "id map '0:4294967290:6': 6 ids from 4294967290 on go beyond the last one"},
		{"2:0:4294967294",
		 "id map '2:0:4294967294': 4294967294 ids from 2 on go beyond the last one"},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_id_map map = {.count = 7};

		assert_fails(ncrun_id_map_parse(rows[i].text, &map, &err), EINVAL);
		assert_string_equal(err.message, rows[i].message);
		assert_int_equal(map.count, 7);
	}
}

TEST(restart_policies_have_names_and_a_limit)
{
	static const struct {
		const char *text;
		enum ncrun_restart_policy policy;
		uint32_t max_retries;
	} rows[] = {
		{"no", NCRUN_RESTART_NO, 0},
		{"always", NCRUN_RESTART_ALWAYS, 0},
		{"on-failure", NCRUN_RESTART_ON_FAILURE, 0},
		{"on-failure:3", NCRUN_RESTART_ON_FAILURE, 3},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_restart restart = {0};

		assert_ok(ncrun_restart_parse(rows[i].text, &restart, &err));
		assert_int_equal(restart.policy, rows[i].policy);
		assert_int_equal(restart.max_retries, rows[i].max_retries);
	}
}

TEST(other_restart_policies_are_refused)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "restart policy '': not 'no', 'on-failure[:N]' or 'always'"},
		{"unless-stopped",
		 "restart policy 'unless-stopped': not 'no', 'on-failure[:N]' or 'always'"},
		{"always:3", "restart policy 'always:3': not 'no', 'on-failure[:N]' or 'always'"},
		{"on-failure:", "restart policy 'on-failure:': restarts '': not a number from 1 to "
				"4294967295"},
		{"on-failure:0", "restart policy 'on-failure:0': restarts '0': not a number from 1 "
				 "to 4294967295"},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_restart restart = {.max_retries = 7};

		assert_fails(ncrun_restart_parse(rows[i].text, &restart, &err), EINVAL);
		assert_string_equal(err.message, rows[i].message);
		assert_int_equal(restart.max_retries, 7);
	}
}

TEST(limits_are_numbers_sizes_or_unlimited)
{
	static const struct {
		const char *text;
		int resource;
		uint64_t soft, hard;
	} rows[] = {
		{"nofile=1024", RLIMIT_NOFILE, 1024, 1024},
		{"nofile=1024:4096", RLIMIT_NOFILE, 1024, 4096},
		{"core=0", RLIMIT_CORE, 0, 0},
		{"memlock=64M:unlimited", RLIMIT_MEMLOCK, 64 << 20, UINT64_MAX},
		{"stack=unlimited", RLIMIT_STACK, UINT64_MAX, UINT64_MAX},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_rlimit limit = {0};

		assert_ok(ncrun_rlimit_parse(rows[i].text, &limit, &err));
		assert_int_equal(limit.resource, rows[i].resource);
		assert_true(limit.soft == rows[i].soft && limit.hard == rows[i].hard);
	}
}

TEST(other_limits_are_refused)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"", "limit '': not NAME=SOFT[:HARD]"},
		{"nofile", "limit 'nofile': not NAME=SOFT[:HARD]"},
		{"nofile=1:2:3", "limit 'nofile=1:2:3': not NAME=SOFT[:HARD]"},
		{"nofile=", "limit 'nofile=': '' is neither a number, nor a size, nor 'unlimited'"},
		{"nofile=-1",
		 "limit 'nofile=-1': '-1' is neither a number, nor a size, nor 'unlimited'"},
		{"nofile=9:8", "limit 'nofile=9:8': the soft limit is above the hard one"},
		{"nofile=unlimited:8",
		 "limit 'nofile=unlimited:8': the soft limit is above the hard one"},
		{"nofiles=1",
		 "limit 'nofiles=1': unknown resource 'nofiles' (did you mean 'nofile'?)"},
		{"zebra=1", "limit 'zebra=1': unknown resource 'zebra'"},
	};
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ncrun_rlimit limit = {.soft = 7};

		assert_fails(ncrun_rlimit_parse(rows[i].text, &limit, &err), EINVAL);
		assert_string_equal(err.message, rows[i].message);
		assert_int_equal(limit.soft, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_map_is_three_numbers),
		cmocka_unit_test(other_id_maps_are_refused),
		cmocka_unit_test(restart_policies_have_names_and_a_limit),
		cmocka_unit_test(other_restart_policies_are_refused),
		cmocka_unit_test(limits_are_numbers_sizes_or_unlimited),
		cmocka_unit_test(other_limits_are_refused),
	};

	return cmocka_run_group_tests_name("runtime/parse_limits", tests, NULL, NULL);
}
