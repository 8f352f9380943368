/* SPDX-License-Identifier: Apache-2.0 */

/* "log": nothing is refused, and all that would have been is told. */

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "seccomp/seccomp.h"
#include "tests/support/confined.h"
#include "tests/support/filters.h"
#include "tests/support/test.h"

struct watched {
	struct seccomp_log *log; /* owned */
	pid_t pid;
};

/*
 * Before Linux 6.11 a watch ends only when its tasks have been reaped, and who
 * serves cannot: as in a runtime, that is somebody else's work.
 */
static void *reap(void *data)
{
	static int status;
	const pid_t pid = *(const pid_t *)data;

	return waitpid(pid, &status, 0) == pid ? &status : NULL;
}

static void watched_done(struct watched *watched)
{
	seccomp_log_free(watched->log);
	if (watched->pid > 0) {
		kill(watched->pid, SIGKILL);
		waitpid(watched->pid, NULL, 0);
	}
}

/* The listener is the child's; a parent may take it from there. */
static int take_listener(pid_t pid, int number)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	return (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
}

/* A child under "log" that runs @run once it is watched. */
static struct watched watch(int (*run)(void))
{
	_cleanup_(seccomp_filter_done) struct seccomp_filter filter = {0};
	struct watched watched = {0};
	struct ncrun_error err = {0};
	int up[2], down[2], number = -1, listener;
	char go;

	assert_ok(filter_of_profile("log", 0x5fb, -1, &filter, &err));
	assert_int_equal(pipe(up) | pipe(down), 0);
	watched.pid = fork();
	if (watched.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		number = confined_load(filter.instructions, filter.count,
				       SECCOMP_FILTER_FLAG_NEW_LISTENER);
		if (write(up[1], &number, sizeof(number)) < 0 || read(down[0], &go, 1) < 0)
			_exit(126);
		close(number);
		_exit(run());
	}
	assert_int_equal(read(up[0], &number, sizeof(number)), sizeof(number));
	listener = take_listener(watched.pid, number);
	if (number < 0 || listener < 0) {
		print_message("no listener here: %s\n", strerror(errno));
		watched_done(&watched);
		skip();
	}
	assert_ok(seccomp_log_new(&filter, listener, &watched.log, &err));
	assert_int_equal(write(down[1], "", 1), 1);
	for (int i = 0; i < 2; i++) {
		close(up[i]);
		close(down[i]);
	}
	return watched;
}

static int as_shell(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/** Answer until no task is left under the filter. */
static void answer_all(struct seccomp_log *log)
{
	struct pollfd call = {.fd = seccomp_log_fd(log), .events = POLLIN};
	struct ncrun_error err = {0};
	bool ended = false;

	while (!ended) {
		assert_true(poll(&call, 1, 20000 * test_time_factor()) == 1);
		assert_ok(seccomp_log_dispatch(log, &ended, &err));
	}
}

/** Serve until the end; the child's exit status. */
static int serve(struct watched *watched)
{
	pthread_t reaper;
	void *status = NULL;

	assert_int_equal(pthread_create(&reaper, NULL, reap, &watched->pid), 0);
	answer_all(watched->log);
	assert_int_equal(pthread_join(reaper, &status), 0);
	assert_non_null(status);
	watched->pid = 0;
	return as_shell(*(const int *)status);
}

static int exit_status(struct watched *watched)
{
	int status = 0;

	assert_int_equal(waitpid(watched->pid, &status, 0), watched->pid);
	watched->pid = 0;
	return as_shell(status);
}

static const struct seccomp_refusal *find(struct seccomp_log *log, const char *name)
{
	const struct seccomp_refusal *report = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_ok(seccomp_log_report(log, &report, &count, &err));
	for (size_t i = 0; i < count; i++) {
		if (text_equal(report[i].syscall, name))
			return &report[i];
	}
	fail_msg("'%s' is not in the report", name);
	return NULL;
}

static int break_rules(void)
{
	for (int i = 0; i < 3; i++) {
		if (unshare(0) < 0) /* allowed to all, and does nothing */
			return 1;
	}
	if (syscall(SYS_keyctl, -1) == 0 || errno != EOPNOTSUPP)
		return 2;
	if (syscall(900) == 0 || errno != ENOSYS)
		return 3;
	return 0;
}

TEST(refused_calls_go_on_and_are_counted)
{
	_cleanup_(watched_done) struct watched watched = watch(break_rules);
	const struct seccomp_refusal *refusal;

	assert_int_equal(serve(&watched), 0);

	refusal = find(watched.log, "unshare");
	assert_int_equal(refusal->count, 3);
	assert_string_equal(refusal->action, "errno");
	assert_int_equal(refusal->error, EPERM);
	assert_int_equal(find(watched.log, "keyctl")->count, 1);
	assert_int_equal(find(watched.log, "syscall 900")->error, ENOSYS);
}

TEST(the_most_frequent_come_first)
{
	_cleanup_(watched_done) struct watched watched = watch(break_rules);
	const struct seccomp_refusal *report = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_int_equal(serve(&watched), 0);
	assert_ok(seccomp_log_report(watched.log, &report, &count, &err));

	assert_int_equal(count, 3);
	assert_string_equal(report[0].syscall, "unshare");
	assert_true(report[1].count >= report[2].count);
}

static int leave_a_grandchild(void)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, 0);
		usleep(100000);
		unshare(0);
		_exit(0);
	}
	return 0;
}

TEST(the_watch_ends_with_the_last_task)
{
	_cleanup_(watched_done) struct watched watched = watch(leave_a_grandchild);

	assert_int_equal(exit_status(&watched), 0);
	answer_all(watched.log);

	assert_int_equal(find(watched.log, "unshare")->count, 1);
}

static int call_for_ever(void)
{
	while (unshare(0) == 0)
		;
	return 1;
}

TEST(a_task_killed_in_the_middle_ends_the_watch)
{
	_cleanup_(watched_done) struct watched watched = watch(call_for_ever);
	struct ncrun_error err = {0};
	const struct seccomp_refusal *report = NULL;
	bool ended = false;
	size_t count = 0;

	while (count == 0) {
		assert_ok(seccomp_log_dispatch(watched.log, &ended, &err));
		assert_false(ended);
		assert_ok(seccomp_log_report(watched.log, &report, &count, &err));
		usleep(1000);
	}
	kill(watched.pid, SIGKILL);
	assert_int_equal(serve(&watched), 128 + SIGKILL);

	assert_true(find(watched.log, "unshare")->count > 0);
}

static int call_many_numbers(void)
{
	for (long i = 0; i < 3000; i++)
		syscall(1000 + i);
	return 0;
}

TEST(a_program_that_calls_anything_does_not_fill_the_memory)
{
	_cleanup_(watched_done) struct watched watched = watch(call_many_numbers);
	const struct seccomp_refusal *report = NULL;
	struct ncrun_error err = {0};
	size_t count = 0;

	assert_int_equal(serve(&watched), 0);
	assert_ok(seccomp_log_report(watched.log, &report, &count, &err));

	assert_int_equal(count, 1024);
	assert_string_equal(report[0].syscall, "others");
	assert_int_equal(report[0].count, 3000 - 1023);
}

TEST(a_descriptor_that_is_no_listener_is_an_error)
{
	const struct seccomp_filter filter = {0};
	_cleanup_(seccomp_log_freep) struct seccomp_log *log = NULL;
	struct ncrun_error err = {0};
	bool ended = false;

	assert_ok(seccomp_log_new(&filter, 12345, &log, &err));
	assert_fails(seccomp_log_dispatch(log, &ended, &err), EBADF);
	assert_false(ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_calls_go_on_and_are_counted),
		cmocka_unit_test(the_most_frequent_come_first),
		cmocka_unit_test(the_watch_ends_with_the_last_task),
		cmocka_unit_test(a_task_killed_in_the_middle_ends_the_watch),
		cmocka_unit_test(a_program_that_calls_anything_does_not_fill_the_memory),
		cmocka_unit_test(a_descriptor_that_is_no_listener_is_an_error),
	};

	return cmocka_run_group_tests_name("seccomp/log", tests, NULL, NULL);
}
