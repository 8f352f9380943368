/* SPDX-License-Identifier: Apache-2.0 */

/* Links of a running network, as the kernel has them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/process.h"
#include "topology/target.h"

/** struct looks - what was seen in the namespaces of nodes; switches share one */
struct looks {
	struct ncrun_network *network;
	struct netns_state **of_node; /* owned; by number of the node */
	struct netns_state *fabric;   /* owned */
	size_t node_count;
};

static void looks_done(struct looks *looks)
{
	for (size_t i = 0; looks->of_node && i < looks->node_count; i++)
		netns_state_free(looks->of_node[i]);
	free(looks->of_node);
	netns_state_free(looks->fabric);
}

static int looks_begin(struct looks *looks, struct ncrun_network *network, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = network_topology(network);

	looks->network = network;
	looks->node_count = topology->node_count;
	looks->of_node = calloc(topology->node_count + 1, sizeof(*looks->of_node));
	if (!looks->of_node)
		return error_set(err, ENOMEM, "list links: out of memory");
	for (size_t i = 0; i < topology->node_count; i++)
		topology->nodes[i]->mark = (uint32_t)i;
	return 0;
}

/** What is in the namespace of a node; *@ret_netns, and NULL, if it does not run. */
static int node_look(struct looks *looks, const struct node *node, struct netns **ret_netns,
		     const struct netns_state **ret, struct ncrun_error *err)
{
	struct netns_state **slot =
		node_is_switch(node) ? &looks->fabric : &looks->of_node[node->mark];
	int r = network_netns(looks->network, node, ret_netns, err);

	if (r == 0 && !*slot)
		r = netns_state_read(*ret_netns, NETNS_LOOK_LINKS | NETNS_LOOK_ADDRESSES, slot,
				     err);
	if (r < 0)
		return r;
	*ret = *slot;
	return 0;
}

/* ---- one end ---------------------------------------------------------------------------- */

static int no_memory(struct ncrun_error *err)
{
	return error_set(err, ENOMEM, "list links: out of memory");
}

static void end_done(struct ncrun_link_end *end)
{
	free((char *)end->node);
	free((char *)end->interface);
	free((char *)end->mac);
	free((char *)end->impairment);
	strings_free((char **)end->addresses);
}

static int end_addresses(const struct netns_state *state, int index, struct ncrun_link_end *end,
			 struct ncrun_error *err)
{
	char **addresses = calloc(1, sizeof(*addresses));

	for (size_t i = 0; addresses && i < state->address_count; i++) {
		char text[NETNS_PREFIX_TEXT_MAX];

		if (state->addresses[i].index != index || state->addresses[i].link_local)
			continue;
		netns_prefix_print(&state->addresses[i].prefix, text);
		if (strings_append(&addresses, text) < 0)
			addresses = strings_free(addresses);
	}
	end->addresses = (const char *const *)addresses;
	return addresses ? 0 : no_memory(err);
}

static const char *port_state_name(enum netns_port_state state)
{
	static const char *const names[] = {
		[NETNS_PORT_NONE] = "",
		[NETNS_PORT_DISABLED] = "disabled",
		[NETNS_PORT_LISTENING] = "listening",
		[NETNS_PORT_LEARNING] = "learning",
		[NETNS_PORT_FORWARDING] = "forwarding",
		[NETNS_PORT_BLOCKING] = "blocking",
	};

	return names[state];
}

static int end_fill(const struct interface *interface, const struct netns_link_state *link,
		    const struct netns_state *state, struct ncrun_link_end *end,
		    struct ncrun_error *err)
{
	const struct netns_counters *counters = link ? &link->counters : NULL;
	char mac[NETNS_MAC_TEXT_MAX] = "";

	end->node = strdup(interface->node->name);
	end->interface = strdup(interface->name);
	end->mac = strdup(link ? netns_mac_print(link->mac, mac) : "");
	end->impairment = strdup("");
	end->port_state = port_state_name(link ? link->port : NETNS_PORT_NONE);
	if (!end->node || !end->interface || !end->mac || !end->impairment)
		return no_memory(err);
	if (!link) {
		end->addresses = calloc(1, sizeof(char *));
		return end->addresses ? 0 : no_memory(err);
	}
	end->mtu = link->mtu;
	end->up = link->up;
	end->carrier = link->carrier;
	end->rx_bytes = counters->rx_bytes;
	end->rx_packets = counters->rx_packets;
	end->rx_errors = counters->rx_errors;
	end->rx_drops = counters->rx_dropped;
	end->tx_bytes = counters->tx_bytes;
	end->tx_packets = counters->tx_packets;
	end->tx_errors = counters->tx_errors;
	end->tx_drops = counters->tx_dropped;
	return end_addresses(state, link->index, end, err);
}

/* ---- one link --------------------------------------------------------------------------- */

/** What becomes of packets on their way from one end to the other. */
static int direction_fill(const struct netns_end places[2], int from, struct ncrun_link_end *end,
			  struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};
	struct netns_impair_state state;
	int r = netns_impair_get(&places[from], &places[!from], &state, err);

	if (r < 0)
		return r;
	end->impair_lost = state.lost;
	end->impair_duplicated = state.duplicated;
	end->impair_corrupted = state.corrupted;
	end->impair_queue_dropped = state.queue_dropped;
	if (impairment_print(&state.impairment, &text) < 0)
		return no_memory(err);
	if (text.length == 0)
		return 0;
	free((char *)end->impairment);
	end->impairment = text_take(&text);
	return 0;
}

static int link_fill(struct looks *looks, const struct link *link, struct ncrun_link *ret,
		     struct ncrun_error *err)
{
	struct netns_end places[2] = {{.netns = NULL}};
	int r = 0;

	for (int i = 0; i < 2 && r == 0 && link->ends[i].node; i++) {
		const struct interface *interface = &link->ends[i];
		const struct netns_link_state *there = NULL;
		const struct netns_state *state = NULL;

		r = node_look(looks, interface->node, &places[i].netns, &state, err);
		if (r == 0)
			there = netns_state_link(state, interface->name);
		if (r < 0 && r != -ENOTCONN)
			return r;
		places[i].index = there ? there->index : 0;
		r = end_fill(interface, there, state, &ret->ends[i], err);
	}
	for (int i = 0; i < 2 && r == 0 && places[0].index && places[1].index; i++)
		r = direction_fill(places, i, &ret->ends[i], err);
	return r < 0 ? error_wrap(err, r, "link of '%s'", link->ends[0].node->name) : 0;
}

/* ---- the list --------------------------------------------------------------------------- */

/** Is it of those that are asked for? */
static bool link_is_meant(const struct link *link, const struct node *node,
			  const struct interface *interface)
{
	if (interface)
		return link == interface->link;
	return !node || link->ends[0].node == node || link->ends[1].node == node;
}

static int name_find(struct ncrun_network *network, const char *name, const struct node **ret_node,
		     const struct interface **ret_interface, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = network_topology(network);
	struct interface *interface = NULL;
	int r = 0;

	if (name && !strchr(name, ':'))
		*ret_node = topology_node(topology, name);
	if (!name || *ret_node)
		return 0;
	r = target_interface(network, topology, name, &interface, err);
	*ret_interface = interface;
	return r;
}

NCRUN_API int ncrun_link_list(struct ncrun_network *network, const char *name,
			      struct ncrun_link **ret, size_t *ret_count, struct ncrun_error *err)
{
	const struct ncrun_topology *topology = network_topology(network);
	_cleanup_(looks_done) struct looks looks = {.network = NULL};
	const struct interface *interface = NULL;
	const struct node *node = NULL;
	struct ncrun_link *links;
	struct descriptor_limit limit;
	size_t count = 0;
	int r = name_find(network, name, &node, &interface, err);

	if (r == 0)
		r = looks_begin(&looks, network, err);
	if (r < 0)
		return r;
	links = calloc(topology->link_count + 1, sizeof(*links));
	if (!links)
		return no_memory(err);
	descriptor_limit_raise(&limit); /* each node is some */
	for (size_t i = 0; r == 0 && i < topology->link_count; i++)
		if (link_is_meant(topology->links[i], node, interface))
			r = link_fill(&looks, topology->links[i], &links[count++], err);
	descriptor_limit_restore(&limit);
	if (r < 0) {
		ncrun_link_list_free(links, count);
		return r;
	}
	*ret = links;
	*ret_count = count;
	return 0;
}

NCRUN_API void ncrun_link_list_free(struct ncrun_link *links, size_t count)
{
	for (size_t i = 0; links && i < count; i++) {
		end_done(&links[i].ends[0]);
		end_done(&links[i].ends[1]);
	}
	free(links);
}
