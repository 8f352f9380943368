/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How long N hosts on one switch take to be wired: namespace, link into the bridge, address,
 * up. By netns/, and by the least that a program can ask the kernel for, in turns.
 *
 *	wiring [-n HOSTS] [-r ROUNDS]
 *
 * Prints a line for each round: whose, a tab, milliseconds.
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netns/netns.h"

#define BRIDGE 2
#define ETH0   2

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- the least ------------------------------------------------------------------------------ */

/** struct floor_message - one request after the other, without any check */
struct floor_message {
	_Alignas(4) char bytes[1024];
	size_t begin, size;
};

static struct nlmsghdr *floor_begin(struct floor_message *m, int type, int flags, const void *body,
				    size_t size)
{
	struct nlmsghdr *header = (struct nlmsghdr *)(m->bytes + m->size);

	m->begin = m->size;
	*header = (struct nlmsghdr){.nlmsg_type = (uint16_t)type,
				    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
				    .nlmsg_len = NLMSG_LENGTH((uint32_t)size)};
	memcpy(NLMSG_DATA(header), body, size);
	m->size += NLMSG_ALIGN(header->nlmsg_len);
	return header;
}

static struct rtattr *floor_put(struct floor_message *m, int type, const void *data, size_t size)
{
	struct rtattr *attribute = (struct rtattr *)(m->bytes + m->size);

	attribute->rta_type = (unsigned short)type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	m->size += RTA_ALIGN(attribute->rta_len);
	((struct nlmsghdr *)(m->bytes + m->begin))->nlmsg_len = (uint32_t)(m->size - m->begin);
	return attribute;
}

static void floor_close(struct floor_message *m, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)(m->bytes + m->size - (char *)nest);
}

static void floor_talk(int fd, const struct floor_message *m, int answers)
{
	char buffer[4096];

	must(send(fd, m->bytes, m->size, 0) >= 0, "send");
	while (answers-- > 0) {
		const struct nlmsghdr *header = (struct nlmsghdr *)buffer;

		must(recv(fd, buffer, sizeof(buffer), 0) > 0, "recv");
		must(((struct nlmsgerr *)NLMSG_DATA(header))->error == 0, "request");
	}
}

static int floor_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

static int floor_namespace(void)
{
	must(unshare(CLONE_NEWNET) == 0, "unshare");
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void floor_bridge(int fd)
{
	const struct ifinfomsg body = {.ifi_index = BRIDGE,
				       .ifi_flags = IFF_UP,
				       .ifi_change = IFF_UP};
	struct floor_message m = {.size = 0};
	struct rtattr *info;

	floor_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	floor_put(&m, IFLA_IFNAME, "br", 3);
	info = floor_put(&m, IFLA_LINKINFO, NULL, 0);
	floor_put(&m, IFLA_INFO_KIND, "bridge", 7);
	floor_close(&m, info);
	floor_talk(fd, &m, 1);
}

static void floor_link(int fd, int n, int node)
{
	const struct ifinfomsg body = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP},
			       peer_body = {.ifi_index = ETH0};
	struct floor_message m = {.size = 0};
	struct rtattr *info, *data, *peer;
	const uint32_t master = BRIDGE;
	char name[IFNAMSIZ];

	floor_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	floor_put(&m, IFLA_IFNAME, name, (size_t)snprintf(name, sizeof(name), "p%d", n) + 1);
	floor_put(&m, IFLA_MASTER, &master, sizeof(master));
	info = floor_put(&m, IFLA_LINKINFO, NULL, 0);
	floor_put(&m, IFLA_INFO_KIND, "veth", 5);
	data = floor_put(&m, IFLA_INFO_DATA, NULL, 0);
	peer = floor_put(&m, VETH_INFO_PEER, &peer_body, sizeof(peer_body));
	floor_put(&m, IFLA_IFNAME, "eth0", 5);
	floor_put(&m, IFLA_NET_NS_FD, &node, sizeof(node));
	floor_close(&m, peer);
	floor_close(&m, data);
	floor_close(&m, info);
	floor_talk(fd, &m, 1);
}

static void floor_node(int n, int node)
{
	const struct ifinfomsg up = {.ifi_index = ETH0, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	const struct ifinfomsg lo = {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	const struct ifaddrmsg body = {.ifa_family = AF_INET,
				       .ifa_prefixlen = 16,
				       .ifa_index = ETH0};
	const uint32_t address = htonl(0x0a000002u + (uint32_t)n);
	struct floor_message m = {.size = 0};
	int fd;

	must(setns(node, CLONE_NEWNET) == 0, "setns");
	fd = floor_socket();
	floor_begin(&m, RTM_NEWLINK, 0, &lo, sizeof(lo));
	floor_begin(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	floor_put(&m, IFA_LOCAL, &address, sizeof(address));
	floor_put(&m, IFA_ADDRESS, &address, sizeof(address));
	floor_begin(&m, RTM_NEWLINK, 0, &up, sizeof(up));
	floor_talk(fd, &m, 3);
	close(fd);
}

static double floor_round(int hosts, int *nodes)
{
	double began = now_ms();
	int fabric = floor_namespace(), fd = floor_socket();

	floor_bridge(fd);
	for (int n = 0; n < hosts; n++)
		nodes[n] = floor_namespace();
	must(setns(fabric, CLONE_NEWNET) == 0, "setns");
	for (int n = 0; n < hosts; n++)
		floor_link(fd, n, nodes[n]);
	for (int n = 0; n < hosts; n++)
		floor_node(n, nodes[n]);
	began = now_ms() - began;
	for (int n = 0; n < hosts; n++)
		close(nodes[n]);
	close(fd);
	close(fabric);
	return began;
}

/* ---- ours ----------------------------------------------------------------------------------- */

static void check(int r, const struct ncrun_error *err)
{
	if (r >= 0)
		return;
	fprintf(stderr, "wiring: %s\n", err->message);
	exit(1);
}

static void our_node(struct netns *node, int n)
{
	const uint32_t ip = htonl(0x0a000002u + (uint32_t)n);
	struct netns_address address = {.prefix = {.ip.family = AF_INET, .length = 16}};
	struct netns_batch *batch = NULL;
	struct ncrun_error err;

	memcpy(address.prefix.ip.bytes, &ip, sizeof(ip));
	check(netns_batch_new(node, &batch, &err), &err);
	netns_link_change(batch, 1, &(struct netns_link_change){.up = NETNS_ON});
	netns_address_add(batch, ETH0, &address);
	netns_link_change(batch, ETH0, &(struct netns_link_change){.up = NETNS_ON});
	check(netns_batch_send(batch, &err), &err);
	netns_batch_free(batch);
}

static double our_round(int hosts, struct netns **nodes)
{
	const struct netns_link eth0 = {.name = "eth0", .index = ETH0};
	struct netns_batch *batch = NULL;
	struct netns *fabric = NULL;
	double began = now_ms();
	struct ncrun_error err;

	check(netns_new(&fabric, &err), &err);
	check(netns_batch_new(fabric, &batch, &err), &err);
	netns_link_create(batch, &(struct netns_link){.kind = NETNS_LINK_BRIDGE,
						      .name = "br",
						      .index = BRIDGE});
	for (int n = 0; n < hosts; n++) {
		struct netns_link link = {.index = BRIDGE + 1 + n, .master = BRIDGE, .peer = &eth0};
		char name[IFNAMSIZ];

		check(netns_new(&nodes[n], &err), &err);
		snprintf(name, sizeof(name), "p%d", n);
		link.name = name;
		link.peer_netns = nodes[n];
		netns_link_create(batch, &link);
	}
	check(netns_batch_send(batch, &err), &err);
	for (int n = 0; n < hosts; n++)
		our_node(nodes[n], n);
	began = now_ms() - began;
	netns_batch_free(batch);
	for (int n = 0; n < hosts; n++)
		netns_free(nodes[n]);
	netns_free(fabric);
	return began;
}

int main(int argc, char **argv)
{
	int hosts = 100, rounds = 10, option;
	struct rlimit files = {65536, 65536};
	struct netns **ours;
	int *nodes;

	while ((option = getopt(argc, argv, "n:r:")) != -1) {
		if (option == 'n')
			hosts = atoi(optarg);
		else if (option == 'r')
			rounds = atoi(optarg);
		else
			return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	ours = calloc((size_t)hosts, sizeof(struct netns *));
	nodes = calloc((size_t)hosts, sizeof(*nodes));
	must(ours && nodes, "calloc");
	must(unshare(CLONE_NEWNET) == 0, "unshare");
	for (int i = 0; i < 2 * rounds; i++) {
		double ms = i % 2 ? our_round(hosts, ours) : floor_round(hosts, nodes);

		printf("%s\t%.2f\n", i % 2 ? "ncrun" : "the least", ms);
		usleep(300000); /* the kernel frees namespaces later */
	}
	free(ours);
	free(nodes);
	return 0;
}
