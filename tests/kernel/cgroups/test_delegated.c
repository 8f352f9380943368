/* SPDX-License-Identifier: Apache-2.0 */

/* Subtrees that were given to us. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/cgroup_lab.h"
#include "tests/support/test.h"

static struct cgroup_layout layout;
static char unit[128];       /* its directory */
static char unit_name[64];   /* "/..." in the hierarchy */
static const char *limit[2]; /* one that v2 can hold here */

/** For functions that run in a child: tell what does not hold, and stop. */
#define CHECK(condition)                                                                    \
	do {                                                                                \
		if (!(condition)) {                                                         \
			print_message("# %d: %s: %s\n", __LINE__, #condition, err.message); \
			return 1;                                                           \
		}                                                                           \
	} while (0)

static void write_file(const char *directory, const char *file, const char *value)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), (ssize_t)strlen(value));
	close(fd);
}

static int setup(void **state)
{
	_cleanup_(cgroup_destroyp) struct cgroup *cgroup = NULL;

	cgroup_lab_setup(state);
	assert_ok(cgroup_layout_read("/proc/self/mountinfo", &layout, &err));
	unit[0] = '\0';
	limit[0] = layout.v2 & CGROUP_CONTROLLER_MEMORY ? "memory" : "hugetlb";
	limit[1] = layout.v2 & CGROUP_CONTROLLER_MEMORY ? "64M" : "2M:4M";
	if (geteuid() != 0 || !layout.v2_path[0] || *cgroup_root_location(cgroup_lab_root) ||
	    !(layout.v2 & (CGROUP_CONTROLLER_MEMORY | CGROUP_CONTROLLER_HUGETLB)))
		return 0;
	/* Makes the root pass the controller on, as an init would have. */
	cgroup = MAKE("a", 0, limit[0], limit[1]);
	snprintf(unit_name, sizeof(unit_name), "/ncrun-test-%d-unit", (int)getpid());
	snprintf(unit, sizeof(unit), "%s%s", layout.v2_path, unit_name);
	assert_int_equal(mkdir(unit, 0755), 0);
	return 0;
}

/** What a child left in its unit: its top directory is called "up". */
static int teardown(void **state)
{
	static const char *const below[] = {"/up/lab/a", "/up/lab", "/up/.self", "/up", "/x", ""};
	char path[256];

	for (size_t i = 0; unit[0] && i < sizeof(below) / sizeof(below[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", unit, below[i]);
		for (int j = 0; j < 100 && rmdir(path) < 0 && errno == EBUSY; j++)
			usleep(10000);
	}
	assert_true(!unit[0] || access(unit, F_OK) < 0);
	return cgroup_lab_teardown(state);
}

static void require_unit(void)
{
	if (!unit[0]) {
		print_message("SKIP-ALLOWED: no cgroup v2 whose root is ours, with a controller\n");
		skip();
	}
}

/** Run @run in a child that stands in the unit. */
static void assert_in_unit(int (*run)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		write_file(unit, "cgroup.procs", "0");
		_exit(run());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int make(struct cgroup_root *root, struct cgroup **ret)
{
	_cleanup_limits_ struct ncrun_limits limits = NCRUN_LIMITS_INIT;
	int r = ncrun_limits_set(&limits, limit[0], limit[1], &err);

	return r < 0 ? r : cgroup_create(root, "lab/a", &limits, 0, ret, &err);
}

static int limit_and_leave(void)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	char path[256];

	CHECK(cgroup_root_open("up", NULL, &root, &err) == 0);
	CHECK(strcmp(cgroup_root_location(root), unit_name) == 0);
	CHECK(make(root, &cgroup) == 0);
	snprintf(path, sizeof(path), "%s/up/lab/a/%s.max", unit,
		 limit[0][0] == 'm' ? limit[0] : "hugetlb.2MB");
	CHECK(access(path, F_OK) == 0);
	CHECK(cgroup_lab_run(cgroup, cgroup_lab_eat, (void *)1) == 0);
	CHECK(cgroup_remove(root, "lab/a", &err) == 0);
	return 0;
}

TEST(a_marked_group_around_us_is_where_ours_are_made)
{
	require_unit();
	assert_int_equal(setxattr(unit, "trusted.delegate", "1", 1, 0), 0);
	assert_in_unit(limit_and_leave);
}

TEST(the_mark_may_be_further_up)
{
	char inner[256];

	require_unit();
	assert_int_equal(setxattr(unit, "trusted.delegate", "1", 1, 0), 0);
	snprintf(inner, sizeof(inner), "%s/x", unit);
	assert_int_equal(mkdir(inner, 0755), 0);
	if (fork() == 0) {
		write_file(inner, "cgroup.procs", "0");
		_exit(limit_and_leave());
	}
	assert_int_equal(cgroup_lab_wait(-1), 0);
}

static int leave_a_group(void)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;

	CHECK(cgroup_root_open("up", NULL, &root, &err) == 0);
	CHECK(make(root, &cgroup) == 0);
	return 0;
}

TEST(what_was_made_there_is_found_from_elsewhere)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;

	require_unit();
	assert_int_equal(setxattr(unit, "trusted.delegate", "1", 1, 0), 0);
	assert_in_unit(leave_a_group);

	assert_ok(cgroup_root_open("up", unit_name, &root, &err));
	assert_ok(cgroup_open(root, "lab/a", &cgroup, &err));
	assert_ok(cgroup_remove(root, "lab/a", &err));
	assert_fails(cgroup_open(root, "lab/a", &cgroup, &err), ENOENT);
}

static int refused_for_a_stranger(void)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_(cgroup_unrefp) struct cgroup *cgroup = NULL;
	char expected[64], ready = 0;
	int64_t took = INT64_MAX;
	pid_t stranger;
	int pipes[2], r = 0;

	CHECK(pipe2(pipes, O_CLOEXEC) == 0);
	stranger = fork();
	if (stranger == 0) {
		prctl(PR_SET_NAME, "stranger");
		(void)!write(pipes[1], "r", 1);
		cgroup_lab_sleep(NULL);
	}
	CHECK(read(pipes[0], &ready, 1) == 1);
	for (int i = 0; i < 5 && took >= 150; i++) { /* a busy machine may be late, not always */
		root = cgroup_root_unref(root);
		took = -clock_now_ms();
		r = cgroup_root_open("up", NULL, &root, &err);
		if (r == 0)
			r = make(root, &cgroup);
		took += clock_now_ms();
	}
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
	CHECK(r == -EBUSY);
	snprintf(expected, sizeof(expected), "holds others, first %d 'stranger'", (int)stranger);
	CHECK(strstr(err.message, expected));
	CHECK(strstr(err.message, "limit: the group '/ncrun-test-"));
	CHECK(took < 150); /* it is not one of those that leave by themselves in 200 */
	CHECK(strstr(err.message, "(try: systemd-run --scope -p Delegate=yes ncrun ...)"));
	CHECK(cgroup_create(root, "lab/a", NULL, 0, &cgroup, &err) == 0);
	CHECK(cgroup_remove(root, "lab/a", &err) == 0);
	return 0;
}

TEST(strangers_there_are_named_and_left_alone)
{
	require_unit();
	assert_int_equal(setxattr(unit, "trusted.delegate", "1", 1, 0), 0);
	assert_in_unit(refused_for_a_stranger);
}

static int as_user(void)
{
	CHECK(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
	return limit_and_leave();
}

TEST(a_user_makes_groups_in_what_is_his)
{
	static const char *const files[] = {"", "/cgroup.procs", "/cgroup.subtree_control",
					    "/cgroup.threads"};
	char path[256];

	require_unit();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", unit, files[i]);
		assert_int_equal(chown(path, 65534, 65534), 0);
	}
	assert_in_unit(as_user);
}

static int as_container(void)
{
	CHECK(unshare(CLONE_NEWCGROUP | CLONE_NEWNS) == 0);
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(umount2("/sys/fs/cgroup", MNT_DETACH) == 0);
	CHECK(mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) == 0);
	unit_name[0] = '\0';
	strcpy(unit, "/sys/fs/cgroup");
	return limit_and_leave();
}

TEST(in_a_container_it_is_the_containers_own_group)
{
	require_unit();
	assert_in_unit(as_container);
}

#define UNIT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_marked_group_around_us_is_where_ours_are_made),
		UNIT_TEST(the_mark_may_be_further_up),
		UNIT_TEST(what_was_made_there_is_found_from_elsewhere),
		UNIT_TEST(strangers_there_are_named_and_left_alone),
		UNIT_TEST(a_user_makes_groups_in_what_is_his),
		UNIT_TEST(in_a_container_it_is_the_containers_own_group),
	};

	return cmocka_run_group_tests_name("cgroups/delegated", tests, NULL, NULL);
}
