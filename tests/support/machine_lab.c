/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/machine_lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/network_lab.h"
#include "tests/support/test.h"

#define YES_MS 3000 /* for what must come */
#define NO_MS  150  /* for what must not */

struct machine_lab machine_lab;

static void end_configure(struct netns *netns, const char *four, const char *six)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(netns);
	struct ncrun_error err = {0};
	int index = 0;

	assert_ok(netns_link_index(netns, "eth0", &index, &err));
	netns_link_change(batch, index, &(struct netns_link_change){.up = NETNS_ON});
	netns_address_add(batch, index, &(struct netns_address){.prefix = lab_prefix(four)});
	netns_address_add(batch, index, &(struct netns_address){.prefix = lab_prefix(six)});
	lab_send(batch);
}

/* As its owner has to, where the kernel cannot do it for one interface. */
static void forward_ipv6(void)
{
	const struct netns_sysctl all = {"net.ipv6.conf.all.forwarding", "1", false};
	_cleanup_free_ char *value = NULL;
	struct ncrun_error err = {0};

	if (netns_sysctl_get(machine_lab.machine, "net.ipv6.conf.all.force_forwarding", &value,
			     NULL) < 0)
		assert_ok(netns_sysctl_set(machine_lab.machine, &all, 1, &err));
}

int machine_lab_setup(void **state __attribute__((unused)))
{
	const struct netns_link far = {.name = "eth0"};
	struct netns_batch *batch;
	struct ncrun_error err = {0};

	if (geteuid() != 0) {
		printf("needs root\n");
		return -1;
	}
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_ok(netns_open_own(&machine_lab.machine, &err));
	assert_ok(netns_loopback_up(&err));
	assert_ok(netns_new(&machine_lab.outside, &err));
	assert_ok(netns_prepare(machine_lab.outside, NETNS_ROLE_NODE, &err));
	batch = lab_batch(machine_lab.machine);
	netns_link_create(batch, &(struct netns_link){.name = "eth0",
						      .peer = &far,
						      .peer_netns = machine_lab.outside});
	lab_send(batch);
	end_configure(machine_lab.machine, MACHINE_IP "/24", MACHINE_IP6 "/64");
	end_configure(machine_lab.outside, OUTSIDE_IP "/24", OUTSIDE_IP6 "/64");
	netns_route_add(batch, &(struct netns_route){.destination = lab_prefix("0.0.0.0/0"),
						     .hop.via = lab_ip(OUTSIDE_IP)});
	netns_route_add(batch, &(struct netns_route){.destination = lab_prefix("::/0"),
						     .hop.via = lab_ip(OUTSIDE_IP6)});
	lab_send(batch);
	netns_batch_free(batch);
	forward_ipv6();
	assert_ok(netns_wait_ready(machine_lab.machine, 10000, &err));
	return 0;
}

int machine_lab_teardown(void **state __attribute__((unused)))
{
	netns_free(machine_lab.machine);
	netns_free(machine_lab.outside);
	return 0;
}

int machine_up(const char *text, struct ncrun_network **ret, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	int r = ncrun_topology_parse(&(struct ncrun_topology_text){"test.yaml", text, strlen(text),
								   NCRUN_TOPOLOGY_YAML},
				     NULL, NULL, &topology, err);

	if (r < 0)
		return r;
	return ncrun_network_up(NULL, topology, NULL, ret, err);
}

void machine_down(const char *name)
{
	struct ncrun_error err = {0};

	assert_ok(ncrun_network_down(NULL, name, 0, &err));
}

struct ncrun_container *machine_alone(const char *network, const char *name)
{
	static const char *const argv[] = {"sleep", "60", NULL};
	struct ncrun_container_spec spec = NCRUN_CONTAINER_SPEC_INIT;
	struct ncrun_wiring wiring = {.size = sizeof(wiring), .uplink = true};
	struct ncrun_container *node = NULL;
	struct ncrun_error err = {0};

	spec.network = network;
	spec.name = name;
	spec.rootfs = "host";
	spec.argv = argv;
	spec.detach = true;
	assert_ok(ncrun_node_start(NULL, &spec, &wiring, &node, &err));
	return node;
}

void machine_alone_end(struct ncrun_container *node)
{
	struct ncrun_error err = {0};

	assert_ok(ncrun_container_remove(node, true, &err));
	ncrun_container_unref(node);
}

void machine_state_lose(const char *name, bool back)
{
	char there[4096], aside[4096];

	snprintf(there, sizeof(there), "%s/%s", getenv("NCRUN_STATE"), name);
	snprintf(aside, sizeof(aside), "%s-%s", getenv("NCRUN_STATE"), name);
	assert_int_equal(back ? rename(aside, there) : rename(there, aside), 0);
}

void machine_table_lose(void)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	_cleanup_(strings_freep) char **tables = NULL;
	struct ncrun_error err = {0};

	assert_ok(netns_filter_tables(machine_lab.machine, NETNS_FILTER_INET, "ncrun-", &tables,
				      &err));
	assert_non_null(tables);
	assert_null(tables[1]);
	assert_ok(netns_filter_new(machine_lab.machine, &filter, &err));
	netns_filter_table_delete(filter, NETNS_FILTER_INET, tables[0]);
	assert_ok(netns_filter_commit(filter, &err));
}

struct netns *machine_node(struct ncrun_network *network, const char *node)
{
	struct ncrun_error err = {0};
	struct netns *netns = NULL;

	assert_ok(network_netns(network, topology_node(network_topology(network), node), &netns,
				&err));
	return netns;
}

unsigned int machine_objects(void)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	_cleanup_(strings_freep) char **tables = NULL;
	static const char *const settings[] = {"net.ipv4.conf.eth0.forwarding",
					       "net.ipv6.conf.eth0.force_forwarding"};
	struct ncrun_error err = {0};
	unsigned int count;

	assert_ok(netns_filter_tables(machine_lab.machine, NETNS_FILTER_INET, "", &tables, &err));
	count = (unsigned int)strings_count((const char *const *)tables);
	assert_ok(netns_state_read(machine_lab.machine, NETNS_LOOK_LINKS, &state, &err));
	for (size_t i = 0; i < state->link_count; i++)
		count += text_starts_with(state->links[i].name, "nc-");
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *value = NULL;

		if (netns_sysctl_get(machine_lab.machine, settings[i], &value, NULL) == 0 &&
		    text_equal(value, "1"))
			count += 100;
	}
	return count;
}

void machine_lab_quiet(void)
{
	const struct netns_sysctl settings[] = {
		{"net.ipv4.conf.eth0.forwarding", "0", false},
		{"net.ipv6.conf.eth0.force_forwarding", "0", true},
	};
	struct ncrun_error err = {0};

	assert_ok(netns_sysctl_set(machine_lab.machine, settings, 2, &err));
}

/* ---- talking -------------------------------------------------------------------------------- */

static socklen_t to_sockaddr(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
	struct netns_ip ip = lab_ip(text);
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	*ret = (struct sockaddr_storage){.ss_family = (sa_family_t)ip.family};
	if (ip.family == AF_INET6) {
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, ip.bytes, sizeof(in6->sin6_addr));
		return sizeof(*in6);
	}
	in->sin_port = htons(port);
	memcpy(&in->sin_addr, ip.bytes, sizeof(in->sin_addr));
	return sizeof(*in);
}

static bool readable(int fd, short events, int timeout_ms)
{
	struct pollfd waiting = {.fd = fd, .events = events};

	return poll(&waiting, 1, timeout_ms) > 0;
}

/* A byte to and fro. */
static bool exchange(int client, int server, bool udp, int timeout_ms,
		     struct sockaddr_storage *ret_peer)
{
	socklen_t size = sizeof(*ret_peer);
	_cleanup_close_ int accepted = -1;
	char byte = 'q';

	if (!udp) {
		if (!readable(server, POLLIN, timeout_ms))
			return false;
		accepted = accept4(server, (struct sockaddr *)ret_peer, &size, SOCK_CLOEXEC);
		return accepted >= 0 && write(accepted, &byte, 1) == 1 &&
		       readable(client, POLLIN, timeout_ms) && read(client, &byte, 1) == 1;
	}
	return write(client, &byte, 1) == 1 && readable(server, POLLIN, timeout_ms) &&
	       recvfrom(server, &byte, 1, 0, (struct sockaddr *)ret_peer, &size) == 1 &&
	       sendto(server, &byte, 1, 0, (struct sockaddr *)ret_peer, size) == 1 &&
	       readable(client, POLLIN, timeout_ms) && read(client, &byte, 1) == 1;
}

static bool talks_within(const struct talk *talk, int timeout_ms, char *ret_peer)
{
	bool six = strchr(talk->to, ':');
	_cleanup_close_ int client = -1, server = -1;
	int kind = (talk->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK;
	struct sockaddr_storage own, there, peer = {.ss_family = AF_UNSPEC};
	socklen_t own_size = to_sockaddr(six ? "::" : "0.0.0.0", talk->at_port, &own);
	socklen_t size = to_sockaddr(talk->to, talk->port, &there);
	struct ncrun_error err = {0};
	const int on = 1;

	assert_ok(netns_socket(talk->at, own.ss_family, kind, 0, &server, &err));
	assert_ok(netns_socket(talk->from, own.ss_family, kind, 0, &client, &err));
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(server, (struct sockaddr *)&own, own_size), 0);
	if (!talk->udp)
		assert_int_equal(listen(server, 1), 0);
	(void)connect(client, (struct sockaddr *)&there, size);
	if (!exchange(client, server, talk->udp, timeout_ms, &peer))
		return false;
	if (ret_peer)
		inet_ntop(peer.ss_family,
			  six ? (void *)&((struct sockaddr_in6 *)&peer)->sin6_addr
			      : (void *)&((struct sockaddr_in *)&peer)->sin_addr,
			  ret_peer, NETNS_IP_TEXT_MAX);
	return true;
}

bool talks(const struct talk *talk, char *ret_peer)
{
	return talks_within(talk, ret_peer ? YES_MS : NO_MS, ret_peer);
}

bool talks_both(struct netns *from, const char *to, uint16_t port, struct netns *at,
		uint16_t at_port)
{
	struct talk talk = {.from = from, .at = at, .to = to, .port = port, .at_port = at_port};
	char peer[NETNS_IP_TEXT_MAX];

	if (!talks(&talk, peer))
		return false;
	talk.udp = true;
	return talks(&talk, peer);
}

void machine_uplink_ip(struct netns *node, int family, char ret[NETNS_IP_TEXT_MAX])
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	const struct netns_link_state *link;
	struct ncrun_error err = {0};

	assert_ok(netns_state_read(node, NETNS_LOOK_LINKS | NETNS_LOOK_ADDRESSES, &state, &err));
	link = netns_state_link(state, "uplink");
	assert_non_null(link);
	for (size_t i = 0; i < state->address_count; i++)
		if (state->addresses[i].index == link->index && !state->addresses[i].link_local &&
		    state->addresses[i].prefix.ip.family == family)
			netns_ip_print(&state->addresses[i].prefix.ip, ret);
}

/* The machine's end of a link. */
static void machine_mac(struct netns *from, const char *link, uint8_t ret[NETNS_MAC_LENGTH])
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	bool uplink = text_equal(link, "uplink");
	struct ncrun_error err = {0};

	assert_ok(netns_state_read(uplink ? from : machine_lab.machine, NETNS_LOOK_LINKS, &state,
				   &err));
	memcpy(ret, netns_state_link(state, link)->mac, NETNS_MAC_LENGTH);
	if (uplink)
		ret[NETNS_MAC_LENGTH - 1] = 0;
}

void send_frame(struct netns *from, const char *link, const char *source, const char *to,
		uint16_t port)
{
	struct {
		struct ethhdr ethernet;
		struct iphdr ip;
		struct udphdr udp;
		char byte;
	} __attribute__((packed)) frame = {
		.ethernet = {.h_proto = htons(ETH_P_IP)},
		.ip = {.version = 4, .ihl = 5, .ttl = 9, .protocol = IPPROTO_UDP},
		.udp = {.source = htons(999), .dest = htons(port), .len = htons(9)},
	};
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_halen = ETH_ALEN};
	_cleanup_close_ int fd = -1;
	struct ncrun_error err = {0};
	uint16_t words[sizeof(frame.ip) / 2];
	uint32_t sum = 0;

	assert_ok(netns_link_index(from, link, &address.sll_ifindex, &err));
	assert_ok(netns_socket(from, AF_PACKET, SOCK_RAW, 0, &fd, &err));
	machine_mac(from, link, frame.ethernet.h_dest);
	frame.ip.tot_len = htons(sizeof(frame) - sizeof(frame.ethernet));
	memcpy(&frame.ip.saddr, lab_ip(source).bytes, 4);
	memcpy(&frame.ip.daddr, lab_ip(to).bytes, 4);
	memcpy(words, &frame.ip, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	frame.ip.check = (uint16_t) ~((sum & 0xffff) + (sum >> 16));
	assert_int_equal(sendto(fd, &frame, sizeof(frame), 0, (struct sockaddr *)&address,
				sizeof(address)),
			 sizeof(frame));
}
