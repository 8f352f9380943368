/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as what the kernel answers. The first tells which question they answer; the rest is
 * cut into messages as their lengths say, each of which arrives by itself.
 */

#include <assert.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "netns/answer.h"
#include "netns/namespace.h"
#include "netns/queue.h"

#define QUESTIONS    4 /* that one call may ask; their answers have that number */
#define MESSAGES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_state(struct netns *netns)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;

	if (netns_state_read(netns, NETNS_LOOK_LINKS | NETNS_LOOK_ADDRESSES | NETNS_LOOK_ROUTES,
			     &state, NULL) < 0)
		return;
	for (size_t i = 0; i < state->link_count; i++) {
		const struct netns_link_state *link = &state->links[i];

		assert(memchr(link->name, '\0', sizeof(link->name)));
		assert(memchr(link->altname, '\0', sizeof(link->altname)));
		assert(memchr(link->kind, '\0', sizeof(link->kind)));
	}
	for (size_t i = 0; i < state->address_count; i++)
		assert(netns_ip_size(&state->addresses[i].prefix.ip) > 0);
}

static void ask_links(struct netns *netns)
{
	int index = 0;

	netns_link_index(netns, "eth0", &index, NULL);
	netns_wait_ready(netns, 0, NULL);
}

static void ask_queues(struct netns *netns)
{
	struct queues queues = {.netem = false};

	queues_read(netns, 2, &queues, NULL);
}

static void ask_neighbours(struct netns *netns)
{
	_cleanup_free_ struct netns_neighbour *neighbours = NULL;
	size_t count = 0;

	netns_neighbours_read(netns, &neighbours, &count, NULL);
	for (size_t i = 0; i < count; i++)
		assert(netns_ip_size(&neighbours[i].ip) > 0);
}

static void ask_rules(struct netns *netns)
{
	_cleanup_free_ struct netns_filter_state *rules = NULL;
	_cleanup_(strings_freep) char **tables = NULL;
	size_t count = 0;

	netns_filter_list(netns, NETNS_FILTER_INET, "t", &rules, &count, NULL);
	for (size_t i = 0; i < count; i++)
		assert(memchr(rules[i].chain, '\0', sizeof(rules[i].chain)) &&
		       memchr(rules[i].comment, '\0', sizeof(rules[i].comment)));
	netns_filter_tables(netns, NETNS_FILTER_INET, "ncrun", &tables, NULL);
}

static void ask_offload(struct netns *netns)
{
	netns_offload_set(netns, 2, NETNS_OFFLOAD_GSO, 0, NULL);
}

static void (*const questions[])(struct netns *netns) = {
	ask_state, ask_links, ask_queues, ask_neighbours, ask_rules, ask_offload,
};

/** Cut as nlmsg_len says, or at the end. */
static void answers_send(int fd, const uint8_t *data, size_t size)
{
	for (int i = 0; i < MESSAGES_MAX && size >= sizeof(struct nlmsghdr); i++) {
		_Alignas(struct nlmsghdr) char message[4096];
		struct nlmsghdr *header = (struct nlmsghdr *)message;
		size_t length;

		memcpy(message, data, sizeof(*header));
		length = header->nlmsg_len < sizeof(*header) ? sizeof(*header) : header->nlmsg_len;
		length = length < size ? length : size;
		length = length < sizeof(message) ? length : sizeof(message);
		memcpy(message, data, length);
		header->nlmsg_seq = 1 + header->nlmsg_seq % QUESTIONS;
		if (send(fd, message, length, MSG_DONTWAIT) < 0)
			return;
		data += length;
		size -= length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netns netns = {.fd = -1};
	int pair[2];

	if (size < 1 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return 0;
	answers_send(pair[1], data + 1, size - 1);
	netns.route = netns.netfilter = netns.generic = pair[0];
	questions[data[0] % (sizeof(questions) / sizeof(questions[0]))](&netns);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
