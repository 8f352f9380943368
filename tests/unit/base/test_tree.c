/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

#define DEPTH test_amount(3000, 1500) /* more than descriptors, and PATH_MAX */

static void make_directory(int dir_fd, const char *path)
{
	assert_int_equal(mkdirat(dir_fd, path, 0755), 0);
}

TEST(a_tree_goes_with_everything_in_it)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	uint64_t bytes = 0;

	make_directory(dir.fd, "t");
	make_directory(dir.fd, "t/empty");
	make_directory(dir.fd, "t/full");
	test_file(dir.fd, "t/full/f", "12345");
	assert_int_equal(linkat(dir.fd, "t/full/f", dir.fd, "t/hard", 0), 0);
	assert_int_equal(mkfifoat(dir.fd, "t/pipe", 0600), 0);
	assert_int_equal(symlinkat("nowhere", dir.fd, "t/dangling"), 0);

	assert_ok(tree_remove_at(dir.fd, "t", &bytes, &err));

	assert_int_equal(faccessat(dir.fd, "t", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	assert_true(bytes < 1 << 20);
}

TEST(what_is_not_there_is_no_error)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	uint64_t bytes = 7;

	assert_ok(tree_remove_at(dir.fd, "none", &bytes, &err));
	assert_int_equal(bytes, 0);
}

TEST(links_are_removed_and_not_followed)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};

	make_directory(dir.fd, "keep");
	test_file(dir.fd, "keep/f", "");
	make_directory(dir.fd, "t");
	make_directory(dir.fd, "t/d");
	assert_int_equal(symlinkat("../../keep", dir.fd, "t/d/link"), 0);
	assert_int_equal(symlinkat("keep", dir.fd, "link"), 0);

	assert_ok(tree_remove_at(dir.fd, "t", NULL, &err));
	assert_ok(tree_remove_at(dir.fd, "link", NULL, &err));

	assert_int_equal(faccessat(dir.fd, "keep/f", F_OK, 0), 0);
}

TEST(only_names_are_taken)
{
	static const char *const bad[] = {"", ".", "..", "a/b", "/", "../x"};
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_fails(tree_remove_at(dir.fd, bad[i], NULL, &err), EINVAL);
	assert_string_equal(err.message, "remove '../x': not a name in a directory");
}

TEST(depth_costs_neither_stack_nor_descriptors)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = fcntl(dir.fd, F_DUPFD_CLOEXEC, 3);
	struct ncrun_error err = {0};

	for (int i = 0; i < DEPTH; i++) {
		int below;

		make_directory(fd, "d");
		test_file(fd, "before", "");
		make_directory(fd, "z");
		test_file(fd, "z/f", "");
		below = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		closep(&fd);
		fd = below;
	}

	assert_ok(tree_remove_at(dir.fd, "d", NULL, &err));
	assert_int_equal(faccessat(dir.fd, "d", F_OK, 0), -1);
}

TEST(many_entries_go_in_one_pass)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};

	make_directory(dir.fd, "t");
	for (int i = 0; i < test_amount(2000, 400); i++) {
		char path[32];

		snprintf(path, sizeof(path), "t/%d", i);
		make_directory(dir.fd, path);
		snprintf(path, sizeof(path), "t/%d/f", i);
		test_file(dir.fd, path, "");
	}

	assert_ok(tree_remove_at(dir.fd, "t", NULL, &err));
}

/** Run @body as nobody in a child; true when it returned true. */
static bool as_nobody(int dir_fd, bool (*body)(int dir_fd))
{
	int status = 1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setgid(65534) == 0 && setuid(65534) == 0 && body(dir_fd) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

static bool remove_own_locked_tree(int dir_fd)
{
	return mkdirat(dir_fd, "t", 0700) == 0 && mkdirat(dir_fd, "t/d", 0700) == 0 &&
	       mkdirat(dir_fd, "t/d/e", 0700) == 0 && fchmodat(dir_fd, "t/d", 0500, 0) == 0 &&
	       fchmodat(dir_fd, "t", 0, 0) == 0 && tree_remove_at(dir_fd, "t", NULL, NULL) == 0;
}

static bool fail_on_foreign_tree(int dir_fd)
{
	struct ncrun_error err = {0};

	return tree_remove_at(dir_fd, "theirs", NULL, &err) == -EACCES &&
	       strcmp(err.message, "remove 'theirs': remove 'f': Permission denied") == 0;
}

TEST(read_only_directories_of_our_own_are_no_obstacle)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();

	if (geteuid() != 0)
		skip();
	assert_int_equal(fchmod(dir.fd, 0777), 0);
	assert_true(as_nobody(dir.fd, remove_own_locked_tree));
}

TEST(what_may_not_be_removed_is_named)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();

	if (geteuid() != 0)
		skip();
	make_directory(dir.fd, "theirs");
	test_file(dir.fd, "theirs/f", "");
	assert_int_equal(fchmod(dir.fd, 0777), 0);

	assert_true(as_nobody(dir.fd, fail_on_foreign_tree));
	assert_int_equal(faccessat(dir.fd, "theirs/f", F_OK, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_goes_with_everything_in_it),
		cmocka_unit_test(what_is_not_there_is_no_error),
		cmocka_unit_test(links_are_removed_and_not_followed),
		cmocka_unit_test(only_names_are_taken),
		cmocka_unit_test(depth_costs_neither_stack_nor_descriptors),
		cmocka_unit_test(many_entries_go_in_one_pass),
		cmocka_unit_test(read_only_directories_of_our_own_are_no_obstacle),
		cmocka_unit_test(what_may_not_be_removed_is_named),
	};

	return cmocka_run_group_tests_name("base/tree", tests, NULL, NULL);
}
