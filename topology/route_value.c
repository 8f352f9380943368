/* SPDX-License-Identifier: Apache-2.0 */

/* Routes: "10.1.0.0/16 via 10.0.0.1". */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"
#include "topology/read.h"
#include "topology/writer.h"

#define HOPS_MAX 64

static const char *const route_kinds[] = {
	[NETNS_ROUTE_UNICAST] = "unicast",
	[NETNS_ROUTE_BLACKHOLE] = "blackhole",
	[NETNS_ROUTE_UNREACHABLE] = "unreachable",
	[NETNS_ROUTE_PROHIBIT] = "prohibit",
	[NETNS_ROUTE_THROW] = "throw",
	[NETNS_ROUTE_LOCAL] = "local",
	NULL,
};

static const struct number_form weight_form = {1, 255, 1, false};
static const struct number_form table_form = {1, UINT32_MAX, 4, false};
static const struct word_form route_kind_form = {route_kinds, sizeof(enum netns_route_kind)};

/* ---- addresses as values ------------------------------------------------------------------- */

static bool ip_read(struct reader *reader, const struct key *key, void *object,
		    const struct element *at)
{
	const char *text = reader_text(reader, at);
	struct ncrun_error err = {0};

	if (!text)
		return false;
	if (netns_ip_parse(text, key_member(key, object), &err) < 0)
		return reader_problem(reader, at, "%s %s", key->name, err.message);
	return true;
}

static void ip_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_ip *ip = key_member(key, object);

	if (ip->family)
		writer_ip(writer, ip);
}

const struct value value_ip = {ip_read, ip_write, "an address", NULL};

bool network_parse(struct reader *reader, const struct element *at, const char *what,
		   const char *text, struct netns_prefix *ret)
{
	char hint[NETNS_PREFIX_TEXT_MAX];
	struct ncrun_error err = {0};
	struct netns_prefix prefix = {0}, network;

	if (netns_prefix_parse(text, &prefix, &err) < 0)
		return reader_problem(reader, at, "%s %s", what, err.message);
	network = netns_prefix_network(&prefix);
	if (!netns_ip_equal(&network.ip, &prefix.ip))
		return reader_problem(reader, at, "%s '%.60s': not a network (try %s)", what, text,
				      netns_prefix_print(&network, hint));
	*ret = prefix;
	return true;
}

static bool network_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	const char *text = reader_text(reader, at);

	return text && network_parse(reader, at, key->name, text, key_member(key, object));
}

static void network_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_prefix *prefix = key_member(key, object);

	if (prefix->ip.family)
		writer_prefix(writer, prefix);
}

const struct value value_network = {network_read, network_write, "a network", NULL};

/* ---- a route being read ------------------------------------------------------------------ */

/** struct route_draft - @hop: what stands beside the hops */
struct route_draft {
	struct route route;
	struct hop hop;
	char *to; /* owned */
};

static void route_draft_done(struct route_draft *draft)
{
	route_done(&draft->route);
	free(draft->hop.interface);
	free(draft->to);
}

static const struct key hop_rows[] = {
	{"via", KINDS_ALL, &value_ip, offsetof(struct hop, via), NULL, false},
	{"dev", KINDS_ALL, &value_string, offsetof(struct hop, interface), NULL, false},
	{"weight", KINDS_ALL, &value_number, offsetof(struct hop, weight), &weight_form, false},
};

const struct key_table hop_keys = {"a hop", hop_rows, 3, false};

static bool hops_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	struct route_draft *draft = key_member(key, object);
	bool good = true;

	if (!reader_expects(reader, at, ELEMENT_LIST))
		return false;
	if (at->count == 0 || at->count > HOPS_MAX)
		return reader_problem(reader, at, "'hops': expected 1 to %d of them", HOPS_MAX);
	draft->route.hops = calloc(at->count, sizeof(struct hop));
	if (!draft->route.hops)
		return reader_no_memory(reader);
	draft->route.hop_count = at->count;
	for (size_t i = 0; i < at->count; i++)
		good &= keys_read_map(reader, &hop_keys, &draft->route.hops[i], &at->children[i]);
	return good;
}

static void hops_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct route_draft *draft = key_member(key, object);

	if (draft->route.hop_count < 2 &&
	    (draft->route.hop_count == 0 || !draft->route.hops[0].weight))
		return;
	writer_open(writer, '[');
	for (size_t i = 0; i < draft->route.hop_count; i++) {
		writer_item(writer);
		keys_write_map(writer, &hop_keys, &draft->route.hops[i]);
	}
	writer_close(writer, ']');
}

static const struct value value_hops = {hops_read, hops_write, "a list of maps (see below)", NULL};

static const struct key route_rows[] = {
	{"to", KINDS_ALL, &value_string, offsetof(struct route_draft, to), NULL, false},
	{"kind", KINDS_ALL, &value_word, offsetof(struct route_draft, route.kind), &route_kind_form,
	 false},
	{"via", KINDS_ALL, &value_ip, offsetof(struct route_draft, hop.via), NULL, false},
	{"dev", KINDS_ALL, &value_string, offsetof(struct route_draft, hop.interface), NULL, false},
	{"hops", KINDS_ALL, &value_hops, 0, NULL, false},
	{"metric", KINDS_ALL, &value_number, offsetof(struct route_draft, route.metric),
	 &table_form, false},
	{"table", KINDS_ALL, &value_number, offsetof(struct route_draft, route.table), &table_form,
	 false},
	{"assigned", KINDS_ALL, &value_bool, offsetof(struct route_draft, route.assigned), NULL,
	 false},
};

const struct key_table route_keys = {"a route", route_rows,
				     sizeof(route_rows) / sizeof(route_rows[0]), false};

/* ---- in one line ------------------------------------------------------------------------- */

/** "KEY VALUE" of a route as text is a key of it as map. */
static bool word_take(struct reader *reader, struct route_draft *draft, const struct element *at,
		      const char *name, const char *text)
{
	static const char *const names[] = {"via", "dev", "metric", "table", NULL};
	const struct element value = {.kind = ELEMENT_STRING,
				      .line = at->line,
				      .column = at->column,
				      .text = text};
	struct nearest nearest = {0};
	struct key key;

	for (size_t i = 0; names[i]; i++)
		nearest_consider(&nearest, name, names[i]);
	if (!strings_contain(names, name) || !key_find(&route_keys, name, &key))
		return reader_problem(reader, at, "route '%.100s': unknown word '%.40s'%s%s%s",
				      at->text, name, nearest.word ? " (did you mean '" : "",
				      nearest.word ? nearest.word : "", nearest.word ? "'?)" : "");
	if (!text)
		return reader_problem(reader, at, "route '%.100s': '%s' of what?", at->text, name);
	return key.value->read(reader, &key, draft, &value);
}

static bool line_read(struct reader *reader, struct route_draft *draft, const struct element *at)
{
	_cleanup_(strings_freep) char **words = NULL;
	const char *text = reader_text(reader, at);
	size_t i = 0;
	int r;

	if (!text || !line_is_short(reader, at, text))
		return false;
	r = words_split(text, &words);
	if (r == -ENOMEM)
		return reader_no_memory(reader);
	if (r < 0 || !words || !words[0])
		return reader_problem(reader, at, "route '%.100s': not 'NETWORK via ADDRESS'",
				      text);
	for (unsigned int kind = 0; route_kinds[kind]; kind++)
		if (text_equal(words[0], route_kinds[kind])) {
			draft->route.kind = (enum netns_route_kind)kind;
			i = 1;
		}
	if (!words[i])
		return reader_problem(reader, at, "route '%.100s': no network", text);
	draft->to = strdup(words[i++]);
	if (!draft->to)
		return reader_no_memory(reader);
	for (; words[i]; i += words[i + 1] ? 2 : 1)
		if (!word_take(reader, draft, at, words[i], words[i + 1]))
			return false;
	return true;
}

/* ---- what it comes to -------------------------------------------------------------------- */

/** "default" is of the family of its hops. */
static bool destination_read(struct reader *reader, struct route_draft *draft,
			     const struct element *at)
{
	const struct hop *hop = draft->route.hop_count ? &draft->route.hops[0] : &draft->hop;

	if (!draft->to)
		return reader_problem(reader, at, "a route without 'to'");
	if (!text_equal(draft->to, "default"))
		return network_parse(reader, at, "route to", draft->to, &draft->route.destination);
	if (!hop->via.family)
		return reader_problem(
			reader, at, "route to 'default': of which family? (say 0.0.0.0/0 or ::/0)");
	draft->route.destination.ip.family = hop->via.family;
	return true;
}

static bool hops_settle(struct reader *reader, struct route_draft *draft, const struct element *at)
{
	bool alone = draft->hop.via.family || draft->hop.interface;

	if (draft->route.kind != NETNS_ROUTE_UNICAST && (alone || draft->route.hop_count) &&
	    draft->route.kind != NETNS_ROUTE_LOCAL)
		return reader_problem(reader, at, "a %s route leads nowhere: no 'via' and 'dev'",
				      route_kinds[draft->route.kind]);
	if (alone && draft->route.hop_count)
		return reader_problem(reader, at, "a route has either 'hops' or 'via' and 'dev'");
	if (draft->route.kind == NETNS_ROUTE_UNICAST && !alone && !draft->route.hop_count)
		return reader_problem(reader, at, "a route needs 'via' or 'dev'");
	if (!alone)
		return true;
	draft->route.hops = calloc(1, sizeof(struct hop));
	if (!draft->route.hops)
		return reader_no_memory(reader);
	draft->route.hop_count = 1;
	draft->route.hops[0] = draft->hop;
	draft->hop.interface = NULL;
	return true;
}

static bool route_take(struct reader *reader, struct node *node, const struct element *at)
{
	_cleanup_(route_draft_done) struct route_draft draft = {0};
	struct ncrun_error err = {0};
	struct route *route;
	bool good;

	good = at->kind == ELEMENT_MAP ? keys_read_map(reader, &route_keys, &draft, at)
				       : line_read(reader, &draft, at);
	if (!good || !destination_read(reader, &draft, at) || !hops_settle(reader, &draft, at))
		return false;
	for (size_t i = 0; i < draft.route.hop_count; i++) {
		const struct netns_ip *via = &draft.route.hops[i].via;

		/* IPv4 by a neighbour of IPv6 is possible, the reverse is not (RFC 5549) */
		if (via->family == AF_INET && draft.route.destination.ip.family == AF_INET6)
			return reader_problem(reader, at, "a route of IPv6 via IPv4");
		if (!via->family && !draft.route.hops[i].interface)
			return reader_problem(reader, at, "a hop needs 'via' or 'dev'");
	}
	draft.route.place = element_place(at);
	if (node_add_route(node, 0, &route, &err) < 0)
		return reader_failed(reader, at, &err);
	free(route->hops);
	*route = draft.route;
	draft.route = (struct route){0};
	return true;
}

static bool routes_read(struct reader *reader, const struct key *key, void *object,
			const struct element *at)
{
	struct node *node = key_member(key, object);
	const struct element *items;
	size_t count, written = 0;
	bool good = true;

	for (size_t i = 0; i < node->route_count; i++)
		route_done(&node->routes[i]);
	node->route_count = 0;
	items = element_items(at, &count);
	for (size_t i = 0; i < count; i++) {
		if (!route_take(reader, node, &items[i]))
			good = false;
		else if (!node->routes[node->route_count - 1].assigned)
			written++;
		if (written > TOPOLOGY_ROUTES_MAX)
			return reader_problem(reader, &items[i], "more than %d routes",
					      TOPOLOGY_ROUTES_MAX);
	}
	return good;
}

static void route_put(struct writer *writer, const struct route *route)
{
	struct route_draft draft = {.route = *route};
	char to[NETNS_PREFIX_TEXT_MAX];

	draft.to = (char *)netns_prefix_print(&route->destination, to);
	if (route->hop_count == 1 && !route->hops[0].weight)
		draft.hop = route->hops[0];
	keys_write_map(writer, &route_keys, &draft);
}

static void routes_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);
	bool full = writer->style == TOPOLOGY_STYLE_FULL;
	bool any = false;

	for (size_t i = 0; i < node->route_count; i++) {
		if (node->routes[i].assigned && !full)
			continue;
		if (!any)
			writer_open(writer, '[');
		any = true;
		writer_item(writer);
		route_put(writer, &node->routes[i]);
	}
	if (any)
		writer_close(writer, ']');
}

const struct value value_routes = {routes_read, routes_write,
				   "a line, a map (see below), or a list", NULL};
