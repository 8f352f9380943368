/* SPDX-License-Identifier: Apache-2.0 */

/* Who may look into a process on its way into a node. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/child.h"
#include "tests/support/test.h"

#define DUMPABLE "/proc/sys/fs/suid_dumpable"

/* A user namespace in which the caller is nobody yet, as a child of a node's start is. */
static bool maps_write(pid_t pid)
{
	static const char *const names[] = {"uid_map", "gid_map"};

	for (size_t i = 0; i < 2; i++) {
		_cleanup_close_ int fd = -1;
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "0 100000 1000", 13) != 13)
			return false;
	}
	return true;
}

/* PR_GET_DUMPABLE of a child that has become root of a namespace; 100 + n = it did not. */
static int dumpable_of_child(void)
{
	int ready[2], mapped[2], status = -1;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(mapped, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct ncrun_error err = {0};

		if (unshare(CLONE_NEWUSER) < 0 || write(ready[1], "", 1) != 1 ||
		    read(mapped[0], &byte, 1) != 1)
			_exit(100);
		if (child_become_root(true, &err) < 0)
			_exit(101);
		_exit(prctl(PR_GET_DUMPABLE));
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(maps_write(pid));
	assert_int_equal(write(mapped[1], "", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (size_t i = 0; i < 2; i++) {
		close(ready[i]);
		close(mapped[i]);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 102;
}

static char setting_change(char to)
{
	_cleanup_close_ int fd = open(DUMPABLE, O_RDWR | O_CLOEXEC);
	char before = '\0';

	assert_true(fd >= 0 && pread(fd, &before, 1, 0) == 1);
	assert_true(before == to || pwrite(fd, &to, 1, 0) == 1);
	return before;
}

/* CVE-2016-9962 */
TEST(nobody_looks_into_a_process_that_joins)
{
	assert_int_equal(dumpable_of_child(), 0);
}

/* It belongs to the whole machine, so it is changed in the VM only. */
TEST(nor_where_programs_that_change_their_ids_may_be_looked_into)
{
	const char *where = getenv("NCRUN_TEST_WHERE");
	char before;
	int dumpable;

	if (!where || !text_starts_with(where, "vm")) {
		print_message("changes a setting of the whole machine\n");
		skip();
	}
	before = setting_change('1');
	dumpable = dumpable_of_child();
	setting_change(before);
	assert_int_equal(dumpable, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_looks_into_a_process_that_joins),
		cmocka_unit_test(nor_where_programs_that_change_their_ids_may_be_looked_into),
	};

	if (geteuid() != 0) {
		print_message("1..0 # SKIP needs root\n");
		return 77;
	}
	return cmocka_run_group_tests_name("runtime/child", tests, NULL, NULL);
}
