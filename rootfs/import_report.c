/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/import_report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/error.h"

int report_send(int fd, enum report_kind kind, const void *body, size_t size,
		struct ncrun_error *err)
{
	uint32_t number = kind;
	struct iovec parts[2] = {
		{.iov_base = &number, .iov_len = sizeof(number)},
		{.iov_base = (void *)body, .iov_len = size},
	};
	const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	if (size >= REPORT_SIZE_MAX)
		return error_set(err, E2BIG, "the image's configuration is larger than %d bytes",
				 REPORT_SIZE_MAX - 1);
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? error_errno(err, "report to the importing process") : 0;
}

int report_receive(int fd, struct report *ret, bool *ret_more, struct ncrun_error *err)
{
	struct iovec parts[2] = {
		{.iov_base = &ret->kind, .iov_len = sizeof(ret->kind)},
		{.iov_base = ret->body, .iov_len = sizeof(ret->body) - 1},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	do
		n = recvmsg(fd, &message, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_errno(err, "hear from the unpacking process");
	*ret_more = n >= (ssize_t)sizeof(ret->kind);
	ret->size = *ret_more ? (size_t)n - sizeof(ret->kind) : 0;
	ret->body[ret->size] = '\0';
	return 0;
}

int report_failure(const struct report *report, const char *who, struct ncrun_error *err)
{
	struct ncrun_error said;

	if (report->size != sizeof(said))
		return error_set(err, EPROTO, "%s talks nonsense", who);
	memcpy(&said, report->body, sizeof(said));
	return error_heard(err, &said);
}
