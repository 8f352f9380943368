/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Forwarding. A machine that forwards already is left alone. On one that does not, what can
 * be switched on for single interfaces is, for those by which it has routes: IPv4
 * anywhere, IPv6 from Linux 6.17 on (force_forwarding). The table of every network that needs it
 * says in comments what was off, and lets new connections by it go to nodes only. The last
 * of these tables that goes takes it back.
 *
 * IPv6 of an older kernel can only be switched on as a whole. That makes a machine deaf to
 * routers, and may cost it its own way out: nobody but its owner does that.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "topology/uplink.h"

static void sysctl_name(const char *entry, char *name, size_t size)
{
	if (entry[0] == '6')
		snprintf(name, size, "net/ipv6/conf/%s/force_forwarding", entry + 2);
	else
		snprintf(name, size, "net/ipv4/conf/%s/forwarding", entry + 2);
}

/** Has this machine a setting of that name, and is it so? NULL is whatever it is. One that could
 * not be read is not taken for another: forwarding would stay on. */
static int sysctl_is(struct uplinks *uplinks, const char *name, const char *value, bool *ret,
		     struct ncrun_error *err)
{
	_cleanup_free_ char *found = NULL;
	int r = netns_sysctl_get(uplinks->machine, name, &found, err);

	*ret = r == 0 && (!value || text_equal(found, value));
	return r == -ENOENT ? 0 : r;
}

static int entry_write(struct uplinks *uplinks, const char *entry, const char *value,
		       struct ncrun_error *err)
{
	char name[128];
	const struct netns_sysctl sysctl = {name, value, true};

	sysctl_name(entry, name, sizeof(name));
	return netns_sysctl_set(uplinks->machine, &sysctl, 1, err);
}

static int entry_add(struct uplinks *uplinks, const char *entry, struct ncrun_error *err)
{
	if (strings_contain((const char *const *)uplinks->forwarding, entry))
		return 0;
	if (strings_append(&uplinks->forwarding, entry) < 0)
		return error_set(err, ENOMEM, "make room for the names of interfaces");
	return 0;
}

static bool is_entry(const char *comment)
{
	return (comment[0] == '4' || comment[0] == '6') && comment[1] == ' ';
}

int forwarding_read(struct uplinks *uplinks, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **tables = NULL;
	int r = netns_filter_tables(uplinks->machine, NETNS_FILTER_INET, UPLINK_TABLE_LEAD, &tables,
				    err);

	for (char **table = tables; r == 0 && table && *table; table++) {
		_cleanup_free_ struct netns_filter_state *rules = NULL;
		size_t count = 0;

		r = netns_filter_list(uplinks->machine, NETNS_FILTER_INET, *table, &rules, &count,
				      err);
		for (size_t i = 0; r == 0 && i < count; i++)
			if (text_equal(rules[i].chain, "forward") && is_entry(rules[i].comment))
				r = entry_add(uplinks, rules[i].comment, err);
	}
	return r;
}

/** The interfaces by which the machine has routes of a family, and that do not forward yet. */
static int plan_family(struct uplinks *uplinks, const struct netns_state *state, int family,
		       struct ncrun_error *err)
{
	int r = 0;

	assert(state);
	for (size_t i = 0; r == 0 && i < state->route_count; i++) {
		const struct netns_route *route = &state->routes[i].route;
		char entry[NETNS_NAME_MAX + 2], name[128];

		if (route->destination.ip.family != family || route->kind != NETNS_ROUTE_UNICAST)
			continue;
		for (size_t n = 0; r == 0 && n < state->link_count; n++) {
			const struct netns_link_state *link = &state->links[n];
			bool off = false;

			if (link->index != route->hop.index || text_equal(link->name, "lo") ||
			    text_starts_with(link->name, "nc-"))
				continue;
			snprintf(entry, sizeof(entry), "%c %s", family == AF_INET6 ? '6' : '4',
				 link->name);
			sysctl_name(entry, name, sizeof(name));
			r = sysctl_is(uplinks, name, "0", &off, err);
			if (r == 0 && off)
				r = entry_add(uplinks, entry, err);
		}
	}
	return r;
}

void forwarding_tell_walls(struct uplinks *uplinks, const struct ncrun_context *context)
{
	_cleanup_free_ struct netns_filter_wall *walls = NULL;
	size_t count = 0;

	if (!context || !context->notice ||
	    netns_filter_walls(uplinks->machine, UPLINK_TABLE_LEAD, UPLINK_LINK_LEAD, &walls,
			       &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct netns_filter_wall *wall = &walls[i];
		char line[640];

		snprintf(
			line, sizeof(line),
			"chain '%s' of table '%s %s' on this machine drops what it does not "
			"accept, and so all that uplinks and published ports forward, until it has "
			"rules for it (nft insert rule %s %s %s iifname '" UPLINK_LINK_WILD
			"' accept, and one with oifname)",
			wall->chain, wall->family, wall->table, wall->family, wall->table,
			wall->chain);
		context->notice(context->data, line);
	}
}

static int plan_six(struct uplinks *uplinks, const struct netns_state *state,
		    const struct ncrun_context *context, struct ncrun_error *err)
{
	bool off = false, singly = false;
	int r = sysctl_is(uplinks, "net.ipv6.conf.all.forwarding", "0", &off, err);

	if (r == 0 && off)
		r = sysctl_is(uplinks, "net.ipv6.conf.all.force_forwarding", NULL, &singly, err);
	if (r == 0 && singly)
		return plan_family(uplinks, state, AF_INET6, err);
	if (r == 0 && off && context && context->notice)
		context->notice(
			context->data,
			"this machine forwards no IPv6, and before Linux 6.17 that can only "
			"be switched on as a whole (sysctl net.ipv6.conf.all.forwarding=1): "
			"uplinks reach IPv4 only");
	return r;
}

int forwarding_plan(struct uplinks *uplinks, const struct ncrun_context *context,
		    struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	bool off = false;
	int r = forwarding_read(uplinks, err);

	if (r == 0)
		r = netns_state_read(uplinks->machine, NETNS_LOOK_LINKS | NETNS_LOOK_ROUTES, &state,
				     err);
	if (r == 0)
		r = sysctl_is(uplinks, "net.ipv4.ip_forward", "0", &off, err);
	if (r == 0 && off)
		r = plan_family(uplinks, state, AF_INET, err);
	return r < 0 || uplinks->families < 2 ? r : plan_six(uplinks, state, context, err);
}

int forwarding_begin(struct uplinks *uplinks, struct ncrun_error *err)
{
	int r = 0;

	for (char **entry = uplinks->forwarding; r == 0 && entry && *entry; entry++)
		r = entry_write(uplinks, *entry, "1", err);
	return r;
}

/** Does a table beside our own need it? */
static int others_left(struct uplinks *uplinks, bool *ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **tables = NULL;
	int r = netns_filter_tables(uplinks->machine, NETNS_FILTER_INET, UPLINK_TABLE_LEAD, &tables,
				    err);

	*ret = false;
	for (char **table = tables; r == 0 && table && *table; table++)
		*ret |= !text_equal(*table, uplinks->table);
	return r;
}

int forwarding_end(struct uplinks *uplinks, struct ncrun_error *err)
{
	bool left = false;
	int r = others_left(uplinks, &left, err);

	if (r < 0 || left)
		return r;
	for (char **entry = uplinks->forwarding; r == 0 && entry && *entry; entry++) {
		bool off = true;

		/* Who made the machine a router meanwhile wants it to be one. */
		if ((*entry)[0] == '4')
			r = sysctl_is(uplinks, "net.ipv4.ip_forward", "0", &off, err);
		if (r == 0 && off)
			r = entry_write(uplinks, *entry, "0", err);
	}
	return r;
}

int forwarding_ended(struct uplinks *uplinks, struct ncrun_error *err)
{
	bool left = false;
	int r = others_left(uplinks, &left, err);

	return r == 0 && left ? forwarding_begin(uplinks, err) : r;
}
