/* SPDX-License-Identifier: Apache-2.0 */

/* What the process that unpacks can reach: its work area, and nothing else. */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rootfs/import_child.h"
#include "tests/support/directory.h"
#include "tests/support/nsroot.h"
#include "tests/support/test.h"

/** cmocka cannot report from another process: say what is wrong, and end. */
#define check(condition)                                                         \
	do {                                                                     \
		if (!(condition)) {                                              \
			dprintf(job->reports, "%d: %s\n", __LINE__, #condition); \
			_exit(1);                                                \
		}                                                                \
	} while (0)

/** Run @body confined to a fresh directory; the first thing that does not hold fails the test. */
static void confined(void (*body)(const struct import_job *job), bool devices)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	char said[512] = "";
	int input[2], reports[2], status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, reports), 0);
	test_file(dir.fd, "inside", "x");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct import_job job = {.area_fd = dir.fd,
					 .input = input[1],
					 .reports = reports[1]};
		struct ncrun_error err = {0};

		job.limits.devices = devices;
		job.limits.max_bytes = 1u << 20;
		if (import_confine(&job, &err) < 0) {
			dprintf(job.reports, "%s\n", err.message);
			_exit(1);
		}
		body(&job);
		_exit(0);
	}
	close(reports[1]);
	close(input[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0) {
		assert_true(read(reports[0], said, sizeof(said) - 1) >= 0);
		fail_msg("ended with %#x: %s", status, said);
	}
	close(reports[0]);
	close(input[0]);
}

static void see_files(const struct import_job *job)
{
	struct stat root, up, area;

	check(access("/inside", F_OK) == 0);
	check(access("/etc", F_OK) < 0 && errno == ENOENT);
	check(access("/proc", F_OK) < 0 && access("/tmp", F_OK) < 0);
	check(stat("/", &root) == 0 && stat("/../../..", &up) == 0);
	check(root.st_ino == up.st_ino && root.st_dev == up.st_dev);
	check(fstatat(job->area_fd, "../../..", &area, 0) == 0);
	check(area.st_ino == root.st_ino && area.st_dev == root.st_dev);
}

TEST(it_sees_no_file_but_those_of_its_area)
{
	nsroot_required();
	confined(see_files, false);
}

static void see_descriptors(const struct import_job *job)
{
	unsigned int others = 0;

	for (int fd = 3; fd < 256; fd++)
		if (fd != job->area_fd && fd != job->input && fd != job->reports &&
		    fcntl(fd, F_GETFD) >= 0)
			others++;
	check(others == 1); /* the lock that says it lives */
}

TEST(it_has_no_descriptor_of_its_caller)
{
	int leak = open("/", O_RDONLY | O_DIRECTORY); /* NOLINT: not O_CLOEXEC, on purpose */

	nsroot_required();
	confined(see_descriptors, false);
	close(leak);
}

static void see_network(const struct import_job *job)
{
	struct if_nameindex *links = if_nameindex();

	check(links && strcmp(links[0].if_name, "lo") == 0 && links[1].if_index == 0);
	if_freenameindex(links);
}

TEST(it_has_no_network)
{
	nsroot_required();
	confined(see_network, false);
}

static uint64_t capabilities(void)
{
	cap_t caps = cap_get_proc();
	uint64_t set = 0;

	for (cap_value_t cap = 0; cap < 64; cap++) {
		cap_flag_value_t has = CAP_CLEAR;

		if (cap_get_flag(caps, cap, CAP_PERMITTED, &has) == 0 && has == CAP_SET)
			set |= 1ull << cap;
	}
	cap_free(caps);
	return set;
}

#define KEPT                                                                                      \
	(1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER | 1ull << CAP_FSETID | \
	 1ull << CAP_SETFCAP)

static void see_rights(const struct import_job *job)
{
	struct rlimit size;

	check(capabilities() == (KEPT | (job->limits.devices ? 1ull << CAP_MKNOD : 0)));
	check(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	check(prctl(PR_GET_DUMPABLE) == 0);
	check(mount("none", "/", "tmpfs", 0, NULL) < 0 && errno == EPERM);
	check(chroot("/") < 0 && errno == EPERM);
	check((mknodat(job->area_fd, "dev", S_IFCHR | 0600, 0x103) == 0) == job->limits.devices);
	check(open("/dev", O_RDONLY | O_CLOEXEC) < 0); /* where it exists it cannot be opened */
	check(getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur == 2u << 20);
	check(getrlimit(RLIMIT_CORE, &size) == 0 && size.rlim_max == 0);
}

TEST(it_has_the_rights_to_make_files_and_no_more)
{
	nsroot_required();
	confined(see_rights, false);
	confined(see_rights, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_sees_no_file_but_those_of_its_area),
		cmocka_unit_test(it_has_no_descriptor_of_its_caller),
		cmocka_unit_test(it_has_no_network),
		cmocka_unit_test(it_has_the_rights_to_make_files_and_no_more),
	};

	return cmocka_run_group_tests_name("rootfs/import_confine", tests, nsroot_setup, NULL);
}
