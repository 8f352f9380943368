/* SPDX-License-Identifier: Apache-2.0 */

/* Mount targets in images and volumes that lead elsewhere, and while they change. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
		assert_int_equal(mkdir("/tmp/decoy", 0755), 0);
		nsroot_file("/tmp/source/file", "of the volume\n");
		assert_int_equal(symlink("/tmp/decoy", "/tmp/image/absolute"), 0);
		assert_int_equal(symlink("../../../../../../tmp/decoy", "/tmp/image/dots"), 0);
		assert_int_equal(symlink("/etc", "/tmp/image/good"), 0);
		assert_int_equal(symlink("/proc/sys", "/tmp/image/kernel"), 0);
		assert_int_equal(symlink("/proc/self/root", "/tmp/image/magic"), 0);
		assert_int_equal(symlink("loop", "/tmp/image/loop"), 0);
	}
	spec = nsroot_spec(image);
	spec.volumes = volumes;
	spec.volume_count = count;
	return spec;
}

static void refuses_target(const char *target, bool file, int code, const char *message)
{
	const struct ncrun_volume volume = {.source = file ? "/tmp/source/file" : "/tmp/source",
					    .target = target};
	struct rootfs_spec spec = spec_with(&volume, 1);
	struct ncrun_error err = {0};

	assert_fails(nsroot_run_all_ways(spec, NULL, NULL, &err), code);
	assert_non_null(strstr(err.message, message));
	assert_int_equal(inside_count("/tmp/decoy"), 0);
}

/* CVE-2015-1335, CVE-2015-3627: links in the image where mounts go */
TEST(targets_that_lead_nowhere_good_are_refused)
{
	nsroot_required();
	refuses_target("/absolute/x", false, ELOOP, "'/absolute/x' goes through a dangling link");
	refuses_target("/dots/x", false, ELOOP, "'/dots/x' goes through a dangling link");
	refuses_target("/absolute", false, ELOOP, "'/absolute' goes through a dangling link");
	refuses_target("/absolute", true, ELOOP, "'/absolute' goes through a dangling link");
	refuses_target("/loop", false, ELOOP, "open mount target '/loop'");
	refuses_target("/kernel", false, EINVAL, "'/kernel' leads into /proc or /sys");
	refuses_target("/magic/x", false, ELOOP, "open mount target '/magic/x'");
	refuses_target("/etc", true, EISDIR, "is a directory, but its source is not");
	refuses_target("/etc/motd", false, ENOTDIR, "is not a directory, but its source is");
	refuses_target("/etc/motd/x", false, ENOTDIR, "open mount target '/etc/motd/x'");
}

static int is_below_etc(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(strcmp(inside_line("/etc/new/file", line, sizeof(line)), "of the volume") == 0);
	inside_true(inside_mounted("/etc/new", line, sizeof(line)));
	return inside_result(err);
}

TEST(links_within_the_image_are_followed)
{
	static const struct ncrun_volume volume = {.source = "/tmp/source", .target = "/good/new"};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;

	nsroot_required();
	spec = spec_with(&volume, 1);
	assert_ok(nsroot_run_all_ways(spec, is_below_etc, NULL, &err));
}

/* CVE-2021-30465, CVE-2024-45310: somebody else exchanges a directory of a shared volume for a
 * link. */
static pid_t start_exchanging(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* should an assertion end the test */
	for (;;)
		(void)renameat2(AT_FDCWD, "/tmp/contested/d", AT_FDCWD, "/tmp/contested/link",
				RENAME_EXCHANGE);
}

static int never_sees_the_machine(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(access("/tmp/source", F_OK) < 0);
	inside_true(access("/v/d/tmp/source", F_OK) < 0);
	inside_true(access("/v/link/tmp/source", F_OK) < 0);
	return inside_result(err);
}

TEST(targets_that_change_meanwhile_lead_nowhere_else)
{
	static const struct ncrun_volume volumes[] = {
		{.source = "/tmp/contested", .target = "/v", .idmap = true},
		{.source = "/tmp/source", .target = "/v/d/tmp/decoy/made"},
	};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;
	int entered = 0;
	pid_t pid;

	nsroot_required();
	spec = spec_with(volumes, 2);
	assert_int_equal(mkdir("/tmp/contested", 0755), 0);
	assert_int_equal(mkdir("/tmp/contested/d", 0755), 0);
	assert_int_equal(symlink("/", "/tmp/contested/link"), 0);
	pid = start_exchanging();
	for (int i = 0; i < test_amount(300, 40); i++) {
		int r = nsroot_run(&spec, never_sees_the_machine, NULL, &err);

		assert_int_not_equal(r, -EPROTO);
		entered += r == 0;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	assert_true(entered > 0);
	assert_int_equal(inside_count("/tmp/decoy"), 0);
	assert_int_equal(access("/tmp/image/tmp", F_OK), -1);
}

/* CVE-2025-31133, CVE-2019-19921: the root itself is contested, and there is no overlay. */
static pid_t start_exchanging_own(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* should an assertion end the test */
	for (unsigned int i = 0;; i++) {
		static const char *const names[] = {"proc", "sys", "dev"};
		char from[64];
		char to[64];

		snprintf(from, sizeof(from), "/tmp/root/%s", names[i % 3]);
		snprintf(to, sizeof(to), "/tmp/root/link-%s", names[i % 3]);
		(void)renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
	}
}

static int has_whole_masks(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	/* Where /proc cannot be reached there is nothing to look at. */
	if (access("/proc/self", F_OK) == 0) {
		inside_true(strcmp(inside_line("/proc/interrupts", line, sizeof(line)), "") == 0);
		inside_true(inside_open("/proc/sys/net/ipv4/ip_forward", O_WRONLY) < 0);
	}
	inside_true(access("/tmp/source", F_OK) < 0);
	return inside_result(err);
}

TEST(masks_hold_while_the_root_changes)
{
	struct ncrun_error err = {0};
	struct rootfs_spec spec;
	int entered = 0;
	pid_t pid;

	nsroot_required();
	(void)spec_with(NULL, 0);
	spec = nsroot_spec(nsroot_image("/tmp/root"));
	spec.writable_root = true;
	assert_int_equal(symlink("/etc", "/tmp/root/link-proc"), 0);
	assert_int_equal(symlink("/etc", "/tmp/root/link-sys"), 0);
	assert_int_equal(symlink("/tmp/decoy", "/tmp/root/link-dev"), 0);
	pid = start_exchanging_own();
	for (int i = 0; i < test_amount(300, 40); i++) {
		int r = nsroot_run(&spec, has_whole_masks, NULL, &err);

		assert_int_not_equal(r, -EPROTO);
		entered += r == 0;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);

	assert_true(entered > 0);
	assert_int_equal(inside_count("/tmp/decoy"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_that_lead_nowhere_good_are_refused),
		cmocka_unit_test(links_within_the_image_are_followed),
		cmocka_unit_test(targets_that_change_meanwhile_lead_nowhere_else),
		cmocka_unit_test(masks_hold_while_the_root_changes),
	};

	return cmocka_run_group_tests_name("rootfs/target", tests, nsroot_setup, NULL);
}
