/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A switch is a bridge by its name; one of more ports than a bridge takes has others beside
 * it, "NAME~2", "NAME~3" ..., each joined to the first. Bridges are made shut: each new host
 * tells its neighbours of its groups, and what is told to all of a thousand by each of a
 * thousand would take longer than all the rest.
 */

#include "topology/switch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

/* The rest is for what joins the first to the others. */
#define PORTS_EACH  1000u
#define BRIDGES_MAX (NETNS_BRIDGE_PORTS - PORTS_EACH + 1)

#define BRIDGE_NAME_SIZE (NCRUN_NAME_MAX + 8)

static void bridge_name(const struct node *node, size_t nth, const char *suffix,
			char ret[BRIDGE_NAME_SIZE])
{
	if (nth == 0)
		snprintf(ret, BRIDGE_NAME_SIZE, "%s%s", node->name, suffix);
	else
		snprintf(ret, BRIDGE_NAME_SIZE, "%s~%zu%s", node->name, nth + 1, suffix);
}

static int bridge_note(struct member *member, int index, unsigned int ports, bool shut,
		       struct ncrun_error *err)
{
	if (array_grow((void **)&member->bridges, member->bridge_count,
		       sizeof(struct switch_bridge)) < 0)
		return error_set(err, ENOMEM, "make room for a switch");
	member->bridges[member->bridge_count++] = (struct switch_bridge){index, ports, shut};
	return 0;
}

static int bridge_create(struct ncrun_network *network, struct netns_batch *batch,
			 const struct node *node, struct member *member, struct ncrun_error *err)
{
	char name[BRIDGE_NAME_SIZE];
	int index = 0, r = netns_index_next(network->fabric, &index, err);

	if (r < 0)
		return r;
	bridge_name(node, member->bridge_count, "", name);
	netns_link_create(batch, &(struct netns_link){
					 .kind = NETNS_LINK_BRIDGE,
					 .name = name,
					 .index = index,
					 .mtu = node->mtu,
					 .bridge = node->bridge,
					 .down = true,
				 });
	return bridge_note(member, index, 0, true, err);
}

/* Everything passes, whatever VLAN it belongs to. */
static int bridge_join(struct ncrun_network *network, struct netns_batch *batch,
		       const struct node *node, struct member *member, struct ncrun_error *err)
{
	char near[BRIDGE_NAME_SIZE], far[BRIDGE_NAME_SIZE];
	size_t last = member->bridge_count - 1;
	struct netns_link peer = {.name = far, .master = member->bridges[last].index};
	struct netns_link link = {.name = near,
				  .master = member->bridges[0].index,
				  .mtu = node->mtu,
				  .peer = &peer};
	int r = netns_index_next(network->fabric, &link.index, err);

	if (r == 0)
		r = netns_index_next(network->fabric, &peer.index, err);
	if (r < 0)
		return r;
	peer.mtu = node->mtu;
	bridge_name(node, last, "<", near);
	bridge_name(node, last, ">", far);
	netns_link_create(batch, &link);
	if (node->bridge.vlan_filtering) {
		const struct netns_port_vlan all = {.first = 2, .last = 4094};

		netns_port_vlan_add(batch, link.index, &all);
		netns_port_vlan_add(batch, peer.index, &all);
	}
	return 0;
}

/* What is there already, from the kernel. */
static int bridges_find(struct ncrun_network *network, const struct node *node,
			struct member *member, struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	int r = fabric_open(network, err);

	if (r == 0)
		r = netns_state_read(network->fabric, NETNS_LOOK_LINKS, &state, err);
	for (size_t nth = 0; r == 0 && nth < BRIDGES_MAX; nth++) {
		const struct netns_link_state *bridge;
		char name[BRIDGE_NAME_SIZE];
		unsigned int ports = 0;

		bridge_name(node, nth, "", name);
		bridge = netns_state_link(state, name);
		if (!bridge)
			break;
		for (size_t i = 0; i < state->link_count; i++)
			ports += state->links[i].master == bridge->index;
		if (nth == 0) /* those that join it to the others are not counted */
			for (size_t i = 1; i < BRIDGES_MAX; i++) {
				bridge_name(node, i, "<", name);
				ports -= netns_state_link(state, name) ? 1 : 0;
			}
		r = bridge_note(member, bridge->index, ports, false, err);
	}
	if (r == 0 && member->bridge_count == 0)
		r = error_set(err, ENODEV, "switch '%s' is not there", node->name);
	return r;
}

int switch_member(struct ncrun_network *network, const struct node *node, struct member **ret,
		  struct ncrun_error *err)
{
	int r = network_member(network, node->name, ret, err);

	if (r == 0 && (*ret)->bridge_count == 0)
		r = bridges_find(network, node, *ret, err);
	return r;
}

int switch_create(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		  struct ncrun_error *err)
{
	struct member *member = NULL;
	int r;

	network_member_forget(network, node->name);
	r = network_member(network, node->name, &member, err);
	return r < 0 ? r : bridge_create(network, batch, node, member, err);
}

void switches_open(struct ncrun_network *network, struct netns_batch *batch)
{
	for (size_t i = 0; i < network->member_size; i++) {
		struct member *member = network->members[i];

		for (size_t n = 0; member && n < member->bridge_count; n++) {
			if (!member->bridges[n].shut)
				continue;
			member->bridges[n].shut = false;
			netns_link_change(batch, member->bridges[n].index,
					  &(struct netns_link_change){.up = NETNS_ON});
		}
	}
}

int switch_change(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		  struct ncrun_error *err)
{
	struct member *member = NULL;
	int r = switch_member(network, node, &member, err);

	for (size_t i = 0; r == 0 && i < member->bridge_count; i++) {
		int index = member->bridges[i].index;

		netns_bridge_change(batch, index, &node->bridge);
		if (node->mtu)
			netns_link_change(batch, index,
					  &(struct netns_link_change){.mtu = node->mtu});
	}
	return r;
}

/* With the bridges goes what joins them, but only with its other end. */
int switch_delete(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		  struct ncrun_error *err)
{
	struct member *member = NULL;
	int r = switch_member(network, node, &member, err);

	if (r == -ENODEV || r == -ENOTCONN)
		return 0;
	for (size_t i = r == 0 ? member->bridge_count : 0; i-- > 0;) {
		char name[BRIDGE_NAME_SIZE];

		if (i > 0) {
			bridge_name(node, i, "<", name);
			netns_link_delete_name(batch, name);
			netns_batch_tolerate(batch, ENODEV);
		}
		netns_link_delete(batch, member->bridges[i].index);
		netns_batch_tolerate(batch, ENODEV);
	}
	network_member_forget(network, node->name);
	return r;
}

int switch_port(struct ncrun_network *network, struct netns_batch *batch, const struct node *node,
		int *ret_bridge, struct ncrun_error *err)
{
	struct member *member = NULL;
	size_t i = 0;
	int r = switch_member(network, node, &member, err);

	if (r < 0)
		return r;
	while (i < member->bridge_count && member->bridges[i].ports >= PORTS_EACH)
		i++;
	if (i == BRIDGES_MAX)
		return error_set(err, ENOSPC, "switch '%s': more than %u ports", node->name,
				 BRIDGES_MAX * PORTS_EACH);
	if (i == member->bridge_count) {
		r = bridge_create(network, batch, node, member, err);
		if (r == 0)
			r = bridge_join(network, batch, node, member, err);
		if (r < 0)
			return r;
	}
	member->bridges[i].ports++;
	*ret_bridge = member->bridges[i].index;
	return 0;
}
