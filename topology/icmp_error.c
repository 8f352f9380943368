/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/icmp_error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/error.h"

#define NS_PER_S INT64_C(1000000000)

/* ---- addresses ------------------------------------------------------------------------------- */

struct netns_ip sockaddr_ip(const struct sockaddr_storage *address)
{
	struct netns_ip ip = {.family = address->ss_family};

	if (ip.family == AF_INET)
		memcpy(ip.bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
	else if (ip.family == AF_INET6)
		memcpy(ip.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
	else
		ip.family = 0;
	return ip;
}

unsigned int sockaddr_fill(const struct netns_ip *ip, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)ip->family;
	if (ip->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, ip->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, ip->bytes, 16);
	return sizeof(*in6);
}

/* ---- what stands beside a packet --------------------------------------------------------- */

struct stamps stamps_read(struct msghdr *message)
{
	struct stamps stamps = {.ttl = -1};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		struct timespec at;

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&at, CMSG_DATA(c), sizeof(at));
			stamps.at_ns = at.tv_sec * NS_PER_S + at.tv_nsec;
		} else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
			   (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
			memcpy(&stamps.ttl, CMSG_DATA(c), sizeof(stamps.ttl));
		}
	}
	return stamps;
}

/* ---- errors ------------------------------------------------------------------------------ */

int icmp_error_enable(int fd, int family, struct ncrun_error *err)
{
	const int on = 1;
	bool six = family == AF_INET6;

	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR, &on,
		       sizeof(on)) < 0)
		return error_errno(err, "ask a socket for errors and times");
	return 0;
}

static const char *unreachable4(uint8_t code)
{
	static const char *const texts[] = {
		[ICMP_NET_UNREACH] = "network unreachable",
		[ICMP_HOST_UNREACH] = "host unreachable",
		[ICMP_PROT_UNREACH] = "protocol unreachable",
		[ICMP_PORT_UNREACH] = "port unreachable",
		[ICMP_FRAG_NEEDED] = "packet too big",
		[ICMP_NET_UNKNOWN] = "network unknown",
		[ICMP_HOST_UNKNOWN] = "host unknown",
		[ICMP_NET_ANO] = "network prohibited",
		[ICMP_HOST_ANO] = "host prohibited",
		[ICMP_PKT_FILTERED] = "prohibited",
	};
	const char *text = code < sizeof(texts) / sizeof(texts[0]) ? texts[code] : NULL;

	return text ? text : "unreachable";
}

static const char *unreachable6(uint8_t code)
{
	static const char *const texts[] = {
		[ICMP6_DST_UNREACH_NOROUTE] = "network unreachable",
		[ICMP6_DST_UNREACH_ADMIN] = "prohibited",
		[ICMP6_DST_UNREACH_BEYONDSCOPE] = "beyond the scope of the address",
		[ICMP6_DST_UNREACH_ADDR] = "host unreachable",
		[ICMP6_DST_UNREACH_NOPORT] = "port unreachable",
	};
	const char *text = code < sizeof(texts) / sizeof(texts[0]) ? texts[code] : NULL;

	return text ? text : "unreachable";
}

static void error_fill(const struct sock_extended_err *e, struct icmp_error *ret)
{
	bool six = e->ee_origin == SO_EE_ORIGIN_ICMP6;

	if (e->ee_origin == SO_EE_ORIGIN_ICMP || six) {
		struct sockaddr_storage offender = {.ss_family = AF_UNSPEC};
		const struct sockaddr *stated = SO_EE_OFFENDER(e);

		memcpy(&offender, stated,
		       stated->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						     : sizeof(struct sockaddr_in));
		ret->from = sockaddr_ip(&offender);
	}
	if (six ? e->ee_type == ICMP6_TIME_EXCEEDED
		: e->ee_origin == SO_EE_ORIGIN_ICMP && e->ee_type == ICMP_TIME_EXCEEDED) {
		ret->expired = true;
		ret->failure = "time exceeded";
	} else if (six && e->ee_type == ICMP6_PACKET_TOO_BIG) {
		ret->failure = "packet too big";
	} else if (six && e->ee_type == ICMP6_DST_UNREACH) {
		ret->refused = e->ee_code == ICMP6_DST_UNREACH_NOPORT;
		ret->failure = unreachable6(e->ee_code);
	} else if (e->ee_origin == SO_EE_ORIGIN_ICMP && e->ee_type == ICMP_DEST_UNREACH) {
		ret->refused = e->ee_code == ICMP_PORT_UNREACH;
		ret->failure = unreachable4(e->ee_code);
	} else {
		ret->failure = e->ee_errno == EMSGSIZE ? "packet too big" : "not sent";
	}
}

bool icmp_error_receive(int fd, struct icmp_error *ret)
{
	_Alignas(struct cmsghdr) char control[512];
	struct icmp_error error = {.failure = NULL};
	struct iovec data = {.iov_base = error.data, .iov_len = sizeof(error.data)};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n < 0)
		return false;
	error.size = (size_t)n;
	error.at_ns = stamps_read(&message).at_ns;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			error_fill((const struct sock_extended_err *)CMSG_DATA(c), &error);
	*ret = error;
	return true;
}
