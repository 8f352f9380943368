/* SPDX-License-Identifier: Apache-2.0 */

/*
 * When packets pass. Two things happen a little later than the requests that cause them: the
 * carrier of a link is noticed, whereupon queues start and bridge ports forward; and an IPv6
 * address gets the multicast group by which neighbours ask for it, and then the route by
 * which packets for it are for us. What comes in between is lost, and ARP and neighbour
 * discovery only ask again after a second.
 */

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "netns/answer.h"
#include "netns/state_parse.h"

#define FIRST_PAUSE_NS   (500L * 1000)
#define LONGEST_PAUSE_NS (20L * 1000 * 1000)

/** struct arrival - the addresses of a namespace that have not got their routes yet */
struct arrival {
	struct netns_state *state;
	bool *has_route; /* one for each address */
};

static int route_each(const struct nlmsghdr *header, void *data,
		      struct ncrun_error *err __attribute__((unused)))
{
	struct arrival *arrival = data;
	const struct netns_state *state = arrival->state;
	struct netns_ip ip;

	if (!local_route_parse(header, &ip))
		return 0;
	for (size_t i = 0; i < state->address_count; i++)
		if (netns_ip_equal(&ip, &state->addresses[i].prefix.ip))
			arrival->has_route[i] = true;
	return 0;
}

static int routes_read(struct netns *netns, struct arrival *arrival, struct ncrun_error *err)
{
	const struct rtmsg body = {.rtm_family = AF_INET6};
	struct message message = {.nl = NULL};
	int r;

	message_begin(&message, RTM_GETROUTE, NLM_F_DUMP, &body, sizeof(body));
	r = answer_dump(netns, NETLINK_ROUTE, &message, route_each, arrival, err);
	message_done(&message);
	return r == -EINTR ? 0 : r; /* it changed: what is missing is looked for again */
}

static const struct netns_link_state *link_by_index(const struct netns_state *state, int index)
{
	for (size_t i = 0; i < state->link_count; i++)
		if (state->links[i].index == index)
			return &state->links[i];
	return NULL;
}

/**
 * A link that has a carrier but no packets yet; NULL if there is none.
 *
 * The kernel takes notice of 100 links and then rests for a second. Asked for one of them,
 * it does so on the spot (rtnl_getlink, since Linux 6.8).
 */
static const struct netns_link_state *late_link(struct netns *netns,
						const struct netns_state *state)
{
	const struct netns_link_state *late = NULL;

	for (size_t i = 0; i < state->link_count; i++) {
		const struct netns_link_state *link = &state->links[i];
		struct netns_link_state asked = {.index = 0};

		if (!link->up || !link->carrier || link->ready)
			continue;
		(void)link_get(netns, link->index, NULL, &asked, NULL);
		late = late ? late : link;
	}
	return late;
}

/** One that carries packets, but not yet those for an address of its own. */
static const struct netns_link_state *late_address(const struct arrival *arrival)
{
	const struct netns_state *state = arrival->state;

	for (size_t i = 0; i < state->address_count; i++) {
		const struct netns_address_state *address = &state->addresses[i];
		const struct netns_link_state *link;

		if (address->prefix.ip.family != AF_INET6 || address->link_local ||
		    arrival->has_route[i])
			continue;
		link = link_by_index(state, address->index);
		if (link && link->ready)
			return link;
	}
	return NULL;
}

/** The name of a link that is not ready yet; "" if all are. */
static int look_for_late(struct netns *netns, char ret_name[NETNS_NAME_MAX],
			 struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	_cleanup_free_ bool *has_route = NULL;
	const struct netns_link_state *late;
	struct arrival arrival;
	int r = netns_state_read(netns,
				 NETNS_LOOK_LINKS | NETNS_LOOK_UNCOUNTED | NETNS_LOOK_ADDRESSES,
				 &state, err);

	if (r < 0)
		return r;
	has_route = calloc(state->address_count + 1, sizeof(*has_route));
	if (!has_route)
		return error_set(err, ENOMEM, "wait for links: out of memory");
	arrival = (struct arrival){.state = state, .has_route = has_route};
	late = late_link(netns, state);
	if (!late && late_address(&arrival)) {
		r = routes_read(netns, &arrival, err);
		if (r < 0)
			return r;
		late = late_address(&arrival);
	}
	memcpy(ret_name, late ? late->name : "", late ? NETNS_NAME_MAX : 1);
	return 0;
}

int netns_wait_all_ready(struct netns *const *all, size_t count, int timeout_ms, size_t *ret_late,
			 struct ncrun_error *err)
{
	_cleanup_free_ size_t *waiting = calloc(count + 1, sizeof(*waiting));
	struct timespec pause = {.tv_nsec = FIRST_PAUSE_NS};
	int64_t deadline = clock_deadline(timeout_ms);

	if (!waiting)
		return error_set(err, ENOMEM, "wait for links: out of memory");
	for (size_t i = 0; i < count; i++)
		waiting[i] = i;
	for (;;) {
		char late[NETNS_NAME_MAX] = "";
		size_t left = 0;

		for (size_t i = 0; i < count; i++) {
			char name[NETNS_NAME_MAX] = "";
			int r = look_for_late(all[waiting[i]], name, err);

			*ret_late = waiting[i];
			if (r < 0)
				return r;
			if (!name[0])
				continue;
			waiting[left++] = waiting[i];
			memcpy(late, name, sizeof(late));
		}
		if (left == 0)
			return 0;
		*ret_late = waiting[left - 1];
		if (clock_has_passed(deadline))
			return error_set(err, ETIMEDOUT,
					 "link '%s': carries no packets after %d ms", late,
					 timeout_ms);
		count = left;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LONGEST_PAUSE_NS)
			pause.tv_nsec *= 2;
	}
}

int netns_wait_ready(struct netns *netns, int timeout_ms, struct ncrun_error *err)
{
	size_t late;

	return netns_wait_all_ready(&netns, 1, timeout_ms, &late, err);
}
