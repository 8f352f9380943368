/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cgroups/cgroups.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

#define ROOT_LINE "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
#define V1(name, options)                   \
	"33 31 0:30 / /sys/fs/cgroup/" name \
	" rw,nosuid shared:9 master:3 - cgroup cgroup rw," options "\n"

/** Read the layout from a mountinfo of @lines, where "@" stands for the directory itself. */
static struct cgroup_layout layout_of(const struct test_directory *dir, const char *lines)
{
	_cleanup_text_ struct text text = {0};
	_cleanup_free_ char *path = NULL;
	struct cgroup_layout layout = {0};
	struct ncrun_error err = {0};

	for (; *lines; lines++)
		if (*lines == '@')
			text_append(&text, dir->path);
		else
			text_append_char(&text, *lines);
	test_file(dir->fd, "mountinfo", text_string(&text));
	assert_true(asprintf(&path, "%s/mountinfo", dir->path) > 0);
	assert_ok(cgroup_layout_read(path, &layout, &err));
	return layout;
}

/* What v1 has controllers for. */
#define CORE_OF_V2 \
	(CGROUP_CONTROLLER_FREEZER | CGROUP_CONTROLLER_DEVICES | CGROUP_CONTROLLER_CPUACCT)

TEST(a_machine_of_today_is_unified)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct cgroup_layout layout;

	test_file(dir.fd, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma misc\n");
	layout = layout_of(&dir, ROOT_LINE
			   "29 24 0:26 / @ rw,nosuid,nodev shared:4 - cgroup2 cgroup2 rw\n");

	assert_int_equal(layout.mode, CGROUP_MODE_UNIFIED);
	assert_int_equal(layout.v1, 0);
	assert_int_equal(layout.v2, CGROUP_CONTROLLER_CPUSET | CGROUP_CONTROLLER_CPU |
					    CGROUP_CONTROLLER_IO | CGROUP_CONTROLLER_MEMORY |
					    CGROUP_CONTROLLER_HUGETLB | CGROUP_CONTROLLER_PIDS |
					    CORE_OF_V2);
	assert_string_equal(layout.v2_path, dir.path);
}

TEST(v1_beside_v2_is_hybrid)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct cgroup_layout layout;

	test_file(dir.fd, "cgroup.controllers", "hugetlb\n");
	layout = layout_of(
		&dir, ROOT_LINE V1("cpu,cpuacct", "cpu,cpuacct") V1("memory", "memory") V1("blkio",
											   "blkio")
			      V1("systemd",
				 "xattr,name=systemd") "41 31 0:38 / @ rw - cgroup2 cgroup2 rw\n");

	assert_int_equal(layout.mode, CGROUP_MODE_HYBRID);
	assert_int_equal(layout.v1, CGROUP_CONTROLLER_CPU | CGROUP_CONTROLLER_MEMORY |
					    CGROUP_CONTROLLER_IO | CGROUP_CONTROLLER_CPUACCT);
	assert_int_equal(layout.v2, CGROUP_CONTROLLER_HUGETLB | CORE_OF_V2);
}

TEST(v1_alone_is_legacy)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct cgroup_layout layout =
		layout_of(&dir,
			  V1("devices", "devices") V1("freezer", "freezer") V1("pids", "pids"));

	assert_int_equal(layout.mode, CGROUP_MODE_LEGACY);
	assert_int_equal(layout.v1, CGROUP_CONTROLLER_DEVICES | CGROUP_CONTROLLER_FREEZER |
					    CGROUP_CONTROLLER_PIDS);
	assert_int_equal(layout.v2, 0);
	assert_string_equal(layout.v2_path, "");
}

TEST(no_cgroups_are_a_layout_too)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();

	assert_int_equal(layout_of(&dir, ROOT_LINE).mode, CGROUP_MODE_NONE);
	assert_int_equal(layout_of(&dir, "").mode, CGROUP_MODE_NONE);
}

TEST(odd_lines_and_names_do_no_harm)
{
	static const char *const lines[] = {
		"1 2 3 4",
		"-",
		"1 2 3 / /a rw - cgroup",
		"1 2 3 / /a rw - cgroup x",
		"1 2 3 / /a\\0 rw - cgroup2x x y",
		"1 2 3 / /cgroup rw - tmpfs cgroup cgroup,memory",
	};
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(layout_of(&dir, lines[i]).mode, CGROUP_MODE_NONE);
}

TEST(blanks_in_a_mount_point_are_understood)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct cgroup_layout layout;

	assert_int_equal(mkdirat(dir.fd, "a b", 0755), 0);
	test_file(dir.fd, "a b/cgroup.controllers", "pids\n");
	layout = layout_of(&dir, "29 24 0:26 / @/a\\040b rw - cgroup2 none rw\n");

	assert_int_equal(layout.v2, CGROUP_CONTROLLER_PIDS | CORE_OF_V2);
	assert_non_null(strstr(layout.v2_path, "/a b"));
}

TEST(a_missing_mount_table_is_an_error)
{
	struct cgroup_layout layout = {.mode = CGROUP_MODE_LEGACY};
	struct ncrun_error err = {0};

	assert_fails(cgroup_layout_read("/nonexistent/mountinfo", &layout, &err), ENOENT);
	assert_string_equal(err.message,
			    "open '/nonexistent/mountinfo': No such file or directory");
	assert_int_equal(layout.mode, CGROUP_MODE_LEGACY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_of_today_is_unified),
		cmocka_unit_test(v1_beside_v2_is_hybrid),
		cmocka_unit_test(v1_alone_is_legacy),
		cmocka_unit_test(no_cgroups_are_a_layout_too),
		cmocka_unit_test(odd_lines_and_names_do_no_harm),
		cmocka_unit_test(blanks_in_a_mount_point_are_understood),
		cmocka_unit_test(a_missing_mount_table_is_an_error),
	};

	return cmocka_run_group_tests_name("cgroups/layout", tests, NULL, NULL);
}
