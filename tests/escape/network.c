/* SPDX-License-Identifier: Apache-2.0 */

/* Ways out by sockets and networks. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/escape/probe.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HIGH_BIT     (1L << 32)
#define FAMILY_MAX   46
#define NETLINK_MAX  22
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

/* A family that the kernel lacks is refused as well. */
static bool is_for_nodes(int family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

/* @a: bits beyond the family */
static long families(const struct probe *probe)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
	long found = -EPERM;

	for (int family = 0; family < FAMILY_MAX; family++)
		for (size_t i = 0; i < COUNT(types) && !is_for_nodes(family); i++) {
			long fd = syscall(SYS_socket, family | probe->a, types[i], 0);

			if (fd < 0)
				continue;
			probe_note("family %d type %d ", family, types[i]);
			found = fd;
			close((int)fd);
		}
	return found;
}

/* Routes, diagnosis, generic; and filters for those who administer a network. */
static long netlinks(const struct probe *probe)
{
	const unsigned int wanted = 1u << NETLINK_ROUTE | 1u << NETLINK_SOCK_DIAG |
				    1u << NETLINK_GENERIC | 1u << NETLINK_NETFILTER;
	long found = -EPERM;

	for (int protocol = 0; protocol < NETLINK_MAX; protocol++) {
		long fd;

		if (wanted >> protocol & 1)
			continue;
		fd = syscall(SYS_socket, AF_NETLINK, SOCK_RAW, protocol | probe->a);
		if (fd < 0)
			continue;
		probe_note("%d ", protocol);
		found = fd;
		close((int)fd);
	}
	return found;
}

/* @a: family, @b: type, @c: protocol */
static long try_socket(const struct probe *probe)
{
	return probe_result(syscall(SYS_socket, probe->a, probe->b, probe->c));
}

static long layer_on_tcp(const struct probe *probe)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return probe_result(syscall(SYS_setsockopt, fd, IPPROTO_TCP | probe->a, TCP_ULP | probe->b,
				    "espintcp", 8));
}

/* Its loopback, up as it is: whoever may do that may do all else. */
static long administer(const struct probe *probe)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} request = {
		{sizeof(request), RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
		{.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP},
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	(void)probe;
	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.error))
		return 1;
	return answer.error.error;
}

/* The other end of a link is known by the number of its network: one who could look there could
 * change it, too. */
static long beyond_the_link(const struct probe *probe)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct rtattr attribute;
		int number;
	} request = {
		{sizeof(request), RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
		{.ifi_index = 1},
		{sizeof(struct rtattr) + sizeof(int), IFLA_TARGET_NETNSID},
		0,
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[8192];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	long r = -ENOENT;

	(void)probe;
	for (request.number = 0; request.number < 8; request.number++) {
		if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0 ||
		    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.error))
			return 1;
		if (answer.header.nlmsg_type != NLMSG_ERROR) {
			probe_note("network %d", request.number);
			return 0;
		}
		if (answer.error.error != -EINVAL) /* no such network */
			r = answer.error.error;
	}
	return r;
}

/* CVE-2022-1015, CVE-2023-32233, CVE-2024-1086 begin with a table of one's own. */
static long filter(const struct probe *probe)
{
	struct {
		struct nlmsghdr begin;
		unsigned char begin_family[4];
		struct nlmsghdr header;
		unsigned char family[4];
		unsigned short length, type;
		char name[8];
		struct nlmsghdr end;
		unsigned char end_family[4];
	} batch = {
		{20, 0x10, NLM_F_REQUEST, 1, 0},
		{0, 0, 0, 10},
		{32, 0x0a00, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 2, 0},
		{2 /* IPv4 */, 0, 0, 0},
		10,
		1,
		"probe",
		{20, 0x11, NLM_F_REQUEST, 3, 0},
		{0, 0, 0, 10},
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	struct timeval second = {1, 0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	(void)probe;
	if (fd < 0)
		return probe_result(-1);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (send(fd, &batch, sizeof(batch), 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer.error))
		return probe_result(-1);
	return answer.error.error;
}

/* The machine's shared memory has the key that the story gave it. */
static long shared_memory(const struct probe *probe)
{
	return probe_result(shmget((key_t)probe->a, 0, 0));
}

static long be_another(const struct probe *probe)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	return probe_result(setsockopt(fd, SOL_IP, (int)probe->a, &on, sizeof(on)));
}

/* @a: family: only AF_UNIX has pairs that a node needs */
static long try_pair(const struct probe *probe)
{
	int ends[2];

	return probe_result(syscall(SYS_socketpair, probe->a, SOCK_SEQPACKET, 0, ends));
}

/* @a: option, @b: of the socket itself, of IPv6 */
static long set_option(const struct probe *probe)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), value = 1;

	return probe_result(syscall(SYS_setsockopt, fd, probe->b, probe->a, &value, sizeof(value)));
}

static const struct probe probes[] = {
	{"C11", "all families but those of nodes", families, ROLE_PRIVILEGED, 0, 0, 0},
	{"C11", "all of them, with a high bit", families, ROLE_PRIVILEGED, HIGH_BIT, 0, 0},
	{"D5", "AF_VSOCK: the hypervisor", try_socket, ROLE_PRIVILEGED, 40, SOCK_STREAM, 0},
	{"D5", "AF_VSOCK with a high bit", try_socket, ROLE_PRIVILEGED, 40 | HIGH_BIT, SOCK_STREAM,
	 0},
	{"B10", "CVE-2026-31431: page cache by AF_ALG", try_socket, ROLE_PRIVILEGED, 38,
	 SOCK_SEQPACKET, 0},
	{"B10", "CVE-2026-43500, CVE-2026-31635: by AF_RXRPC", try_socket, ROLE_PRIVILEGED, 33,
	 SOCK_DGRAM, 2},
	{"F6", "CVE-2026-43284: by AF_KEY", try_socket, ROLE_PRIVILEGED, 15, SOCK_RAW, 2},
	{"F6", "CVE-2026-43284, CVE-2026-46300: by XFRM", try_socket, ROLE_PRIVILEGED, AF_NETLINK,
	 SOCK_RAW, NETLINK_XFRM},
	{"F6", "CVE-2026-46300: a layer on TCP", layer_on_tcp, ROLE_PRIVILEGED, 0, 0, 0},
	{"C11", "a layer on TCP, with a high bit", layer_on_tcp, ROLE_PRIVILEGED, HIGH_BIT, 0, 0},
	{"C11", "a layer on TCP, with a high bit behind it", layer_on_tcp, ROLE_PRIVILEGED, 0,
	 HIGH_BIT, 0},
	{"C11", "pairs of another family", try_pair, ROLE_PRIVILEGED, AF_TIPC, 0, 0},
	{"C11", "the same with a high bit", try_pair, ROLE_PRIVILEGED, AF_TIPC | HIGH_BIT, 0, 0},
	{"D8", "netlinks but those of nodes", netlinks, ROLE_PRIVILEGED, 0, 0, 0},
	{"D8", "all of them, with a high bit", netlinks, ROLE_PRIVILEGED, HIGH_BIT, 0, 0},
	{"D8", "audit's netlink", try_socket, ROLE_PRIVILEGED, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT},
	{"F3", "CVE-2016-8655, CVE-2017-7308, CVE-2020-14386: AF_PACKET", try_socket,
	 ROLE_PRIVILEGED, AF_PACKET, SOCK_RAW, 0},
	{"F2", "raw IP", try_socket, ROLE_PRIVILEGED, AF_INET, SOCK_RAW, IPPROTO_RAW},
	{"F1", "CVE-2020-13401: raw ICMPv6", try_socket, ROLE_PRIVILEGED, AF_INET6, SOCK_RAW,
	 IPPROTO_ICMPV6},
	{"F2", "addresses of others", be_another, ROLE_PRIVILEGED | NET_ADMIN, IP_TRANSPARENT, 0,
	 0},
	{"F2", "IPv6 addresses of others", set_option, ROLE_PRIVILEGED | NET_ADMIN,
	 IPV6_TRANSPARENT, IPPROTO_IPV6, 0},
	{"F6", "marks by which the machine routes", set_option, ROLE_PRIVILEGED | NET_ADMIN,
	 SO_MARK, SOL_SOCKET, 0},
	{"F6", "more of the kernel's memory than the limit", set_option, NOWHERE, SO_RCVBUFFORCE,
	 SOL_SOCKET, 0},
	{"F6", "changing its own links", administer, ROLE_PRIVILEGED | NET_ADMIN, 0, 0, 0},
	{"F6", "networks beyond its links", beyond_the_link, NOWHERE, 0, 0, 0},
	{"F6", "CVE-2024-1086, CVE-2022-1015: filters of its own", filter,
	 ROLE_PRIVILEGED | NET_ADMIN, 0, 0, 0},
	{"D3", "the machine's shared memory", shared_memory, NOWHERE, SHARED_MEMORY_KEY, 0, 0},
};

const struct probe_table probes_network = {probes, COUNT(probes)};
