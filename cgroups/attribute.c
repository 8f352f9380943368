/* SPDX-License-Identifier: Apache-2.0 */

/* The small files that are the kernel's interface to a group. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cgroups/group.h"

ssize_t attribute_read(int dir_fd, const char *file, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n;

	text[0] = '\0';
	if (fd < 0)
		return -errno;
	do {
		n = read(fd, text + length, size - 1 - length);
		if (n > 0)
			length += (size_t)n;
	} while (n > 0 && length < size - 1);
	text[length] = '\0';
	return n < 0 ? -errno : (ssize_t)length;
}

int attribute_write(int dir_fd, const char *file, const char *value)
{
	_cleanup_close_ int fd = openat(dir_fd, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

/** Digits at the beginning; NCRUN_STAT_UNKNOWN if there are none or too many. */
static uint64_t digits(const char *text)
{
	uint64_t value = 0;

	if (*text < '0' || *text > '9')
		return NCRUN_STAT_UNKNOWN;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return NCRUN_STAT_UNKNOWN;
	return value;
}

uint64_t attribute_number(int dir_fd, const char *file)
{
	char text[64];

	if (attribute_read(dir_fd, file, text, sizeof(text)) <= 0)
		return NCRUN_STAT_UNKNOWN;
	return strncmp(text, "max", 3) == 0 ? NCRUN_STAT_NO_LIMIT : digits(text);
}

uint64_t attribute_find(const char *text, const char *key)
{
	size_t length = strlen(key);

	while (text) {
		if (strncmp(text, key, length) == 0 && text[length] == ' ')
			return digits(text + length + 1);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NCRUN_STAT_UNKNOWN;
}
