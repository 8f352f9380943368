/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Names, addresses and VLANs of interfaces. In the state of a running network a value that
 * ncrun chose is {value: eth0, assigned: true}.
 */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "topology/read.h"
#include "topology/writer.h"

/* ---- what may be assigned ----------------------------------------------------------------- */

struct assigned {
	char *value; /* owned */
	bool assigned;
};

static const struct key assigned_rows[] = {
	{"value", KINDS_ALL, &value_string, offsetof(struct assigned, value), NULL, false},
	{"assigned", KINDS_ALL, &value_bool, offsetof(struct assigned, assigned), NULL, false},
};

const struct key_table assigned_keys = {"an assigned value", assigned_rows, 2, false};

static void assigned_done(struct assigned *assigned)
{
	free(assigned->value);
}

static bool assigned_read(struct reader *reader, const struct element *at, struct assigned *ret)
{
	const char *text;

	if (at->kind == ELEMENT_MAP)
		return keys_read_map(reader, &assigned_keys, ret, at) &&
		       (ret->value || reader_problem(reader, at, "no 'value'"));
	text = reader_text(reader, at);
	if (!text)
		return false;
	ret->value = strdup(text);
	return ret->value || reader_no_memory(reader);
}

static void assigned_write(struct writer *writer, const char *value, bool assigned)
{
	if (!assigned) {
		writer_string(writer, value);
	} else if (writer->style == TOPOLOGY_STYLE_FULL) {
		const struct assigned both = {(char *)value, true};

		keys_write_map(writer, &assigned_keys, &both);
	}
}

/* ---- names ------------------------------------------------------------------------------ */

static bool name_read(struct reader *reader, const struct key *key, void *object,
		      const struct element *at)
{
	_cleanup_(assigned_done) struct assigned name = {0};
	struct interface *interface = key_member(key, object);
	char kernel_name[NETNS_NAME_MAX];
	struct ncrun_error err = {0};

	if (!assigned_read(reader, at, &name))
		return false;
	if (netns_name_short(name.value, kernel_name, &err) < 0)
		return reader_failed(reader, at, &err);
	free(interface->name);
	interface->name = take_ptr(name.value);
	interface->name_assigned = name.assigned;
	return true;
}

static void name_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct interface *interface = key_member(key, object);

	if (interface->name)
		assigned_write(writer, interface->name, interface->name_assigned);
}

const struct value value_interface_name = {name_read, name_write, "a name", NULL};

static bool mac_read(struct reader *reader, const struct key *key, void *object,
		     const struct element *at)
{
	_cleanup_(assigned_done) struct assigned text = {0};
	struct interface *interface = key_member(key, object);
	struct ncrun_error err = {0};

	if (!assigned_read(reader, at, &text))
		return false;
	if (netns_mac_parse(text.value, interface->mac, &err) < 0)
		return reader_problem(reader, at, "mac %s", err.message);
	interface->mac_set = true;
	interface->mac_assigned = text.assigned;
	return true;
}

static void mac_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct interface *interface = key_member(key, object);
	char buffer[NETNS_MAC_TEXT_MAX];

	if (interface->mac_set)
		assigned_write(writer, netns_mac_print(interface->mac, buffer),
			       interface->mac_assigned);
}

const struct value value_mac = {mac_read, mac_write, "a MAC address", NULL};

/* ---- addresses --------------------------------------------------------------------------- */

static bool address_take(struct reader *reader, const struct element *at, bool wants_length,
			 struct address *ret)
{
	_cleanup_(assigned_done) struct assigned text = {0};
	struct ncrun_error err = {0};

	if (!assigned_read(reader, at, &text))
		return false;
	assert(text.value);
	if (netns_prefix_parse(text.value, &ret->prefix, &err) < 0)
		return reader_problem(reader, at, "address %s", err.message);
	if (wants_length && !strchr(text.value, '/'))
		return reader_problem(reader, at, "address '%s': no length (try %s/%d)", text.value,
				      text.value, ret->prefix.ip.family == AF_INET ? 24 : 64);
	ret->assigned = text.assigned;
	return true;
}

static bool addresses_read(struct reader *reader, const struct key *key, void *object,
			   const struct element *at)
{
	struct interface *interface = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	interface->address_count = 0;
	interface->no_address = at->kind == ELEMENT_STRING && text_equal(at->text, "none");
	if (interface->no_address)
		return true;
	items = element_items(at, &count);
	if (!items_are_few(reader, at, count, TOPOLOGY_ADDRESSES_MAX))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct address address = {0};
		struct ncrun_error err = {0};

		if (!address_take(reader, &items[i], true, &address))
			good = false;
		else if (interface_add_address(interface, &address.prefix, address.assigned, &err) <
			 0)
			return reader_failed(reader, &items[i], &err);
	}
	return good;
}

static void addresses_put(struct writer *writer, const struct address *addresses, size_t count)
{
	bool full = writer->style == TOPOLOGY_STYLE_FULL;
	size_t said = 0, last = 0;
	char buffer[NETNS_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		if (full || !addresses[i].assigned) {
			said++;
			last = i;
		}
	if (said == 0)
		return;
	if (said == 1 && !full) {
		writer_string(writer, netns_prefix_print(&addresses[last].prefix, buffer));
		return;
	}
	writer_open(writer, '[');
	for (size_t i = 0; i < count; i++) {
		if (!full && addresses[i].assigned)
			continue;
		writer_item(writer);
		assigned_write(writer, netns_prefix_print(&addresses[i].prefix, buffer),
			       addresses[i].assigned);
	}
	writer_close(writer, ']');
}

static void addresses_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct interface *interface = key_member(key, object);

	if (interface->no_address)
		writer_string(writer, "none");
	else
		addresses_put(writer, interface->addresses, interface->address_count);
}

const struct value value_addresses = {addresses_read, addresses_write,
				      "ADDRESS/LENGTH, a list of them, or none", NULL};

static bool loopback_read(struct reader *reader, const struct key *key, void *object,
			  const struct element *at)
{
	struct node *node = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	items = element_items(at, &count);
	node->loopback_count = 0;
	if (!items_are_few(reader, at, count, TOPOLOGY_ADDRESSES_MAX))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (array_grow((void **)&node->loopback, node->loopback_count,
			       sizeof(struct address)) < 0)
			return reader_no_memory(reader);
		node->loopback[node->loopback_count] = (struct address){0};
		if (address_take(reader, &items[i], false, &node->loopback[node->loopback_count]))
			node->loopback_count++;
		else
			good = false;
	}
	return good;
}

static void loopback_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);

	addresses_put(writer, node->loopback, node->loopback_count);
}

const struct value value_loopback = {loopback_read, loopback_write, "an address or a list", NULL};

/* ---- one of each family -------------------------------------------------------------------- */

static bool pair_take(struct reader *reader, const struct element *at, const char *what, bool host,
		      struct netns_prefix pair[2])
{
	const struct element *items;
	bool good = true;
	size_t count;

	pair[0] = pair[1] = (struct netns_prefix){0};
	items = element_items(at, &count);
	for (size_t i = 0; i < count; i++) {
		const char *text = reader_text(reader, &items[i]);
		struct netns_prefix prefix = {0};
		struct ncrun_error err = {0};
		int at_family;

		if (!text) {
			good = false;
			continue;
		}
		if (netns_prefix_parse(text, &prefix, &err) < 0) {
			/* the hint of one who wants no length */
			if (host)
				netns_ip_parse(text, &prefix.ip, &err);
			good = reader_problem(reader, &items[i], "%s %s", what, err.message);
			continue;
		}
		at_family = prefix.ip.family == AF_INET6;
		if (pair[at_family].ip.family)
			good = reader_problem(reader, &items[i], "%s '%s': a second one for IPv%d",
					      what, text, at_family ? 6 : 4);
		else
			pair[at_family] = prefix;
	}
	return good;
}

static bool gateways_read(struct reader *reader, const struct key *key, void *object,
			  const struct element *at)
{
	struct node *node = key_member(key, object);
	struct netns_prefix pair[2];
	char text[NETNS_IP_TEXT_MAX];
	bool good = pair_take(reader, at, "gateway", true, pair);

	for (int i = 0; i < 2; i++) {
		if (pair[i].length != netns_ip_size(&pair[i].ip) * 8)
			return reader_problem(reader, at,
					      "gateway: an address, not a network (try %s)",
					      netns_ip_print(&pair[i].ip, text));
		node->gateways[i] = pair[i].ip;
	}
	return good;
}

static void gateways_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct node *node = key_member(key, object);
	char buffers[2][NETNS_IP_TEXT_MAX];
	const char *list[3] = {NULL};
	size_t count = 0;

	for (int i = 0; i < 2; i++)
		if (node->gateways[i].family)
			list[count++] = netns_ip_print(&node->gateways[i], buffers[i]);
	if (count > 0)
		writer_strings(writer, list);
}

const struct value value_gateways = {gateways_read, gateways_write,
				     "an address, or one of each family", NULL};

static bool subnets_read(struct reader *reader, const struct key *key, void *object,
			 const struct element *at)
{
	struct netns_prefix *subnets = key_member(key, object);
	bool good = pair_take(reader, at, "subnet", false, subnets);

	for (int i = 0; i < 2; i++) {
		struct netns_prefix network = netns_prefix_network(&subnets[i]);
		char text[NETNS_PREFIX_TEXT_MAX], hint[NETNS_PREFIX_TEXT_MAX];

		if (netns_ip_equal(&network.ip, &subnets[i].ip))
			continue;
		netns_prefix_print(&subnets[i], text);
		good = reader_problem(reader, at,
				      "subnet '%s': an address in it, not the network (try %s)",
				      text, netns_prefix_print(&network, hint));
	}
	return good;
}

static void subnets_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct netns_prefix *subnets = key_member(key, object);
	char buffers[2][NETNS_PREFIX_TEXT_MAX];
	const char *list[3] = {NULL};
	size_t count = 0;

	for (int i = 0; i < 2; i++)
		if (subnets[i].ip.family)
			list[count++] = netns_prefix_print(&subnets[i], buffers[i]);
	if (count > 0)
		writer_strings(writer, list);
}

const struct value value_subnets = {subnets_read, subnets_write, "a network, or one of each family",
				    NULL};

/* ---- VLANs ------------------------------------------------------------------------------- */

static bool trunk_read(struct reader *reader, const struct key *key, void *object,
		       const struct element *at)
{
	struct interface *interface = key_member(key, object);
	const struct element *items;
	bool good = true;
	size_t count;

	interface->vlan.trunk_count = 0;
	items = element_items(at, &count);
	if (!items_are_few(reader, at, count, LIST_MAX))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct netns_ports range = {0};

		if (!range_take(reader, &items[i], "trunk", 4094, &range)) {
			good = false;
			continue;
		}
		if (array_grow((void **)&interface->vlan.trunk, interface->vlan.trunk_count,
			       sizeof(*interface->vlan.trunk)) < 0)
			return reader_no_memory(reader);
		interface->vlan.trunk[interface->vlan.trunk_count].first = range.first;
		interface->vlan.trunk[interface->vlan.trunk_count++].last =
			range.last ? range.last : range.first;
	}
	return good;
}

static void trunk_write(struct writer *writer, const struct key *key, const void *object)
{
	const struct interface *interface = key_member(key, object);

	if (interface->vlan.trunk_count == 0)
		return;
	writer_open(writer, '[');
	for (size_t i = 0; i < interface->vlan.trunk_count; i++) {
		uint16_t first = interface->vlan.trunk[i].first,
			 last = interface->vlan.trunk[i].last;
		const struct netns_ports range = {first, last == first ? 0 : last};

		writer_item(writer);
		range_put(writer, &range);
	}
	writer_close(writer, ']');
}

const struct value value_trunk = {trunk_read, trunk_write, "a number, FIRST-LAST, or a list", NULL};
