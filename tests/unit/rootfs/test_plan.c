/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "rootfs/plan.h"
#include "tests/support/test.h"

static void assert_path(const char *text, const char *path, unsigned int depth)
{
	struct ncrun_error err = {0};
	unsigned int found = 99;
	char *result = NULL;

	assert_ok(plan_path("path", text, &result, &found, &err));
	assert_string_equal(result, path);
	assert_int_equal(found, depth);
	free(result);
}

TEST(paths_lose_what_means_nothing)
{
	assert_path("/", "", 0);
	assert_path("/a", "a", 1);
	assert_path("//a///b/./c/", "a/b/c", 3);
	assert_path("/.../..a/b..", ".../..a/b..", 3);
}

TEST(paths_that_lead_up_or_are_not_absolute_are_refused)
{
	static const char *const bad[] = {"", "a", "./a", "/..", "/a/../b", "/a/.."};
	struct ncrun_error err = {0};
	unsigned int depth;
	char *path = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_fails(plan_path("path", bad[i], &path, &depth, &err), EINVAL);
		assert_null(path);
	}
}

TEST(paths_that_are_too_long_are_refused)
{
	struct ncrun_error err = {0};
	char name[NAME_MAX + 3];
	unsigned int depth;
	char *path = NULL;

	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_fails(plan_path("path", name, &path, &depth, &err), ENAMETOOLONG);
}

/* ---- whole plans ------------------------------------------------------------ */

static int root_fd = -1;

static int root_open(void **state __attribute__((unused)))
{
	root_fd = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : 0;
}

static int root_close(void **state __attribute__((unused)))
{
	closep(&root_fd);
	return 0;
}

static struct rootfs_spec plain_spec(void)
{
	return (struct rootfs_spec){.root_fd = root_fd, .userns = true, .uid_base = 100000};
}

static void refuses(const struct rootfs_spec *spec, int code, const char *message)
{
	struct rootfs_plan *plan = NULL;
	struct ncrun_error err = {0};

	assert_fails(rootfs_plan_new(spec, &plan, &err), code);
	assert_string_equal(err.message, message);
	assert_null(plan);
}

TEST(mounts_are_ordered_by_depth_and_otherwise_as_given)
{
	static const struct ncrun_volume volumes[] = {
		{.source = "/etc", .target = "/a/b/c"},
		{.source = "/etc", .target = "/x/y"},
		{.source = "/etc", .target = "/a/b"},
		{.source = "/etc/passwd", .target = "/d"},
	};
	static const struct ncrun_tmpfs tmpfs = {.target = "/a", .size_bytes = 4096, .mode = 0700};
	static const char *const order[] = {"d", "a", "x/y", "a/b", "a/b/c"};
	_cleanup_(rootfs_plan_freep) struct rootfs_plan *plan = NULL;
	struct rootfs_spec spec = plain_spec();
	struct ncrun_error err = {0};

	spec.volumes = volumes;
	spec.volume_count = 4;
	spec.tmpfs = &tmpfs;
	spec.tmpfs_count = 1;
	assert_ok(rootfs_plan_new(&spec, &plan, &err));

	assert_int_equal(plan->mount_count, 5);
	assert_int_equal(plan->volume_count, 4);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(plan->mounts[i].target, order[i]);
	assert_false(plan->mounts[0].directory);
	assert_string_equal(plan->mounts[1].options, "size=4096,mode=700");
	assert_true(plan->mounts[2].directory);
}

TEST(a_volume_without_its_source_is_refused)
{
	static const struct ncrun_volume volume = {.source = "/not/there", .target = "/v"};
	struct rootfs_spec spec = plain_spec();

	spec.volumes = &volume;
	spec.volume_count = 1;
	refuses(&spec, ENOENT, "open volume '/not/there': No such file or directory");
}

TEST(a_device_is_no_volume)
{
	static const struct ncrun_volume volume = {.source = "/dev/null", .target = "/v"};
	struct rootfs_spec spec = plain_spec();

	spec.volumes = &volume;
	spec.volume_count = 1;
	refuses(&spec, EINVAL, "volume '/dev/null': a device cannot be a volume");
}

TEST(targets_that_belong_to_the_node_are_refused)
{
	static const struct {
		const char *target, *message;
	} bad[] = {
		{"/", "volume target '/': cannot be the root itself"},
		{"/./", "volume target '/./': cannot be the root itself"},
		{"/proc", "volume target '/proc': '/proc' belongs to the node itself"},
		{"/proc/sys/net", "volume target '/proc/sys/net': '/proc' belongs to the node "
				  "itself"},
		{"//sys/", "volume target '//sys/': '/sys' belongs to the node itself"},
		{"/dev", "volume target '/dev': '/dev' belongs to the node itself"},
		{"v", "volume target 'v': not an absolute path"},
		{"/a/../b", "volume target '/a/../b': '..' is not allowed here"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct ncrun_volume volume = {.source = "/etc", .target = bad[i].target};
		struct rootfs_spec spec = plain_spec();

		spec.volumes = &volume;
		spec.volume_count = 1;
		refuses(&spec, EINVAL, bad[i].message);
	}
}

TEST(targets_beside_what_belongs_to_the_node_are_fine)
{
	static const char *const good[] = {"/process", "/system", "/dev/net/x", "/devices"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct ncrun_volume volume = {.source = "/etc", .target = good[i]};
		_cleanup_(rootfs_plan_freep) struct rootfs_plan *plan = NULL;
		struct rootfs_spec spec = plain_spec();
		struct ncrun_error err = {0};

		spec.volumes = &volume;
		spec.volume_count = 1;
		assert_ok(rootfs_plan_new(&spec, &plan, &err));
	}
}

TEST(two_mounts_at_one_target_are_refused)
{
	static const struct ncrun_volume volume = {.source = "/etc", .target = "/v"};
	static const struct ncrun_tmpfs tmpfs = {.target = "//v/"};
	struct rootfs_spec spec = plain_spec();

	spec.volumes = &volume;
	spec.volume_count = 1;
	spec.tmpfs = &tmpfs;
	spec.tmpfs_count = 1;
	refuses(&spec, EINVAL, "two mounts at '/v'");
}

TEST(too_many_mounts_are_refused)
{
	struct rootfs_spec spec = plain_spec();

	spec.volume_count = ROOTFS_VOLUMES_MAX + 1;
	refuses(&spec, E2BIG, "129 volumes: at most 128");
	spec = plain_spec();
	spec.tmpfs_count = ROOTFS_TMPFS_MAX + 1;
	refuses(&spec, E2BIG, "65 file systems in memory: at most 64");
}

TEST(modes_have_twelve_bits)
{
	static const struct ncrun_tmpfs tmpfs = {.target = "/t", .mode = 010000};
	struct rootfs_spec spec = plain_spec();

	spec.tmpfs = &tmpfs;
	spec.tmpfs_count = 1;
	refuses(&spec, EINVAL, "mode '10000' of '/t': not at most 7777");
}

TEST(a_root_that_is_no_directory_is_refused)
{
	struct rootfs_spec spec = plain_spec();

	spec.root_fd = open("/etc/passwd", O_PATH | O_CLOEXEC);
	refuses(&spec, ENOTDIR, "root file system is not a directory");
	close(spec.root_fd);
}

TEST(contradictions_are_refused)
{
	struct rootfs_spec spec = plain_spec();

	spec.writable_root = true;
	spec.upper = "/not/made";
	refuses(&spec, EINVAL, "a writable root keeps its changes itself, not in '/not/made'");
	spec.upper = NULL;
	spec.host = true;
	refuses(&spec, EINVAL, "the machine's own root cannot be a node's writable root");

	spec = plain_spec();
	spec.upper = "/not/made";
	spec.upper_size_bytes = 1;
	refuses(&spec, EINVAL,
		"a size limit is for changes in memory, not for directory '/not/made'");
	assert_int_equal(access("/not/made", F_OK), -1);

	spec = plain_spec();
	spec.host = true;
	spec.avoid = ROOTFS_AVOID_PRIVILEGE;
	refuses(&spec, EPERM, "the machine's own root as a node's needs root");
}

TEST(what_needs_root_is_refused_to_others)
{
	static const struct ncrun_volume volume = {.source = "/etc", .target = "/v", .idmap = true};
	struct rootfs_spec spec = plain_spec();

	spec.volumes = &volume;
	spec.volume_count = 1;
	spec.avoid = ROOTFS_AVOID_PRIVILEGE;
	refuses(&spec, EPERM, "volume '/etc': id-mapping it needs root");
}

TEST(lists_of_paths_are_checked)
{
	static const char *const relative[] = {"/fine", "proc/kcore", NULL};
	static const char *const root[] = {"/", NULL};
	struct rootfs_spec spec = plain_spec();

	spec.masked_paths = relative;
	refuses(&spec, EINVAL, "masked path 'proc/kcore': not an absolute path");
	spec.masked_paths = NULL;
	spec.read_only_paths = root;
	refuses(&spec, EINVAL, "read-only path '/': cannot be the root itself");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lose_what_means_nothing),
		cmocka_unit_test(paths_that_lead_up_or_are_not_absolute_are_refused),
		cmocka_unit_test(paths_that_are_too_long_are_refused),
		cmocka_unit_test(mounts_are_ordered_by_depth_and_otherwise_as_given),
		cmocka_unit_test(a_volume_without_its_source_is_refused),
		cmocka_unit_test(a_device_is_no_volume),
		cmocka_unit_test(targets_that_belong_to_the_node_are_refused),
		cmocka_unit_test(targets_beside_what_belongs_to_the_node_are_fine),
		cmocka_unit_test(two_mounts_at_one_target_are_refused),
		cmocka_unit_test(too_many_mounts_are_refused),
		cmocka_unit_test(modes_have_twelve_bits),
		cmocka_unit_test(a_root_that_is_no_directory_is_refused),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(what_needs_root_is_refused_to_others),
		cmocka_unit_test(lists_of_paths_are_checked),
	};

	return cmocka_run_group_tests_name("rootfs/plan", tests, root_open, root_close);
}
