/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A fetch runs in a child process: it has no privileges and no descriptors but the
 * file it writes, and it can be ended at any moment, even inside getaddrinfo(3).
 * It reports to the parent through a pipe; the parent alone decides on time.
 */

#include "rootfs/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

enum {
	NOBODY = 65534,
	REPORT_EVERY_MS = 100,
	LOOK_EVERY_MS = 200,
};

/* Below PIPE_BUF, so it is written and read whole. */
struct report {
	uint64_t done;
	uint64_t total;
	bool final; /* @error is the result */
	struct ncrun_error error;
};
_Static_assert(sizeof(struct report) <= 4096, "must be atomic on a pipe");

struct reporter {
	int fd;
	int64_t last_ms;
};

int fetch_url_check(const char *what, const char *url, struct ncrun_error *err)
{
	const char *authority;
	size_t length = strlen(url);

	if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
		return error_set(err, EINVAL, "%s '%.200s': not a URL with http:// or https://",
				 what, url);
	if (length > FETCH_URL_MAX)
		return error_set(err, EINVAL, "%s '%.200s...': longer than %d characters", what,
				 url, FETCH_URL_MAX);
	for (size_t i = 0; i < length; i++)
		if (url[i] <= ' ' || url[i] > '~' || strchr("\"'<>\\^`{|}#?", url[i]))
			return error_set(err, EINVAL, "%s: character %zu cannot be part of it",
					 what, i + 1);

	authority = strstr(url, "://") + 3;
	length = strcspn(authority, "/");
	if (length == 0)
		return error_set(err, EINVAL, "%s '%.200s': no host in it", what, url);
	if (memchr(authority, '@', length))
		return error_set(err, EINVAL, "%s: a user or password in it would show in messages",
				 what);
	return 0;
}

/* ---- the child ------------------------------------------------------------------ */

static void send_report(int fd, const struct report *report)
{
	/* Nobody to tell when this fails: the parent sees the end of the pipe. */
	if (write(fd, report, sizeof(*report)) < 0)
		_exit(1);
}

static void report_progress(void *data, uint64_t done, uint64_t total)
{
	struct reporter *reporter = data;
	struct report report = {.done = done, .total = total};
	int64_t now = clock_now_ms();

	if (now - reporter->last_ms < REPORT_EVERY_MS)
		return;
	reporter->last_ms = now;
	send_report(reporter->fd, &report);
}

static int drop_privileges(struct ncrun_error *err)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (geteuid() != 0)
		return 0;
	/* In a user namespace without such an id, its root is no privilege outside. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return error_errno(err, "drop the groups of the download");
	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL && errno != EPERM)
		return error_errno(err, "drop the group of the download");
	if (setresuid(NOBODY, NOBODY, NOBODY) < 0 && errno != EINVAL && errno != EPERM)
		return error_errno(err, "drop the user of the download");
	return 0;
}

/* Descriptors @file and @pipe move to 3 and 4, all others are closed. */
static void keep_two(int *file, int *pipe)
{
	int high_file = fcntl(*file, F_DUPFD_CLOEXEC, 16);
	int high_pipe = fcntl(*pipe, F_DUPFD_CLOEXEC, 16);

	if (high_file < 0 || high_pipe < 0 || dup2(high_file, 3) < 0 || dup2(high_pipe, 4) < 0 ||
	    close_range(5, ~0U, 0) < 0)
		_exit(1);
	*file = 3;
	*pipe = 4;
}

__attribute__((noreturn)) static void run_child(const struct fetch_request *request, int file,
						int pipe, pid_t parent)
{
	struct reporter reporter;
	struct report report = {.final = true};
	sigset_t none;
	int r;

	/* The handlers are the caller's; it would not expect them to run here. */
	sigemptyset(&none);
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* a terminal sends it to both; the parent says what it means */
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
	keep_two(&file, &pipe);
	reporter = (struct reporter){.fd = pipe};

	r = drop_privileges(&report.error);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of ids clears it */
	if (getppid() != parent)
		_exit(1);
	if (r == 0)
		r = fetch_http(request, file, report_progress, &reporter, &report.error);
	if (r == 0)
		report.error = (struct ncrun_error){0};
	send_report(pipe, &report);
	_exit(0);
}

/* ---- the parent ----------------------------------------------------------------- */

/* What the child says may be shown: it comes from a process that spoke with strangers. */
static int take_error(struct report *report, struct ncrun_error *err)
{
	char *message = report->error.message;

	message[sizeof(report->error.message) - 1] = '\0';
	for (char *c = message; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	if (report->error.code <= 0 || report->error.code > 4095)
		return error_set(err, EIO, "%s", message);
	return error_set(err, report->error.code, "%s", message);
}

static int stalled(const struct fetch_request *request, int fd, struct ncrun_error *err)
{
	off_t done = lseek(fd, 0, SEEK_CUR); /* the offset is shared with the child */

	if (done <= 0)
		return error_set(err, ETIMEDOUT, "fetch '%s': no answer within %g s", request->url,
				 request->stall_timeout_ms / 1000.0);
	return error_set(err, ETIMEDOUT, "fetch '%s': nothing came for %g s, after %llu bytes",
			 request->url, request->stall_timeout_ms / 1000.0,
			 (unsigned long long)done);
}

static int watch_child(const struct fetch_request *request, int pipe, int fd,
		       struct ncrun_error *err)
{
	struct report last = {0};
	uint64_t paced = 0; /* bytes at the last time that counted as progress */
	int64_t since = clock_now_ms();

	while (true) {
		struct pollfd waiting = {.fd = pipe, .events = POLLIN};
		ssize_t n;

		if (poll(&waiting, 1, LOOK_EVERY_MS) < 0 && errno != EINTR)
			return error_errno(err, "fetch '%s'", request->url);
		if (waiting.revents) {
			n = read(pipe, &last, sizeof(last));
			if (n != (ssize_t)sizeof(last))
				return error_set(err, EIO, "fetch '%s': the download process died",
						 request->url);
			if (last.final)
				return last.error.code ? take_error(&last, err) : 0;
		}
		if (request->progress && request->progress(request->data, last.done, last.total))
			return error_set(err, ECANCELED, "fetch '%s': cancelled", request->url);
		if (last.done >= paced + FETCH_PACE_BYTES) {
			paced = last.done;
			since = clock_now_ms();
		}
		if (clock_now_ms() - since >= request->stall_timeout_ms)
			return stalled(request, fd, err);
	}
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int fetch_url(const struct fetch_request *request, int fd, struct ncrun_error *err)
{
	_cleanup_close_ int from = -1;
	_cleanup_close_ int to = -1;
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;
	int r;

	r = fetch_url_check("address", request->url, err);
	if (r < 0)
		return r;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "fetch '%s': make a pipe", request->url);
	from = ends[0];
	to = ends[1];

	pid = fork();
	if (pid < 0)
		return error_errno(err, "fetch '%s': start a process", request->url);
	if (pid == 0)
		run_child(request, fd, to, parent);
	closep(&to);

	r = watch_child(request, from, fd, err);
	end_child(pid);
	return r;
}
