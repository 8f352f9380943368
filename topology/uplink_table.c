/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The table of a network on the machine. It holds walls as well as translation: through its
 * link a node reaches what is beyond the machine, but neither the machine's own addresses
 * nor other nodes' links; and to it come answers and published ports, nothing else.
 *
 * Loopback addresses are translated only in what the machine itself sends: a packet for
 * 127.0.0.1 that comes by a wire is somebody's attempt.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "topology/uplink.h"

#define CT_ANSWERS (NETNS_CT_ESTABLISHED | NETNS_CT_RELATED)

static void rules_add(struct netns_filter *filter, const struct netns_filter_rule *rules,
		      size_t count)
{
	for (size_t i = 0; i < count; i++)
		netns_filter_rule(filter, &rules[i]);
}

#define RULES_ADD(filter, rules) rules_add(filter, rules, sizeof(rules) / sizeof((rules)[0]))

static struct netns_prefix loopback_of(int family)
{
	return family == AF_INET ? (struct netns_prefix){{AF_INET, {127}}, 8}
				 : (struct netns_prefix){{AF_INET6, {[15] = 1}}, 128};
}

/* ---- walls ---------------------------------------------------------------------------------- */

static void chains_make(struct netns_filter *filter)
{
	const struct netns_chain chains[] = {
		{.name = "martians", .hook = NETNS_HOOK_PREROUTING, .priority = NETNS_PRIORITY_RAW},
		{.name = "input", .hook = NETNS_HOOK_INPUT, .priority = NETNS_PRIORITY_FILTER},
		{.name = "forward", .hook = NETNS_HOOK_FORWARD, .priority = NETNS_PRIORITY_FILTER},
		{.name = "published",
		 .hook = NETNS_HOOK_PREROUTING,
		 .priority = NETNS_PRIORITY_DSTNAT,
		 .nat = true},
		{.name = UPLINK_CHAIN_HERE,
		 .hook = NETNS_HOOK_OUTPUT,
		 .priority = NETNS_PRIORITY_DSTNAT,
		 .nat = true},
		{.name = "translate",
		 .hook = NETNS_HOOK_POSTROUTING,
		 .priority = NETNS_PRIORITY_SRCNAT,
		 .nat = true},
	};

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		netns_filter_chain(filter, &chains[i]);
}

/* Nothing else keeps a node from sending in the name of another network's, which would get
 * the answers: of IPv4, rp_filter does; of IPv6 there is none. */
#define OWN_ADDRESSES "own"

static int own_addresses(struct netns_filter *filter, const struct uplinks *uplinks,
			 struct ncrun_error *err)
{
	_cleanup_free_ struct netns_prefix *own = calloc(uplinks->count + 1, sizeof(*own));
	size_t count = 0;

	if (!own)
		return error_set(err, ENOMEM, "make room for addresses");
	for (size_t i = 0; i < uplinks->count; i++)
		if (uplinks->items[i].number)
			own[count++] = (struct netns_prefix){
				uplink_address(uplinks, AF_INET6, uplinks->items[i].number), 128};
	netns_filter_set(filter, OWN_ADDRESSES, AF_INET6);
	netns_filter_set_add(filter, OWN_ADDRESSES, own, count);
	return 0;
}

/* Addresses of the machine's own links, as services of clouds have, that give the machine's keys
 * to whoever asks from there; and those of Alibaba, Amazon, Google and Oracle that are not. */
static void key_walls(struct netns_filter *filter, uint32_t group)
{
	static const struct netns_prefix keys[] = {
		{{AF_INET, {169, 254}}, 16},
		{{AF_INET, {100, 100, 100, 200}}, 32},
		{{AF_INET6, {0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54}}, 128},
		{{AF_INET6, {0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54}}, 128},
		{{AF_INET6, {0xfd, 0x00, 0x00, 0xc1, [12] = 0xa9, 0xfe, 0xa9, 0xfe}}, 128},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		netns_filter_rule(filter, &(struct netns_filter_rule){
						  .chain = "martians",
						  .in_group = group,
						  .destination = keys[i],
						  .verdict = NETNS_VERDICT_DROP,
					  });
}

/** What comes from a node, of either group, must have an address of the pool, and of IPv6 one of
 * the network, and go to none of loopback; and it never gets to the machine, unless it answers. */
static void node_walls(struct netns_filter *filter, const struct uplinks *uplinks, uint32_t group)
{
	const struct netns_filter_rule rules[] = {
		{.chain = "martians",
		 .in_group = group,
		 .destination = loopback_of(AF_INET),
		 .verdict = NETNS_VERDICT_DROP},
		{.chain = "martians",
		 .in_group = group,
		 .source = uplink_pool(uplinks, AF_INET),
		 .except = NETNS_NOT_SOURCE,
		 .verdict = NETNS_VERDICT_DROP},
		{.chain = "martians",
		 .in_group = group,
		 .family = AF_INET6,
		 .source_set = OWN_ADDRESSES,
		 .except = NETNS_NOT_SOURCE,
		 .verdict = NETNS_VERDICT_DROP},
		{.chain = "input",
		 .in_group = group,
		 .ct = CT_ANSWERS,
		 .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "input", .in_group = group, .verdict = NETNS_VERDICT_DROP},
		{.chain = "forward",
		 .in_group = group,
		 .out_interface = UPLINK_LINK_WILD,
		 .verdict = NETNS_VERDICT_DROP},
		{.chain = "forward",
		 .out_group = group,
		 .ct = CT_ANSWERS,
		 .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "forward",
		 .out_group = group,
		 .translated = true,
		 .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "forward", .out_group = group, .verdict = NETNS_VERDICT_DROP},
	};

	RULES_ADD(filter, rules);
}

/** Who only has published ports answers, and begins nothing. */
static void answer_walls(struct netns_filter *filter, const struct uplinks *uplinks)
{
	const struct netns_filter_rule rules[] = {
		{.chain = "forward",
		 .in_group = uplinks->group + 1,
		 .ct = CT_ANSWERS,
		 .verdict = NETNS_VERDICT_ACCEPT},
		{.chain = "forward", .in_group = uplinks->group + 1, .verdict = NETNS_VERDICT_DROP},
	};

	RULES_ADD(filter, rules);
}

/** What forwards only for our sake begins nothing else: the machine is no router for others. */
static void forwarding_walls(struct netns_filter *filter, const struct uplinks *uplinks)
{
	for (char **entry = uplinks->forwarding; entry && *entry; entry++)
		netns_filter_rule(filter, &(struct netns_filter_rule){
						  .chain = "forward",
						  .family = (*entry)[0] == '6' ? AF_INET6 : AF_INET,
						  .in_interface = *entry + 2,
						  .out_interface = UPLINK_LINK_WILD,
						  .ct = NETNS_CT_NEW,
						  .except = NETNS_NOT_OUT_INTERFACE,
						  .verdict = NETNS_VERDICT_DROP,
						  .comment = *entry,
					  });
}

/* ---- translation ---------------------------------------------------------------------------- */

static void translate(struct netns_filter *filter, const struct uplinks *uplinks)
{
	netns_filter_rule(filter, &(struct netns_filter_rule){
					  .chain = "translate",
					  .in_group = uplinks->group,
					  .out_interface = UPLINK_LINK_WILD,
					  .except = NETNS_NOT_OUT_INTERFACE,
					  .verdict = NETNS_VERDICT_MASQUERADE,
				  });
	for (size_t i = 0; i < uplinks->families; i++) {
		struct netns_filter_rule rule = {
			.chain = "translate",
			.out_group = uplinks->group,
			.source = loopback_of(i == 0 ? AF_INET : AF_INET6),
			.verdict = NETNS_VERDICT_SNAT,
		};

		rule.to = uplink_address(uplinks, rule.source.ip.family, 0);
		netns_filter_rule(filter, &rule);
		rule.out_group++;
		rule.family = rule.source.ip.family;
		rule.source = (struct netns_prefix){.length = 0};
		netns_filter_rule(filter, &rule);
	}
}

/* A client whose answer would not come by the uplink comes in the machine's name: who only has
 * published ports, has no other way, and one of an address that the network has, too. */
static void translate_clients(struct netns_filter *filter, const struct uplinks *uplinks,
			      const struct uplink *uplink, const char *link)
{
	for (size_t i = 0; i < uplinks->families; i++) {
		struct netns_filter_rule rule = {
			.chain = "translate",
			.out_interface = link,
			.family = i == 0 ? AF_INET : AF_INET6,
			.verdict = NETNS_VERDICT_SNAT,
		};

		rule.to = uplink_address(uplinks, rule.family, 0);
		if (!uplink->is_default[i])
			netns_filter_rule(filter, &rule);
		for (size_t n = 0; uplink->is_default[i] && n < uplink->inside_count; n++) {
			rule.source = uplink->inside[n];
			if (rule.source.ip.family == rule.family)
				netns_filter_rule(filter, &rule);
		}
	}
}

/** struct publication - one port of a node, in one family */
struct publication {
	const struct uplinks *uplinks;
	const struct uplink *uplink;
	const struct published_port *port;
	int family;
	const char *comment;
};

static void publish_rule(struct netns_filter *filter, const struct publication *publication,
			 struct netns_filter_rule rule)
{
	const struct published_port *port = publication->port;

	rule.family = publication->family;
	rule.protocol = port->protocol;
	rule.verdict = NETNS_VERDICT_DNAT;
	rule.to = uplink_address(publication->uplinks, publication->family,
				 publication->uplink->number);
	rule.comment = publication->comment;
	if (port->host_port == port->node_port) { /* a range as one */
		rule.destination_ports.first = port->host_port;
		rule.destination_ports.last = (uint16_t)(port->host_port + port->count - 1);
		netns_filter_rule(filter, &rule);
		return;
	}
	for (uint16_t i = 0; i < port->count; i++) {
		rule.destination_ports.first = (uint16_t)(port->host_port + i);
		rule.to_ports.first = (uint16_t)(port->node_port + i);
		netns_filter_rule(filter, &rule);
		rule.comment = NULL; /* one says it all */
	}
}

static void publish_family(struct netns_filter *filter, const struct publication *publication)
{
	const struct netns_ip *address = &publication->port->address;
	const struct netns_prefix loopback = loopback_of(publication->family);
	struct netns_filter_rule rule = {.chain = UPLINK_CHAIN_HERE, .local = true};

	if (address->family)
		rule.destination =
			(struct netns_prefix){*address,
					      publication->family == AF_INET ? 32u : 128u};
	publish_rule(filter, publication, rule);
	if (address->family && netns_prefix_contains(&loopback, address))
		return;
	rule.chain = "published";
	rule.in_interface = UPLINK_LINK_WILD;
	rule.except = NETNS_NOT_IN_INTERFACE;
	if (!address->family) {
		rule.destination = loopback;
		rule.except |= NETNS_NOT_DESTINATION;
	}
	publish_rule(filter, publication, rule);
}

static void publish(struct netns_filter *filter, const struct uplinks *uplinks,
		    const struct uplink *uplink, const struct published_port *port)
{
	char text[PORT_TEXT_MAX], comment[128];
	struct publication publication = {.uplinks = uplinks,
					  .uplink = uplink,
					  .port = port,
					  .comment = comment};

	port_print(port, text);
	snprintf(comment, sizeof(comment), "%.*s %.70s", UPLINK_COMMENT_NODE, uplink->node, text);
	for (size_t i = 0; i < uplinks->families; i++) {
		publication.family = i == 0 ? AF_INET : AF_INET6;
		if (!port->address.family || port->address.family == publication.family)
			publish_family(filter, &publication);
	}
}

static int publish_all(struct netns_filter *filter, const struct uplinks *uplinks,
		       const struct uplink *uplink, struct ncrun_error *err)
{
	char link[NETNS_NAME_MAX];
	int r = uplink_kernel_name(uplinks, uplink->node, link, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < uplink->port_count; i++)
		publish(filter, uplinks, uplink, &uplink->ports[i]);
	if (uplink->port_count > 0 && uplink->outside)
		translate_clients(filter, uplinks, uplink, link);
	return 0;
}

/* ---- all of it ------------------------------------------------------------------------------ */

int uplinks_write_table(struct uplinks *uplinks, struct ncrun_error *err)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	int r = netns_filter_new(uplinks->machine, &filter, err);

	if (r < 0)
		return r;
	netns_filter_table_anew(filter, NETNS_FILTER_INET, uplinks->table);
	r = own_addresses(filter, uplinks, err);
	if (r < 0)
		return r;
	chains_make(filter);
	for (uint32_t i = 0; i < 2; i++) {
		node_walls(filter, uplinks, uplinks->group + i);
		key_walls(filter, uplinks->group + i);
	}
	answer_walls(filter, uplinks);
	forwarding_walls(filter, uplinks);
	translate(filter, uplinks);
	for (size_t i = 0; r == 0 && i < uplinks->count; i++)
		if (uplinks->items[i].number)
			r = publish_all(filter, uplinks, &uplinks->items[i], err);
	return r < 0 ? r : netns_filter_commit(filter, err);
}

int uplinks_settle(struct uplinks *uplinks, const struct ncrun_context *context,
		   struct ncrun_error *err)
{
	int r = forwarding_plan(uplinks, context, err);

	if (r == 0)
		r = uplinks_write_table(uplinks, err);
	if (r == 0)
		r = forwarding_begin(uplinks, err);
	if (r == 0)
		forwarding_tell_walls(uplinks, context);
	return r;
}

int uplinks_delete_table(struct uplinks *uplinks, struct ncrun_error *err)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	int r = netns_filter_new(uplinks->machine, &filter, err);

	if (r < 0)
		return r;
	netns_filter_table_delete(filter, NETNS_FILTER_INET, uplinks->table);
	return netns_filter_commit(filter, err);
}
