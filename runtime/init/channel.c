/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/init/init.h"

int channel_send(int channel, const struct init_message *message, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (channel < 0)
		return 0;
	if (fd >= 0) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	/* An ncrun that is stopped reads nothing: init has more to do than to wait for it. */
	while (sendmsg(channel, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		if (errno != EINTR)
			return errno == EPIPE || errno == ECONNRESET ? 0 : -errno;
	return 0;
}

void channel_fail(int channel, const char *step, const struct ncrun_error *err, int exit_code)
{
	struct init_message message = {
		.type = INIT_MESSAGE_FAILED,
		.value = exit_code,
		.error = *err,
	};

	strncpy(message.step, step, sizeof(message.step) - 1);
	(void)channel_send(channel, &message, -1); /* or the channel's end tells */
}
