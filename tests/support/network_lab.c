/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/network_lab.h"

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "netns/batch.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

#define LAB_UDP_PORT 4242

void lab_send(struct netns_batch *batch)
{
	struct ncrun_error err = {0};

	assert_ok(netns_batch_send(batch, &err));
}

struct netns_batch *lab_batch(struct netns *netns)
{
	struct ncrun_error err = {0};
	struct netns_batch *batch = NULL;

	assert_ok(netns_batch_new(netns, &batch, &err));
	return batch;
}

struct netns_prefix lab_prefix(const char *text)
{
	struct ncrun_error err = {0};
	struct netns_prefix prefix = {.length = 0};

	assert_ok(netns_prefix_parse(text, &prefix, &err));
	return prefix;
}

struct netns_ip lab_ip(const char *text)
{
	return lab_prefix(text).ip;
}

static void node_configure(struct netns *node, unsigned int n)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(node);
	struct netns_address address = {.no_route = false};
	char text[32];

	netns_link_change(batch, LAB_INTERFACE, &(struct netns_link_change){.up = NETNS_ON});
	snprintf(text, sizeof(text), "10.0.0.%u/24", n + 1);
	address.prefix = lab_prefix(text);
	netns_address_add(batch, LAB_INTERFACE, &address);
	snprintf(text, sizeof(text), "fd00::%x/64", n + 1);
	address.prefix = lab_prefix(text);
	netns_address_add(batch, LAB_INTERFACE, &address);
	lab_send(batch);
}

static void node_make(struct network_lab *lab)
{
	struct ncrun_error err = {0};

	assert_ok(netns_new(&lab->nodes[lab->count], &err));
	assert_ok(netns_prepare(lab->nodes[lab->count], NETNS_ROLE_NODE, &err));
	lab->count++;
}

static void lab_wait(struct network_lab *lab)
{
	struct ncrun_error err = {0};

	for (size_t n = 0; n < lab->count; n++)
		assert_ok(netns_wait_ready(lab->nodes[n], 10000, &err));
	if (lab->fabric)
		assert_ok(netns_wait_ready(lab->fabric, 10000, &err));
}

void lab_make(struct network_lab *lab, size_t nodes)
{
	struct ncrun_error err = {0};

	sandbox_required();
	*lab = (struct network_lab){.count = 0};
	assert_ok(netns_new(&lab->fabric, &err));
	assert_ok(netns_prepare(lab->fabric, NETNS_ROLE_FABRIC, &err));
	lab->batch = lab_batch(lab->fabric);
	netns_link_create(lab->batch, &(struct netns_link){.kind = NETNS_LINK_BRIDGE,
							   .name = "br",
							   .index = LAB_BRIDGE});
	for (unsigned int n = 0; n < nodes; n++) {
		const uint8_t mac[] = {2, 0, 0, 0, 0, (uint8_t)(n + 1)};
		const struct netns_link peer = {.name = "eth0", .index = LAB_INTERFACE, .mac = mac};
		char port[16];

		node_make(lab);
		snprintf(port, sizeof(port), "p%u", n);
		netns_link_create(lab->batch, &(struct netns_link){.name = port,
								   .index = LAB_PORT((int)n),
								   .master = LAB_BRIDGE,
								   .peer = &peer,
								   .peer_netns = lab->nodes[n]});
	}
	lab_send(lab->batch);
	for (unsigned int n = 0; n < nodes; n++)
		node_configure(lab->nodes[n], n);
	lab_wait(lab);
}

void lab_make_pair(struct network_lab *lab)
{
	const uint8_t macs[2][NETNS_MAC_LENGTH] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
	const struct netns_link peer = {.name = "eth0", .index = LAB_INTERFACE, .mac = macs[1]};
	struct netns_link link = {.name = "eth0",
				  .index = LAB_INTERFACE,
				  .mac = macs[0],
				  .peer = &peer};

	sandbox_required();
	*lab = (struct network_lab){.count = 0};
	node_make(lab);
	node_make(lab);
	lab->batch = lab_batch(lab->nodes[0]);
	link.peer_netns = lab->nodes[1];
	netns_link_create(lab->batch, &link);
	lab_send(lab->batch);
	node_configure(lab->nodes[0], 0);
	node_configure(lab->nodes[1], 1);
	lab_wait(lab);
}

static void chain_address(struct netns *node, int index, const char *four, const char *six)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(node);

	netns_link_change(batch, index, &(struct netns_link_change){.up = NETNS_ON});
	netns_address_add(batch, index, &(struct netns_address){.prefix = lab_prefix(four)});
	netns_address_add(batch, index, &(struct netns_address){.prefix = lab_prefix(six)});
	lab_send(batch);
}

void lab_default_routes(struct network_lab *lab, size_t n, const char *via4, const char *via6)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(lab->nodes[n]);

	netns_route_add(batch, &(struct netns_route){.destination = lab_prefix("0.0.0.0/0"),
						     .hop.via = lab_ip(via4)});
	netns_route_add(batch, &(struct netns_route){.destination = lab_prefix("::/0"),
						     .hop.via = lab_ip(via6)});
	lab_send(batch);
}

void lab_make_chain(struct network_lab *lab)
{
	const struct netns_link ends[] = {{.name = "eth0", .index = LAB_INTERFACE},
					  {.name = "eth0", .index = LAB_INTERFACE}};
	struct ncrun_error err = {0};

	sandbox_required();
	*lab = (struct network_lab){.count = 0};
	for (int n = 0; n < 3; n++)
		node_make(lab);
	assert_ok(netns_prepare(lab->nodes[1], NETNS_ROLE_ROUTER, &err));
	lab->batch = lab_batch(lab->nodes[1]);
	netns_link_create(lab->batch, &(struct netns_link){.name = "eth0",
							   .index = LAB_INTERFACE,
							   .peer = &ends[0],
							   .peer_netns = lab->nodes[0]});
	netns_link_create(lab->batch, &(struct netns_link){.name = "eth1",
							   .index = LAB_INTERFACE + 1,
							   .peer = &ends[1],
							   .peer_netns = lab->nodes[2]});
	lab_send(lab->batch);
	chain_address(lab->nodes[0], LAB_INTERFACE, "10.1.0.1/24", "fd01::1/64");
	chain_address(lab->nodes[1], LAB_INTERFACE, "10.1.0.9/24", "fd01::9/64");
	chain_address(lab->nodes[1], LAB_INTERFACE + 1, "10.2.0.9/24", "fd02::9/64");
	chain_address(lab->nodes[2], LAB_INTERFACE, "10.2.0.1/24", "fd02::1/64");
	lab_default_routes(lab, 0, "10.1.0.9", "fd01::9");
	lab_wait(lab);
}

void lab_free(struct network_lab *lab)
{
	netns_batch_free(lab->batch);
	for (size_t n = 0; n < lab->count; n++)
		netns_free(lab->nodes[n]);
	netns_free(lab->fabric);
}

/* ---- packets ------------------------------------------------------------------------ */

static socklen_t socket_address(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
	struct netns_ip ip = lab_ip(text[0] ? text : "0.0.0.0");
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = (sa_family_t)ip.family;
	if (ip.family == AF_INET6) {
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, ip.bytes, sizeof(in6->sin6_addr));
		return sizeof(*in6);
	}
	in->sin_port = htons(port);
	memcpy(&in->sin_addr, ip.bytes, sizeof(in->sin_addr));
	return sizeof(*in);
}

int lab_udp(struct netns *netns, const char *address, uint16_t port)
{
	struct sockaddr_storage own;
	socklen_t size = socket_address(address, port, &own);
	struct ncrun_error err = {0};
	const int room = 4 << 20;
	int fd = -1;

	assert_ok(netns_socket(netns, own.ss_family, SOCK_DGRAM, 0, &fd, &err));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&own, size) < 0)
		fail_msg("bind to '%s': %m", address);
	return fd;
}

void lab_udp_send_from(int fd, const char *to, uint16_t port, unsigned int first,
		       unsigned int count)
{
	struct sockaddr_storage there;
	socklen_t length = socket_address(to, port, &there);
	uint32_t data[16] = {0};

	for (uint32_t i = 0; i < count; i++) {
		data[0] = first + i;
		sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&there, length);
	}
}

void lab_udp_send(int fd, const char *to, uint16_t port, unsigned int count, size_t size)
{
	struct sockaddr_storage there;
	socklen_t length = socket_address(to, port, &there);
	uint32_t data[512] = {0};

	assert_true(size >= sizeof(data[0]) && size <= sizeof(data));
	for (uint32_t i = 0; i < count; i++) {
		data[0] = i;
		sendto(fd, data, size, 0, (struct sockaddr *)&there, length);
	}
}

unsigned int lab_udp_receive(int fd, uint8_t *ret_seen, unsigned int numbers, int timeout_ms)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	uint32_t data[512];
	unsigned int n = 0;

	while (poll(&waiting, 1, timeout_ms) > 0) {
		if (recv(fd, data, sizeof(data), 0) < (ssize_t)sizeof(data[0]))
			continue;
		n++;
		if (ret_seen && data[0] < numbers)
			ret_seen[data[0]]++;
	}
	return n;
}

/* A packet is there as soon as it was sent, but who waits for it may wait for a processor. */
#define ARRIVES_MS    5000
#define STAYS_AWAY_MS 250

static bool reaches(struct netns *from, struct netns *to, const char *address, int patience_ms,
		    char ret_sender[NETNS_IP_TEXT_MAX])
{
	bool six = strchr(address, ':');
	_cleanup_close_ int sender = lab_udp(from, six ? "::" : "", 0);
	_cleanup_close_ int receiver = lab_udp(to, six ? "::" : "", LAB_UDP_PORT);
	struct pollfd waiting = {.fd = receiver, .events = POLLIN};
	struct sockaddr_storage source = {.ss_family = AF_UNSPEC};
	socklen_t size = sizeof(source);
	char byte;

	lab_udp_send(sender, address, LAB_UDP_PORT, 1, sizeof(uint32_t));
	if (poll(&waiting, 1, patience_ms) <= 0 ||
	    recvfrom(receiver, &byte, 1, 0, (struct sockaddr *)&source, &size) < 0)
		return false;
	inet_ntop(source.ss_family,
		  six ? (void *)&((struct sockaddr_in6 *)&source)->sin6_addr
		      : (void *)&((struct sockaddr_in *)&source)->sin_addr,
		  ret_sender, NETNS_IP_TEXT_MAX);
	return true;
}

bool lab_reaches_from(struct netns *from, struct netns *to, const char *address,
		      char ret_sender[NETNS_IP_TEXT_MAX])
{
	return reaches(from, to, address, ARRIVES_MS, ret_sender);
}

bool lab_reaches(struct netns *from, struct netns *to, const char *address)
{
	char sender[NETNS_IP_TEXT_MAX];

	return reaches(from, to, address, ARRIVES_MS, sender);
}

bool lab_is_cut_off(struct netns *from, struct netns *to, const char *address)
{
	char sender[NETNS_IP_TEXT_MAX];

	return !reaches(from, to, address, STAYS_AWAY_MS, sender);
}

/* ---- what links and bridges know -------------------------------------------------------- */

void lab_station(struct network_lab *lab, unsigned int n, const uint8_t mac[NETNS_MAC_LENGTH])
{
	const struct ndmsg body = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = LAB_PORT((int)n),
		.ndm_state = NUD_NOARP,
		.ndm_flags = NTF_MASTER,
	};
	struct message *message = batch_request(lab->batch, "add station", NULL, RTM_NEWNEIGH,
						NLM_F_CREATE | NLM_F_APPEND, body);

	message_put(message, NDA_LLADDR, mac, NETNS_MAC_LENGTH);
	batch_end(lab->batch);
}

unsigned int lab_offloads(struct netns *netns)
{
	static const struct {
		uint32_t command;
		unsigned int offload;
	} questions[] = {
		{ETHTOOL_GTXCSUM, NETNS_OFFLOAD_TX_CHECKSUM},
		{ETHTOOL_GTSO, NETNS_OFFLOAD_TSO},
		{ETHTOOL_GGSO, NETNS_OFFLOAD_GSO},
	};
	_cleanup_close_ int fd = lab_udp(netns, "", 0);
	unsigned int on = 0;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct ethtool_value value = {.cmd = questions[i].command};
		struct ifreq request = {.ifr_name = "eth0"};

		request.ifr_data = (void *)&value;
		assert_int_equal(ioctl(fd, SIOCETHTOOL, &request), 0);
		on |= value.data ? questions[i].offload : 0;
	}
	return on;
}
