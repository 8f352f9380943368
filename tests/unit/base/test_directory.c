/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

TEST(ensure_makes_all_parents_whatever_the_umask)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *path = NULL;
	struct ncrun_error err = {0};
	mode_t mask = umask(0077);
	struct stat st;

	assert_true(asprintf(&path, "%s/a//b/c/", dir.path) > 0);
	assert_ok(directory_ensure(path, 0750, &err));
	assert_ok(directory_ensure(path, 0700, &err));
	umask(mask);

	assert_int_equal(fstatat(dir.fd, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(fstatat(dir.fd, "a/b/c", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_ok(directory_ensure("/", 0755, &err));
	assert_ok(directory_ensure("/tmp", 0755, &err));
}

TEST(ensure_refuses_a_file_in_the_way)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *file = NULL, *below = NULL;
	struct ncrun_error err = {0};

	test_file(dir.fd, "f", "");
	assert_true(asprintf(&file, "%s/f", dir.path) > 0);
	assert_true(asprintf(&below, "%s/f/d", dir.path) > 0);

	assert_fails(directory_ensure(file, 0755, &err), ENOTDIR);
	assert_fails(directory_ensure(below, 0755, &err), ENOTDIR);
	assert_non_null(strstr(err.message, "make directory '"));
}

TEST(a_private_directory_is_made_and_found_again)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1, again = -1;
	struct ncrun_error err = {0};
	struct stat st;

	assert_true(asprintf(&path, "%s/x/private", dir.path) > 0);
	assert_ok(directory_open_private(path, &fd, &err));
	assert_ok(directory_open_private(path, &again, &err));

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

TEST(a_private_directory_must_be_ours_alone_and_no_link)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	int fd = -1;

	assert_int_equal(mkdirat(dir.fd, "open", 0700), 0);
	assert_int_equal(fchmodat(dir.fd, "open", 0711, 0), 0);
	assert_int_equal(mkdirat(dir.fd, "real", 0700), 0);
	assert_int_equal(symlinkat("real", dir.fd, "link"), 0);
	test_file(dir.fd, "file", "");

	assert_fails(directory_open_private_at(dir.fd, "open", &fd, &err), EPERM);
	assert_string_equal(err.message,
			    "directory 'open' is open to others, mode 0711 (name one that "
			    "only you can use: mkdir -m 700 DIR)");
	assert_fails(directory_open_private_at(dir.fd, "link", &fd, &err), ENOTDIR);
	assert_fails(directory_open_private_at(dir.fd, "file", &fd, &err), ENOTDIR);
	assert_int_equal(fd, -1);
}

TEST(a_private_directory_of_somebody_else_is_refused)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	int fd = -1;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdirat(dir.fd, "theirs", 0700), 0);
	assert_int_equal(fchownat(dir.fd, "theirs", 12345, 12345, 0), 0);

	assert_fails(directory_open_private_at(dir.fd, "theirs", &fd, &err), EPERM);
	assert_string_equal(err.message, "directory 'theirs' belongs to user 12345, not to 0");
}

TEST(a_listing_is_sorted_and_complete)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_(strings_freep) char **again = NULL;
	_cleanup_close_ int path_fd = openat(dir.fd, ".", O_PATH | O_CLOEXEC);
	struct ncrun_error err = {0};

	test_file(dir.fd, "b", "");
	test_file(dir.fd, "a", "");
	test_file(dir.fd, ".c", "");

	assert_ok(directory_list(path_fd, &names, &err));
	assert_ok(directory_list(dir.fd, &again, &err));
	assert_string_equal(names[0], ".c");
	assert_string_equal(names[1], "a");
	assert_string_equal(names[2], "b");
	assert_null(names[3]);
	assert_int_equal(strings_count((const char *const *)again), 3);
}

TEST(an_empty_directory_is_an_empty_list)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(strings_freep) char **names = NULL;
	struct ncrun_error err = {0};

	assert_ok(directory_list(dir.fd, &names, &err));
	assert_non_null(names);
	assert_null(names[0]);
}

TEST(opening_a_directory_follows_no_link)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	int fd = -1;

	assert_int_equal(symlinkat("/tmp", dir.fd, "link"), 0);
	assert_fails(directory_open_at(dir.fd, "link", &fd, &err), ENOTDIR);
	assert_fails(directory_open_at(dir.fd, "none", &fd, &err), ENOENT);
	assert_string_equal(err.message, "open directory 'none': No such file or directory");
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ensure_makes_all_parents_whatever_the_umask),
		cmocka_unit_test(ensure_refuses_a_file_in_the_way),
		cmocka_unit_test(a_private_directory_is_made_and_found_again),
		cmocka_unit_test(a_private_directory_must_be_ours_alone_and_no_link),
		cmocka_unit_test(a_private_directory_of_somebody_else_is_refused),
		cmocka_unit_test(a_listing_is_sorted_and_complete),
		cmocka_unit_test(an_empty_directory_is_an_empty_list),
		cmocka_unit_test(opening_a_directory_follows_no_link),
	};

	return cmocka_run_group_tests_name("base/directory", tests, NULL, NULL);
}
