/* SPDX-License-Identifier: Apache-2.0 */

/* What confines a node, from texts of /proc; and what is unusual in it. */

#include <stdlib.h>
#include <string.h>

#include <ncrun/security.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/container.h"
#include "runtime/security.h"
#include "tests/support/test.h"

static void done(struct ncrun_security *security)
{
	ncrun_security_clear(security);
}

#define _cleanup_security_ _cleanup_(done)

/** As a node without options is. */
static struct ncrun_security usual(void)
{
	struct ncrun_security security = NCRUN_SECURITY_INIT;
	struct ncrun_error err;

	security.permitted = security.effective = security.bounding = capabilities_default();
	security.no_new_privs = security.device_filter = true;
	security.seccomp_mode = 2;
	security.seccomp = strdup("default");
	assert_non_null(security.seccomp);
	assert_ok(security_map_parse("0 805306368 65536\n", &security.uid_maps,
				     &security.uid_map_count, &err));
	assert_int_equal(strings_append(&security.devices, "null c 1:3"), 0);
	return security;
}

static void assert_differs(struct ncrun_security *security, const char *what)
{
	struct ncrun_error err = {0};

	assert_ok(security_compare(security, NULL, NULL, &err));
	assert_non_null(security->differences);
	assert_string_equal(security->differences[0], what);
	assert_null(security->differences[1]);
}

TEST(a_node_without_options_is_not_unusual)
{
	_cleanup_security_ struct ncrun_security security = usual();
	struct ncrun_error err = {0};

	assert_ok(security_compare(&security, NULL, NULL, &err));
	assert_null(security.differences);
}

TEST(capabilities_beyond_the_usual_are_named)
{
	_cleanup_security_ struct ncrun_security security = usual();

	security.bounding |= 1ull << 12 | 1ull << 13;
	assert_differs(&security, "capabilities beyond the usual: NET_ADMIN NET_RAW");
}

TEST(capabilities_that_are_missing_are_named)
{
	_cleanup_security_ struct ncrun_security security = usual();

	security.bounding &= ~(1ull << 5);
	assert_differs(&security, "without the usual capabilities: KILL");
}

/* CVE-2022-27650, CVE-2022-29162 */
TEST(inheritable_capabilities_are_unusual)
{
	_cleanup_security_ struct ncrun_security security = usual();

	security.inheritable = 1;
	assert_differs(&security, "inheritable capabilities: CHOWN");
}

TEST(what_is_switched_off_is_unusual)
{
	_cleanup_security_ struct ncrun_security privileges = usual();
	_cleanup_security_ struct ncrun_security filter = usual();
	_cleanup_security_ struct ncrun_security profile = usual();
	_cleanup_security_ struct ncrun_security devices = usual();
	_cleanup_security_ struct ncrun_security users = usual();

	privileges.no_new_privs = false;
	assert_differs(&privileges, "no_new_privs is off: setuid programs work");
	filter.seccomp_mode = 0;
	assert_differs(&filter, "no seccomp filter");
	strcpy(profile.seccomp, "p.json");
	assert_differs(&profile, "another seccomp profile: p.json");
	devices.device_filter = false;
	assert_differs(&devices, "no filter of devices");
	users.uid_map_count = 0;
	assert_differs(&users, "no user namespace: root inside is root outside");
}

TEST(a_further_device_is_unusual)
{
	_cleanup_security_ struct ncrun_security security = usual();

	assert_int_equal(strings_append(&security.devices, "fuse c 10:229"), 0);
	assert_differs(&security, "a device: fuse c 10:229");
}

TEST(open_paths_are_unusual)
{
	static const char *const masks[] = {"/proc/keys", NULL}, *const open[] = {"/proc/sys",
										  NULL};
	_cleanup_security_ struct ncrun_security security = usual();
	struct ncrun_error err = {0};

	assert_ok(security_compare(&security, masks, open, &err));
	assert_string_equal(security.differences[0], "not masked: /proc/keys");
	assert_string_equal(security.differences[1], "not read-only: /proc/sys");
}

TEST(masks_and_read_only_mounts_are_told_apart)
{
	char text[] = "30 20 0:5 / / rw,nosuid - overlay overlay rw\n"
		      "31 30 0:6 / /proc rw,nosuid - proc proc rw\n"
		      "32 31 0:6 /sys /proc/sys ro,nosuid shared:1 - proc proc rw\n"
		      "33 31 0:7 /null /proc/keys rw,nosuid - devtmpfs udev rw\n"
		      "34 30 0:8 / /sys ro,nosuid - sysfs sysfs rw\n"
		      "35 34 0:9 / /sys/firmware ro,nosuid - tmpfs none ro\n"
		      "36 34 0:10 / /sys/fs/cgroup ro,nosuid - cgroup2 none rw\n"
		      "37 30 8:1 /x/null /secret rw - ext4 /dev/sda1 rw\n"
		      "38 30 0:7 /null /dev/null rw - devtmpfs udev rw\n"
		      "39 30 8:1 /data /data ro - ext4 /dev/sda1 rw\n"
		      "broken\n";
	static const char *const masked[] = {"/proc/keys", "/sys/firmware", "/secret"};
	static const char *const read_only[] = {"/proc/sys", "/sys", "/sys/fs/cgroup", "/data"};
	_cleanup_security_ struct ncrun_security security = NCRUN_SECURITY_INIT;
	struct ncrun_error err = {0};

	assert_ok(security_mounts_parse(&security, text, &err));
	assert_int_equal(strings_count((const char *const *)security.masked), 3);
	assert_int_equal(strings_count((const char *const *)security.read_only), 4);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(security.masked[i], masked[i]);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(security.read_only[i], read_only[i]);
}

TEST(a_status_is_read_by_its_keys)
{
	struct ncrun_security security = NCRUN_SECURITY_INIT;

	security_status_parse(&security, "Name:\tUid:\nUid:\t7\t7\t7\t7\nGid:\t8\t8\t8\t8\n"
					 "CapInh:\t0000000000000001\nCapPrm:\t00000000000005fb\n"
					 "CapEff:\t0000000000000002\nCapBnd:\t000001ffffffffff\n"
					 "CapAmb:\t0000000000000004\nNoNewPrivs:\t1\nSeccomp:\t2\n"
					 "Seccomp_filters:\t3\n");
	assert_int_equal(security.uid, 7);
	assert_int_equal(security.gid, 8);
	assert_int_equal(security.inheritable, 1);
	assert_int_equal(security.permitted, 0x5fb);
	assert_int_equal(security.effective, 2);
	assert_true(security.bounding == 0x1ffffffffffull);
	assert_int_equal(security.ambient, 4);
	assert_true(security.no_new_privs);
	assert_int_equal(security.seccomp_mode, 2);
	assert_int_equal(security.seccomp_filters, 3);
}

TEST(id_maps_are_read_line_by_line)
{
	struct ncrun_id_map *maps = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(security_map_parse("         0     100000      65536\n 65536 7 1\n", &maps,
				     &count, &err));
	assert_int_equal(count, 2);
	assert_int_equal(maps[0].outside, 100000);
	assert_int_equal(maps[1].inside, 65536);
	assert_int_equal(maps[1].count, 1);
	free(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_without_options_is_not_unusual),
		cmocka_unit_test(capabilities_beyond_the_usual_are_named),
		cmocka_unit_test(capabilities_that_are_missing_are_named),
		cmocka_unit_test(inheritable_capabilities_are_unusual),
		cmocka_unit_test(what_is_switched_off_is_unusual),
		cmocka_unit_test(a_further_device_is_unusual),
		cmocka_unit_test(open_paths_are_unusual),
		cmocka_unit_test(masks_and_read_only_mounts_are_told_apart),
		cmocka_unit_test(a_status_is_read_by_its_keys),
		cmocka_unit_test(id_maps_are_read_line_by_line),
	};

	return cmocka_run_group_tests_name("runtime/security", tests, NULL, NULL);
}
