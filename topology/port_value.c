/* SPDX-License-Identifier: Apache-2.0 */

/* Published ports, ranges, further lines of the hosts file, what a nat translates. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "base/number.h"
#include "topology/read.h"
#include "topology/writer.h"

#define PORTS_MAX 1024
#define HOSTS_MAX 4096
#define NAMES_MAX 64 /* of one address */

/* ---- ranges ------------------------------------------------------------------------------ */

static bool range_parse(const char *text, uint16_t max, struct netns_ports *ret)
{
	const char *dash = strchr(text, '-');
	char first[8] = "";
	uint64_t from = 0, to = 0;

	if ((dash && dash - text >= (ptrdiff_t)sizeof(first)) || strlen(text) > 16)
		return false;
	snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - text) : (int)sizeof(first) - 1,
		 text);
	if ((!dash && strlen(text) >= sizeof(first)) ||
	    number_parse_u64("", first, 1, max, &from, NULL) < 0 ||
	    (dash && number_parse_u64("", dash + 1, from, max, &to, NULL) < 0))
		return false;
	*ret = (struct netns_ports){(uint16_t)from, to == from ? 0 : (uint16_t)to};
	return true;
}

bool range_take(struct reader *reader, const struct element *at, const char *what, uint16_t max,
		struct netns_ports *ret)
{
	const char *text = reader_text(reader, at);

	if (!text)
		return false;
	return range_parse(text, max, ret) ||
	       reader_problem(reader, at, "%s '%.60s': not a number or range from 1 to %d", what,
			      text, max);
}

void range_put(struct writer *writer, const struct netns_ports *range)
{
	char text[16];

	snprintf(text, sizeof(text), range->last ? "%u-%u" : "%u", range->first, range->last);
	if (range->last)
		writer_string(writer, text);
	else
		writer_raw(writer, text);
}

/* ---- published ports ------------------------------------------------------------------------ */

const char *port_parse(char *text, struct published_port *port)
{
	char *slash = strchr(text, '/');
	char *node = NULL, *host, *address = NULL;
	struct netns_ports ports[2];

	port->protocol = IPPROTO_TCP;
	if (slash) {
		*slash++ = '\0';
		if (text_equal(slash, "udp"))
			port->protocol = IPPROTO_UDP;
		else if (!text_equal(slash, "tcp"))
			return "the protocol is tcp or udp";
	}
	node = strrchr(text, ':');
	if (!node)
		return "not [ADDRESS:]PORT:PORT[/udp] (try 8080:80)";
	*node++ = '\0';
	host = strrchr(text, ':');
	if (host) {
		*host++ = '\0';
		address = text;
		/* IPv6 in brackets, as in a URL */
		if (address[0] == '[' && address[strlen(address) - 1] == ']') {
			address[strlen(address) - 1] = '\0';
			address++;
		}
		if (netns_ip_parse(address, &port->address, NULL) < 0)
			return "the address is none (try 127.0.0.1:8080:80)";
	} else {
		host = text;
	}
	if (!range_parse(host, UINT16_MAX, &ports[0]) || !range_parse(node, UINT16_MAX, &ports[1]))
		return "a port is a number from 1 to 65535, or a range";
	port->host_port = ports[0].first;
	port->node_port = ports[1].first;
	port->count = ports[0].last ? (uint16_t)(ports[0].last - ports[0].first + 1) : 1;
	if ((ports[1].last ? ports[1].last - ports[1].first + 1 : 1) != port->count)
		return "the ranges are of different lengths";
	if (port->count > PORT_RANGE_MAX)
		return "a range has at most 1024 ports";
	return NULL;
}

bool ports_meet(const struct published_port *a, const struct published_port *b)
{
	uint32_t a_end = (uint32_t)a->host_port + a->count;
	uint32_t b_end = (uint32_t)b->host_port + b->count;

	return a->protocol == b->protocol && a->host_port < b_end && b->host_port < a_end &&
	       (!a->address.family || !b->address.family ||
		netns_ip_equal(&a->address, &b->address));
}

static bool port_take(struct reader *reader, const struct element *at, struct published_port *port)
{
	const char *text = reader_text(reader, at);
	const char *mistake;
	char copy[128];

	if (!text)
		return false;
	snprintf(copy, sizeof(copy), "%s", text);
	mistake = strlen(text) < sizeof(copy) ? port_parse(copy, port) : "too long";
	return !mistake || reader_problem(reader, at, "port '%.100s': %s", text, mistake);
}

static bool ports_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	struct node *node = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	node->port_count = 0;
	items = element_items(at, &count);
	if (count > PORTS_MAX)
		return reader_problem(reader, at, "more than %d ports", PORTS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct published_port port = {.place = element_place(&items[i])};

		if (array_grow((void **)&node->ports, node->port_count, sizeof(port)) < 0)
			return reader_no_memory(reader);
		if (port_take(reader, &items[i], &port))
			node->ports[node->port_count++] = port;
		else
			good = false;
	}
	return good;
}

void port_print(const struct published_port *port, char text[PORT_TEXT_MAX])
{
	char address[NETNS_IP_TEXT_MAX + 3] = "", ip[NETNS_IP_TEXT_MAX], last[2][8] = {"", ""};

	if (port->address.family)
		snprintf(address, sizeof(address),
			 port->address.family == AF_INET6 ? "[%s]:" : "%s:",
			 netns_ip_print(&port->address, ip));
	if (port->count > 1) {
		snprintf(last[0], sizeof(last[0]), "-%u",
			 (port->host_port + port->count - 1) & 0xffff);
		snprintf(last[1], sizeof(last[1]), "-%u",
			 (port->node_port + port->count - 1) & 0xffff);
	}
	snprintf(text, PORT_TEXT_MAX, "%s%u%s:%u%s%s", address, port->host_port, last[0],
		 port->node_port, last[1], port->protocol == IPPROTO_UDP ? "/udp" : "");
}

static void ports_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);
	char text[PORT_TEXT_MAX];

	if (node->port_count == 0)
		return;
	writer_open(writer, '[');
	for (size_t i = 0; i < node->port_count; i++) {
		port_print(&node->ports[i], text);
		writer_item(writer);
		writer_string(writer, text);
	}
	writer_close(writer, ']');
}

const struct value value_ports = {ports_read, ports_write, "[ADDRESS:]PORT:PORT[/udp], or a list",
				  NULL};

/* ---- the hosts file ------------------------------------------------------------------------- */

/** What stands in a hosts file may be longer than our own names, and have more dots. */
static bool host_name_is_good(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789_.-");

	return length > 0 && length <= 253 && !name[length];
}

static bool names_take(struct reader *reader, const struct element *at, char ***ret)
{
	const struct element *items;
	bool good = true;
	size_t count;

	items = element_items(at, &count);
	if (!items_are_few(reader, at, count, NAMES_MAX))
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *text = reader_text(reader, &items[i]);
		_cleanup_(strings_freep) char **names = NULL;
		int r = 0;

		if (text && !line_is_short(reader, &items[i], text))
			return false;
		if (text)
			r = words_split(text, &names);
		if (!text || r == -EINVAL) {
			good = text ? reader_problem(reader, &items[i], "a quote is not closed")
				    : false;
			continue;
		}
		if (r < 0)
			return reader_no_memory(reader);
		for (size_t n = 0; names && names[n]; n++) {
			if (!host_name_is_good(names[n]))
				good = reader_problem(reader, &items[i],
						      "'%.60s': not the name of a host", names[n]);
			else if (strings_append(ret, names[n]) < 0)
				return reader_no_memory(reader);
		}
	}
	if (good && (!*ret || strings_count((const char *const *)*ret) > NAMES_MAX))
		return reader_problem(reader, at, "'%.60s': expected 1 to %d names", at->key,
				      NAMES_MAX);
	return good;
}

static bool hosts_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	struct node *node = key_member(key, object);
	bool good = true;

	for (size_t i = 0; i < node->host_entry_count; i++)
		host_entry_done(&node->host_entries[i]);
	node->host_entry_count = 0;
	if (!reader_expects(reader, at, ELEMENT_MAP))
		return false;
	if (at->count > HOSTS_MAX)
		return reader_problem(reader, at, "'hosts': more than %d addresses", HOSTS_MAX);
	for (size_t i = 0; i < at->count; i++) {
		const struct element place = element_key(&at->children[i]);
		struct host_entry entry = {0};
		struct ncrun_error err = {0};

		if (array_grow((void **)&node->host_entries, node->host_entry_count,
			       sizeof(entry)) < 0)
			return reader_no_memory(reader);
		if (netns_ip_parse(at->children[i].key, &entry.ip, &err) < 0) {
			good = reader_problem(reader, &place, "hosts %s", err.message);
			continue;
		}
		if (names_take(reader, &at->children[i], &entry.names)) {
			node->host_entries[node->host_entry_count++] = entry;
		} else {
			host_entry_done(&entry);
			good = false;
		}
	}
	return good;
}

static void hosts_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);
	char buffer[NETNS_IP_TEXT_MAX];

	if (node->host_entry_count == 0)
		return;
	writer_open(writer, '{');
	for (size_t i = 0; i < node->host_entry_count; i++) {
		const struct host_entry *entry = &node->host_entries[i];

		writer_key(writer, netns_ip_print(&entry->ip, buffer));
		writer_strings(writer, (const char *const *)entry->names);
	}
	writer_close(writer, '}');
}

const struct value value_hosts = {hosts_read, hosts_write, "{ADDRESS: NAMES, ...}", NULL};

/* ---- translation ------------------------------------------------------------------------- */

struct nat_flags {
	bool random, fully_random, persistent;
	struct netns_ports ports;
};

static const struct key nat_rows[] = {
	{"random", KINDS_ALL, &value_bool, offsetof(struct nat_flags, random), NULL, false},
	{"fully-random", KINDS_ALL, &value_bool, offsetof(struct nat_flags, fully_random), NULL,
	 false},
	{"persistent", KINDS_ALL, &value_bool, offsetof(struct nat_flags, persistent), NULL, false},
	{"ports", KINDS_ALL, &value_port_range, offsetof(struct nat_flags, ports), NULL, false},
};

const struct key_table nat_keys = {"a translation", nat_rows, 4, false};

static bool nat_read(struct reader *reader, const struct key *key, void *object,
		     const struct element *at)
{
	struct node *node = key_member(key, object);
	struct nat_flags flags = {0};

	if (!keys_read_map(reader, &nat_keys, &flags, at))
		return false;
	node->nat_flags = (flags.random ? NETNS_NAT_RANDOM : 0) |
			  (flags.fully_random ? NETNS_NAT_FULLY_RANDOM : 0) |
			  (flags.persistent ? NETNS_NAT_PERSISTENT : 0);
	node->nat_ports = flags.ports;
	return true;
}

static void nat_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);
	const struct nat_flags flags = {.random = node->nat_flags & NETNS_NAT_RANDOM,
					.fully_random = node->nat_flags & NETNS_NAT_FULLY_RANDOM,
					.persistent = node->nat_flags & NETNS_NAT_PERSISTENT,
					.ports = node->nat_ports};

	if (node->nat_flags || node->nat_ports.first)
		keys_write_map(writer, &nat_keys, &flags);
}

const struct value value_nat = {nat_read, nat_write, "a map (see below)", NULL};
