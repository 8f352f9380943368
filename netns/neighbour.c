/* SPDX-License-Identifier: Apache-2.0 */

/* Neighbours of IP: which MAC address an address has on a link. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/number.h"
#include "netns/answer.h"
#include "netns/batch.h"
#include "netns/route.h"

static void neighbour_request(struct netns_batch *batch, const char *verb, int type, int index,
			      const struct netns_ip *ip, const uint8_t *mac)
{
	const struct ndmsg body = {
		.ndm_family = (uint8_t)ip->family,
		.ndm_ifindex = index,
		.ndm_state = NUD_PERMANENT,
	};
	char text[NETNS_IP_TEXT_MAX];
	struct message *message =
		batch_request(batch, verb, netns_ip_print(ip, text), type,
			      type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0, body);

	message_put(message, NDA_DST, ip->bytes, netns_ip_size(ip));
	if (mac)
		message_put(message, NDA_LLADDR, mac, NETNS_MAC_LENGTH);
	batch_end(batch);
}

void netns_neighbour_add(struct netns_batch *batch, int index, const struct netns_ip *ip,
			 const uint8_t mac[NETNS_MAC_LENGTH])
{
	neighbour_request(batch, "add neighbour", RTM_NEWNEIGH, index, ip, mac);
}

void netns_neighbour_delete(struct netns_batch *batch, int index, const struct netns_ip *ip)
{
	neighbour_request(batch, "delete neighbour", RTM_DELNEIGH, index, ip, NULL);
}

/* ---- who is known ---------------------------------------------------------------------------- */

/** struct neighbours - being read */
struct neighbours {
	struct netns_neighbour *items; /* owned */
	size_t count;
};

static void neighbours_done(struct neighbours *neighbours)
{
	free(neighbours->items);
}

static int neighbour_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct nlattr *attributes[NDA_MAX + 1];
	struct neighbours *neighbours = data;
	struct netns_neighbour *neighbour;
	struct netns_ip ip = {0};
	struct ndmsg body;

	if (header->nlmsg_type != RTM_NEWNEIGH || !nlmsg_valid_hdr(header, sizeof(body)) ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(body), attributes, NDA_MAX, NULL) != 0)
		return 0;
	memcpy(&body, nlmsg_data(header), sizeof(body));
	ip.family = body.ndm_family;
	if (netns_ip_size(&ip) == 0 || !attributes[NDA_DST] ||
	    (size_t)nla_len(attributes[NDA_DST]) < netns_ip_size(&ip))
		return 0;
	memcpy(ip.bytes, nla_data(attributes[NDA_DST]), netns_ip_size(&ip));
	neighbour = array_add((void **)&neighbours->items, &neighbours->count, sizeof(*neighbour));
	if (!neighbour)
		return error_set(err, ENOMEM, "read neighbours: out of memory");
	*neighbour = (struct netns_neighbour){
		.index = body.ndm_ifindex,
		.ip = ip,
		.pending = body.ndm_state & NUD_INCOMPLETE,
		.permanent = body.ndm_state & (NUD_PERMANENT | NUD_NOARP),
	};
	return 0;
}

int netns_neighbours_read(struct netns *netns, struct netns_neighbour **ret, size_t *ret_count,
			  struct ncrun_error *err)
{
	_cleanup_(neighbours_done) struct neighbours neighbours = {.items = NULL};
	const struct ndmsg body = {.ndm_family = AF_UNSPEC};
	struct message message = {.nl = NULL};
	unsigned int tries = 0;
	int r;

	do {
		neighbours.count = 0;
		message_begin(&message, RTM_GETNEIGH, NLM_F_DUMP, &body, sizeof(body));
		r = answer_dump(netns, NETLINK_ROUTE, &message, neighbour_each, &neighbours, err);
		message_done(&message);
	} while (answer_again(r, &tries));
	if (r < 0)
		return r;
	*ret = take_ptr(neighbours.items);
	*ret_count = neighbours.count;
	return 0;
}

uint64_t netns_neighbours_most(struct netns *netns, int family)
{
	const char *name = family == AF_INET6 ? "net/ipv6/neigh/default/gc_thresh3"
					      : "net/ipv4/neigh/default/gc_thresh3";
	_cleanup_free_ char *text = NULL;
	uint64_t most = 0;

	if (netns_sysctl_get(netns, name, &text, NULL) < 0 ||
	    number_parse_u64(name, text, 0, UINT64_MAX, &most, NULL) < 0)
		return 0;
	return most;
}
