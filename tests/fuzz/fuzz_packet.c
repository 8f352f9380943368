/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as packets that answer `ping`. The first byte tells the family; the second, of each
 * packet, its length. What is no answer is passed over.
 */

#include <assert.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "topology/echo.h"

#define ID          0x1234
#define PACKETS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void packets_send(int fd, const uint8_t *data, size_t size)
{
	for (int i = 0; i < PACKETS_MAX && size > 1; i++) {
		size_t length = data[0] < size - 1 ? data[0] : size - 1;

		if (send(fd, data + 1, length, MSG_DONTWAIT) < 0)
			return;
		data += 1 + length;
		size -= 1 + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct echo echo = {.id = ID};
	struct echo_answer answer;
	int pair[2];

	if (size < 2 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return 0;
	packets_send(pair[1], data + 1, size - 1);
	echo.fd = pair[0];
	echo.family = data[0] & 1 ? AF_INET6 : AF_INET;
	for (int i = 0; i < PACKETS_MAX && echo_receive(&echo, &answer); i++)
		assert(answer.at_ns > 0 && answer.ttl >= -1 && answer.ttl <= 255);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
