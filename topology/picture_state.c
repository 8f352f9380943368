/* SPDX-License-Identifier: Apache-2.0 */

/* The state of a running network, in its picture. */

#include <errno.h>
#include <stdlib.h>

#include "base/error.h"
#include "topology/network.h"
#include "topology/picture.h"
#include "topology/running.h"

static const char *state_text(const struct ncrun_container_info *info)
{
	switch (info->state) {
	case NCRUN_CONTAINER_STARTING:
		return "starting";
	case NCRUN_CONTAINER_RUNNING:
		return info->paused ? "paused" : "running";
	case NCRUN_CONTAINER_EXITED:
		return "exited";
	case NCRUN_CONTAINER_BROKEN:
		break;
	}
	return "broken";
}

/** What cannot be opened is not there. */
static void node_look(struct ncrun_network *network, struct picture_node *drawn)
{
	const struct ncrun_container_info *info;
	struct member *member = NULL;

	drawn->state = "missing";
	if (network_member_open(network, drawn->node->name, &member, NULL) == 0 &&
	    ncrun_container_info(member->container, &info, NULL) == 0)
		drawn->state = state_text(info);
}

/** The links in a node's namespace; *@ret is NULL when it does not run. */
static int links_look(struct ncrun_network *network, const struct node *node,
		      struct netns_state **ret, struct ncrun_error *err)
{
	struct netns *netns = NULL;
	int r = network_netns(network, node, &netns, err);

	if (r == -ENOTCONN || r == -ENOENT)
		return 0;
	if (r == 0)
		r = netns_state_read(netns, NETNS_LOOK_LINKS, ret, err);
	if (!node_is_switch(node)) /* or a large network has more open than there may be */
		network_member_forget(network, node->name);
	return r < 0 ? error_wrap(err, r, "node '%s'", node->name) : 0;
}

/** struct looks - by number of the node; of the first switch for all, which share a namespace */
struct looks {
	struct netns_state **of_node; /* owned */
	struct netns_state *fabric;   /* borrowed of the first switch */
	size_t count;
};

static void looks_done(struct looks *looks)
{
	for (size_t i = 0; looks->of_node && i < looks->count; i++)
		netns_state_free(looks->of_node[i]);
	free(looks->of_node);
}

static void end_look(const struct looks *looks, const struct picture *picture,
		     struct picture_end *end)
{
	const struct netns_state *state = node_is_switch(picture->nodes[end->node].node)
						  ? looks->fabric
						  : looks->of_node[end->node];
	const struct netns_link_state *link =
		state ? netns_state_link(state, end->interface->name) : NULL;

	end->down = !link || !link->up;
	end->no_carrier = !link || !link->carrier;
}

int picture_look(struct picture *picture, struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_(looks_done) struct looks looks = {
		.of_node = calloc(picture->node_count + 1, sizeof(*looks.of_node)),
		.count = picture->node_count,
	};
	int r = 0;

	if (!looks.of_node)
		return error_set(err, ENOMEM, "no memory for a picture");
	for (size_t i = 0; r == 0 && i < picture->node_count; i++) {
		const struct node *node = picture->nodes[i].node;

		if (node_is_switch(node) && looks.fabric)
			continue;
		if (!node_is_switch(node))
			node_look(network, &picture->nodes[i]);
		r = links_look(network, node, &looks.of_node[i], err);
		if (node_is_switch(node))
			looks.fabric = looks.of_node[i];
	}
	for (size_t i = 0; r == 0 && i < picture->link_count; i++)
		for (int end = 0; end < picture->links[i].end_count; end++)
			end_look(&looks, picture, &picture->links[i].ends[end]);
	return r;
}
