/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/process.h"
#include "tests/support/test.h"

/** A child that sleeps until it is killed. */
static pid_t sleeper_start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

/** What a caller does who made the process itself. */
static uint64_t identity_of(pid_t pid)
{
	struct ncrun_error err = {0};
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	uint64_t identity = 0;

	assert_true(pidfd >= 0);
	assert_ok(process_identity(pidfd, pid, &identity, &err));
	return identity;
}

TEST(an_identity_tells_processes_apart)
{
	pid_t pid = sleeper_start();

	assert_true(identity_of(getpid()) == identity_of(getpid()));
	assert_true(identity_of(getpid()) != identity_of(pid));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST(a_process_is_opened_only_if_it_is_the_one)
{
	struct ncrun_error err = {0};
	_cleanup_close_ int pidfd = -1;
	uint64_t start = identity_of(getpid());
	int other = -1;

	assert_ok(process_open(getpid(), start, &pidfd, &err));
	assert_true(fcntl(pidfd, F_GETFD) & FD_CLOEXEC);

	assert_fails(process_open(getpid(), start + 1, &other, &err), ESRCH);
	assert_fails(process_open(0, start, &other, &err), ESRCH);
	assert_fails(process_open(-1, start, &other, &err), ESRCH);
	assert_int_equal(other, -1);
}

TEST(a_process_is_signalled_and_waited_for)
{
	struct ncrun_error err = {0};
	pid_t pid = sleeper_start();
	_cleanup_close_ int pidfd = -1;

	assert_ok(process_open(pid, identity_of(pid), &pidfd, &err));

	assert_fails(process_wait(pidfd, 20, &err), ETIMEDOUT);
	assert_string_equal(err.message, "process still runs after 20 ms");
	assert_ok(process_signal(pidfd, SIGKILL, &err));
	assert_ok(process_wait(pidfd, -1, &err));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_fails(process_signal(pidfd, SIGKILL, &err), ESRCH);
}

TEST(a_program_is_run_and_both_outputs_are_kept)
{
	static const char *const argv[] = {"sh", "-c", "echo out; echo error >&2; cat; exit 3",
					   NULL};
	_cleanup_free_ char *out = NULL, *error = NULL;
	struct ncrun_error err = {0};
	int status = 0;

	assert_ok(process_run(argv, -1, &status, &out, &error, &err));
	assert_int_equal(WEXITSTATUS(status), 3);
	assert_string_equal(out, "out\n");
	assert_string_equal(error, "error\n");
}

TEST(outputs_nobody_wants_are_dropped)
{
	static const char *const argv[] = {"sh", "-c", "echo out; echo error >&2; kill -9 $$",
					   NULL};
	struct ncrun_error err = {0};
	int status = 0;

	assert_ok(process_run(argv, 10000, &status, NULL, NULL, &err));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

TEST(output_is_bounded_without_stopping_the_program)
{
	static const char *const argv[] = {"head", "-c", "1000000", "/dev/zero", NULL};
	static const char *const text[] = {"sh", "-c", "yes | head -c 1000000", NULL};
	_cleanup_free_ char *out = NULL, *lines = NULL;
	struct ncrun_error err = {0};
	int status = 1;

	assert_ok(process_run(argv, 10000, &status, &out, NULL, &err));
	assert_int_equal(status, 0);
	assert_ok(process_run(text, 10000, &status, &lines, NULL, &err));
	assert_int_equal(strlen(lines), 65536);
}

TEST(a_program_that_is_not_there_is_said)
{
	static const char *const argv[] = {"no-such-program", NULL};
	struct ncrun_error err = {0};
	char *out = NULL;
	int status = 7;

	assert_fails(process_run(argv, -1, &status, &out, NULL, &err), ENOENT);
	assert_string_equal(err.message, "run 'no-such-program': No such file or directory");
	assert_int_equal(status, 7);
	assert_null(out);
}

TEST(a_program_that_takes_too_long_is_killed)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct ncrun_error err = {0};
	int status = 7;

	assert_fails(process_run(argv, 50, &status, NULL, NULL, &err), ETIMEDOUT);
	assert_string_equal(err.message, "run 'sleep': not finished after 50 ms");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

TEST(a_grandchild_that_keeps_the_output_is_not_waited_for)
{
	static const char *const argv[] = {"sh", "-c", "sleep 3 & echo done", NULL};
	_cleanup_free_ char *out = NULL;
	struct ncrun_error err = {0};
	time_t before = time(NULL);
	int status = 1;

	assert_ok(process_run(argv, -1, &status, &out, NULL, &err));
	assert_string_equal(out, "done\n");
	assert_true(time(NULL) - before < 3);
}

TEST(a_program_gets_no_descriptor_of_ours)
{
	static const char *const argv[] = {"sh", "-c", "ls /proc/self/fd | wc -l", NULL};
	_cleanup_close_ int leaky = fcntl(STDERR_FILENO, F_DUPFD, 40);
	_cleanup_free_ char *out = NULL;
	struct ncrun_error err = {0};
	int status = 1;

	assert_true(leaky >= 40);
	assert_ok(process_run(argv, -1, &status, &out, NULL, &err));
	assert_string_equal(out, "4\n"); /* 0, 1, 2 and that of ls on the directory */
}

TEST(a_limit_of_descriptors_is_raised_for_a_while)
{
	struct descriptor_limit before, nothing;
	struct rlimit first, most, last;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &first), 0);
	first.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &first), 0);

	descriptor_limit_raise(&before);
	descriptor_limit_raise(&nothing);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
	assert_true(most.rlim_cur == first.rlim_max);
	assert_true(before.soft == 64 && before.hard == first.rlim_max);
	assert_true(nothing.hard == 0);
	descriptor_limit_restore(&nothing);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
	assert_true(most.rlim_cur == first.rlim_max);
	descriptor_limit_restore(&before);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &last), 0);
	assert_true(last.rlim_cur == 64);
}

TEST(a_number_of_another_boot_is_not_believed)
{
	assert_false(process_is_of_boot(1, 2));
	assert_true(process_is_of_boot(2, 2));
	assert_true(process_is_of_boot(0, 2)); /* one of them is not known */
	assert_true(process_is_of_boot(1, 0));
	assert_true(process_boot() == process_boot());
	assert_true(process_boot() != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_tells_processes_apart),
		cmocka_unit_test(a_process_is_opened_only_if_it_is_the_one),
		cmocka_unit_test(a_process_is_signalled_and_waited_for),
		cmocka_unit_test(a_program_is_run_and_both_outputs_are_kept),
		cmocka_unit_test(outputs_nobody_wants_are_dropped),
		cmocka_unit_test(output_is_bounded_without_stopping_the_program),
		cmocka_unit_test(a_program_that_is_not_there_is_said),
		cmocka_unit_test(a_program_that_takes_too_long_is_killed),
		cmocka_unit_test(a_grandchild_that_keeps_the_output_is_not_waited_for),
		cmocka_unit_test(a_program_gets_no_descriptor_of_ours),
		cmocka_unit_test(a_limit_of_descriptors_is_raised_for_a_while),
		cmocka_unit_test(a_number_of_another_boot_is_not_believed),
	};

	return cmocka_run_group_tests_name("base/process", tests, NULL, NULL);
}
