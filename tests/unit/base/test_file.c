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

TEST(a_file_is_read_whole_and_terminated)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *bytes = NULL;
	struct ncrun_error err = {0};
	size_t size = 0;

	test_file(dir.fd, "f", "hello");

	assert_ok(file_read_at(dir.fd, "f", 5, &bytes, &size, &err));
	assert_int_equal(size, 5);
	assert_string_equal(bytes, "hello");
}

TEST(a_file_of_proc_is_read_though_it_has_no_size)
{
	_cleanup_free_ char *bytes = NULL;
	struct ncrun_error err = {0};

	assert_ok(file_read_at(AT_FDCWD, "/proc/self/status", 1 << 16, &bytes, NULL, &err));
	assert_true(text_starts_with(bytes, "Name:"));
}

TEST(what_is_too_large_or_no_file_is_refused)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	char *bytes = NULL;

	test_file(dir.fd, "f", "hello");
	assert_int_equal(mkdirat(dir.fd, "d", 0700), 0);
	assert_int_equal(mkfifoat(dir.fd, "p", 0600), 0);

	assert_fails(file_read_at(dir.fd, "f", 4, &bytes, NULL, &err), EFBIG);
	assert_string_equal(err.message, "'f' is larger than 4 bytes");
	assert_fails(file_read_at(AT_FDCWD, "/proc/self/status", 4, &bytes, NULL, &err), EFBIG);
	assert_fails(file_read_at(dir.fd, "d", 4, &bytes, NULL, &err), EISDIR);
	assert_fails(file_read_at(dir.fd, "p", 4, &bytes, NULL, &err), EINVAL);
	assert_string_equal(err.message, "'p' is not a regular file");
	assert_fails(file_read_at(dir.fd, "none", 4, &bytes, NULL, &err), ENOENT);
	assert_string_equal(err.message, "open 'none': No such file or directory");
	assert_null(bytes);
}

TEST(replacing_writes_the_new_contents_and_mode)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *bytes = NULL;
	_cleanup_(strings_freep) char **names = NULL;
	struct ncrun_error err = {0};
	struct stat st;

	test_file(dir.fd, "f", "old and longer");
	assert_ok(file_replace_at(dir.fd, "f", "new", 3, 0666, &err));
	assert_ok(file_replace_at(dir.fd, "g", "", 0, 0600, &err));

	assert_ok(file_read_at(dir.fd, "f", 99, &bytes, NULL, &err));
	assert_string_equal(bytes, "new");
	assert_int_equal(fstatat(dir.fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_ok(directory_list(dir.fd, &names, &err));
	assert_int_equal(strings_count((const char *const *)names), 2);
}

TEST(replacing_takes_a_path_and_replaces_a_link_itself)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *path = NULL, *target = NULL;
	struct ncrun_error err = {0};
	struct stat st;

	test_file(dir.fd, "target", "keep");
	assert_int_equal(symlinkat("target", dir.fd, "link"), 0);
	assert_true(asprintf(&path, "%s/link", dir.path) > 0);

	assert_ok(file_replace_at(AT_FDCWD, path, "x", 1, 0600, &err));

	assert_int_equal(fstatat(dir.fd, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_ok(file_read_at(dir.fd, "target", 99, &target, NULL, &err));
	assert_string_equal(target, "keep");
}

TEST(what_a_killed_replacement_left_is_told_from_one_at_work)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	struct ncrun_error err = {0};
	int at_work;

	test_file(dir.fd, FILE_TEMPORARY_PREFIX "left", "x");
	test_file(dir.fd, FILE_TEMPORARY_PREFIX "at-work", "x");
	test_file(dir.fd, "f", "x");
	at_work = openat(dir.fd, FILE_TEMPORARY_PREFIX "at-work", O_RDONLY | O_CLOEXEC);
	assert_ok(file_lock(at_work, true, true, NULL, &err));

	assert_int_equal(file_temporaries_remove(dir.fd, true), 1);
	assert_int_equal(faccessat(dir.fd, FILE_TEMPORARY_PREFIX "left", F_OK, 0), 0);
	assert_int_equal(file_temporaries_remove(dir.fd, false), 1);
	assert_int_equal(faccessat(dir.fd, FILE_TEMPORARY_PREFIX "left", F_OK, 0), -1);
	assert_int_equal(faccessat(dir.fd, FILE_TEMPORARY_PREFIX "at-work", F_OK, 0), 0);
	close(at_work);
	assert_int_equal(file_temporaries_remove(dir.fd, false), 1);
	assert_int_equal(faccessat(dir.fd, "f", F_OK, 0), 0);
}

TEST(a_replacement_that_fails_leaves_nothing)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(strings_freep) char **names = NULL;
	struct ncrun_error err = {0};

	assert_int_equal(mkdirat(dir.fd, "d", 0700), 0);

	assert_fails(file_replace_at(dir.fd, "d", "x", 1, 0600, &err), EISDIR);
	assert_string_equal(err.message, "replace 'd': rename: Is a directory");
	assert_fails(file_replace_at(dir.fd, "no/f", "x", 1, 0600, &err), ENOENT);
	assert_ok(directory_list(dir.fd, &names, &err));
	assert_string_equal(names[0], "d");
	assert_null(names[1]);
}

TEST(links_inside_a_root_do_not_lead_out)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = -1, made = -1;
	struct stat here, there;

	assert_int_equal(mkdirat(dir.fd, "etc", 0700), 0);
	test_file(dir.fd, "etc/passwd", "x");
	assert_int_equal(symlinkat("/etc/passwd", dir.fd, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../../../etc/passwd", dir.fd, "relative"), 0);
	assert_int_equal(symlinkat("/proc/self/root", dir.fd, "magic"), 0);
	assert_int_equal(fstatat(dir.fd, "etc/passwd", &here, 0), 0);

	fd = file_open_in_root(dir.fd, "absolute", O_RDONLY, 0);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &there), 0);
	assert_int_equal(here.st_ino, there.st_ino);
	closep(&fd);
	fd = file_open_in_root(dir.fd, "/../relative", O_RDONLY, 0);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(file_open_in_root(dir.fd, "magic", O_RDONLY, 0), -ENOENT);
	assert_int_equal(errno, ENOENT);

	made = file_open_in_root(dir.fd, "/new", O_WRONLY | O_CREAT, 0640);
	assert_true(made >= 0);
	assert_int_equal(faccessat(dir.fd, "new", F_OK, 0), 0);
}

TEST(a_lock_excludes_another_description)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int one = openat(dir.fd, ".", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int two = openat(dir.fd, ".", O_RDONLY | O_CLOEXEC);
	struct ncrun_error err = {0};
	bool taken = false;

	assert_ok(file_lock(one, true, true, NULL, &err));
	assert_ok(file_lock(two, false, false, &taken, &err));
	assert_false(taken);
	assert_fails(file_lock(two, false, false, NULL, &err), EWOULDBLOCK);

	closep(&one);
	assert_ok(file_lock(two, false, false, &taken, &err));
	assert_true(taken);
}

TEST(a_write_that_fails_says_why)
{
	_cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct ncrun_error err = {0};

	assert_fails(file_write_all(fd, "x", 1, &err), ENOSPC);
	assert_string_equal(err.message, "write: No space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_whole_and_terminated),
		cmocka_unit_test(a_file_of_proc_is_read_though_it_has_no_size),
		cmocka_unit_test(what_is_too_large_or_no_file_is_refused),
		cmocka_unit_test(replacing_writes_the_new_contents_and_mode),
		cmocka_unit_test(replacing_takes_a_path_and_replaces_a_link_itself),
		cmocka_unit_test(what_a_killed_replacement_left_is_told_from_one_at_work),
		cmocka_unit_test(a_replacement_that_fails_leaves_nothing),
		cmocka_unit_test(links_inside_a_root_do_not_lead_out),
		cmocka_unit_test(a_lock_excludes_another_description),
		cmocka_unit_test(a_write_that_fails_says_why),
	};

	return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
