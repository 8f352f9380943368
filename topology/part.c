/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What nodes and links own: growing it, copying it, releasing it.
 *
 * x_own() makes a shallow copy a deep one: whatever it points to and owns is replaced by
 * a copy. After a failure nothing in it belongs to somebody else, so it can be released.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "topology/model.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Members of a node that are one string each, and those that are a list of strings. */
static const size_t node_strings[] = {
	offsetof(struct node, name),        offsetof(struct node, rootfs),
	offsetof(struct node, pull),        offsetof(struct node, upper),
	offsetof(struct node, upper_size),  offsetof(struct node, workdir),
	offsetof(struct node, user),        offsetof(struct node, hostname),
	offsetof(struct node, seccomp),     offsetof(struct node, userns),
	offsetof(struct node, stop_signal), offsetof(struct node, timeout),
	offsetof(struct node, stop_grace),  offsetof(struct node, log_size),
};

static const size_t node_lists[] = {
	offsetof(struct node, volumes), offsetof(struct node, tmpfs),
	offsetof(struct node, env),     offsetof(struct node, groups),
	offsetof(struct node, cap_add), offsetof(struct node, cap_drop),
	offsetof(struct node, rlimits), offsetof(struct node, sysctls),
	offsetof(struct node, labels),
};

static const size_t filter_strings[] = {
	offsetof(struct netns_filter_rule, chain),
	offsetof(struct netns_filter_rule, in_interface),
	offsetof(struct netns_filter_rule, out_interface),
	offsetof(struct netns_filter_rule, source_set),
	offsetof(struct netns_filter_rule, destination_set),
	offsetof(struct netns_filter_rule, target),
	offsetof(struct netns_filter_rule, comment),
};

static const size_t filter_macs[] = {
	offsetof(struct netns_filter_rule, mac_source),
	offsetof(struct netns_filter_rule, mac_destination),
};

static const size_t policy_strings[] = {
	offsetof(struct netns_rule, in_interface),
	offsetof(struct netns_rule, out_interface),
};

/* ---- memory ----------------------------------------------------------------------- */

static bool array_own(void **items, size_t *count, size_t size)
{
	size_t room = 1;
	void *copy;

	while (room < *count)
		room *= 2;
	copy = *count ? calloc(room, size) : NULL;
	if (copy)
		memcpy(copy, *items, *count * size);
	*items = copy;
	if (copy || !*count)
		return true;
	*count = 0;
	return false;
}

static bool string_own(char **string)
{
	if (!*string)
		return true;
	*string = strdup(*string);
	return *string;
}

static bool list_own(char ***list)
{
	if (!*list)
		return true;
	*list = strings_copy((const char *const *)*list);
	return *list;
}

static bool argvs_own(char ****argvs)
{
	char ***from = *argvs;
	size_t count = 0;
	bool good = true;

	if (!from)
		return true;
	while (from[count])
		count++;
	*argvs = calloc(count + 1, sizeof(**argvs));
	for (size_t i = 0; *argvs && good && i < count; i++) {
		(*argvs)[i] = from[i];
		good = list_own(&(*argvs)[i]);
	}
	return *argvs && good;
}

char ***argvs_free(char ***argvs)
{
	for (size_t i = 0; argvs && argvs[i]; i++)
		strings_free(argvs[i]);
	free(argvs);
	return NULL;
}

static void **member(void *object, size_t offset)
{
	return (void **)((char *)object + offset);
}

static bool strings_own(void *object, const size_t *offsets, size_t count)
{
	bool good = true;

	for (size_t i = 0; i < count; i++)
		good &= string_own((char **)member(object, offsets[i]));
	return good;
}

static void pointers_free(void *object, const size_t *offsets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(*member(object, offsets[i]));
}

/* ---- parts of nodes --------------------------------------------------------------- */

void service_done(struct service *service)
{
	free(service->name);
	strings_free(service->argv);
}

void route_done(struct route *route)
{
	for (size_t i = 0; i < route->hop_count; i++)
		free(route->hops[i].interface);
	free(route->hops);
}

void policy_rule_done(struct policy_rule *rule)
{
	pointers_free(&rule->rule, policy_strings, COUNT(policy_strings));
}

void filter_done(struct filter *filter)
{
	pointers_free(&filter->rule, filter_strings, COUNT(filter_strings));
	pointers_free(&filter->rule, filter_macs, COUNT(filter_macs));
}

void host_entry_done(struct host_entry *entry)
{
	strings_free(entry->names);
}

static bool route_own(struct route *route)
{
	bool good = array_own((void **)&route->hops, &route->hop_count, sizeof(struct hop));

	for (size_t i = 0; i < route->hop_count; i++)
		good &= string_own(&route->hops[i].interface);
	return good;
}

static bool filter_own(struct filter *filter)
{
	bool good = strings_own(&filter->rule, filter_strings, COUNT(filter_strings));

	for (size_t i = 0; i < COUNT(filter_macs); i++) {
		size_t count = NETNS_MAC_LENGTH;
		void **mac = member(&filter->rule, filter_macs[i]);

		if (*mac)
			good &= array_own(mac, &count, 1);
	}
	return good;
}

/* ---- links -------------------------------------------------------------------------- */

int interface_add_address(struct interface *interface, const struct netns_prefix *prefix,
			  bool assigned, struct ncrun_error *err)
{
	size_t at;

	if (interface->address_count == TOPOLOGY_ADDRESSES_MAX)
		return error_set(err, ENOSPC, "more than %d addresses", TOPOLOGY_ADDRESSES_MAX);
	if (array_grow((void **)&interface->addresses, interface->address_count,
		       sizeof(struct address)) < 0)
		return error_set(err, ENOMEM, "no memory for an address");
	/* Those that are assigned stand in one order, whichever of them was kept from before. */
	at = interface->address_count++;
	while (assigned && prefix->ip.family == AF_INET && at > 0 &&
	       interface->addresses[at - 1].assigned &&
	       interface->addresses[at - 1].prefix.ip.family == AF_INET6) {
		interface->addresses[at] = interface->addresses[at - 1];
		at--;
	}
	interface->addresses[at] = (struct address){.prefix = *prefix, .assigned = assigned};
	return 0;
}

static void interface_done(struct interface *interface)
{
	free(interface->name);
	free(interface->addresses);
	free(interface->vlan.trunk);
}

int interface_copy(struct interface *to, const struct interface *from)
{
	struct interface copy = *from;
	bool good;

	copy.node = to->node;
	copy.link = to->link;
	good = string_own(&copy.name);
	good &= array_own((void **)&copy.addresses, &copy.address_count, sizeof(struct address));
	good &= array_own((void **)&copy.vlan.trunk, &copy.vlan.trunk_count,
			  sizeof(*copy.vlan.trunk));
	interface_done(to);
	*to = copy;
	return good ? 0 : -ENOMEM;
}

struct link *link_free(struct link *link)
{
	if (!link)
		return NULL;
	for (int i = 0; i < 2; i++)
		interface_done(&link->ends[i]);
	free(link);
	return NULL;
}

/* ---- nodes -------------------------------------------------------------------------- */

int node_add_route(struct node *node, size_t hop_count, struct route **ret, struct ncrun_error *err)
{
	struct hop *hops = calloc(hop_count ? hop_count : 1, sizeof(*hops));

	if (!hops ||
	    array_grow((void **)&node->routes, node->route_count, sizeof(struct route)) < 0) {
		free(hops);
		return error_set(err, ENOMEM, "node '%s': no memory for a route", node->name);
	}
	*ret = &node->routes[node->route_count++];
	**ret = (struct route){.hops = hops, .hop_count = hop_count};
	return 0;
}

struct node *node_free(struct node *node)
{
	if (!node)
		return NULL;
	pointers_free(node, node_strings, COUNT(node_strings));
	for (size_t i = 0; i < COUNT(node_lists); i++)
		strings_free((char **)*member(node, node_lists[i]));
	for (size_t i = 0; i < node->service_count; i++)
		service_done(&node->services[i]);
	for (size_t i = 0; i < node->route_count; i++)
		route_done(&node->routes[i]);
	for (size_t i = 0; i < node->rule_count; i++)
		policy_rule_done(&node->rules[i]);
	for (size_t i = 0; i < node->host_entry_count; i++)
		host_entry_done(&node->host_entries[i]);
	for (size_t i = 0; i < node->filter_count; i++)
		filter_done(&node->filters[i]);
	argvs_free(node->exec);
	ncrun_limits_clear(&node->limits);
	free(node->interfaces);
	free(node->services);
	free(node->routes);
	free(node->rules);
	free(node->loopback);
	free(node->host_entries);
	free(node->filters);
	free(node->ports);
	free(node);
	return NULL;
}

static bool node_own_arrays(struct node *node)
{
	bool good = true;

#define OWN(items, count) \
	good &= array_own((void **)&node->items, &node->count, sizeof(*node->items))
	OWN(services, service_count);
	OWN(routes, route_count);
	OWN(rules, rule_count);
	OWN(loopback, loopback_count);
	OWN(host_entries, host_entry_count);
	OWN(filters, filter_count);
	OWN(ports, port_count);
#undef OWN
	return good;
}

static bool node_own(struct node *node)
{
	bool good = node_own_arrays(node);

	good &= strings_own(node, node_strings, COUNT(node_strings));
	for (size_t i = 0; i < COUNT(node_lists); i++)
		good &= list_own((char ***)member(node, node_lists[i]));
	for (size_t i = 0; i < node->service_count; i++) {
		good &= string_own(&node->services[i].name);
		good &= list_own(&node->services[i].argv);
	}
	for (size_t i = 0; i < node->route_count; i++)
		good &= route_own(&node->routes[i]);
	for (size_t i = 0; i < node->rule_count; i++)
		good &= strings_own(&node->rules[i].rule, policy_strings, COUNT(policy_strings));
	for (size_t i = 0; i < node->host_entry_count; i++)
		good &= list_own(&node->host_entries[i].names);
	for (size_t i = 0; i < node->filter_count; i++)
		good &= filter_own(&node->filters[i]);
	good &= argvs_own(&node->exec);
	return good;
}

struct node *node_copy(const struct node *from)
{
	_cleanup_(node_freep) struct node *copy = malloc(sizeof(*copy));
	bool good;

	if (!copy)
		return NULL;
	*copy = *from;
	copy->interfaces = NULL;
	copy->interface_count = 0;
	copy->limits = NCRUN_LIMITS_INIT;
	good = node_own(copy);
	good &= ncrun_limits_copy(&copy->limits, &from->limits, NULL) == 0;
	return good ? take_ptr(copy) : NULL;
}
