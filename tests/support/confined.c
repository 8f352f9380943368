/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/confined.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

int confined_load(const struct sock_filter *instructions, size_t count, unsigned int flags)
{
	struct sock_fprog program = {(unsigned short)count, (struct sock_filter *)instructions};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int confined_run(const struct sock_filter *instructions, size_t count, int (*run)(void *data),
		 void *data)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(confined_load(instructions, count, 0) < 0 ? 127 : run(data));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
