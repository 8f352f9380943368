/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "seccomp/cache.h"
#include "tests/support/directory.h"
#include "tests/support/test.h"

#define KEY      "profile and all"
#define KEY_SIZE sizeof(KEY)

static struct sock_filter instructions[] = {{0x20, 0, 0, 4}, {0x06, 0, 0, 0x7fff0000}};
static const struct seccomp_filter sample = {.instructions = instructions, .count = 2, .flags = 4};

/* A library of ours to have compiled it: any file will do. */
static const char *library(const struct test_directory *dir)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/library", dir->path);
	test_file(dir->fd, "library", "version 1");
	return path;
}

/* A cache with the sample in it, beside the library. */
static int filled(const struct test_directory *dir, char name[CACHE_NAME_SIZE])
{
	struct ncrun_error err = {0};
	int fd = -1;

	assert_int_equal(mkdirat(dir->fd, "cache", 0700), 0);
	assert_ok(directory_open_at(dir->fd, "cache", &fd, &err));
	assert_ok(cache_store(fd, KEY, KEY_SIZE, &sample, library(dir), &err));
	cache_name(KEY, KEY_SIZE, name);
	return fd;
}

static bool found(int fd)
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};

	return cache_find(fd, KEY, KEY_SIZE, &filter);
}

TEST(what_was_stored_is_found_whole)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	_cleanup_close_ int fd = -1;
	const struct seccomp_filter stored = {
		.instructions = instructions,
		.count = 2,
		.flags = 4,
		.notify = true,
		.listener_path = (char *)"/run/listener",
		.listener_metadata = (char *)"",
	};
	struct ncrun_error err = {0};
	char name[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	assert_ok(cache_store(fd, KEY, KEY_SIZE, &stored, library(&dir), &err));

	assert_true(cache_find(fd, KEY, KEY_SIZE, &filter));
	assert_int_equal(filter.count, 2);
	assert_memory_equal(filter.instructions, instructions, sizeof(instructions));
	assert_int_equal(filter.flags, 4);
	assert_true(filter.notify);
	assert_string_equal(filter.listener_path, "/run/listener");
	assert_string_equal(filter.listener_metadata, "");
}

TEST(an_empty_cache_has_nothing)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();

	assert_false(found(dir.fd));
}

TEST(another_key_under_the_same_name_is_not_it)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	_cleanup_close_ int fd = -1;
	char name[CACHE_NAME_SIZE], other[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	cache_name("another", 7, other);
	assert_int_equal(renameat(fd, name, fd, other), 0);

	assert_false(cache_find(fd, "another", 7, &filter));
}

TEST(an_entry_of_an_older_library_is_not_used)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = -1;
	char name[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	assert_true(found(fd));
	test_file(dir.fd, "library", "version 1.1");
	assert_false(found(fd));
	assert_int_equal(unlinkat(dir.fd, "library", 0), 0);
	assert_false(found(fd));
}

TEST(every_damaged_byte_is_noticed)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_free_ char *bytes = NULL;
	_cleanup_close_ int fd = -1;
	struct ncrun_error err = {0};
	char name[CACHE_NAME_SIZE];
	size_t size = 0;

	fd = filled(&dir, name);
	assert_ok(file_read_at(fd, name, CACHE_ENTRY_SIZE_MAX, &bytes, &size, &err));
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (char)(bytes[i] ^ 0x20);
		assert_ok(file_replace_at(fd, name, bytes, size, 0600, &err));
		assert_false(found(fd));
		bytes[i] = (char)(bytes[i] ^ 0x20);
		assert_ok(file_replace_at(fd, name, bytes, i, 0600, &err));
		assert_false(found(fd));
	}
	assert_ok(file_replace_at(fd, name, bytes, size, 0600, &err));
	assert_true(found(fd));
}

TEST(a_file_that_others_may_open_is_not_used)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = -1;
	char name[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	assert_int_equal(fchmodat(fd, name, 0640, 0), 0);
	assert_false(found(fd));
	assert_int_equal(fchmodat(fd, name, 0602, 0), 0);
	assert_false(found(fd));
	assert_int_equal(fchmodat(fd, name, 0600, 0), 0);
	assert_true(found(fd));
}

TEST(a_linked_file_is_not_used)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = -1;
	char name[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	assert_int_equal(linkat(fd, name, fd, "second", 0), 0);
	assert_false(found(fd));
	assert_int_equal(unlinkat(fd, name, 0), 0);
	assert_int_equal(symlinkat("second", fd, name), 0);
	assert_false(found(fd));
	assert_int_equal(unlinkat(fd, name, 0), 0);
	assert_int_equal(mkfifoat(fd, name, 0600), 0);
	assert_false(found(fd));
}

TEST(a_foreign_file_is_not_used)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = -1;
	char name[CACHE_NAME_SIZE];

	if (geteuid() != 0)
		skip();
	fd = filled(&dir, name);
	assert_int_equal(fchownat(fd, name, 1234, 1234, 0), 0);

	assert_false(found(fd));
}

TEST(a_bad_entry_is_replaced_by_the_next_store)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_close_ int fd = -1;
	struct ncrun_error err = {0};
	char name[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	test_file(dir.fd, "decoy", "precious");
	assert_int_equal(unlinkat(fd, name, 0), 0);
	assert_int_equal(symlinkat("../decoy", fd, name), 0);

	assert_ok(cache_store(fd, KEY, KEY_SIZE, &sample, library(&dir), &err));

	assert_true(found(fd));
	assert_int_equal(faccessat(dir.fd, "decoy", F_OK, 0), 0);
}

TEST(the_cache_is_bounded_and_the_oldest_goes)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int fd = -1;
	const struct timespec long_ago[2] = {{1, 0}, {1, 0}};
	struct ncrun_error err = {0};
	char name[CACHE_NAME_SIZE];

	fd = filled(&dir, name);
	assert_int_equal(utimensat(fd, name, long_ago, 0), 0);
	for (int i = 0; i < CACHE_ENTRIES_MAX + 5; i++)
		assert_ok(cache_store(fd, &i, sizeof(i), &sample, library(&dir), &err));
	assert_ok(directory_list(fd, &names, &err));

	assert_int_equal(strings_count((const char *const *)names), CACHE_ENTRIES_MAX);
	assert_false(strings_contain((const char *const *)names, name));
}

TEST(the_cache_is_bounded_in_bytes_too)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int fd = -1;
	static char key[CACHE_ENTRY_SIZE_MAX - 4096];
	struct ncrun_error err = {0};
	char name[CACHE_NAME_SIZE];
	uint64_t total = 0;

	fd = filled(&dir, name);
	for (int i = 0; i < 6; i++) {
		key[0] = (char)i;
		assert_ok(cache_store(fd, key, sizeof(key), &sample, library(&dir), &err));
	}
	assert_ok(directory_list(fd, &names, &err));
	for (char **n = names; *n; n++) {
		struct stat st;

		assert_int_equal(fstatat(fd, *n, &st, AT_SYMLINK_NOFOLLOW), 0);
		total += (uint64_t)st.st_size;
	}

	assert_in_range(total, CACHE_BYTES_MAX / 2, CACHE_BYTES_MAX);
}

TEST(what_is_too_large_is_not_kept)
{
	_cleanup_(test_directory_done) struct test_directory dir = test_directory_new();
	static char key[CACHE_ENTRY_SIZE_MAX];
	struct ncrun_error err = {0};

	assert_fails(cache_store(dir.fd, key, sizeof(key), &sample, library(&dir), &err), EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_stored_is_found_whole),
		cmocka_unit_test(an_empty_cache_has_nothing),
		cmocka_unit_test(another_key_under_the_same_name_is_not_it),
		cmocka_unit_test(an_entry_of_an_older_library_is_not_used),
		cmocka_unit_test(every_damaged_byte_is_noticed),
		cmocka_unit_test(a_file_that_others_may_open_is_not_used),
		cmocka_unit_test(a_linked_file_is_not_used),
		cmocka_unit_test(a_foreign_file_is_not_used),
		cmocka_unit_test(a_bad_entry_is_replaced_by_the_next_store),
		cmocka_unit_test(the_cache_is_bounded_and_the_oldest_goes),
		cmocka_unit_test(the_cache_is_bounded_in_bytes_too),
		cmocka_unit_test(what_is_too_large_is_not_kept),
	};

	return cmocka_run_group_tests_name("seccomp/cache", tests, NULL, NULL);
}
