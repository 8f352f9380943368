/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "runtime/container.h"

int channel_write(int channel, const struct init_message *message, const int *fds, size_t count,
		  struct ncrun_error *err)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count > CHANNEL_FDS_MAX)
		return error_set(err, E2BIG, "%zu descriptors in one message", count);
	if (count > 0) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	while (sendmsg(channel, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return error_errno(err, "tell the node");
	return 0;
}

int channel_read(int channel, struct channel_input *ret, struct ncrun_error *err)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int)) +
			   CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {.iov_base = &ret->message, .iov_len = sizeof(ret->message)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	ret->fd_count = 0;
	ret->sender = 0;
	/* ECONNRESET, once: the other end was closed with a message of ours unread. What it said
	 * before is still to come. */
	do
		n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return error_errno(err, "hear from the node");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); n > 0 && c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			ret->fd_count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(ret->fds, CMSG_DATA(c), ret->fd_count * sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred sender;

			memcpy(&sender, CMSG_DATA(c), sizeof(sender));
			ret->sender = sender.pid;
		}
	}
	if (n != (ssize_t)sizeof(ret->message)) {
		for (size_t i = 0; i < ret->fd_count; i++)
			close(ret->fds[i]);
		ret->fd_count = 0;
		return error_set(err, EPIPE, "the node ended before its command ran");
	}
	/* it comes from inside the node */
	ret->message.step[sizeof(ret->message.step) - 1] = '\0';
	ret->message.error.message[sizeof(ret->message.error.message) - 1] = '\0';
	return 0;
}

/* ---- the seccomp listener ------------------------------------------------------------ */

/* Whether @fd is one: the number was taken from the command, which had not made it at once. */
static bool is_listener(int fd)
{
	char path[64], target[64];
	_cleanup_text_ struct text text = {0};
	ssize_t n;

	text_printf(&text, "/proc/self/fd/%d", fd);
	if (text_failed(&text) || text.length >= sizeof(path))
		return false;
	memcpy(path, text.chars, text.length + 1);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strstr(target, "seccomp notify") != NULL;
}

/*
 * The command cannot send its listener: the filter may trap sending. So it says
 * which number the listener will have and this takes it from there, by
 * pidfd_getfd(2), as soon as it exists.
 */
static int listener_take(pid_t pid, int number, int *ret, struct ncrun_error *err)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return error_errno(err, "open the command's process");
	for (int tries = 0; tries < 5000; tries++) {
		_cleanup_close_ int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

		if (fd < 0 && errno != EBADF)
			return error_errno(err, "take the seccomp listener");
		if (fd >= 0 && is_listener(fd)) {
			*ret = take_fd(fd);
			return 0;
		}
		poll(NULL, 0, 1);
	}
	return error_set(err, ETIMEDOUT, "take the seccomp listener: it never came");
}

/* runtime-spec, "The Container Process State": what listeners expect beside the descriptor. */
static int listener_hand_over(const struct seccomp_filter *filter, pid_t pid, int listener,
			      struct ncrun_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_text_ struct text state = {0};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec iov;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};

	if (strlen(filter->listener_path) >= sizeof(address.sun_path))
		return error_set(err, ENAMETOOLONG, "listenerPath '%s'", filter->listener_path);
	strncpy(address.sun_path, filter->listener_path, sizeof(address.sun_path) - 1);
	text_printf(&state,
		    "{\"ociVersion\":\"1.0.2\",\"fds\":[\"seccompFd\"],\"pid\":%d,\"metadata\":\"",
		    (int)pid);
	for (const char *c = filter->listener_metadata; c && *c; c++) {
		if (*c == '"' || *c == '\\')
			text_printf(&state, "\\%c", *c);
		else if ((unsigned char)*c < 0x20)
			text_printf(&state, "\\u%04x", (unsigned int)*c);
		else
			text_append_char(&state, *c);
	}
	text_append(&state, "\",\"state\":{\"ociVersion\":\"1.0.2\",\"status\":\"creating\"}}");
	if (text_failed(&state))
		return error_set(err, ENOMEM, "describe the seccomp listener");
	iov = (struct iovec){.iov_base = state.chars, .iov_len = state.length};
	memcpy(CMSG_DATA(&control.header), &listener, sizeof(listener));
	if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    sendmsg(s, &msg, MSG_NOSIGNAL) < 0)
		return error_errno(err, "hand the seccomp listener to '%s'", filter->listener_path);
	return 0;
}

static int on_listener(int channel, const struct channel_input *input,
		       const struct seccomp_filter *filter, struct channel_start *ret,
		       struct ncrun_error *err)
{
	struct init_message go = {.type = INIT_MESSAGE_GO};
	_cleanup_close_ int listener = -1;
	int r;

	r = listener_take(input->sender, input->message.value, &listener, err);
	if (r == 0 && filter->listener_path)
		r = listener_hand_over(filter, input->sender, listener, err);
	if (r < 0)
		return r;
	/* Without a path of its own it is ours: the profile "log". */
	if (!filter->listener_path) {
		r = seccomp_log_new(filter, take_fd(listener), &ret->log, err);
		if (r < 0)
			return r;
	}
	return channel_write(channel, &go, NULL, 0, err);
}

void channel_start_done(struct channel_start *start)
{
	closep(&start->master);
	start->log = seccomp_log_free(start->log);
}

/* ---- the start --------------------------------------------------------------------------- */

/** What a message meant for the start. */
enum verdict {
	VERDICT_GO_ON,
	VERDICT_BORN,
	VERDICT_CREATED,
	VERDICT_STARTED
};

static int on_message(int channel, struct channel_input *input, const struct seccomp_filter *filter,
		      struct channel_start *ret, struct ncrun_error *err)
{
	int r;

	if (input->message.type == INIT_MESSAGE_TERMINAL && input->fd_count > 0) {
		ret->master = input->fds[0];
		return VERDICT_GO_ON;
	}
	for (size_t i = 0; i < input->fd_count; i++)
		close(input->fds[i]);
	switch (input->message.type) {
	case INIT_MESSAGE_BORN:
		return VERDICT_BORN;
	case INIT_MESSAGE_CREATED:
		return VERDICT_CREATED;
	case INIT_MESSAGE_STARTED:
		return VERDICT_STARTED;
	case INIT_MESSAGE_FAILED:
		memcpy(ret->step, input->message.step, sizeof(ret->step));
		r = error_heard(err, &input->message.error);
		/* The kind is returned, the reason is in the error. */
		if (input->message.value == EXIT_NOT_FOUND)
			return -ESRCH;
		if (input->message.value == EXIT_NOT_EXECUTED)
			return -ENOEXEC;
		return r == -ESRCH ? -ENOTCONN : r; /* it is the node that is not there */
	case INIT_MESSAGE_LISTENER:
		return on_listener(channel, input, filter, ret, err);
	}
	return VERDICT_GO_ON;
}

int channel_await(int channel, int pidfd, enum channel_goal goal,
		  const struct seccomp_filter *filter, struct channel_start *ret,
		  struct ncrun_error *err)
{
	static const int wanted[] = {
		[CHANNEL_BORN] = VERDICT_BORN,
		[CHANNEL_CREATED] = VERDICT_CREATED,
		[CHANNEL_STARTED] = VERDICT_STARTED,
		[CHANNEL_EXECUTED] = VERDICT_STARTED,
	};
	struct pollfd fds[2] = {{.fd = channel, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
	struct channel_input input = {0};
	int r = VERDICT_GO_ON;

	strncpy(ret->step, "init", sizeof(ret->step) - 1);
	do {
		if (poll(fds, goal == CHANNEL_EXECUTED ? 2 : 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return error_errno(err, "wait for the node");
		}
		r = channel_read(channel, &input, err);
		/* Without init nobody reports success: the channel closes as the command is
		 * executed. */
		if (r == -EPIPE && goal == CHANNEL_EXECUTED)
			return 0;
		if (r == 0)
			r = on_message(channel, &input, filter, ret, err);
		if (r < 0)
			return r;
	} while (r != wanted[goal]);
	return 0;
}
