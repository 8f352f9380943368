/* SPDX-License-Identifier: Apache-2.0 */

/* A node's root, /proc and /sys, looked at from inside. */

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "tests/support/nsroot.h"
#include "tests/support/test.h"

static int image(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = nsroot_image("/tmp/image");
	return fd;
}

static int sees_the_image(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];
	struct statfs fs;
	struct stat st;

	inside_true(strcmp(inside_line("/etc/motd", line, sizeof(line)), "welcome") == 0);
	inside_true(stat("/", &st) == 0 && (st.st_mode & 07777) == 0755);
	inside_true(statfs("/", &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC);
	inside_true(inside_mounted("/", line, sizeof(line)) && strstr(line, " rw,nodev"));
	inside_true(strcmp(getcwd(line, sizeof(line)), "/") == 0);
	return inside_result(err);
}

TEST(the_root_is_an_overlay_on_the_image)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, sees_the_image, NULL, &err));
}

static int owns_the_image(void *data __attribute__((unused)), struct ncrun_error *err)
{
	struct stat st;

	inside_true(stat("/", &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	inside_true(stat("/etc/motd", &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	inside_true(stat("/dev", &st) == 0 && st.st_uid == 0 && st.st_gid == 0);
	return inside_result(err);
}

TEST(the_image_belongs_to_the_nodes_root)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, owns_the_image, NULL, &err));
}

static int sees_nothing_of_the_machine(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static const char *const own[] = {"/", "/proc", "/sys", "/sys/fs/cgroup", "/dev"};
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024];
	char at[256];
	bool known;

	inside_true(file);
	while (file && fgets(line, sizeof(line), file)) {
		inside_true(sscanf(line, "%*s %*s %*s %*s %255s", at) == 1);
		known = strncmp(at, "/proc/", 6) == 0 || strncmp(at, "/sys/", 5) == 0 ||
			strncmp(at, "/dev/", 5) == 0;
		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			known |= strcmp(at, own[i]) == 0;
		inside_true(known);
		if (!known)
			error_wrap(err, -EPROTO, "%s", at);
	}
	inside_true(access("/tmp/image", F_OK) < 0);
	inside_true(chdir("..") == 0 && strcmp(getcwd(line, sizeof(line)), "/") == 0);
	return inside_result(err);
}

TEST(no_mount_of_the_machine_is_to_be_seen)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, sees_nothing_of_the_machine, NULL, &err));
}

static int has_proc_and_sys(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];
	struct statfs fs;

	inside_true(statfs("/proc", &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC);
	inside_true(readlink("/proc/self", line, sizeof(line)) == 1 && line[0] == '1');
	inside_true(inside_mounted("/proc", line, sizeof(line)));
	inside_true(strstr(line, " rw,nosuid,nodev,noexec"));

	inside_true(statfs("/sys", &fs) == 0 && fs.f_type == SYSFS_MAGIC);
	inside_true(inside_mounted("/sys", line, sizeof(line)));
	inside_true(strstr(line, " ro,nosuid,nodev,noexec"));
	inside_true(inside_count("/sys/class/net") == 1); /* lo */
	inside_fails(inside_open("/sys/x", O_CREAT | O_WRONLY), EROFS);
	return inside_result(err);
}

TEST(proc_and_sys_are_the_nodes_own)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, has_proc_and_sys, NULL, &err));
}

/* CVE-2023-25809: the machine's cgroups must not be writable. */
static int cgroups_are_read_only(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];
	struct statfs fs;

	if (!inside_mounted("/sys/fs/cgroup", line, sizeof(line))) {
		inside_true(inside_count("/sys/fs/cgroup") <= 0);
		return inside_result(err);
	}
	inside_true(strstr(line, " ro,nosuid,nodev,noexec"));
	inside_true(statfs("/sys/fs/cgroup", &fs) == 0 &&
		    (fs.f_type == CGROUP2_SUPER_MAGIC || inside_count("/sys/fs/cgroup") == 0));
	inside_fails(mkdir("/sys/fs/cgroup/x", 0755), EROFS);
	return inside_result(err);
}

TEST(cgroups_are_the_nodes_own_and_read_only)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, cgroups_are_read_only, NULL, &err));
	spec.network_namespace = false;
	assert_ok(nsroot_run_all_ways(spec, cgroups_are_read_only, NULL, &err));
}

static int has_the_machines_sys(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(inside_mounted("/sys", line, sizeof(line)));
	inside_true(strstr(line, " ro,nosuid,nodev,noexec"));
	inside_true(access("/sys/class/net/lo", F_OK) == 0);
	return inside_result(err);
}

TEST(without_a_network_namespace_sys_is_the_machines_read_only)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.network_namespace = false;
	assert_ok(nsroot_run_all_ways(spec, has_the_machines_sys, NULL, &err));
}

static char *mountinfo(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *text = calloc(1, 65536);
	size_t size;

	assert_non_null(file);
	assert_non_null(text);
	size = fread(text, 1, 65535, file);
	assert_true(size > 0 && size < 65535);
	fclose(file);
	return text;
}

static int mounts_and_writes(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(mkdir("/new", 0755) == 0);
	inside_true(mount("none", "/new", "tmpfs", 0, NULL) == 0);
	inside_true(inside_open("/etc/motd", O_WRONLY | O_TRUNC) == 0);
	return inside_result(err);
}

TEST(the_machine_sees_nothing_of_the_node)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct rootfs_spec writable = nsroot_spec(nsroot_image("/tmp/shared"));
	struct ncrun_error err = {0};
	char *before;
	char *after;

	nsroot_required();
	/* As a machine has it: what is mounted below / would be seen everywhere. */
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), 0);
	before = mountinfo();

	assert_ok(nsroot_run_all_ways(spec, mounts_and_writes, NULL, &err));
	writable.writable_root = true;
	assert_ok(nsroot_run(&writable, mounts_and_writes, NULL, &err));

	after = mountinfo();
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_string_equal(before, after);
	assert_int_equal(access("/tmp/image/new", F_OK), -1);
	free(before);
	free(after);
}

/* CVE-2019-19921, CVE-2023-27561, CVE-2023-28642 */
static void refuses_link(const char *name)
{
	struct ncrun_error err = {0};
	struct rootfs_spec spec;
	char path[64];
	char link[80];

	snprintf(path, sizeof(path), "/tmp/link-%s", name);
	spec = nsroot_spec(nsroot_image(path));
	snprintf(link, sizeof(link), "%s/%s", path, name);
	assert_int_equal(rmdir(link), 0);
	assert_int_equal(symlink("etc", link), 0);

	assert_fails(nsroot_run_all_ways(spec, NULL, NULL, &err), ENOTDIR);
	assert_non_null(strstr(err.message, "is not a directory"));
	assert_non_null(strstr(err.message, name));
	spec.writable_root = true;
	assert_fails(nsroot_run(&spec, NULL, NULL, &err), ENOTDIR);
}

TEST(a_proc_or_sys_that_is_a_link_is_refused)
{
	nsroot_required();
	refuses_link("proc");
	refuses_link("sys");
}

TEST(mount_points_that_the_image_lacks_are_made)
{
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = nsroot_spec(nsroot_image("/tmp/bare"));
	assert_int_equal(rmdir("/tmp/bare/proc"), 0);
	assert_int_equal(rmdir("/tmp/bare/sys"), 0);
	assert_int_equal(rmdir("/tmp/bare/dev"), 0);

	spec.read_only = true;
	assert_ok(nsroot_run_all_ways(spec, has_proc_and_sys, NULL, &err));
	assert_int_equal(access("/tmp/bare/proc", F_OK), -1);
}

TEST(no_descriptor_is_left_open)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct rootfs_spec bad = nsroot_spec(open("/sys/kernel", O_PATH | O_CLOEXEC));
	const int before = inside_count("/proc/self/fd");
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, NULL, NULL, &err));
	assert_int_not_equal(nsroot_run(&bad, NULL, NULL, &err), 0);
	assert_int_equal(inside_count("/proc/self/fd"), before);
	close(bad.root_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_root_is_an_overlay_on_the_image),
		cmocka_unit_test(the_image_belongs_to_the_nodes_root),
		cmocka_unit_test(no_mount_of_the_machine_is_to_be_seen),
		cmocka_unit_test(proc_and_sys_are_the_nodes_own),
		cmocka_unit_test(cgroups_are_the_nodes_own_and_read_only),
		cmocka_unit_test(without_a_network_namespace_sys_is_the_machines_read_only),
		cmocka_unit_test(the_machine_sees_nothing_of_the_node),
		cmocka_unit_test(a_proc_or_sys_that_is_a_link_is_refused),
		cmocka_unit_test(mount_points_that_the_image_lacks_are_made),
		cmocka_unit_test(no_descriptor_is_left_open),
	};

	return cmocka_run_group_tests_name("rootfs/enter", tests, nsroot_setup, NULL);
}
