/* SPDX-License-Identifier: Apache-2.0 */

/* Removing trees that others mount into or change at the same time. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/support/directory.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

#define ROUNDS 200

static void make_tree(int dir_fd)
{
	assert_int_equal(mkdirat(dir_fd, "t", 0755), 0);
	assert_int_equal(mkdirat(dir_fd, "t/a", 0755), 0);
	assert_int_equal(mkdirat(dir_fd, "t/a/b", 0755), 0);
	test_file(dir_fd, "t/a/b/f", "");
	test_file(dir_fd, "t/a/g", "");
}

TEST(what_is_mounted_in_a_tree_is_left_alone)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *keep = NULL, *inside = NULL;
	struct ncrun_error err = {0};

	sandbox_required();
	make_tree(dir.fd);
	assert_int_equal(mkdirat(dir.fd, "keep", 0755), 0);
	test_file(dir.fd, "keep/precious", "");
	assert_true(asprintf(&keep, "%s/keep", dir.path) > 0);
	assert_true(asprintf(&inside, "%s/t/a/b", dir.path) > 0);
	/* of the same file system, so that device numbers do not tell */
	assert_int_equal(mount(keep, inside, NULL, MS_BIND, NULL), 0);

	assert_fails(tree_remove_at(dir.fd, "t", NULL, &err), EBUSY);
	assert_string_equal(err.message, "remove 't': remove 'b': Device or resource busy");
	assert_int_equal(faccessat(dir.fd, "keep/precious", F_OK, 0), 0);
	assert_int_equal(faccessat(dir.fd, "t/a/g", F_OK, 0), -1);

	assert_int_equal(umount2(inside, MNT_DETACH), 0);
	assert_ok(tree_remove_at(dir.fd, "t", NULL, &err));
}

TEST(a_tree_that_is_a_mount_point_is_left_alone)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *path = NULL;
	struct ncrun_error err = {0};

	sandbox_required();
	make_tree(dir.fd);
	assert_true(asprintf(&path, "%s/t", dir.path) > 0);
	assert_int_equal(mount(path, path, NULL, MS_BIND, NULL), 0);

	assert_fails(tree_remove_at(dir.fd, "t", NULL, &err), EBUSY);
	assert_int_equal(faccessat(dir.fd, "t/a/b/f", F_OK, 0), 0);

	assert_int_equal(umount2(path, MNT_DETACH), 0);
}

/** Swap a directory of the tree for a link to what must stay, over and over. */
static pid_t swapper_start(int dir_fd)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			syscall(SYS_renameat2, dir_fd, "t/a", dir_fd, "link", 2 /* EXCHANGE */);
		_exit(0);
	}
	return pid;
}

/** Remove both, however often the swapper gets in between. */
static bool remove_both(int dir_fd)
{
	for (int tries = 0; tries < 10000; tries++) {
		int tree = tree_remove_at(dir_fd, "t", NULL, NULL);
		int link = tree_remove_at(dir_fd, "link", NULL, NULL);

		if (tree == 0 && link == 0)
			return true;
	}
	return false;
}

TEST(a_directory_swapped_for_a_link_is_not_followed)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	bool kept = true, removed = true;
	pid_t swapper;

	assert_int_equal(mkdirat(dir.fd, "keep", 0755), 0);
	assert_int_equal(mkdirat(dir.fd, "keep/b", 0755), 0);
	test_file(dir.fd, "keep/b/f", "");
	test_file(dir.fd, "keep/g", "");
	swapper = swapper_start(dir.fd);

	for (int i = 0; i < ROUNDS && kept && removed; i++) {
		make_tree(dir.fd);
		assert_int_equal(symlinkat("keep", dir.fd, "link"), 0);
		removed = remove_both(dir.fd);
		kept = faccessat(dir.fd, "keep/b/f", F_OK, 0) == 0 &&
		       faccessat(dir.fd, "keep/g", F_OK, 0) == 0;
	}

	assert_int_equal(kill(swapper, SIGKILL), 0);
	assert_int_equal(waitpid(swapper, NULL, 0), swapper);
	assert_true(kept);
	assert_true(removed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_swapped_for_a_link_is_not_followed),
		cmocka_unit_test(what_is_mounted_in_a_tree_is_left_alone),
		cmocka_unit_test(a_tree_that_is_a_mount_point_is_left_alone),
	};

	return cmocka_run_group_tests_name("base/tree", tests, sandbox_enter, NULL);
}
