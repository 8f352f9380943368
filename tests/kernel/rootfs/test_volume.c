/* SPDX-License-Identifier: Apache-2.0 */

/* Volumes and file systems in memory. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "tests/support/nsroot.h"
#include "tests/support/test.h"

static struct rootfs_spec spec_with(const struct ncrun_volume *volumes, size_t count)
{
	static int image = -1;
	struct rootfs_spec spec;

	if (image < 0) {
		image = nsroot_image("/tmp/image");
		assert_int_equal(mkdir("/tmp/source", 0755), 0);
		assert_int_equal(mkdir("/tmp/source/below", 0755), 0);
		assert_int_equal(mount("below", "/tmp/source/below", "tmpfs", 0, NULL), 0);
		nsroot_file("/tmp/source/file", "of the volume\n");
		nsroot_file("/tmp/source/below/file", "below\n");
		assert_int_equal(chmod("/tmp/source/file", 0666), 0);
		assert_int_equal(chmod("/tmp/source/below/file", 0666), 0);
	}
	spec = nsroot_spec(image);
	spec.volumes = volumes;
	spec.volume_count = count;
	return spec;
}

static int sees_volumes(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(strcmp(inside_line("/a/b/c/file", line, sizeof(line)), "of the volume") == 0);
	inside_true(strcmp(inside_line("/etc/motd", line, sizeof(line)), "of the volume") == 0);
	inside_true(inside_mounted("/a/b/c", line, sizeof(line)));
	inside_true(strstr(line, " rw,nosuid,nodev,relatime"));
	inside_true(inside_mounted("/etc/motd", line, sizeof(line)));
	inside_true(strstr(line, " ro,nosuid,nodev,noexec"));
	inside_fails(inside_open("/etc/motd", O_WRONLY), EROFS);
	inside_true(inside_mounted("/new/file", line, sizeof(line)));
	return inside_result(err);
}

TEST(directories_and_files_appear_at_targets_that_are_made)
{
	static const struct ncrun_volume volumes[] = {
		{.source = "/tmp/source", .target = "/a/b/c", .recursive = true},
		{.source = "/tmp/source/file",
		 .target = "/etc/motd",
		 .read_only = true,
		 .noexec = true},
		{.source = "/tmp/source/file", .target = "//new/./file"},
	};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(volumes, 3);
	assert_ok(nsroot_run_all_ways(spec, sees_volumes, NULL, &err));
	assert_int_equal(access("/tmp/image/a", F_OK), -1);
	assert_int_equal(access("/tmp/image/new", F_OK), -1);
}

static int tree_is_read_only(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(strcmp(inside_line("/v/below/file", line, sizeof(line)), "below") == 0);
	inside_fails(inside_open("/v/file", O_WRONLY), EROFS);
	inside_fails(inside_open("/v/below/file", O_WRONLY), EROFS);
	return inside_result(err);
}

TEST(read_only_holds_for_all_mounts_below)
{
	static const struct ncrun_volume volume = {.source = "/tmp/source",
						   .target = "/v",
						   .read_only = true,
						   .recursive = true};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(&volume, 1);
	assert_ok(nsroot_run_all_ways(spec, tree_is_read_only, NULL, &err));
}

static int has_no_mounts_below(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(access("/v/file", F_OK) == 0);
	inside_true(inside_count("/v/below") == 0);
	return inside_result(err);
}

TEST(a_volume_is_without_the_mounts_below_unless_asked)
{
	static const struct ncrun_volume volume = {.source = "/tmp/source", .target = "/v"};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(&volume, 1);
	assert_ok(nsroot_run(&spec, has_no_mounts_below, NULL, &err));
}

static int has_own_ids(void *data __attribute__((unused)), struct ncrun_error *err)
{
	struct stat st;

	inside_true(stat("/mapped/file", &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	inside_true(stat("/plain/file", &st) == 0 && st.st_uid == 65534);
	inside_true(inside_open("/mapped/new", O_CREAT | O_WRONLY) == 0);
	inside_fails(inside_open("/plain/new", O_CREAT | O_WRONLY), EACCES);
	return inside_result(err);
}

TEST(an_id_mapped_volume_has_the_same_ids_inside_and_outside)
{
	static const struct ncrun_volume volumes[] = {
		{.source = "/tmp/source", .target = "/mapped", .idmap = true},
		{.source = "/tmp/source", .target = "/plain"},
	};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;
	struct stat st;

	nsroot_required();
	spec = spec_with(volumes, 2);
	assert_ok(nsroot_run(&spec, has_own_ids, NULL, &err));
	assert_int_equal(stat("/tmp/source/new", &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(unlink("/tmp/source/new"), 0);
}

TEST(a_file_system_that_cannot_be_id_mapped_is_named)
{
	static const struct ncrun_volume volume = {.source = "/proc/tty",
						   .target = "/v",
						   .idmap = true};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(&volume, 1);
	assert_fails(nsroot_run(&spec, NULL, NULL, &err), EINVAL);
	assert_non_null(strstr(err.message, "volume '/proc/tty' cannot be id-mapped"));
	assert_non_null(strstr(err.message, "(proc)"));
	assert_non_null(strstr(err.message, "--userns host"));
}

static int mounts_in_volumes(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(mount("inside", "/private/below", "tmpfs", 0, NULL) == 0);
	inside_true(mount("inside", "/slave/below", "tmpfs", 0, NULL) == 0);
	inside_true(mount("inside", "/shared/below", "tmpfs", 0, NULL) == 0);
	return inside_result(err);
}

static int count_mounts(const char *target)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024];
	char at[256];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %*s %*s %*s %255s", at) == 1)
			count += strcmp(at, target) == 0;
	if (file)
		fclose(file);
	return count;
}

static void make_shared(const char *path, const char *below)
{
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(mount("volume", path, "tmpfs", 0, NULL), 0);
	assert_int_equal(mount(NULL, path, NULL, MS_SHARED, NULL), 0);
	assert_int_equal(mkdir(below, 0755), 0);
}

TEST(mounts_made_inside_reach_the_machine_only_where_shared)
{
	static const struct ncrun_volume volumes[] = {
		{.source = "/tmp/private", .target = "/private"},
		{.source = "/tmp/slave",
		 .target = "/slave",
		 .propagation = NCRUN_PROPAGATION_SLAVE},
		{.source = "/tmp/shared",
		 .target = "/shared",
		 .propagation = NCRUN_PROPAGATION_SHARED},
	};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	make_shared("/tmp/private", "/tmp/private/below");
	make_shared("/tmp/slave", "/tmp/slave/below");
	make_shared("/tmp/shared", "/tmp/shared/below");
	spec = spec_with(volumes, 3);
	assert_ok(nsroot_run(&spec, mounts_in_volumes, NULL, &err));
	assert_int_equal(count_mounts("/tmp/private/below"), 0);
	assert_int_equal(count_mounts("/tmp/slave/below"), 0);
	assert_int_equal(count_mounts("/tmp/shared/below"), 1);
}

static int is_in_order(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(strcmp(inside_line("/top/file", line, sizeof(line)), "of the volume") == 0);
	inside_true(inside_mounted("/top/below/deep", line, sizeof(line)));
	inside_true(inside_count("/top/below/deep") == 0);
	return inside_result(err);
}

TEST(deeper_targets_are_mounted_later)
{
	static const struct ncrun_volume volumes[] = {
		{.source = "/tmp/source/below", .target = "/top/below"},
		{.source = "/tmp/source", .target = "/top"},
	};
	static const struct ncrun_tmpfs tmpfs = {.target = "/top/below/deep"};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(volumes, 2);
	assert_int_equal(mkdir("/tmp/source/below/deep", 0755), 0);
	spec.tmpfs = &tmpfs;
	spec.tmpfs_count = 1;
	assert_ok(nsroot_run_all_ways(spec, is_in_order, NULL, &err));
}

static int has_tmpfs(void *data __attribute__((unused)), struct ncrun_error *err)
{
	struct statvfs fs;
	struct stat st;
	char line[1024];

	inside_true(statvfs("/one", &fs) == 0 && fs.f_blocks * fs.f_frsize == 1 << 20);
	inside_true(stat("/one", &st) == 0 && (st.st_mode & 07777) == 0700 && st.st_uid == 0);
	inside_true(inside_mounted("/one", line, sizeof(line)));
	inside_true(strstr(line, " rw,nosuid,nodev,noexec"));
	inside_true(statvfs("/two", &fs) == 0 && fs.f_blocks * fs.f_frsize == 64 << 20);
	inside_true(stat("/two", &st) == 0 && (st.st_mode & 07777) == 01777);
	inside_true(inside_mounted("/two", line, sizeof(line)) && !strstr(line, "noexec"));
	return inside_result(err);
}

TEST(file_systems_in_memory_have_their_size_and_mode)
{
	static const struct ncrun_tmpfs tmpfs[] = {
		{.target = "/one", .size_bytes = 1 << 20, .mode = 0700, .noexec = true},
		{.target = "/two"},
	};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(NULL, 0);
	spec.tmpfs = tmpfs;
	spec.tmpfs_count = 2;
	assert_ok(nsroot_run_all_ways(spec, has_tmpfs, NULL, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directories_and_files_appear_at_targets_that_are_made),
		cmocka_unit_test(read_only_holds_for_all_mounts_below),
		cmocka_unit_test(a_volume_is_without_the_mounts_below_unless_asked),
		cmocka_unit_test(an_id_mapped_volume_has_the_same_ids_inside_and_outside),
		cmocka_unit_test(a_file_system_that_cannot_be_id_mapped_is_named),
		cmocka_unit_test(mounts_made_inside_reach_the_machine_only_where_shared),
		cmocka_unit_test(deeper_targets_are_mounted_later),
		cmocka_unit_test(file_systems_in_memory_have_their_size_and_mode),
	};

	return cmocka_run_group_tests_name("rootfs/volume", tests, nsroot_setup, NULL);
}
