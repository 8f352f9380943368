/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/** struct test_directory - a temporary directory, removed with all in it when it goes out of scope
 */
struct test_directory {
	char path[64];
	int fd; /* owned */
};

/** Make one; fails the test when that cannot be. Use with _cleanup_(test_directory_done). */
struct test_directory test_directory_new(void);
void test_directory_done(struct test_directory *dir);

/** Write the file @path below @dir_fd, mode 0644. */
void test_file(int dir_fd, const char *path, const char *contents);
