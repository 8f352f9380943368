/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ping - for the embedded image, with the options and the output of busybox's
 *
 * busybox wants a raw socket and thus CAP_NET_RAW, which a node does not have. The
 * kernel's ping sockets (icmp(7)) need none: ncrun opens ping_group_range in each
 * node.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	HEADER = 8,
	SIZE_MAX_ICMP = 65507,
	ECHO4 = 8,
	REPLY4 = 0,
	ECHO6 = 128,
	REPLY6 = 129
};

struct ping {
	const char *host;
	const char *interface;
	int family;
	bool quiet;
	long count; /* 0 = for ever */
	double interval_s, wait_s, deadline_s;
	size_t size;
	/* what happened */
	int fd;
	char address[INET6_ADDRSTRLEN];
	unsigned long sent, received;
	double least_ms, most_ms, sum_ms;
};

static volatile sig_atomic_t stopped;

static void on_signal(int signo)
{
	stopped = signo;
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "ping: %s: %s\n", what, why);
	exit(1);
}

static double number(const char *text, double least, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= least && value <= most))
		fail(text, "invalid number");
	return value;
}

static void parse(int argc, char **argv, struct ping *ping)
{
	int option;

	while ((option = getopt(argc, argv, "46qc:i:s:w:W:I:t:")) != -1) {
		if (option == '4' || option == '6')
			ping->family = option == '4' ? AF_INET : AF_INET6;
		else if (option == 'q')
			ping->quiet = true;
		else if (option == 'c')
			ping->count = (long)number(optarg, 1, 1e9);
		else if (option == 'i')
			ping->interval_s = number(optarg, 0.002, 1e6);
		else if (option == 's')
			ping->size = (size_t)number(optarg, 0, SIZE_MAX_ICMP - HEADER);
		else if (option == 'w')
			ping->deadline_s = number(optarg, 0.001, 1e9);
		else if (option == 'W')
			ping->wait_s = number(optarg, 0.001, 1e6);
		else if (option == 'I')
			ping->interface = optarg;
		else if (option != 't') /* a time to live is not asked of us here */
			optind = argc + 1;
	}
	if (optind != argc - 1) {
		fputs("usage: ping [-46q] [-c COUNT] [-i SECONDS] [-s SIZE] [-w SECONDS] "
		      "[-W SECONDS] [-I INTERFACE] HOST\n",
		      stderr);
		exit(1);
	}
	ping->host = argv[optind];
}

static void connect_to(struct ping *ping)
{
	struct addrinfo hints = {.ai_family = ping->family, .ai_socktype = SOCK_DGRAM};
	struct addrinfo *found;
	int on = 1;
	int r;

	if (ping->family == AF_UNSPEC) /* of two addresses the older kind, as busybox does */
		hints.ai_family = AF_INET;
	r = getaddrinfo(ping->host, NULL, &hints, &found);
	if (r != 0 && ping->family == AF_UNSPEC) {
		hints.ai_family = AF_UNSPEC;
		r = getaddrinfo(ping->host, NULL, &hints, &found);
	}
	if (r != 0)
		fail("bad address", ping->host);
	ping->family = found->ai_family;
	ping->fd = socket(ping->family, SOCK_DGRAM | SOCK_CLOEXEC,
			  ping->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (ping->fd < 0)
		fail("socket", strerror(errno));
	if (ping->interface && setsockopt(ping->fd, SOL_SOCKET, SO_BINDTODEVICE, ping->interface,
					  (socklen_t)strlen(ping->interface) + 1) < 0)
		fail(ping->interface, strerror(errno));
	if (ping->family == AF_INET)
		setsockopt(ping->fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
	else
		setsockopt(ping->fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
	if (connect(ping->fd, found->ai_addr, found->ai_addrlen) < 0)
		fail(ping->host, strerror(errno));
	if (getnameinfo(found->ai_addr, found->ai_addrlen, ping->address, sizeof(ping->address),
			NULL, 0, NI_NUMERICHOST) != 0)
		fail(ping->host, "not an address");
	freeaddrinfo(found);
}

/* The kernel writes identifier and checksum. */
static void send_echo(struct ping *ping, unsigned char *packet)
{
	double now = now_s();

	memset(packet, 0, HEADER);
	packet[0] = ping->family == AF_INET ? ECHO4 : ECHO6;
	packet[6] = (unsigned char)(ping->sent >> 8);
	packet[7] = (unsigned char)ping->sent;
	if (ping->size >= sizeof(now))
		memcpy(packet + HEADER, &now, sizeof(now));
	ping->sent++;
	if (send(ping->fd, packet, HEADER + ping->size, 0) < 0 && !ping->quiet)
		fprintf(stderr, "ping: sendto: %s\n", strerror(errno));
}

static int find_ttl(struct msghdr *message)
{
	int ttl = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT))
			memcpy(&ttl, CMSG_DATA(c), sizeof(ttl));
	return ttl;
}

static void receive(struct ping *ping, unsigned char *packet)
{
	char control[128];
	struct iovec part = {packet, HEADER + SIZE_MAX_ICMP};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(ping->fd, &message, MSG_DONTWAIT);
	double then, ms = 0;

	if (n < HEADER || packet[0] != (ping->family == AF_INET ? REPLY4 : REPLY6))
		return;
	ping->received++;
	if (!ping->quiet)
		printf("%zd bytes from %s: seq=%u ttl=%d", n, ping->address,
		       (unsigned int)packet[6] << 8 | packet[7], find_ttl(&message));
	if ((size_t)n >= HEADER + sizeof(then)) {
		memcpy(&then, packet + HEADER, sizeof(then));
		ms = (now_s() - then) * 1000;
		ping->sum_ms += ms;
		ping->most_ms = ms > ping->most_ms ? ms : ping->most_ms;
		ping->least_ms = ping->received == 1 || ms < ping->least_ms ? ms : ping->least_ms;
		if (!ping->quiet)
			printf(" time=%.3f ms", ms);
	}
	if (!ping->quiet)
		putchar('\n');
	fflush(stdout);
}

static void run(struct ping *ping)
{
	static unsigned char packet[HEADER + SIZE_MAX_ICMP];
	const double end = ping->deadline_s > 0 ? now_s() + ping->deadline_s : 1e300;
	const unsigned long count = ping->count > 0 ? (unsigned long)ping->count : ~0UL;
	double next = now_s();

	while (!stopped && ping->received < count) {
		struct pollfd waiting = {.fd = ping->fd, .events = POLLIN};
		double now = now_s();
		double left;

		if (now >= end || (ping->sent == count && now >= next))
			break;
		if (ping->sent < count && now >= next) {
			send_echo(ping, packet);
			next += ping->sent == count ? ping->wait_s : ping->interval_s;
		}
		left = ((next < end ? next : end) - now) * 1000;
		if (poll(&waiting, 1, left > 0 ? (int)left + 1 : 0) > 0)
			receive(ping, packet);
	}
}

static int conclude(const struct ping *ping)
{
	unsigned long lost = ping->received < ping->sent ? ping->sent - ping->received : 0;

	printf("\n--- %s ping statistics ---\n%lu packets transmitted, %lu packets received, "
	       "%lu%% packet loss\n",
	       ping->host, ping->sent, ping->received, ping->sent ? lost * 100 / ping->sent : 0);
	if (ping->received > 0 && ping->size >= sizeof(double))
		printf("round-trip min/avg/max = %.3f/%.3f/%.3f ms\n", ping->least_ms,
		       ping->sum_ms / (double)ping->received, ping->most_ms);
	return ping->received > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	size_t length = strlen(argv[0]);
	struct ping ping = {.interval_s = 1, .wait_s = 10, .size = 56};

	if (length > 0 && argv[0][length - 1] == '6')
		ping.family = AF_INET6;
	parse(argc, argv, &ping);
	signal(SIGINT, on_signal);
	connect_to(&ping);
	printf("PING %s (%s): %zu data bytes\n", ping.host, ping.address, ping.size);
	fflush(stdout);
	run(&ping);
	return conclude(&ping);
}
