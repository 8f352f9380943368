/* SPDX-License-Identifier: Apache-2.0 */

/* Devices that a group may use, and all others. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/support/cgroup_lab.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

/** 0 or the errno of opening a device of that number. */
struct attempt {
	const char *directory;
	mode_t type;
	unsigned int major, minor;
	int flags;
};

/** Device files must be made by somebody who may. */
static void node_path(const struct attempt *attempt, char *ret, size_t size)
{
	snprintf(ret, size, "%s/%c%u.%u", attempt->directory, S_ISBLK(attempt->type) ? 'b' : 'c',
		 attempt->major, attempt->minor);
}

static int try_open(void *data)
{
	char path[256];
	int fd;

	node_path(data, path, sizeof(path));
	fd = open(path, ((struct attempt *)data)->flags | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 ? 0 : errno;
}

static int try_mknod(void *data)
{
	char path[256];

	node_path(data, path, sizeof(path));
	return mknod(path, ((struct attempt *)data)->type | 0600,
		     makedev(((struct attempt *)data)->major, ((struct attempt *)data)->minor)) == 0
		       ? 0
		       : errno;
}

static int opened(const struct cgroup *cgroup, const struct test_directory *dir, mode_t type,
		  dev_t device, int flags)
{
	struct attempt attempt = {dir->path, type, major(device), minor(device), flags};
	char path[256];

	node_path(&attempt, path, sizeof(path));
	if (mknod(path, type | 0600, device) < 0 && errno != EEXIST)
		return -1;
	return cgroup_lab_run(cgroup, try_open, &attempt);
}

#define NULL_DEVICE makedev(1, 3)
#define KMSG        makedev(1, 11)
#define DISK        makedev(250, 77)

TEST(only_the_usual_devices_can_be_used)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	cgroup = MAKE("a", CGROUP_FILTER_DEVICES, NULL);

	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_RDWR), 0);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, makedev(1, 9), O_RDONLY), 0);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), EPERM);
	assert_int_equal(opened(cgroup, &dir, S_IFBLK, DISK, O_RDONLY), EPERM);
	assert_int_equal(opened(cgroup, &dir, S_IFBLK, NULL_DEVICE, O_RDONLY), EPERM);
}

TEST(no_device_can_be_made)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct attempt usual = {dir.path, S_IFCHR, 1, 3, 0};
	struct attempt whiteout = {dir.path, S_IFCHR, 0, 0, 0};

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	cgroup = MAKE("a", CGROUP_FILTER_DEVICES, NULL);

	assert_int_equal(cgroup_lab_run(cgroup, try_mknod, &usual), EPERM);
	assert_int_equal(cgroup_lab_run(cgroup, try_mknod, &whiteout), 0); /* overlays need it */
}

TEST(devices_of_the_limits_can_be_used_as_they_say)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	struct attempt mknod_kmsg = {dir.path, S_IFCHR, 1, 11, 0};

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	cgroup = MAKE("a", CGROUP_FILTER_DEVICES, "device", "c:1:11:r", "device", "b:250:77:m");

	assert_int_equal(cgroup_lab_run(cgroup, try_mknod, &mknod_kmsg), EPERM);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_WRONLY), EPERM);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_RDWR), 0);
	assert_int_equal(opened(cgroup, &dir, S_IFBLK, DISK, O_RDONLY), EPERM);
}

/* Those that follow each other share a program where they can, and never another's. */
TEST(each_group_has_the_filter_of_its_own_devices)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *a = NULL, *b = NULL, *c = NULL, *d = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	a = MAKE("a", CGROUP_FILTER_DEVICES, "device", "c:1:11:r");
	b = MAKE("b", CGROUP_FILTER_DEVICES, "device", "c:1:11:r");
	c = MAKE("c", CGROUP_FILTER_DEVICES, NULL);
	d = MAKE("d", CGROUP_FILTER_DEVICES, "device", "c:1:11:w");

	assert_int_equal(opened(a, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
	assert_int_equal(opened(b, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
	assert_int_equal(opened(b, &dir, S_IFCHR, KMSG, O_WRONLY), EPERM);
	assert_int_equal(opened(c, &dir, S_IFCHR, KMSG, O_RDONLY), EPERM);
	assert_int_equal(opened(d, &dir, S_IFCHR, KMSG, O_RDONLY), EPERM);
	assert_int_equal(opened(d, &dir, S_IFCHR, KMSG, O_WRONLY), 0);
}

TEST(without_the_filter_nothing_is_denied)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	cgroup = MAKE("a", 0, NULL);

	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
}

TEST(the_filter_of_a_running_group_can_be_replaced)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *made = NULL;
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits more = LIMITS("device", "c:1:11:rw");
	_cleanup_limits_ struct ncrun_limits other = LIMITS("device", "c:10:200");

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	made = MAKE("a", CGROUP_FILTER_DEVICES, NULL);
	assert_ok(cgroup_open(cgroup_lab_root, "lab/a", &cgroup, &err));
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), EPERM);

	assert_ok(cgroup_update(cgroup, &more, false, &err));
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
	assert_ok(cgroup_update(cgroup, &other, false, &err));
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), EPERM);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_RDWR), 0);
}

static int keep_opening(void *data)
{
	char path[256];

	node_path(data, path, sizeof(path));
	for (int i = 0; i < 3000; i++) {
		int fd = open(path, O_RDWR | O_CLOEXEC);

		if (fd < 0)
			return errno;
		close(fd);
	}
	return 0;
}

TEST(the_usual_devices_stay_while_a_filter_is_replaced)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits more = LIMITS("device", "c:1:11:rw");
	_cleanup_limits_ struct ncrun_limits other = LIMITS("device", "c:1:11:r");
	struct attempt usual = {dir.path, S_IFCHR, 1, 3, 0};
	pid_t pid;

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	cgroup = MAKE("a", CGROUP_FILTER_DEVICES, NULL);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_RDWR), 0);
	pid = cgroup_lab_spawn(cgroup, keep_opening, &usual);
	for (int i = 0; i < 100; i++)
		assert_ok(cgroup_update(cgroup, i % 2 ? &more : &other, false, &err));

	assert_int_equal(cgroup_lab_wait(pid), 0);
	assert_ok(cgroup_update(cgroup, &other, false, &err));
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_WRONLY), EPERM);
}

TEST(a_group_without_filter_gets_none_later)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits more = LIMITS("device", "c:1:3");

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	cgroup = MAKE("a", CGROUP_EVERYWHERE, NULL);

	assert_fails(cgroup_update(cgroup, &more, false, &err), ENOTSUP);
	assert_non_null(strstr(err.message, "made without a filter"));
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, KMSG, O_RDONLY), 0);
}

TEST(denials_win_over_what_is_before_them)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;
	_cleanup_limits_ struct ncrun_limits limits = LIMITS("device", "c:1:3");

	cgroup_lab_require(CGROUP_CONTROLLER_DEVICES);
	limits.devices[0].deny = true;
	limits.devices[0].access = NCRUN_DEVICE_WRITE;
	assert_ok(cgroup_create(cgroup_lab_root, "lab/a", &limits, CGROUP_FILTER_DEVICES, &cgroup,
				&err));

	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_RDONLY), 0);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_WRONLY), EPERM);
	assert_int_equal(opened(cgroup, &dir, S_IFCHR, NULL_DEVICE, O_RDWR), EPERM);
}

#define LAB_TEST(name) cmocka_unit_test_setup_teardown(name, cgroup_lab_setup, cgroup_lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(only_the_usual_devices_can_be_used),
		LAB_TEST(no_device_can_be_made),
		LAB_TEST(devices_of_the_limits_can_be_used_as_they_say),
		LAB_TEST(each_group_has_the_filter_of_its_own_devices),
		LAB_TEST(without_the_filter_nothing_is_denied),
		LAB_TEST(the_filter_of_a_running_group_can_be_replaced),
		LAB_TEST(the_usual_devices_stay_while_a_filter_is_replaced),
		LAB_TEST(a_group_without_filter_gets_none_later),
		LAB_TEST(denials_win_over_what_is_before_them),
	};

	return cmocka_run_group_tests_name("cgroups/devices", tests, NULL, NULL);
}
