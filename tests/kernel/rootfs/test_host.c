/* SPDX-License-Identifier: Apache-2.0 */

/* The machine's own root as a node's. */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/nsroot.h"
#include "tests/support/test.h"

/* A machine of our own: its root is a mount that this process has pivoted into. */
static void make_machine(void)
{
	static const char *const directories[] = {
		"root", "root/.ssh",     "home",     "home/user",  "etc",           "etc/ssh",
		"usr",  "usr/bin",       "var",      "var/lib",    "proc",          "sys",
		"dev",  "run",           "run/user", "tmp",        "var/tmp",       "opt",
		"srv",  "var/lib/ncrun", "data",     "data/state", "var/lib/cloud", "etc/netplan"};
	static const char *const files[] = {"root/.ssh/id",
					    "home/user/mail",
					    "etc/shadow",
					    "etc/passwd",
					    "etc/ssh/ssh_host_rsa_key",
					    "etc/ssh/sshd_config",
					    "run/user/token",
					    "var/lib/ncrun/store",
					    "tmp/session",
					    "data/state/net",
					    "var/lib/cloud/user-data",
					    "etc/netplan/50-wifi.yaml",
					    "data/free",
					    "usr/bin/under"};

	assert_int_equal(mkdir("/tmp/machine", 0755), 0);
	nsroot_mount("/tmp/machine");
	assert_int_equal(chdir("/tmp/machine"), 0);
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		assert_int_equal(mkdir(directories[i], 0755), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		nsroot_file(files[i], "of the machine\n");
	assert_int_equal(chmod("tmp", 01777), 0);
	assert_int_equal(chown("home", 7, 8), 0);
	assert_int_equal(mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL), 0);
	assert_int_equal(mount("/sys", "sys", NULL, MS_BIND | MS_REC, NULL), 0);
	assert_int_equal(mount("/dev", "dev", NULL, MS_BIND | MS_REC, NULL), 0);
	nsroot_mount("/tmp/machine/usr");
	nsroot_file("usr/program", "program\n");
	assert_int_equal(mount("secret", "srv", "tmpfs", 0, "mode=755"), 0);
	nsroot_file("srv/secret", "of the machine\n");
	assert_int_equal(syscall(SYS_pivot_root, ".", "."), 0);
	assert_int_equal(umount2(".", MNT_DETACH), 0);
	assert_int_equal(chdir("/"), 0);
}

static struct rootfs_spec host_spec(void)
{
	static const char *const hidden[] = {"/data/state", NULL};

	return (struct rootfs_spec){
		.root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.host = true,
		.hidden = hidden,
		.userns = true,
		.uid_base = NSROOT_ID_BASE,
		.gid_base = NSROOT_ID_BASE,
		.network_namespace = true,
	};
}

static int secrets_are_hidden(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static const char *const empty[] = {"/root",       "/home",          "/run",
					    "/tmp",        "/srv",           "/var/lib/ncrun",
					    "/data/state", "/var/lib/cloud", "/etc/netplan"};
	char line[1024];
	struct stat st;

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		inside_true(inside_count(empty[i]) == 0);
	inside_fails(access("/etc/shadow", F_OK), ENOENT);
	inside_fails(access("/etc/ssh/ssh_host_rsa_key", F_OK), ENOENT);

	inside_true(stat("/tmp", &st) == 0 && (st.st_mode & 07777) == 01777 && st.st_uid == 0);
	inside_true(stat("/home", &st) == 0 && st.st_uid == 7 && st.st_gid == 8);
	inside_true(stat("/etc", &st) == 0 && (st.st_mode & 07777) == 0755 && st.st_uid == 0);
	inside_true(access("/etc/ssh/sshd_config", R_OK) == 0);
	inside_true(access("/etc/passwd", R_OK) == 0);
	inside_true(access("/data/free", R_OK) == 0);

	/* And stay so, whatever the node does with the places. */
	inside_true(rmdir("/root") == 0 && mkdir("/root", 0700) == 0 && inside_count("/root") == 0);
	inside_true(inside_open("/etc/shadow", O_CREAT | O_WRONLY) == 0);
	inside_true(strcmp(inside_line("/etc/shadow", line, sizeof(line)), "") == 0);
	return inside_result(err);
}

TEST(what_a_node_has_no_business_with_is_hidden)
{
	struct rootfs_spec spec = host_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run(&spec, secrets_are_hidden, NULL, &err));
	assert_int_equal(access("/etc/shadow", R_OK), 0);
}

TEST(it_stays_hidden_without_layers_by_descriptor)
{
	struct rootfs_spec spec = host_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	spec.avoid = ROOTFS_AVOID_LAYER_FDS;
	assert_ok(nsroot_run(&spec, secrets_are_hidden, NULL, &err));
}

static int programs_are_there(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];
	struct stat st;

	inside_true(access("/usr/program", R_OK) == 0);
	inside_true(stat("/usr/program", &st) == 0 && st.st_uid == 0);
	inside_true(inside_mounted("/usr", line, sizeof(line)));
	inside_true(strstr(line, " ro,nosuid,nodev"));
	inside_fails(inside_open("/usr/x", O_CREAT | O_WRONLY), EROFS);
	return inside_result(err);
}

TEST(programs_on_a_file_system_of_their_own_are_there_read_only)
{
	struct rootfs_spec spec = host_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run(&spec, programs_are_there, NULL, &err));
}

TEST(links_that_a_node_left_in_its_changes_are_not_followed)
{
	struct rootfs_spec spec = host_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	spec.upper = "/data/upper";
	assert_ok(nsroot_run(&spec, NULL, NULL, &err));
	assert_int_equal(mkdir("/data/decoy", 0755), 0);
	assert_int_equal(rename("/data/upper/data/var", "/data/upper/data/var.old"), 0);
	assert_int_equal(symlink("/data/decoy", "/data/upper/data/var"), 0);

	assert_ok(nsroot_run(&spec, NULL, NULL, &err));

	assert_int_equal(inside_count("/data/decoy"), 0);
}

static int upper_is_hidden(void *data __attribute__((unused)), struct ncrun_error *err)
{
	inside_true(inside_count("/data/upper3") == 0);
	inside_true(inside_open("/data/upper3/x", O_CREAT | O_WRONLY) == 0);
	return inside_result(err);
}

TEST(the_directory_of_its_changes_is_hidden)
{
	struct rootfs_spec spec = host_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	spec.upper = "/data/upper3";
	assert_ok(nsroot_run(&spec, upper_is_hidden, NULL, &err));
	assert_int_equal(access("/data/upper3/x", F_OK), -1);
	assert_int_equal(access("/data/upper3/data/data/upper3/x", F_OK), 0);
}

TEST(an_upper_used_before_with_another_image_hides_the_same)
{
	struct rootfs_spec spec = host_spec();
	struct ncrun_error err = {0};

	nsroot_required();
	spec.upper = "/data/upper2";
	assert_int_equal(mkdir("/data/upper2", 0700), 0);
	assert_int_equal(mkdir("/data/upper2/data", 0755), 0);
	assert_int_equal(mkdir("/data/upper2/data/root", 0755), 0);
	assert_int_equal(mkdir("/data/upper2/data/var", 0755), 0);
	assert_int_equal(mkdir("/data/upper2/data/var/lib", 0755), 0);
	assert_int_equal(mkdir("/data/upper2/data/var/lib/ncrun", 0755), 0);

	assert_ok(nsroot_run(&spec, secrets_are_hidden, NULL, &err));
}

static int machine_setup(void **state)
{
	nsroot_setup(state);
	if (geteuid() == 0)
		make_machine();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_node_has_no_business_with_is_hidden),
		cmocka_unit_test(it_stays_hidden_without_layers_by_descriptor),
		cmocka_unit_test(programs_on_a_file_system_of_their_own_are_there_read_only),
		cmocka_unit_test(links_that_a_node_left_in_its_changes_are_not_followed),
		cmocka_unit_test(the_directory_of_its_changes_is_hidden),
		cmocka_unit_test(an_upper_used_before_with_another_image_hides_the_same),
	};

	return cmocka_run_group_tests_name("rootfs/host", tests, machine_setup, NULL);
}
