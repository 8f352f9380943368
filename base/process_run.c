/* SPDX-License-Identifier: Apache-2.0 */

/* Another program, run to its end. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/process.h"
#include "base/text.h"

#define CAPTURE_MAX 65536

/** One of the program's two outputs; without a reader it is /dev/null. */
struct capture {
	int read_fd, write_fd; /* owned */
	struct text text;
};

struct run {
	struct capture out, error;
	pid_t pid; /* a child not yet reaped, or 0 */
	int pidfd; /* owned */
};

static void capture_done(struct capture *capture)
{
	closep(&capture->read_fd);
	closep(&capture->write_fd);
	text_done(&capture->text);
}

/** Whatever way out is taken, no child stays behind. */
static void run_done(struct run *run)
{
	if (run->pid > 0) {
		kill(run->pid, SIGKILL); /* not reaped, so the number is still its own */
		while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	closep(&run->pidfd);
	capture_done(&run->out);
	capture_done(&run->error);
}

static int capture_open(struct capture *capture, bool wanted)
{
	int fds[2] = {-1, -1};

	if (wanted && pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	if (!wanted)
		fds[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	capture->read_fd = fds[0];
	capture->write_fd = fds[1];
	if (fds[1] < 0)
		return -1;
	if (fds[1] <= STDERR_FILENO) {
		/* our caller has closed its own: keep clear of what the program gets there */
		capture->write_fd = fcntl(fds[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		close(fds[1]);
	}
	if (capture->write_fd < 0)
		return -1;
	return wanted ? fcntl(fds[0], F_SETFL, O_NONBLOCK) : 0;
}

/** Take what is there; the stream is closed at its end. What is beyond the limit is dropped. */
static void capture_read(struct capture *capture)
{
	char chunk[4096];
	ssize_t n;

	if (capture->read_fd < 0)
		return;
	while ((n = read(capture->read_fd, chunk, sizeof(chunk))) > 0) {
		size_t room = CAPTURE_MAX - capture->text.length;

		text_append_bytes(&capture->text, chunk, (size_t)n < room ? (size_t)n : room);
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		closep(&capture->read_fd);
}

/** posix_spawn(3) shares our memory until the exec, and reports what the exec says. */
static int run_spawn(struct run *run, const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int code;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, run->out.write_fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, run->error.write_fd, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	code = posix_spawnp(&run->pid, argv[0], &actions, &attributes, (char *const *)argv,
			    environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (code)
		run->pid = 0;
	return code;
}

/** Read both outputs until the program ends; a grandchild that keeps them open is not waited for.
 */
static int run_watch(struct run *run, int64_t deadline)
{
	for (;;) {
		struct pollfd fds[] = {
			{.fd = run->pidfd, .events = POLLIN},
			{.fd = run->out.read_fd, .events = POLLIN},
			{.fd = run->error.read_fd, .events = POLLIN},
		};
		int n = poll(fds, 3, clock_poll_timeout(deadline));

		if (n < 0 && errno != EINTR)
			return -errno;
		capture_read(&run->out);
		capture_read(&run->error);
		if (n > 0 && fds[0].revents)
			return 0;
		if (clock_has_passed(deadline))
			return -ETIMEDOUT;
	}
}

static int run_reap(struct run *run, int *ret_status)
{
	pid_t pid;

	do
		pid = waitpid(run->pid, ret_status, 0);
	while (pid < 0 && errno == EINTR);
	run->pid = 0;
	return pid < 0 ? -errno : 0;
}

int process_run(const char *const *argv, int64_t timeout_ms, int *ret_status, char **ret_out,
		char **ret_error, struct ncrun_error *err)
{
	_cleanup_(run_done) struct run run = {.out = {-1, -1, {0}},
					      .error = {-1, -1, {0}},
					      .pidfd = -1};
	_cleanup_free_ char *out = NULL, *error = NULL;
	int status = 0, r;

	if (capture_open(&run.out, ret_out) < 0 || capture_open(&run.error, ret_error) < 0)
		return error_errno(err, "run '%s'", argv[0]);
	errno = run_spawn(&run, argv);
	if (errno)
		return error_errno(err, "run '%s'", argv[0]);
	closep(&run.out.write_fd);
	closep(&run.error.write_fd);
	run.pidfd = (int)syscall(SYS_pidfd_open, run.pid, 0);
	if (run.pidfd < 0)
		return error_errno(err, "run '%s'", argv[0]);

	r = run_watch(&run, clock_deadline(timeout_ms));
	if (r == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT, "run '%s': not finished after %" PRId64 " ms",
				 argv[0], timeout_ms);
	if (r == 0)
		r = run_reap(&run, &status);
	if (r < 0)
		return error_set(err, -r, "run '%s': lost sight of it", argv[0]);

	out = text_take(&run.out.text);
	error = text_take(&run.error.text);
	if (!out || !error)
		return error_set(err, ENOMEM, "run '%s': no memory for its output", argv[0]);
	*ret_status = status;
	if (ret_out)
		*ret_out = take_ptr(out);
	if (ret_error)
		*ret_error = take_ptr(error);
	return 0;
}
