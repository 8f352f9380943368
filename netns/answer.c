/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/answer.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "netns/namespace.h"

/* The kernel fills what we offer, up to this. */
#define RECEIVE_SIZE (32u << 10)

/** Of the kernel's negative one, which of a message may be anything. */
static int errno_of(int32_t negative)
{
	return negative > INT32_MIN ? -negative : EPROTO;
}

bool answer_parse(const struct nlmsghdr *header, struct answer *ret)
{
	const struct nlmsgerr *error = nlmsg_data(header);
	struct nlattr *words[NLMSGERR_ATTR_MAX + 1];
	size_t skip = sizeof(*error);

	if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
		return false;
	*ret = (struct answer){.sequence = header->nlmsg_seq, .error = errno_of(error->error)};
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return true;
	/* The request comes back in between, unless it was capped. */
	if (!(header->nlmsg_flags & NLM_F_CAPPED) && error->msg.nlmsg_len >= NLMSG_HDRLEN)
		skip += error->msg.nlmsg_len - NLMSG_HDRLEN;
	skip = NLMSG_ALIGN(skip);
	if (skip > header->nlmsg_len - NLMSG_HDRLEN)
		return true;
	if (nla_parse(words, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)nlmsg_data(header) + skip),
		      (int)(header->nlmsg_len - NLMSG_HDRLEN - skip), NULL) == 0 &&
	    words[NLMSGERR_ATTR_MSG])
		nla_strlcpy(ret->text, words[NLMSGERR_ATTR_MSG], sizeof(ret->text));
	return true;
}

int answer_receive(int fd, void *buffer, size_t size, struct ncrun_error *err)
{
	struct sockaddr_nl from = {.nl_family = AF_NETLINK};
	struct iovec iov = {.iov_base = buffer, .iov_len = size};
	struct msghdr header = {.msg_name = &from,
				.msg_namelen = sizeof(from),
				.msg_iov = &iov,
				.msg_iovlen = 1};
	ssize_t n;

	for (;;) {
		n = recvmsg(fd, &header, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "receive from the kernel");
		if (from.nl_pid != 0) /* another process; not for us */
			continue;
		if (header.msg_flags & MSG_TRUNC)
			return error_set(err, EMSGSIZE, "receive from the kernel: cut short");
		return (int)n;
	}
}

/** struct dump - a list that is being received */
struct dump {
	uint32_t sequence;
	bool many;
	bool interrupted;
	bool done;
	int (*each)(const struct nlmsghdr *header, void *data, struct ncrun_error *err);
	void *data;
};

static int dump_error(int error, const char *words, struct ncrun_error *err)
{
	if (error == 0)
		return 0;
	errno = error;
	if (words[0])
		return error_errno(err, "%s", words);
	return error_set(err, error, "%s", strerrordesc_np(error));
}

static int dump_one(struct dump *dump, const struct nlmsghdr *header, struct ncrun_error *err)
{
	struct answer answer;
	int error = 0;

	if (header->nlmsg_seq != dump->sequence)
		return 0;
	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		dump->interrupted = true;
	if (header->nlmsg_type == NLMSG_DONE) {
		dump->done = true;
		if (header->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
			memcpy(&error, nlmsg_data(header), sizeof(error));
		return error < 0 ? dump_error(errno_of(error), "", err) : 0;
	}
	if (header->nlmsg_type == NLMSG_ERROR) {
		dump->done = true;
		return answer_parse(header, &answer) ? dump_error(answer.error, answer.text, err)
						     : 0;
	}
	if (!dump->many)
		dump->done = true;
	return dump->each(header, dump->data, err);
}

/** Receive to the end even when @each has failed: what is left would confuse the next. */
static int dump_receive(int fd, struct dump *dump, struct ncrun_error *err)
{
	_Alignas(NLMSG_ALIGNTO) char buffer[RECEIVE_SIZE];
	int r, first = 0;

	while (!dump->done) {
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;
		int left = answer_receive(fd, buffer, sizeof(buffer), err);

		if (left < 0)
			return left;
		for (; nlmsg_ok(header, left) && !dump->done; header = nlmsg_next(header, &left)) {
			r = dump_one(dump, header, first < 0 ? NULL : err);
			if (r < 0 && first == 0)
				first = r;
		}
	}
	return first;
}

int answer_dump(struct netns *netns, int protocol, struct message *message,
		int (*each)(const struct nlmsghdr *header, void *data, struct ncrun_error *err),
		void *data, struct ncrun_error *err)
{
	struct nlmsghdr *header = (struct nlmsghdr *)message_header(message);
	struct dump dump = {.each = each, .data = data};
	int fd, r;

	if (!header)
		return error_set(err, ENOMEM, "ask the kernel: out of memory");
	r = netns_netlink(netns, protocol, &fd, err);
	if (r < 0)
		return r;
	dump.many = (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	dump.sequence = ++netns->sequence;
	header->nlmsg_seq = dump.sequence;
	if (send(fd, header, header->nlmsg_len, 0) < 0)
		return error_errno(err, "ask the kernel");
	r = dump_receive(fd, &dump, err);
	if (r < 0)
		return r;
	if (dump.interrupted)
		return error_set(err, EINTR, "list: it changed meanwhile");
	return 0;
}

bool answer_again(int r, unsigned int *tries)
{
	const unsigned int most = 60, longest_ms = 64;
	unsigned int pauses = *tries > 1 ? *tries - 2 : 0;

	if (r != -EINTR || *tries >= most)
		return false;
	if ((*tries)++ > 1)
		poll(NULL, 0, (int)(pauses < 6 ? 1U << pauses : longest_ms));
	return true;
}
