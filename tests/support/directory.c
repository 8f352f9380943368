/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/directory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/support/test.h"

struct test_directory test_directory_new(void)
{
	struct test_directory dir = {.path = "/tmp/ncrun-test-XXXXXX", .fd = -1};

	assert_non_null(mkdtemp(dir.path));
	dir.fd = open(dir.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir.fd >= 0);
	return dir;
}

void test_directory_done(struct test_directory *dir)
{
	_cleanup_close_ int parent = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ncrun_error err = {0};

	closep(&dir->fd);
	if (tree_remove_at(parent, strrchr(dir->path, '/') + 1, NULL, &err) < 0)
		print_message("left behind: %s\n", err.message);
}

void test_file(int dir_fd, const char *path, const char *contents)
{
	_cleanup_close_ int fd =
		openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, contents, strlen(contents)), strlen(contents));
}
