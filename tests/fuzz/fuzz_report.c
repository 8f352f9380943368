/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as what the process says that unpacks an archive, and that the archive may have
 * taken over: two of each message tell its length.
 */

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "rootfs/import_pump.h"

#define MESSAGES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_progress(void *data, const struct ncrun_progress *progress)
{
	(void)data;
	assert(progress->phase);
	return progress->done_bytes == 0x2a; /* somebody cancels */
}

static void on_note(void *data, const char *line)
{
	(void)data;
	assert(strlen(line) < REPORT_SIZE_MAX);
}

static void messages_send(int fd, const uint8_t *data, size_t size)
{
	for (int i = 0; i < MESSAGES_MAX && size >= 2; i++) {
		size_t length = data[0] | (size_t)data[1] << 8;

		length = length < size - 2 ? length : size - 2;
		if (send(fd, data + 2, length, MSG_NOSIGNAL) < 0)
			return;
		data += 2 + length;
		size -= 2 + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ncrun_import_options options = {.size = sizeof(options),
						     .progress = on_progress,
						     .note = on_note};
	struct import_child child = {0};
	struct import_pump pump;
	struct ncrun_error err = {0};
	char digest[DIGEST_TEXT_SIZE];
	int reports[2], input[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, reports) < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) < 0) {
		close(reports[0]);
		close(reports[1]);
		return 0;
	}
	messages_send(reports[1], data, size);
	close(reports[1]);
	child.reports = reports[0];
	child.input = input[0];
	if (import_pump_init(&pump, &child, &options, 0, &err) == 0) {
		if (import_pump_finish(&pump, digest, &err) == 0)
			assert(pump.facts);
		else
			assert(err.code && err.message[0]);
		import_pump_done(&pump);
	}
	close(reports[0]);
	close(input[1]);
	return 0;
}
