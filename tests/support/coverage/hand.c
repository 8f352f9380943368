/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Linked into what `make coverage` builds: a node's init, which can open no file of the
 * machine's, gets that of its counters as a descriptor.
 */

#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/coverage/counters.h"

__attribute__((constructor)) static void counters_open(void)
{
	int fd = open(COUNTERS_PATH, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	dup3(fd, COUNTERS_FD, O_CLOEXEC);
	close(fd);
}

/* By --wrap: only child_exec_init() executes this way, and has closed all else. */
long __wrap_syscall(long number, ...)
{
	long arguments[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_execveat)
		fcntl(COUNTERS_FD, F_SETFD, 0);
	return __real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
			      arguments[4], arguments[5]);
}
