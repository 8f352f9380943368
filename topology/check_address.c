/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Addresses: is each one a host may have, used once where it would be seen twice, and do
 * those of a segment agree on their networks?
 *
 * Seen from each other are the segments that routers join. Behind a nat another realm
 * begins, which may use the same addresses again.
 */

#include <stdlib.h>
#include <string.h>

#include "topology/check.h"
#include "topology/segment.h"

#define MTU_MIN_IPV6 1280 /* RFC 8200, 5 */

/* ---- one address ---------------------------------------------------------------------------- */

/** Why no host can have it; NULL if one can. */
static const char *address_mistake(const struct netns_prefix *prefix)
{
	size_t bits = netns_ip_size(&prefix->ip) * 8;
	struct netns_prefix network = netns_prefix_network(prefix);
	bool ipv4 = prefix->ip.family == AF_INET;
	bool all_ones = true;

	if (ipv4 ? prefix->ip.bytes[0] >= 224 : prefix->ip.bytes[0] == 0xff)
		return "not of one host";
	/* two hosts and no more (RFC 3021, RFC 6164) */
	if (prefix->length + 1 >= bits)
		return NULL;
	for (size_t bit = prefix->length; bit < bits; bit++)
		all_ones &= prefix->ip.bytes[bit / 8] >> (7 - bit % 8) & 1;
	if (netns_ip_equal(&network.ip, &prefix->ip))
		return "the network's own";
	return all_ones && ipv4 ? "the broadcast address of its network" : NULL;
}

static void check_address(const struct interface *interface, const struct netns_prefix *prefix,
			  struct problems *problems)
{
	const char *what = address_mistake(prefix);
	uint32_t mtu = interface->mtu ? interface->mtu : interface->node->mtu;
	char text[NETNS_PREFIX_TEXT_MAX];

	netns_prefix_print(prefix, text);
	if (what)
		problems_add(problems, interface_place(interface), "node '%s': address '%s': %s",
			     interface->node->name, text, what);
	if (prefix->ip.family == AF_INET6 && mtu && mtu < MTU_MIN_IPV6)
		problems_add(problems, interface_place(interface),
			     "node '%s': address '%s': IPv6 needs an MTU of %d or more, not %u",
			     interface->node->name, text, MTU_MIN_IPV6, mtu);
}

/* ---- realms --------------------------------------------------------------------------------- */

/** struct use - of an address or a MAC; @group: realm or segment; @order: of the file */
struct use {
	const struct interface *interface;
	struct netns_prefix prefix;
	uint32_t group;
	uint32_t order;
};

/** struct survey - all segments and what is used in them */
struct survey {
	struct segments segments;
	uint32_t *realms; /* owned; of each segment the one that stands for its realm */
	struct use *uses; /* owned */
	size_t count;
};

static void survey_done(struct survey *survey)
{
	segments_done(&survey->segments);
	free(survey->realms);
	free(survey->uses);
}

static uint32_t realm_of(struct survey *survey, uint32_t segment)
{
	while (survey->realms[segment] != segment) {
		survey->realms[segment] = survey->realms[survey->realms[segment]];
		segment = survey->realms[segment];
	}
	return segment;
}

/** Which of a node's two sides? All of what is no nat is one side. */
static size_t side_of(const struct interface *interface)
{
	return interface->node->kind == NODE_KIND_NAT && interface->bound == BOUND_NORTH;
}

static int realms_find(const struct ncrun_topology *topology, struct survey *survey)
{
	uint32_t(*sides)[2] = calloc(topology->node_count + 1, sizeof(*sides));

	survey->realms = calloc(survey->segments.count + 1, sizeof(*survey->realms));
	if (!sides || !survey->realms) {
		free(sides);
		return -1;
	}
	for (uint32_t i = 0; i < survey->segments.count; i++)
		survey->realms[i] = i;
	for (uint32_t i = 0; i < survey->segments.count; i++) {
		const struct segment *segment = &survey->segments.items[i];

		for (size_t n = 0; n < segment->member_count; n++) {
			const struct interface *member = segment->members[n];
			/* one more than the segment, so that 0 is none */
			uint32_t *side = &sides[member->node->mark][side_of(member)];

			if (node_forwards(member->node) && *side)
				survey->realms[realm_of(survey, i)] = realm_of(survey, *side - 1);
			*side = i + 1;
		}
	}
	free(sides);
	return 0;
}

/* ---- what is used twice ------------------------------------------------------------------ */

static int compare_ips(const struct netns_ip *a, const struct netns_ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, netns_ip_size(a));
}

static int compare_uses(const void *a, const void *b)
{
	const struct use *left = a, *right = b;
	int order;

	if (left->group != right->group)
		return left->group < right->group ? -1 : 1;
	order = compare_ips(&left->prefix.ip, &right->prefix.ip);
	if (order)
		return order;
	return left->order < right->order ? -1 : left->order > right->order;
}

static void check_twice(const struct survey *survey, struct problems *problems)
{
	for (size_t i = 1; i < survey->count; i++) {
		const struct use *first = &survey->uses[i - 1], *second = &survey->uses[i];
		char text[NETNS_IP_TEXT_MAX], where[32] = "";

		if (first->group != second->group ||
		    !netns_ip_equal(&first->prefix.ip, &second->prefix.ip))
			continue;
		if (interface_place(first->interface).line)
			snprintf(where, sizeof(where), ", line %u",
				 interface_place(first->interface).line);
		problems_add(problems, interface_place(second->interface),
			     "node '%s': address '%s': is that of '%s' already%s",
			     second->interface->node->name,
			     netns_ip_print(&second->prefix.ip, text), first->interface->node->name,
			     where);
	}
}

/** In order of addresses all of a network stand together: neighbours tell whether they agree. */
static void check_lengths(const struct survey *survey, struct problems *problems)
{
	const struct use *before = NULL;

	for (size_t i = 0; i < survey->count; i++) {
		const struct use *use = &survey->uses[i];
		char texts[2][NETNS_PREFIX_TEXT_MAX];
		const struct use *later, *earlier;

		if (use->prefix.length == netns_ip_size(&use->prefix.ip) * 8)
			continue;
		if (before && before->group == use->group &&
		    before->prefix.length != use->prefix.length &&
		    before->prefix.ip.family == use->prefix.ip.family &&
		    (netns_prefix_contains(&before->prefix, &use->prefix.ip) ||
		     netns_prefix_contains(&use->prefix, &before->prefix.ip))) {
			later = before->order > use->order ? before : use;
			earlier = later == use ? before : use;
			problems_add(
				problems, interface_place(later->interface),
				"node '%s': address '%s': '%s' of '%s' on the same segment has "
				"another length",
				later->interface->node->name,
				netns_prefix_print(&later->prefix, texts[0]),
				netns_prefix_print(&earlier->prefix, texts[1]),
				earlier->interface->node->name);
		}
		before = use;
	}
}

/** A MAC is compared as the first bytes of an address. */
static void survey_macs(struct survey *survey, struct problems *problems)
{
	survey->count = 0;
	for (uint32_t i = 0; i < survey->segments.count; i++)
		for (size_t n = 0; n < survey->segments.items[i].member_count; n++) {
			const struct interface *member = survey->segments.items[i].members[n];
			struct use *use = &survey->uses[survey->count];

			if (!member->mac_set)
				continue;
			*use = (struct use){member,
					    {.ip.family = AF_INET6},
					    i,
					    (uint32_t)survey->count};
			memcpy(use->prefix.ip.bytes, member->mac, NETNS_MAC_LENGTH);
			survey->count++;
		}
	qsort(survey->uses, survey->count, sizeof(*survey->uses), compare_uses);
	for (size_t i = 1; i < survey->count; i++) {
		const struct use *first = &survey->uses[i - 1], *second = &survey->uses[i];
		char text[NETNS_MAC_TEXT_MAX];

		if (first->group == second->group &&
		    netns_ip_equal(&first->prefix.ip, &second->prefix.ip))
			problems_add(problems, interface_place(second->interface),
				     "node '%s': mac '%s': is that of '%s' on the same segment",
				     second->interface->node->name,
				     netns_mac_print(second->interface->mac, text),
				     first->interface->node->name);
	}
}

static int survey_make(const struct ncrun_topology *topology, struct survey *survey)
{
	size_t count = 0, macs = 0;

	if (segments_find(topology, &survey->segments, NULL) < 0 ||
	    realms_find(topology, survey) < 0)
		return -1;
	for (uint32_t i = 0; i < survey->segments.count; i++)
		for (size_t n = 0; n < survey->segments.items[i].member_count; n++, macs++)
			count += survey->segments.items[i].members[n]->address_count;
	survey->uses = calloc((count > macs ? count : macs) + 1, sizeof(*survey->uses));
	if (!survey->uses)
		return -1;
	for (uint32_t i = 0; i < survey->segments.count; i++)
		for (size_t n = 0; n < survey->segments.items[i].member_count; n++) {
			const struct interface *member = survey->segments.items[i].members[n];

			for (size_t a = 0; a < member->address_count; a++, survey->count++)
				survey->uses[survey->count] =
					(struct use){member, member->addresses[a].prefix, i,
						     (uint32_t)survey->count};
		}
	return 0;
}

void check_addresses(const struct ncrun_topology *topology, struct problems *problems)
{
	_cleanup_(survey_done) struct survey survey = {0};

	for (size_t i = 0; i < topology->link_count; i++)
		for (int end = 0; end < 2; end++) {
			const struct interface *interface = &topology->links[i]->ends[end];

			for (size_t n = 0; n < interface->address_count; n++)
				check_address(interface, &interface->addresses[n].prefix, problems);
		}
	if (survey_make(topology, &survey) < 0) {
		problems->failed = true;
		return;
	}
	qsort(survey.uses, survey.count, sizeof(*survey.uses), compare_uses);
	check_lengths(&survey, problems);
	for (size_t i = 0; i < survey.count; i++)
		survey.uses[i].group = realm_of(&survey, survey.uses[i].group);
	qsort(survey.uses, survey.count, sizeof(*survey.uses), compare_uses);
	check_twice(&survey, problems);
	survey_macs(&survey, problems);
}
