/* SPDX-License-Identifier: Apache-2.0 */

/* Where a node's changes go, and what it can do to its layers. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/support/nsroot.h"
#include "tests/support/test.h"

static int image(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = nsroot_image("/tmp/image");
		nsroot_file("/tmp/image/etc/owned", "7\n");
		assert_int_equal(chown("/tmp/image/etc/owned", 7, 8), 0);
	}
	return fd;
}

static int changes_everything(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[64];
	struct stat st;

	inside_true(inside_open("/etc/motd", O_WRONLY | O_TRUNC) == 0);
	inside_true(strcmp(inside_line("/etc/motd", line, sizeof(line)), "") == 0);
	inside_true(stat("/etc/owned", &st) == 0 && st.st_uid == 7 && st.st_gid == 8);
	inside_true(unlink("/etc/owned") == 0);
	inside_true(mkdir("/var/new", 0755) == 0 && inside_open("/var/new/f", O_CREAT) == 0);
	inside_true(chown("/var/new/f", 1000, 1000) == 0);
	return inside_result(err);
}

static int replaces_a_directory(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(rmdir("/bin") == 0 && mkdir("/bin", 0755) == 0);
	return inside_result(err);
}

static int sees_nothing_changed(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[64];

	inside_true(strcmp(inside_line("/etc/motd", line, sizeof(line)), "welcome") == 0);
	inside_true(access("/etc/owned", F_OK) == 0);
	inside_true(access("/var/new", F_OK) < 0);
	return inside_result(err);
}

TEST(changes_stay_in_the_node_and_end_with_it)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, changes_everything, NULL, &err));
	assert_ok(nsroot_run_replacing(spec, replaces_a_directory, NULL, &err));
	assert_ok(nsroot_run_all_ways(spec, sees_nothing_changed, NULL, &err));
	assert_int_equal(access("/tmp/image/etc/owned", F_OK), 0);
	assert_int_equal(access("/tmp/image/var/new", F_OK), -1);
}

static int fills_the_root(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static char block[1 << 16];
	int fd = open("/var/big", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	size_t written = 0;
	ssize_t r;

	while (written < 8 << 20 && (r = write(fd, block, sizeof(block))) > 0)
		written += (size_t)r;
	inside_true(written <= 2 << 20);
	return inside_result(err);
}

TEST(changes_in_memory_have_a_limit)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.upper_size_bytes = 2 << 20;
	assert_ok(nsroot_run_all_ways(spec, fills_the_root, NULL, &err));
}

static int sees_changes(void *data __attribute__((unused)), struct ncrun_error *err)
{
	struct stat st;

	inside_true(access("/etc/owned", F_OK) < 0);
	inside_true(stat("/var/new/f", &st) == 0 && st.st_uid == 1000 && st.st_gid == 1000);
	inside_true(inside_open("/var/new/g", O_CREAT | O_WRONLY) == 0);
	return inside_result(err);
}

static void keeps_changes(unsigned int avoid, const char *upper)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};
	char path[64];
	struct stat st;

	spec.avoid = avoid;
	spec.uid_base = avoid & ROOTFS_AVOID_PRIVILEGE ? 0 : NSROOT_ID_BASE;
	spec.gid_base = spec.uid_base;
	spec.upper = upper;
	assert_ok(nsroot_run(&spec, changes_everything, NULL, &err));
	assert_ok(nsroot_run(&spec, sees_changes, NULL, &err));

	/* Ids on disk are those that the node sees. */
	snprintf(path, sizeof(path), "%s/data/var/new/f", upper);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 1000);
	snprintf(path, sizeof(path), "%s/data/var/new/g", upper);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(stat(upper, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

TEST(a_directory_keeps_changes_with_the_nodes_own_ids)
{
	nsroot_required();
	keeps_changes(0, "/tmp/upper");
	keeps_changes(ROOTFS_AVOID_LAYER_FDS, "/tmp/upper2");
	keeps_changes(ROOTFS_AVOID_PRIVILEGE, "/tmp/upper3");
	keeps_changes(0, "/tmp/odd:name,with\\all");
	keeps_changes(ROOTFS_AVOID_LAYER_FDS, "/tmp/odd:name,with\\all of it");
}

TEST(two_nodes_cannot_share_a_directory)
{
	_cleanup_(rootfs_plan_freep) struct rootfs_plan *plan = NULL;
	struct rootfs_plan *second = NULL;
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};
	int held;

	nsroot_required();
	spec.upper = "/tmp/locked";
	assert_ok(rootfs_plan_new(&spec, &plan, &err));
	held = dup(rootfs_plan_lock_fd(plan));
	plan = rootfs_plan_free(plan);

	/* As long as the node holds a copy. */
	assert_fails(rootfs_plan_new(&spec, &second, &err), EBUSY);
	assert_string_equal(err.message,
			    "directory for changes '/tmp/locked' is in use by another node");
	assert_null(second);
	close(held);
	assert_ok(rootfs_plan_new(&spec, &plan, &err));
}

TEST(a_directory_that_others_may_enter_is_refused)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct rootfs_plan *plan = NULL;
	struct ncrun_error err = {0};

	nsroot_required();
	assert_int_equal(mkdir("/tmp/open", 0755), 0);
	spec.upper = "/tmp/open";
	assert_fails(rootfs_plan_new(&spec, &plan, &err), EPERM);
	assert_non_null(strstr(err.message, "/tmp/open"));
}

static int writes_through(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(inside_open("/var/through", O_CREAT | O_WRONLY) == 0);
	inside_true(inside_mounted("/", line, sizeof(line)) && strstr(line, " rw,nodev"));
	inside_true(!strstr(line, "overlay"));
	return inside_result(err);
}

TEST(a_writable_root_is_the_directory_itself)
{
	struct rootfs_spec spec;
	struct ncrun_error err = {0};
	struct stat st;

	nsroot_required();
	spec = nsroot_spec(nsroot_image("/tmp/writable"));
	spec.writable_root = true;
	assert_ok(nsroot_run_all_ways(spec, writes_through, NULL, &err));
	assert_int_equal(stat("/tmp/writable/var/through", &st), 0);
	assert_int_equal(st.st_uid, 0);
}

/* CVE-2023-2640, CVE-2016-1576 and their kin: a layer that sends lookups elsewhere. */
static int stays_in_its_layers(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_fails(access("/redirected/motd", F_OK), EPERM);
	inside_true(access("/etc/motd", F_OK) == 0);
	return inside_result(err);
}

TEST(a_redirect_in_a_layer_is_not_followed)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.upper = "/tmp/trapped";
	assert_ok(nsroot_run(&spec, NULL, NULL, &err));
	assert_int_equal(mkdir("/tmp/trapped/data/redirected", 0755), 0);
	nsroot_file("/tmp/trapped/data/redirected/own", "");
	assert_int_equal(setxattr("/tmp/trapped/data/redirected", "trusted.overlay.redirect",
				  "/etc", 4, 0),
			 0);
	assert_ok(nsroot_run(&spec, stays_in_its_layers, NULL, &err));
}

static int has_no_devices(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(access("/etc/device", F_OK) == 0);
	inside_fails(inside_open("/etc/device", O_RDONLY), EACCES);
	return inside_result(err);
}

TEST(a_device_in_the_image_cannot_be_used)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_int_equal(mknod("/tmp/image/etc/device", S_IFCHR | 0666, makedev(1, 3)), 0);
	assert_ok(nsroot_run_all_ways(spec, has_no_devices, NULL, &err));
	spec.writable_root = true;
	assert_ok(nsroot_run_all_ways(spec, has_no_devices, NULL, &err));
}

TEST(a_root_that_cannot_be_id_mapped_is_named)
{
	struct rootfs_spec spec;
	struct ncrun_error err = {0};

	nsroot_required();
	spec = nsroot_spec(open("/sys/kernel", O_PATH | O_DIRECTORY | O_CLOEXEC));
	assert_fails(nsroot_run(&spec, NULL, NULL, &err), EINVAL);
	assert_non_null(strstr(err.message, "'/sys/kernel' cannot be id-mapped"));
	assert_non_null(strstr(err.message, "(sysfs) does not allow it"));
	assert_non_null(strstr(err.message, "--userns host"));
	close(spec.root_fd);
}

TEST(a_directory_for_changes_that_cannot_be_id_mapped_is_named)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_int_equal(mkdir("/tmp/merged", 0700), 0);
	assert_int_equal(mkdir("/tmp/under", 0700), 0);
	assert_int_equal(mkdir("/tmp/under/upper", 0700), 0);
	assert_int_equal(mkdir("/tmp/under/work", 0700), 0);
	assert_int_equal(mount("overlay", "/tmp/merged", "overlay", 0,
			       "lowerdir=/tmp/image,upperdir=/tmp/under/upper,"
			       "workdir=/tmp/under/work"),
			 0);
	spec.upper = "/tmp/merged/changes";
	assert_fails(nsroot_run(&spec, NULL, NULL, &err), EINVAL);
	assert_non_null(strstr(err.message, "'/tmp/merged/changes' cannot be id-mapped"));
	assert_non_null(strstr(err.message, "(overlay) does not allow it"));
	assert_int_equal(inside_count("/tmp/merged/changes"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_stay_in_the_node_and_end_with_it),
		cmocka_unit_test(changes_in_memory_have_a_limit),
		cmocka_unit_test(a_directory_keeps_changes_with_the_nodes_own_ids),
		cmocka_unit_test(two_nodes_cannot_share_a_directory),
		cmocka_unit_test(a_directory_that_others_may_enter_is_refused),
		cmocka_unit_test(a_writable_root_is_the_directory_itself),
		cmocka_unit_test(a_redirect_in_a_layer_is_not_followed),
		cmocka_unit_test(a_device_in_the_image_cannot_be_used),
		cmocka_unit_test(a_root_that_cannot_be_id_mapped_is_named),
		cmocka_unit_test(a_directory_for_changes_that_cannot_be_id_mapped_is_named),
	};

	return cmocka_run_group_tests_name("rootfs/overlay", tests, nsroot_setup, NULL);
}
