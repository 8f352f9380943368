/* SPDX-License-Identifier: Apache-2.0 */

/* Whom the switches of a running network know. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "topology/switch.h"

/** struct directory - the interfaces of a network by their MAC address */
struct directory {
	const struct interface **items; /* owned list of borrowed */
	size_t count;
};

static void directory_done(struct directory *directory)
{
	free(directory->items);
}

static int mac_order(const void *a, const void *b)
{
	const struct interface *const *first = a, *const *second = b;

	return memcmp((*first)->mac, (*second)->mac, NETNS_MAC_LENGTH);
}

static int directory_fill(const struct ncrun_topology *topology, struct directory *ret,
			  struct ncrun_error *err)
{
	ret->items = calloc(2 * topology->link_count + 1, sizeof(const struct interface *));
	if (!ret->items)
		return error_errno(err, "make room for MAC addresses");
	for (size_t i = 0; i < topology->link_count; i++)
		for (int end = 0; end < 2; end++) {
			const struct interface *interface = &topology->links[i]->ends[end];

			if (interface->node && interface->mac_set)
				ret->items[ret->count++] = interface;
		}
	qsort(ret->items, ret->count, sizeof(const struct interface *), mac_order);
	return 0;
}

static const struct interface *directory_find(const struct directory *directory,
					      const uint8_t mac[NETNS_MAC_LENGTH])
{
	struct interface key = {.node = NULL};
	const struct interface *sought = &key, *const * found;

	memcpy(key.mac, mac, NETNS_MAC_LENGTH);
	found = bsearch(&sought, directory->items, directory->count, sizeof(sought), mac_order);
	return found ? *found : NULL;
}

/** struct stations - of one switch */
struct stations {
	const struct node *node;
	const struct netns_state *fabric;
	const struct directory *directory;
	struct ncrun_station *items; /* owned */
	size_t count;
};

static void stations_done(struct stations *stations)
{
	free(stations->items);
}

/** Its own name of a port; NULL of what joins its bridges. */
static const char *port_name(const struct stations *stations, int index)
{
	const struct netns_link_state *link = NULL;

	for (size_t i = 0; !link && i < stations->fabric->link_count; i++)
		if (stations->fabric->links[i].index == index)
			link = &stations->fabric->links[i];
	for (size_t i = 0; link && i < stations->node->interface_count; i++) {
		const char *name = stations->node->interfaces[i]->name;

		if (text_equal(name, link->name) || text_equal(name, link->altname))
			return name;
	}
	return NULL;
}

static int stations_add(struct stations *stations, const struct netns_station *seen,
			struct ncrun_error *err)
{
	const struct interface *whose = directory_find(stations->directory, seen->mac);
	const char *port = port_name(stations, seen->index);
	struct ncrun_station *station;

	if (!port)
		return 0;
	if (array_grow((void **)&stations->items, stations->count, sizeof(*station)) < 0)
		return error_set(err, ENOMEM, "make room for stations");
	station = &stations->items[stations->count++];
	*station = (struct ncrun_station){
		.port = port,
		.node = whose ? whose->node->name : NULL,
		.interface = whose ? whose->name : NULL,
		.vlan = seen->vlan,
		.idle_ms = seen->idle_ms,
	};
	netns_mac_print(seen->mac, station->mac);
	return 0;
}

static int station_order(const void *a, const void *b)
{
	const struct ncrun_station *first = a, *second = b;
	int order = strcmp(first->port, second->port);

	if (order == 0)
		order = strcmp(first->mac, second->mac);
	return order ? order : first->vlan - second->vlan;
}

static int bridge_look(struct netns *fabric, int bridge, struct stations *stations,
		       struct ncrun_error *err)
{
	_cleanup_free_ struct netns_station *seen = NULL;
	size_t count = 0;
	int r = netns_stations_read(fabric, bridge, &seen, &count, err);

	for (size_t i = 0; r == 0 && i < count; i++)
		r = stations_add(stations, &seen[i], err);
	return r;
}

static int switch_find(const struct ncrun_network *network, const char *name,
		       const struct node **ret, struct ncrun_error *err)
{
	const struct node *node = topology_node(network->topology, name);

	if (!node)
		return error_set(err, ENOENT, "no node '%s' in network '%s'", name, network->name);
	if (!node_is_switch(node))
		return error_set(err, EINVAL, "node '%s' is no switch", name);
	*ret = node;
	return 0;
}

NCRUN_API int ncrun_station_list(struct ncrun_network *network, const char *name,
				 struct ncrun_station **ret, size_t *ret_count,
				 struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *fabric = NULL;
	_cleanup_(directory_done) struct directory directory = {.count = 0};
	_cleanup_(stations_done) struct stations stations = {.directory = &directory};
	struct member *member = NULL;
	int r = switch_find(network, name, &stations.node, err);

	if (r == 0)
		r = switch_member(network, stations.node, &member, err);
	if (r == 0)
		r = netns_state_read(network->fabric, NETNS_LOOK_LINKS, &fabric, err);
	if (r == 0)
		r = directory_fill(network->topology, &directory, err);
	if (r < 0 || !stations.node)
		return r;
	stations.fabric = fabric;
	for (size_t i = 0; r == 0 && i < member->bridge_count; i++)
		r = bridge_look(network->fabric, member->bridges[i].index, &stations, err);
	if (r < 0)
		return error_wrap(err, r, "switch '%s'", name);
	if (stations.count > 0)
		qsort(stations.items, stations.count, sizeof(*stations.items), station_order);
	*ret = take_ptr(stations.items);
	*ret_count = stations.count;
	return 0;
}
