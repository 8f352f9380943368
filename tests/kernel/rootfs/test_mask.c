/* SPDX-License-Identifier: Apache-2.0 */

/* Masked and read-only paths, and a root that cannot be written. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

static int masked_file(const char *path, struct ncrun_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char byte;

	if (fd < 0 &&
	    (errno == ENOENT || errno == EACCES)) /* of the machine's root, if not masked */
		return 0;
	inside_true(fd >= 0);
	inside_true(read(fd, &byte, 1) == 0);
	if (fd >= 0)
		close(fd);
	return error_wrap(err, inside_result(err), "%s", path);
}

static int masks_are_in_place(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static const char *const files[] = {"/proc/interrupts",      "/proc/kallsyms",
					    "/proc/kcore",           "/proc/keys",
					    "/proc/kpagecgroup",     "/proc/kpagecount",
					    "/proc/kpageflags",      "/proc/latency_stats",
					    "/proc/pagetypeinfo",    "/proc/sched_debug",
					    "/proc/slabinfo",        "/proc/timer_list",
					    "/proc/timer_stats",     "/proc/vmallocinfo",
					    "/sys/kernel/vmcoreinfo"};
	static const char *const directories[] = {"/proc/acpi",
						  "/proc/asound",
						  "/proc/dynamic_debug",
						  "/proc/scsi",
						  "/sys/firmware",
						  "/sys/fs/bpf",
						  "/sys/fs/selinux",
						  "/sys/dev/block",
						  "/sys/module",
						  "/sys/kernel/debug",
						  "/sys/kernel/security",
						  "/sys/kernel/tracing",
						  "/sys/devices/virtual/powercap",
						  "/sys/devices/system/cpu/cpu0/thermal_throttle"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		r = masked_file(files[i], err);
	for (size_t i = 0; r == 0 && i < sizeof(directories) / sizeof(directories[0]); i++) {
		inside_true(access(directories[i], F_OK) < 0 || inside_count(directories[i]) == 0);
		r = error_wrap(err, inside_result(err), "%s", directories[i]);
	}
	inside_true(inside_open("/proc/acpi/x", O_CREAT | O_WRONLY) < 0 && errno != EACCES);
	return inside_result(err);
}

TEST(masked_paths_show_nothing)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, masks_are_in_place, NULL, &err));
	spec.network_namespace = false;
	assert_ok(nsroot_run(&spec, masks_are_in_place, NULL, &err));
}

/* What runs as the machine's root when it is written: core_pattern, modprobe and their kin. */
static int kernel_is_read_only(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static const char *const files[] = {"/proc/sys/kernel/core_pattern",
					    "/proc/sys/kernel/modprobe",
					    "/proc/sys/net/ipv4/ip_forward",
					    "/proc/sys/kernel/hostname",
					    "/proc/sysrq-trigger",
					    "/proc/irq/default_smp_affinity"};
	static const char *const paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					    "/proc/sysrq-trigger"};
	char line[1024];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (access(files[i], F_OK) < 0)
			continue;
		/* Or it belongs to the machine's root: then that is asked first. */
		inside_true(inside_open(files[i], O_WRONLY) < 0 &&
			    (errno == EROFS || errno == EACCES));
		error_wrap(err, inside_result(err), "%s", files[i]);
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], F_OK) < 0)
			continue;
		inside_true(inside_mounted(paths[i], line, sizeof(line)));
		inside_true(strstr(line, " ro,nosuid,nodev,noexec"));
	}
	inside_true(inside_open("/proc/self/comm", O_WRONLY) == 0);
	return inside_result(err);
}

TEST(what_the_kernel_is_steered_by_is_read_only)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	assert_ok(nsroot_run_all_ways(spec, kernel_is_read_only, NULL, &err));
}

static int nothing_is_masked(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(!inside_mounted("/proc/sys", line, sizeof(line)));
	inside_true(!inside_mounted("/proc/interrupts", line, sizeof(line)));
	inside_true(inside_open("/proc/sys/net/ipv4/ip_forward", O_WRONLY) == 0);
	return inside_result(err);
}

TEST(a_privileged_node_has_no_masks)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.privileged = true;
	assert_ok(nsroot_run(&spec, nothing_is_masked, NULL, &err));
}

TEST(empty_lists_are_none)
{
	static const char *const none[] = {NULL};
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.masked_paths = none;
	spec.read_only_paths = none;
	assert_ok(nsroot_run(&spec, nothing_is_masked, NULL, &err));
}

static int own_lists_hold(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_true(strcmp(inside_line("/etc/motd", line, sizeof(line)), "") == 0);
	inside_true(inside_count("/bin") == 0);
	inside_true(inside_count("/proc/tty") == 0);
	inside_fails(inside_open("/var/x", O_CREAT | O_WRONLY), EROFS);
	inside_true(inside_open("/etc/x", O_CREAT | O_WRONLY) == 0);
	inside_true(!inside_mounted("/proc/interrupts", line, sizeof(line)));
	inside_true(!inside_mounted("/proc/sys", line, sizeof(line)));
	return inside_result(err);
}

TEST(own_lists_take_the_place_of_the_built_in)
{
	static const char *const masked[] = {"/etc/motd",  "/bin",        "/proc/tty",
					     "/not/there", "/etc/motd/x", NULL};
	static const char *const read_only[] = {"/var", "/not/there", NULL};
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	nsroot_file("/tmp/image/bin/program", "x");
	spec.masked_paths = masked;
	spec.read_only_paths = read_only;
	assert_ok(nsroot_run_all_ways(spec, own_lists_hold, NULL, &err));
}

static int root_is_read_only(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];

	inside_fails(inside_open("/etc/x", O_CREAT | O_WRONLY), EROFS);
	inside_fails(inside_open("/etc/motd", O_WRONLY), EROFS);
	inside_fails(mkdir("/x", 0755), EROFS);
	inside_true(inside_mounted("/", line, sizeof(line)) && strstr(line, " ro,nodev"));
	inside_true(inside_open("/dev/shm/x", O_CREAT | O_WRONLY) == 0);
	inside_true(inside_open("/scratch/x", O_CREAT | O_WRONLY) == 0);
	return inside_result(err);
}

TEST(a_read_only_root_is_so_but_for_what_is_mounted_on_it)
{
	static const struct ncrun_tmpfs scratch = {.target = "/scratch"};
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.read_only = true;
	spec.tmpfs = &scratch;
	spec.tmpfs_count = 1;
	assert_ok(nsroot_run_all_ways(spec, root_is_read_only, NULL, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masked_paths_show_nothing),
		cmocka_unit_test(what_the_kernel_is_steered_by_is_read_only),
		cmocka_unit_test(a_privileged_node_has_no_masks),
		cmocka_unit_test(empty_lists_are_none),
		cmocka_unit_test(own_lists_take_the_place_of_the_built_in),
		cmocka_unit_test(a_read_only_root_is_so_but_for_what_is_mounted_on_it),
	};

	return cmocka_run_group_tests_name("rootfs/mask", tests, nsroot_setup, NULL);
}
