/* SPDX-License-Identifier: Apache-2.0 */

/* Who is where on a link: neighbours of IP, stations of bridges and vxlans. */

#include <arpa/inet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "netns/batch.h"
#include "netns/link.h"
#include "netns/route.h"

static void neighbour_request(struct netns_batch *batch, const char *verb, int type, int index,
			      const struct netns_ip *ip, const uint8_t *mac)
{
	const struct ndmsg body = {
		.ndm_family = (uint8_t)ip->family,
		.ndm_ifindex = index,
		.ndm_state = NUD_PERMANENT,
		.ndm_flags = mac || type == RTM_DELNEIGH ? 0 : NTF_PROXY,
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

void netns_neighbour_add_proxy(struct netns_batch *batch, int index, const struct netns_ip *ip)
{
	neighbour_request(batch, "answer for neighbour", RTM_NEWNEIGH, index, ip, NULL);
}

void netns_neighbour_delete(struct netns_batch *batch, int index, const struct netns_ip *ip)
{
	neighbour_request(batch, "delete neighbour", RTM_DELNEIGH, index, ip, NULL);
}

static void station_request(struct netns_batch *batch, const char *verb, int type, int index,
			    const uint8_t mac[NETNS_MAC_LENGTH], const struct netns_ip *remote)
{
	/* A bridge keeps its port's table in its master, a vxlan its own. */
	const struct ndmsg body = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = index,
		.ndm_state = NUD_PERMANENT | (remote ? 0 : NUD_NOARP),
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
