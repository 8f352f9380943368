/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Raw sockets: the kernel's own "ping sockets" depend on a sysctl that a node may change, and
 * whoever may enter a node's network namespace may open these there.
 */

#include "topology/echo.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "topology/icmp_error.h"

#define ECHO_ROOM (4 << 20)

/** The head of a request and of an answer, alike in both families. */
struct echo_head {
	uint8_t type, code;
	uint16_t checksum;
	uint16_t id, sequence;
};

/* ---- sockets ----------------------------------------------------------------------------- */

/** Only answers come in; errors come by a queue of their own. */
static int answers_only(int fd, int family)
{
	const struct icmp_filter four = {.data = ~(1u << ICMP_ECHOREPLY)};
	struct icmp6_filter six;

	if (family == AF_INET)
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &four, sizeof(four));
	ICMP6_FILTER_SETBLOCKALL(&six);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &six);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &six, sizeof(six));
}

int echo_open(struct netns *netns, int family, struct echo *ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	const int on = 1, room = ECHO_ROOM;
	uint16_t id = 0;
	int r = netns_socket(netns, family, SOCK_RAW | SOCK_NONBLOCK,
			     family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, &fd, err);

	if (r < 0)
		return r;
	r = icmp_error_enable(fd, family, err);
	if (r < 0)
		return r;
	if (answers_only(fd, family) < 0 ||
	    (family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on)) < 0))
		return error_errno(err, "set up a socket for ICMP");
	/* More than we may have is a wish only. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	(void)!getrandom(&id, sizeof(id), 0);
	*ret = (struct echo){.fd = take_fd(fd), .family = family, .id = id};
	return 0;
}

void echo_close(struct echo *echo)
{
	closep(&echo->fd);
}

/* ---- requests ---------------------------------------------------------------------------- */

/** Of the Internet (RFC 1071), for a payload that is all zero. */
static uint16_t head_checksum(const struct echo_head *head)
{
	uint16_t words[sizeof(*head) / 2];
	uint32_t sum = 0;

	memcpy(words, head, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/** Say how far it may go. */
static void ttl_put(struct msghdr *message, int family, int ttl)
{
	struct cmsghdr *c = message->msg_control;

	c->cmsg_level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = family == AF_INET6 ? IPV6_HOPLIMIT : IP_TTL;
	c->cmsg_len = CMSG_LEN(sizeof(ttl));
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	message->msg_controllen = CMSG_SPACE(sizeof(ttl));
}

int echo_send(const struct echo *echo, const struct echo_request *request, int64_t *ret_ns)
{
	static const uint8_t nothing[ECHO_SIZE_MAX];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	struct echo_head head = {
		.type = echo->family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.id = echo->id,
		.sequence = htons(request->sequence),
	};
	struct sockaddr_storage there;
	struct iovec parts[] = {
		{.iov_base = &head, .iov_len = sizeof(head)},
		{.iov_base = (void *)nothing, .iov_len = request->size},
	};
	struct msghdr message = {.msg_name = &there,
				 .msg_namelen = sockaddr_fill(&request->to, 0, &there),
				 .msg_iov = parts,
				 .msg_iovlen = 2,
				 .msg_control = control};

	assert(request->size <= ECHO_SIZE_MAX);
	if (request->ttl > 0)
		ttl_put(&message, echo->family, request->ttl);
	if (echo->family == AF_INET) /* of ICMPv6 the kernel makes it */
		head.checksum = head_checksum(&head);
	*ret_ns = clock_wall_ns();
	/* An error that waits on the socket is of an earlier packet, and is told once. */
	if (sendmsg(echo->fd, &message, MSG_NOSIGNAL) >= 0)
		return 0;
	if (errno == EPERM || errno == EAGAIN || errno == ENOBUFS) /* never such a one */
		return -errno;
	if (sendmsg(echo->fd, &message, MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

const char *echo_failure(int errno_value)
{
	switch (errno_value) {
	case ENETUNREACH:
		return "no route";
	case EHOSTUNREACH:
		return "host unreachable";
	case EPERM:
	case EACCES:
		return "prohibited by a filter";
	case EMSGSIZE:
		return "packet too big";
	case ENETDOWN:
		return "interface is down";
	case EADDRNOTAVAIL:
		return "no address of that family";
	case EINVAL:
		return "no such destination";
	case ENOBUFS:
		return "no room for more neighbours";
	default:
		return "cannot be sent";
	}
}

/* ---- answers ----------------------------------------------------------------------------- */

/** Whether @data begins with the head of one of our requests, or of an answer to it. */
static bool head_is_ours(const struct echo *echo, const uint8_t *data, size_t size, bool answer,
			 uint16_t *ret_sequence)
{
	struct echo_head head;
	uint8_t request = echo->family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	uint8_t reply = echo->family == AF_INET6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;

	if (size < sizeof(head))
		return false;
	memcpy(&head, data, sizeof(head));
	if (head.type != (answer ? reply : request) || head.id != echo->id)
		return false;
	*ret_sequence = ntohs(head.sequence);
	return true;
}

/** One packet; false = none is there. *@ret_ours: it is an answer to us. */
static bool packet_receive(const struct echo *echo, struct echo_answer *ret, bool *ret_ours)
{
	_Alignas(struct cmsghdr) char control[256];
	uint8_t bytes[sizeof(struct iphdr) + 40 + sizeof(struct echo_head)];
	const uint8_t *data = bytes;
	struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
	struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr message = {.msg_name = &from,
				 .msg_namelen = sizeof(from),
				 .msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(echo->fd, &message, MSG_DONTWAIT);
	struct stamps stamps;
	size_t size;

	*ret_ours = false;
	if (n < 0) /* an error is told once, and is in the queue */
		return errno != EAGAIN && errno != EWOULDBLOCK;
	size = (size_t)n;
	stamps = stamps_read(&message);
	if (echo->family == AF_INET) {
		struct iphdr ip;
		size_t header;

		if (size < sizeof(ip))
			return true;
		memcpy(&ip, data, sizeof(ip));
		header = (size_t)ip.ihl * 4;
		if (size < header)
			return true;
		stamps.ttl = ip.ttl;
		data += header;
		size -= header;
	}
	*ret = (struct echo_answer){
		.from = sockaddr_ip(&from),
		.ttl = stamps.ttl,
		.at_ns = stamps.at_ns ? stamps.at_ns : clock_wall_ns(),
	};
	*ret_ours = head_is_ours(echo, data, size, true, &ret->sequence);
	return true;
}

bool echo_receive(const struct echo *echo, struct echo_answer *ret)
{
	struct icmp_error error;
	bool ours = false;

	while (packet_receive(echo, ret, &ours))
		if (ours)
			return true;
	while (icmp_error_receive(echo->fd, &error)) {
		*ret = (struct echo_answer){.failure = error.failure,
					    .expired = error.expired,
					    .from = error.from,
					    .ttl = -1,
					    .at_ns = error.at_ns ? error.at_ns : clock_wall_ns()};
		if (error.failure &&
		    head_is_ours(echo, error.data, error.size, false, &ret->sequence))
			return true;
	}
	return false;
}
