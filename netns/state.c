/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/state.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "netns/answer.h"
#include "netns/namespace.h"
#include "netns/state_parse.h"

static int no_memory(struct ncrun_error *err)
{
	return error_set(err, ENOMEM, "list a network namespace: out of memory");
}

static int link_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct netns_state *state = data;
	struct netns_link_state link;
	struct netns_link_state *slot;

	if (!link_state_parse(header, &link))
		return 0;
	slot = array_add((void **)&state->links, &state->link_count, sizeof(*slot));
	if (!slot)
		return no_memory(err);
	*slot = link;
	return 0;
}

static int address_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct netns_state *state = data;
	struct netns_address_state address;
	struct netns_address_state *slot;

	if (!address_state_parse(header, &address))
		return 0;
	slot = array_add((void **)&state->addresses, &state->address_count, sizeof(*slot));
	if (!slot)
		return no_memory(err);
	*slot = address;
	return 0;
}

static int route_each(const struct nlmsghdr *header, void *data, struct ncrun_error *err)
{
	struct netns_state *state = data;
	struct netns_route_state route;
	struct netns_route_state *slot;
	int r = route_state_parse(header, &route, err);

	if (r <= 0)
		return r;
	slot = array_add((void **)&state->routes, &state->route_count, sizeof(*slot));
	if (!slot) {
		free((void *)route.route.hops);
		return no_memory(err);
	}
	*slot = route;
	return 0;
}

typedef int (*each_fn)(const struct nlmsghdr *header, void *data, struct ncrun_error *err);

/** Ask with @message and release it. */
static int dump(struct netns *netns, struct message *message, each_fn each,
		struct netns_state *state, struct ncrun_error *err)
{
	int r = answer_dump(netns, NETLINK_ROUTE, message, each, state, err);

	message_done(message);
	return r;
}

static int state_fill(struct netns *netns, unsigned int look, struct netns_state *state,
		      struct ncrun_error *err)
{
	const struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	const struct ifaddrmsg addresses = {.ifa_family = AF_UNSPEC};
	const uint8_t families[] = {AF_INET, AF_INET6};
	struct message message = {.nl = NULL};
	int r = 0;

	if (look & NETNS_LOOK_LINKS) {
		message_begin(&message, RTM_GETLINK, NLM_F_DUMP, &links, sizeof(links));
		if (look & NETNS_LOOK_UNCOUNTED)
			message_u32(&message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		r = dump(netns, &message, link_each, state, err);
	}
	if (r == 0 && (look & NETNS_LOOK_ADDRESSES)) {
		message_begin(&message, RTM_GETADDR, NLM_F_DUMP, &addresses, sizeof(addresses));
		r = dump(netns, &message, address_each, state, err);
	}
	for (size_t i = 0; r == 0 && (look & NETNS_LOOK_ROUTES) && i < sizeof(families); i++) {
		const struct rtmsg routes = {.rtm_family = families[i]};

		message_begin(&message, RTM_GETROUTE, NLM_F_DUMP, &routes, sizeof(routes));
		r = dump(netns, &message, route_each, state, err);
	}
	return r;
}

int netns_state_read(struct netns *netns, unsigned int look, struct netns_state **ret,
		     struct ncrun_error *err)
{
	unsigned int tries = 0;
	int r = -EINTR;

	while (answer_again(r, &tries)) {
		_cleanup_(netns_state_freep) struct netns_state *state = calloc(1, sizeof(*state));

		if (!state)
			return no_memory(err);
		r = state_fill(netns, look, state, err);
		if (r == 0) {
			*ret = take_ptr(state);
			return 0;
		}
	}
	return error_wrap(err, r, "list a network namespace");
}

struct netns_state *netns_state_free(struct netns_state *state)
{
	if (state) {
		for (size_t i = 0; i < state->route_count; i++)
			free((void *)state->routes[i].route.hops);
		free(state->links);
		free(state->addresses);
		free(state->routes);
		free(state);
	}
	return NULL;
}

const struct netns_link_state *netns_state_link(const struct netns_state *state, const char *name)
{
	for (size_t i = 0; i < state->link_count; i++)
		if (text_equal(state->links[i].name, name) ||
		    text_equal(state->links[i].altname, name))
			return &state->links[i];
	return NULL;
}

/* ---- one link ------------------------------------------------------------------------ */

static int link_take(const struct nlmsghdr *header, void *data,
		     struct ncrun_error *err __attribute__((unused)))
{
	struct netns_link_state *link = data;

	link_state_parse(header, link);
	return 0;
}

int link_get(struct netns *netns, int index, const char *name, struct netns_link_state *ret,
	     struct ncrun_error *err)
{
	const struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	struct message message = {.nl = NULL};
	int r;

	message_begin(&message, RTM_GETLINK, 0, &body, sizeof(body));
	if (name)
		message_text(&message,
			     strlen(name) < NETNS_NAME_MAX ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	r = answer_dump(netns, NETLINK_ROUTE, &message, link_take, ret, err);
	message_done(&message);
	return r;
}

int netns_link_index(struct netns *netns, const char *name, int *ret, struct ncrun_error *err)
{
	struct netns_link_state link = {.index = 0};
	int r = link_get(netns, 0, name, &link, err);

	if (r < 0)
		return error_wrap(err, r, "link '%s'", name);
	if (!link.index)
		return error_set(err, ENODEV, "link '%s': there is none", name);
	*ret = link.index;
	return 0;
}

static int highest_each(const struct nlmsghdr *header, void *data,
			struct ncrun_error *err __attribute__((unused)))
{
	const struct ifinfomsg *body = nlmsg_data(header);
	int *highest = data;

	if (nlmsg_valid_hdr(header, sizeof(*body)) && body->ifi_index > *highest)
		*highest = body->ifi_index;
	return 0;
}

int netns_index_next(struct netns *netns, int *ret, struct ncrun_error *err)
{
	const struct ifinfomsg body = {.ifi_family = AF_UNSPEC};
	struct message message = {.nl = NULL};
	int highest = 0, r;

	if (netns->index == 0) {
		message_begin(&message, RTM_GETLINK, NLM_F_DUMP, &body, sizeof(body));
		message_u32(&message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		r = answer_dump(netns, NETLINK_ROUTE, &message, highest_each, &highest, err);
		message_done(&message);
		if (r < 0 && r != -EINTR)
			return error_wrap(err, r, "find a free link index");
		netns->index = highest;
	}
	*ret = ++netns->index;
	return 0;
}
