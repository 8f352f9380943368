/* SPDX-License-Identifier: Apache-2.0 */

/* VLANs of the ports of a bridge that filters them. */

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>

#include "netns/batch.h"
#include "netns/link.h"

static void range_put(struct message *message, const struct netns_port_vlan *vlan, uint16_t last)
{
	struct bridge_vlan_info info = {.vid = vlan->first};

	if (vlan->untagged)
		info.flags |= BRIDGE_VLAN_INFO_UNTAGGED;
	if (vlan->native)
		info.flags |= BRIDGE_VLAN_INFO_PVID;
	if (last > vlan->first) {
		info.flags |= BRIDGE_VLAN_INFO_RANGE_BEGIN;
		message_put(message, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
		info.flags &= (uint16_t)~BRIDGE_VLAN_INFO_RANGE_BEGIN;
		info.flags |= BRIDGE_VLAN_INFO_RANGE_END;
		info.vid = last;
	}
	message_put(message, IFLA_BRIDGE_VLAN_INFO, &info, sizeof(info));
}

static void vlan_request(struct netns_batch *batch, int type, int index,
			 const struct netns_port_vlan *vlan)
{
	const struct ifinfomsg body = {.ifi_family = AF_BRIDGE, .ifi_index = index};
	uint16_t last = vlan->last ? vlan->last : vlan->first;
	bool add = type == RTM_SETLINK;
	struct message *message;
	struct nlattr *spec;
	char text[16];

	if (vlan->first < 1 || last < vlan->first || last > 4094) {
		batch_refuse(batch, EINVAL, "VLAN %u to %u of a port: not in 1 to 4094",
			     vlan->first, last);
		return;
	}
	if (vlan->native && last != vlan->first) {
		batch_refuse(batch, EINVAL, "VLAN %u to %u of a port: only one can be native",
			     vlan->first, last);
		return;
	}
	snprintf(text, sizeof(text), "%u", vlan->first);
	message = batch_request(batch, add ? "add VLAN to port" : "delete VLAN from port", text,
				type, 0, body);
	spec = message_nest(message, IFLA_AF_SPEC);
	if (vlan->self)
		message_u16(message, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
	range_put(message, vlan, last);
	message_end(message, spec);
	batch_end(batch);
	batch_needs(batch, "VLAN filtering of bridges (CONFIG_BRIDGE_VLAN_FILTERING)");
}

void netns_port_vlan_add(struct netns_batch *batch, int index, const struct netns_port_vlan *vlan)
{
	vlan_request(batch, RTM_SETLINK, index, vlan);
}

void netns_port_vlan_delete(struct netns_batch *batch, int index,
			    const struct netns_port_vlan *vlan)
{
	vlan_request(batch, RTM_DELLINK, index, vlan);
}
