/* SPDX-License-Identifier: Apache-2.0 */

/*
 * damage flip FILE BIT            change one bit, in place
 * damage seal FILE [FORMAT]       what was changed by hand looks as if it were written so
 * damage identity PID             what a state file says of that process
 * damage socket FOLDER NAME       a socket that nobody listens on
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/process.h"
#include "base/seal.h"

#define FILE_MAX (64u << 20)

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "damage: %s: %s\n", what, why);
	return 1;
}

static int flip(const char *path, unsigned long long bit)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	off_t at = (off_t)(bit / 8);
	unsigned char byte;

	if (fd < 0 || pread(fd, &byte, 1, at) != 1)
		return fail(path, strerror(errno));
	byte ^= (unsigned char)(1u << bit % 8);
	if (pwrite(fd, &byte, 1, at) != 1)
		return fail(path, strerror(errno));
	return 0;
}

static int seal(const char *path, const char *format)
{
	_cleanup_text_ struct text out = {0};
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	struct ncrun_error error;
	const char *line;
	size_t size = 0;

	if (file_read_at(AT_FDCWD, path, FILE_MAX, &text, &size, &error) < 0)
		return fail(path, error.message);
	line = strstr(text, "#sealed ");
	text_append_bytes(&out, text, line ? (size_t)(line - text) : size);
	if (format) {
		text_printf(&out, "#sealed %s ", format);
		text_printf(&out, "%016" PRIx64 "\n",
			    hash_bytes(HASH_START, out.chars, out.length));
	} else {
		text_seal(&out);
	}
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || text_failed(&out) || file_write_all(fd, out.chars, out.length, &error) < 0)
		return fail(path, strerror(errno));
	return 0;
}

static int identity(pid_t pid)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct ncrun_error error;
	uint64_t number = 0;

	if (pidfd < 0)
		return fail("process", strerror(errno));
	if (process_identity(pidfd, pid, &number, &error) < 0)
		return fail("process", error.message);
	printf("%" PRIu64 "\n", number);
	return 0;
}

static int make_socket(const char *folder, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, name, sizeof(address.sun_path) - 1);
	if (chdir(folder) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(name, strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "flip") == 0)
		return flip(argv[2], strtoull(argv[3], NULL, 10));
	if ((argc == 3 || argc == 4) && strcmp(argv[1], "seal") == 0)
		return seal(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "identity") == 0)
		return identity(atoi(argv[2]));
	if (argc == 4 && strcmp(argv[1], "socket") == 0)
		return make_socket(argv[2], argv[3]);
	fprintf(stderr, "usage: damage flip FILE BIT | seal FILE [FORMAT] | identity PID | "
			"socket FOLDER NAME\n");
	return 2;
}
