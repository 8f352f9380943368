/* SPDX-License-Identifier: Apache-2.0 */

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static bool debug_enabled;

void log_enable_debug(bool enabled)
{
	debug_enabled = enabled;
}

/* One write(): lines of several processes do not mix, and it is safe in a child
 * between clone3() and execve(). */
void log_debug(const char *fmt, ...)
{
	static const char prefix[] = "ncrun: debug: ";
	char line[LINE_MAX_BYTES] = "ncrun: debug: ";
	size_t room = sizeof(line) - sizeof(prefix);
	int saved_errno = errno;
	va_list args;
	int length;

	if (!debug_enabled)
		return;
	va_start(args, fmt);
	length = vsnprintf(line + sizeof(prefix) - 1, room, fmt, args);
	va_end(args);
	if (length >= 0) {
		size_t end =
			sizeof(prefix) - 1 + ((size_t)length < room ? (size_t)length : room - 1);

		line[end] = '\n';
		if (write(STDERR_FILENO, line, end + 1) < 0)
			errno = saved_errno; /* nobody to tell */
	}
	errno = saved_errno;
}
