/* SPDX-License-Identifier: Apache-2.0 */

/* A node's /dev, and images whose own is hostile. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
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

static int has_devices(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} devices[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
		       {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct stat st;

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		inside_true(stat(devices[i].path, &st) == 0 && S_ISCHR(st.st_mode));
		inside_true(st.st_rdev == makedev(devices[i].major, devices[i].minor));
		inside_true((st.st_mode & 07777) == 0666);
	}
	inside_fails(write(fd, "x", 1), ENOSPC);
	inside_true(inside_open("/dev/null", O_RDWR) == 0);
	inside_true(inside_open("/dev/urandom", O_RDONLY) == 0);
	return inside_result(err);
}

static int has_links(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static const char *const links[][2] = {{"/dev/fd", "/proc/self/fd"},
					       {"/dev/stdin", "/proc/self/fd/0"},
					       {"/dev/stdout", "/proc/self/fd/1"},
					       {"/dev/stderr", "/proc/self/fd/2"},
					       {"/dev/ptmx", "pts/ptmx"}};
	char target[64];
	ssize_t length;

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		length = readlink(links[i][0], target, sizeof(target));
		inside_true(length == (ssize_t)strlen(links[i][1]));
		inside_true(length > 0 && memcmp(target, links[i][1], (size_t)length) == 0);
	}
	inside_true(inside_count("/dev") == 15); /* and .ncrun, pts, shm, mqueue: no more */
	return inside_result(err);
}

static int has_terminals(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[1024];
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	inside_true(fd >= 0);
	inside_true(strcmp(ptsname(fd), "/dev/pts/0") == 0);
	inside_true(access("/dev/pts/0", F_OK) == 0);
	inside_true(inside_mounted("/dev/pts", line, sizeof(line)));
	inside_true(strstr(line, " rw,nosuid,noexec") && strstr(line, "ptmxmode=666"));
	inside_true(strstr(line, "gid=") && strstr(line, "mode=620"));
	return inside_result(err);
}

static int has_shared_memory(void *data __attribute__((unused)), struct ncrun_error *err)
{
	struct statvfs fs;
	struct stat st;
	char line[1024];

	inside_true(statvfs("/dev/shm", &fs) == 0 && fs.f_blocks * fs.f_frsize == 64ULL << 20);
	inside_true(stat("/dev/shm", &st) == 0 && (st.st_mode & 07777) == 01777);
	inside_true(inside_mounted("/dev/shm", line, sizeof(line)));
	inside_true(strstr(line, " rw,nosuid,nodev,noexec"));
	inside_true(inside_mounted("/dev/mqueue", line, sizeof(line)));
	inside_true(strstr(line, " rw,nosuid,nodev,noexec"));
	/* What queues take is counted per user, and comes back late from a namespace that died. */
	inside_true(inside_open("/dev/mqueue/q", O_CREAT | O_RDWR) == 0);
	inside_true(unlink("/dev/mqueue/q") == 0);
	inside_true(inside_mounted("/dev", line, sizeof(line)) && strstr(line, " rw,nosuid"));
	return inside_result(err);
}

static int knows_who_it_is(void *data __attribute__((unused)), struct ncrun_error *err)
{
	struct stat st;
	char line[64];

	inside_true(strcmp(inside_line("/dev/.ncrun", line, sizeof(line)), "network=lab") == 0);
	inside_true(stat("/dev/.ncrun", &st) == 0 && (st.st_mode & 07777) == 0444);
	return inside_result(err);
}

static const nsroot_inside looks[] = {has_devices, has_links, has_terminals, has_shared_memory,
				      knows_who_it_is};

static int looks_right(void *data, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(looks) / sizeof(looks[0]); i++)
		r = looks[i](data, err);
	return r;
}

static const char identity[] = "network=lab\nname=a\n";

static void assert_dev(struct rootfs_spec *spec)
{
	struct ncrun_error err = {0};

	spec->identity = identity;
	assert_ok(nsroot_run_all_ways(*spec, looks_right, NULL, &err));
}

TEST(dev_is_minimal_and_works)
{
	struct rootfs_spec spec = nsroot_spec(image());

	nsroot_required();
	assert_dev(&spec);
}

TEST(the_callers_umask_does_not_matter)
{
	struct rootfs_spec spec = nsroot_spec(image());
	mode_t before;

	nsroot_required();
	before = umask(077);
	assert_dev(&spec);
	umask(before);
}

/* CVE-2026-41579, CVE-2026-47766: nodes and links made on the machine. */
TEST(a_dev_that_is_a_link_is_replaced_and_not_followed)
{
	struct rootfs_spec spec;
	struct ncrun_error err = {0};

	nsroot_required();
	spec = nsroot_spec(nsroot_image("/tmp/link"));
	assert_int_equal(rmdir("/tmp/link/dev"), 0);
	assert_int_equal(mkdir("/tmp/decoy", 0755), 0);
	assert_int_equal(symlink("/tmp/decoy", "/tmp/link/dev"), 0);

	spec.identity = identity;
	assert_ok(nsroot_run_replacing(spec, looks_right, NULL, &err));
	spec.writable_root = true;
	assert_fails(nsroot_run(&spec, NULL, NULL, &err), ENOTDIR);

	assert_int_equal(inside_count("/tmp/decoy"), 0);
}

/* CVE-2025-31133: what masks are made of must not be the image's. */
static int masks_with_null(void *data __attribute__((unused)), struct ncrun_error *err)
{
	char line[64];

	inside_true(strcmp(inside_line("/proc/interrupts", line, sizeof(line)), "") == 0);
	return inside_result(err);
}

TEST(a_dev_full_of_links_is_covered)
{
	static const char *const names[] = {"null", "zero",   "tty", "ptmx",   "fd",
					    "pts",  "stdout", "shm", "mqueue", ".ncrun"};
	struct ncrun_error err = {0};
	struct rootfs_spec spec;
	char path[64];

	nsroot_required();
	spec = nsroot_spec(nsroot_image("/tmp/links"));
	nsroot_file("/tmp/victim", "of the machine\n");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/tmp/links/dev/%s", names[i]);
		assert_int_equal(symlink("/proc/version", path), 0);
	}

	assert_dev(&spec);
	assert_ok(nsroot_run(&spec, masks_with_null, NULL, &err));
	spec.writable_root = true;
	assert_dev(&spec);
	assert_ok(nsroot_run(&spec, masks_with_null, NULL, &err));
}

static int fills_dev(void *data __attribute__((unused)), struct ncrun_error *err)
{
	static char block[1 << 16];
	int fd = open("/dev/full-of-it", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	size_t written = 0;
	ssize_t r;

	while ((r = write(fd, block, sizeof(block))) > 0)
		written += (size_t)r;
	inside_true(r < 0 || r == 0);
	inside_true(written <= 1 << 20);
	return inside_result(err);
}

TEST(what_is_written_to_dev_counts_against_the_roots_limit)
{
	struct rootfs_spec spec = nsroot_spec(image());
	struct ncrun_error err = {0};

	nsroot_required();
	spec.upper_size_bytes = 1 << 20;
	assert_ok(nsroot_run(&spec, fills_dev, NULL, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dev_is_minimal_and_works),
		cmocka_unit_test(the_callers_umask_does_not_matter),
		cmocka_unit_test(a_dev_that_is_a_link_is_replaced_and_not_followed),
		cmocka_unit_test(a_dev_full_of_links_is_covered),
		cmocka_unit_test(what_is_written_to_dev_counts_against_the_roots_limit),
	};

	return cmocka_run_group_tests_name("rootfs/dev", tests, nsroot_setup, NULL);
}
