/* SPDX-License-Identifier: Apache-2.0 */

/* Archives as files: what fails there fails the test. */

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/tar_writer.h"
#include "tests/support/test.h"

void tar_save(const struct text *archive, int dir_fd, const char *path, const char *filter)
{
	struct ncrun_error err = {0};
	int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int pipe_fds[2] = {-1, fd}, status = 0;
	pid_t pid = 0;

	assert_true(fd >= 0);
	if (filter) {
		assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			dup2(pipe_fds[0], STDIN_FILENO);
			dup2(fd, STDOUT_FILENO);
			execlp(filter, filter, "-c", (char *)NULL);
			_exit(127);
		}
		close(pipe_fds[0]);
	}
	assert_ok(file_write_all(pipe_fds[1], archive->chars, archive->length, &err));
	close(pipe_fds[1]);
	if (filter) {
		close(fd);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

void tar_digest(const void *bytes, size_t size, char ret[DIGEST_TEXT_SIZE])
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct ncrun_error err = {0};

	assert_ok(digest_new(&digest, &err));
	digest_update(digest, bytes, size);
	digest_finish(digest, ret);
}
