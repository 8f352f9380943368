/* SPDX-License-Identifier: Apache-2.0 */

/* Stations: behind which port a bridge finds a MAC address. */

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
#include "netns/state.h"

/* of struct nda_cacheinfo, whatever the kernel's own clock is */
#define TICK_MS 10

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
