/* SPDX-License-Identifier: Apache-2.0 */

/* Stations: behind which port a bridge, or a vxlan, finds a MAC address. */

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
#include "netns/answer.h"
#include "netns/batch.h"
#include "netns/link.h"
#include "netns/state.h"

/* of struct nda_cacheinfo, whatever the kernel's own clock is */
#define TICK_MS 10

static void station_request(struct netns_batch *batch, const char *verb, int type, int index,
			    const uint8_t mac[NETNS_MAC_LENGTH], const struct netns_ip *remote)
{
	/* A bridge keeps its port's table in its master, a vxlan its own. What is permanent
	 * there belongs to the port itself. */
	const struct ndmsg body = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = index,
		.ndm_state = remote ? NUD_PERMANENT : NUD_NOARP,
		.ndm_flags = remote ? NTF_SELF : NTF_MASTER,
	};
	char text[NETNS_MAC_TEXT_MAX];
	struct message *message =
		batch_request(batch, verb, netns_mac_print(mac, text), type,
			      type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_APPEND : 0, body);

	message_put(message, NDA_LLADDR, mac, NETNS_MAC_LENGTH);
	if (remote)
		message_put(message, NDA_DST, remote->bytes, netns_ip_size(remote));
	batch_end(batch);
}

void netns_station_add(struct netns_batch *batch, int index, const uint8_t mac[NETNS_MAC_LENGTH],
		       const struct netns_ip *remote)
{
	station_request(batch, "add station", RTM_NEWNEIGH, index, mac, remote);
}

void netns_station_delete(struct netns_batch *batch, int index, const uint8_t mac[NETNS_MAC_LENGTH],
			  const struct netns_ip *remote)
{
	station_request(batch, "delete station", RTM_DELNEIGH, index, mac, remote);
}

/* ---- who was seen ---------------------------------------------------------------------------- */

/** struct stations - being read */
struct stations {
	int bridge;
	struct netns_station *items; /* owned */
	size_t count;
};

static void stations_done(struct stations *stations)
{
	free(stations->items);
}

static int station_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct nlattr *attributes[NDA_MAX + 1];
	struct stations *stations = data;
	struct nda_cacheinfo ages = {.ndm_updated = 0};
	struct netns_station *station;
	struct ndmsg body;

	if (header->nlmsg_type != RTM_NEWNEIGH || !nlmsg_valid_hdr(header, sizeof(body)) ||
	    nlmsg_parse((struct nlmsghdr *)header, sizeof(body), attributes, NDA_MAX, NULL) != 0)
		return 0;
	memcpy(&body, nlmsg_data(header), sizeof(body));
	/* permanent are the ports' own; what has no master is a filter of a device */
	if (body.ndm_state & NUD_PERMANENT || !attributes[NDA_MASTER] || !attributes[NDA_LLADDR] ||
	    nla_get_u32(attributes[NDA_MASTER]) != (uint32_t)stations->bridge ||
	    nla_len(attributes[NDA_LLADDR]) != NETNS_MAC_LENGTH)
		return 0;
	station = array_add((void **)&stations->items, &stations->count, sizeof(*station));
	if (!station)
		return error_set(err, ENOMEM, "read stations: out of memory");
	if (attributes[NDA_CACHEINFO])
		nla_memcpy(&ages, attributes[NDA_CACHEINFO], sizeof(ages));
	*station = (struct netns_station){
		.index = body.ndm_ifindex,
		.vlan = attributes[NDA_VLAN] ? nla_get_u16(attributes[NDA_VLAN]) : 0,
		.idle_ms = (uint64_t)ages.ndm_updated * TICK_MS,
		.told = body.ndm_state & NUD_NOARP,
	};
	memcpy(station->mac, nla_data(attributes[NDA_LLADDR]), NETNS_MAC_LENGTH);
	return 0;
}

int netns_stations_read(struct netns *netns, int bridge, struct netns_station **ret,
			size_t *ret_count, struct ncrun_error *err)
{
	_cleanup_(stations_done) struct stations stations = {.bridge = bridge};
	const struct ndmsg body = {.ndm_family = AF_BRIDGE};
	struct message message = {.nl = NULL};
	unsigned int tries = 0;
	int r;

	do {
		stations.count = 0;
		message_begin(&message, RTM_GETNEIGH, NLM_F_DUMP, &body, sizeof(body));
		message_u32(&message, NDA_MASTER, (uint32_t)bridge);
		r = answer_dump(netns, NETLINK_ROUTE, &message, station_each, &stations, err);
		message_done(&message);
	} while (answer_again(r, &tries));
	if (r < 0)
		return error_wrap(err, r, "stations of bridge %d", bridge);
	*ret = take_ptr(stations.items);
	*ret_count = stations.count;
	return 0;
}
