/* SPDX-License-Identifier: Apache-2.0 */

/* Uplinks and published ports as the machine has them: its links and tables are asked. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "topology/uplink.h"

static void uplink_free(struct ncrun_uplink *uplink)
{
	free((char *)uplink->network);
	free((char *)uplink->node);
	strings_free((char **)uplink->addresses);
	strings_free((char **)uplink->ports);
}

NCRUN_API void ncrun_uplink_list_free(struct ncrun_uplink *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		uplink_free(&list[i]);
	free(list);
}

/** struct listing - what is being collected; of one link at a time */
struct listing {
	struct uplinks own; /* owned; for its tag and namespace */
	struct netns_state *state;
	struct ncrun_uplink *items; /* owned */
	size_t count;
};

static void listing_done(struct listing *listing)
{
	ncrun_uplink_list_free(listing->items, listing->count);
	netns_state_free(listing->state);
	uplinks_done(&listing->own);
}

static int no_memory(struct ncrun_error *err)
{
	return error_set(err, ENOMEM, "make room for uplinks");
}

/* Of the machine's routes to it, each is to an address of the node. */
static int addresses_find(const struct listing *listing, int index, struct ncrun_uplink *uplink,
			  struct ncrun_error *err)
{
	for (size_t i = 0; i < listing->state->route_count; i++) {
		const struct netns_route *route = &listing->state->routes[i].route;
		char text[NETNS_IP_TEXT_MAX];

		if (route->hop.index != index || route->kind != NETNS_ROUTE_UNICAST ||
		    route->destination.length !=
			    (route->destination.ip.family == AF_INET ? 32 : 128))
			continue;
		if (strings_append((char ***)&uplink->addresses,
				   netns_ip_print(&route->destination.ip, text)) < 0)
			return no_memory(err);
	}
	return 0;
}

static int ports_find(struct listing *listing, const char *table, struct ncrun_uplink *uplink,
		      struct ncrun_error *err)
{
	_cleanup_free_ struct netns_filter_state *rules = NULL;
	size_t count = 0, length = strlen(uplink->node);
	int r = netns_filter_list(listing->own.machine, NETNS_FILTER_INET, table, &rules, &count,
				  err);

	if (length > UPLINK_COMMENT_NODE)
		length = UPLINK_COMMENT_NODE;
	for (size_t i = 0; r == 0 && i < count; i++) {
		const char *port = rules[i].comment + length + 1;

		if (!text_equal(rules[i].chain, UPLINK_CHAIN_HERE) ||
		    strncmp(rules[i].comment, uplink->node, length) != 0 ||
		    rules[i].comment[length] != ' ' ||
		    strings_contain(uplink->ports, port)) /* of the other family */
			continue;
		if (strings_append((char ***)&uplink->ports, port) < 0)
			r = no_memory(err);
	}
	return r;
}

/** By the name of the table that it belongs to: a network's, or its own. */
static int table_find(const struct ncrun_context *context, const struct netns_link_state *link,
		      const struct uplink_owner *owner, char ret[UPLINK_TABLE_MAX], bool *outside,
		      struct ncrun_error *err)
{
	for (int alone = 0; alone < 2; alone++) {
		_cleanup_uplinks_ struct uplinks uplinks = {.count = 0};
		int r = uplinks_open(context, owner->network, alone ? owner->node : NULL, &uplinks,
				     err);

		if (r < 0)
			return r;
		snprintf(ret, UPLINK_TABLE_MAX, "%s", uplinks.table);
		*outside = link->group == uplinks.group;
		if (*outside || link->group == uplinks.group + 1)
			return 1;
	}
	return 0;
}

static int link_add(struct listing *listing, const struct ncrun_context *context,
		    const struct netns_link_state *link, struct ncrun_error *err)
{
	struct uplink_owner owner;
	struct ncrun_uplink *uplink;
	char table[UPLINK_TABLE_MAX];
	bool outside = false;
	int r;

	if (!uplink_owner_of_link(link, &owner) || !text_equal(owner.tag, listing->own.tag))
		return 0;
	r = table_find(context, link, &owner, table, &outside, err);
	if (r <= 0)
		return r;
	uplink = array_add((void **)&listing->items, &listing->count, sizeof(*uplink));
	if (!uplink)
		return no_memory(err);
	*uplink = (struct ncrun_uplink){.network = strdup(owner.network),
					.node = strdup(owner.node),
					.outside = outside};
	if (!uplink->network || !uplink->node)
		return no_memory(err);
	r = addresses_find(listing, link->index, uplink, err);
	return r < 0 ? r : ports_find(listing, table, uplink, err);
}

NCRUN_API int ncrun_uplink_list(const struct ncrun_context *context, struct ncrun_uplink **ret,
				size_t *ret_count, struct ncrun_error *err)
{
	_cleanup_(listing_done) struct listing listing = {.count = 0};
	int r = uplinks_open(context, "", NULL, &listing.own, err);

	if (r == 0)
		r = netns_state_read(listing.own.machine, NETNS_LOOK_LINKS | NETNS_LOOK_ROUTES,
				     &listing.state, err);
	for (size_t i = 0; r == 0 && i < listing.state->link_count; i++)
		if (text_starts_with(listing.state->links[i].name, "nc-"))
			r = link_add(&listing, context, &listing.state->links[i], err);
	if (r < 0)
		return r;
	*ret = take_ptr(listing.items);
	*ret_count = listing.count;
	listing.count = 0;
	return 0;
}
