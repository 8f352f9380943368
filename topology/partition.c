/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Partitions of a running network: a record beside its topology says who is in which group,
 * and each of those nodes drops what comes from and goes to the others. The record is
 * written first and removed last, so that whoever is killed in between can do it again.
 * That of the network says, in between, that there is one: it cannot be lost unnoticed.
 */

#include "topology/partition.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/api.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/process.h"
#include "base/record.h"
#include "base/seal.h"
#include "topology/running.h"
#include "topology/target.h"

#define PARTITION_FILE ".partition"
#define PARTITION_MAX  (8u << 20)
#define GROUP_NONE     0

/** struct partition - what the record says */
struct partition {
	char **groups;    /* owned; "a,b" */
	uint64_t packets; /* that were dropped before filters were made anew */
};

static void partition_done(struct partition *partition)
{
	strings_free(partition->groups);
}

/* ---- the record ------------------------------------------------------------------------- */

/** What the network's own record says by now. */
static int partition_is_written(struct ncrun_network *network, bool *ret, struct ncrun_error *err)
{
	const struct network_record before = network->record;
	int r = before.cut ? network_read_record(network, err) : 0;

	*ret = network->record.cut;
	network->record = before;
	return r;
}

/** None is "". */
static int partition_file_read(struct ncrun_network *network, char **ret, size_t *ret_size,
			       struct ncrun_error *err)
{
	bool written = false;
	int r = seal_read_at(network->dir, PARTITION_FILE, PARTITION_MAX, ret, ret_size, err);

	if (r != -ENOENT)
		return r;
	r = partition_is_written(network, &written, err);
	if (r < 0 || !written)
		return r;
	return seal_read_at(network->dir, PARTITION_FILE, PARTITION_MAX, ret, ret_size, err);
}

/** No groups at all when there is no partition. */
static int partition_read(struct ncrun_network *network, struct partition *ret,
			  struct ncrun_error *err)
{
	_cleanup_(record_freep) struct record *record = NULL;
	_cleanup_free_ char *text = NULL;
	const char *const *groups;
	struct ncrun_error why = {0};
	size_t size = 0;
	int r = partition_file_read(network, &text, &size, &why);

	if (r == 0 && !text)
		return 0;
	if (r == 0)
		r = record_parse(text, size, &record, &why);
	if (is_damage(r) && r != -ENOTSUP)
		return error_set(err, EBADMSG,
				 "partition of network '%s': %s (make it whole: ncrun heal %s)",
				 network->name, why.message, network->name);
	if (r < 0)
		return error_set(err, -r, "partition of network '%s': %s", network->name,
				 why.message);
	groups = record_get_list(record, "group");
	ret->groups = groups ? strings_copy(groups) : NULL;
	if (!ret->groups)
		return error_set(err, ENOMEM, "read a partition: out of memory");
	ret->packets = record_get_u64(record, "packets", 0);
	return 0;
}

static int partition_note(struct ncrun_network *network, bool cut, struct ncrun_error *err)
{
	int r;

	if (network->record.cut == cut)
		return 0;
	network->record.cut = cut;
	r = network_write_record(network, err);
	if (r < 0)
		network->record.cut = !cut;
	return r;
}

/** Without groups there is none. */
static int partition_write(struct ncrun_network *network, const struct partition *partition,
			   struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};
	int r;

	if (!partition->groups || !partition->groups[0]) {
		r = partition_note(network, false, err);
		if (r == 0 && unlinkat(network->dir, PARTITION_FILE, 0) < 0 && errno != ENOENT)
			return error_errno(err, "remove '%s'", PARTITION_FILE);
		return r;
	}
	record_put_list(&text, "group", (const char *const *)partition->groups);
	record_put_u64(&text, "packets", partition->packets);
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "write a partition: out of memory");
	r = file_replace_at(network->dir, PARTITION_FILE, text.chars, text.length, 0600, err);
	return r < 0 ? r : partition_note(network, true, err);
}

/* ---- who is where ----------------------------------------------------------------------- */

/** struct side - a group: what the others in it are called by */
struct side {
	struct netns_ip *ips; /* owned; addresses of this group */
	size_t count;
};

struct sides {
	struct side *items; /* owned; by number of the group, 0 is nobody's */
	size_t count;
};

static void sides_done(struct sides *sides)
{
	for (size_t i = 0; sides->items && i < sides->count; i++)
		free(sides->items[i].ips);
	free(sides->items);
}

static int side_add(struct side *side, const struct netns_ip *ip, struct ncrun_error *err)
{
	if (array_grow((void **)&side->ips, side->count, sizeof(*ip)) < 0)
		return error_set(err, ENOMEM, "cut a network: out of memory");
	side->ips[side->count++] = *ip;
	return 0;
}

static bool is_loopback(const struct netns_ip *ip)
{
	static const uint8_t six[16] = {[15] = 1};

	return ip->family == AF_INET ? ip->bytes[0] == 127 : memcmp(ip->bytes, six, 16) == 0;
}

/** Those that it was given... */
static int side_add_stated(struct side *side, const struct node *node, struct ncrun_error *err)
{
	int r = 0;

	for (size_t i = 0; i < node->interface_count; i++)
		for (size_t a = 0; r == 0 && a < node->interfaces[i]->address_count; a++)
			r = side_add(side, &node->interfaces[i]->addresses[a].prefix.ip, err);
	for (size_t a = 0; r == 0 && a < node->loopback_count; a++)
		r = side_add(side, &node->loopback[a].prefix.ip, err);
	return r;
}

/** ... and those that it has: of its links alone, and what its programs have added. */
static int side_add_present(struct side *side, struct netns *netns, struct ncrun_error *err)
{
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	int r = netns_state_read(netns, NETNS_LOOK_ADDRESSES, &state, err);

	for (size_t i = 0; r == 0 && i < state->address_count; i++)
		if (!is_loopback(&state->addresses[i].prefix.ip))
			r = side_add(side, &state->addresses[i].prefix.ip, err);
	return r;
}

/** Sets the mark of each node to its group. Names that nobody has any more are left out. */
static size_t nodes_mark(struct ncrun_topology *topology, char *const *groups)
{
	size_t count = 1;

	for (size_t i = 0; i < topology->node_count; i++)
		topology->nodes[i]->mark = GROUP_NONE;
	for (; groups && *groups; groups++, count++) {
		const char *name = *groups;

		while (*name) {
			size_t length = strcspn(name, ",");
			char text[NCRUN_NAME_MAX + 1] = "";
			struct node *node;

			if (length < sizeof(text))
				memcpy(text, name, length);
			node = topology_node(topology, text);
			if (node)
				node->mark = (uint32_t)count;
			name += length + (name[length] == ',');
		}
	}
	if (count != 2)
		return count;
	for (size_t i = 0; i < topology->node_count; i++) /* one alone, and all others */
		if (topology->nodes[i]->mark == GROUP_NONE && !node_is_switch(topology->nodes[i]))
			topology->nodes[i]->mark = 2;
	return 3;
}

static int sides_fill(struct ncrun_network *network, const struct ncrun_topology *topology,
		      struct sides *sides, struct ncrun_error *err)
{
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];
		struct side *side = &sides->items[node->mark];
		struct netns *netns = NULL;
		int r;

		if (node->mark == GROUP_NONE)
			continue;
		r = side_add_stated(side, node, err);
		if (r == 0)
			r = network_netns(network, node, &netns, err);
		if (r == 0)
			r = side_add_present(side, netns, err);
		if (r < 0 && r != -ENOTCONN)
			return error_wrap(err, r, "node '%s'", node->name);
	}
	return 0;
}

/** All that the nodes of a group are not to reach. */
static int away_collect(const struct sides *sides, size_t group, struct side *ret,
			struct ncrun_error *err)
{
	for (size_t other = 1; other < sides->count; other++)
		for (size_t i = 0; other != group && i < sides->items[other].count; i++) {
			int r = side_add(ret, &sides->items[other].ips[i], err);

			if (r < 0)
				return r;
		}
	return 0;
}

/* ---- cutting and mending ---------------------------------------------------------------- */

/** Call @each for all nodes with a namespace of their own; those that do not run are left out. */
static int nodes_each(struct ncrun_network *network, const struct ncrun_topology *topology,
		      int (*each)(void *data, const struct node *node, struct netns *netns,
				  struct ncrun_error *err),
		      void *data, struct ncrun_error *err)
{
	for (size_t i = 0; i < topology->node_count; i++) {
		const struct node *node = topology->nodes[i];
		struct netns *netns = NULL;
		int r;

		if (node_is_switch(node))
			continue;
		r = network_netns(network, node, &netns, err);
		if (r == 0)
			r = each(data, node, netns, err);
		if (r < 0 && r != -ENOTCONN)
			return error_wrap(err, r, "node '%s'", node->name);
	}
	return 0;
}

/** struct cut - @group: whose nodes are at it; @away: what they are cut off from */
struct cut {
	size_t group;
	struct side away;
};

static int node_cut(void *data, const struct node *node, struct netns *netns,
		    struct ncrun_error *err)
{
	struct cut *cut = data;

	if (node->mark != cut->group)
		return 0;
	if (cut->group == GROUP_NONE)
		return partition_mend(netns, err);
	return partition_cut(netns, cut->away.ips, cut->away.count, err);
}

static int count_add(void *data, const struct node *node __attribute__((unused)),
		     struct netns *netns, struct ncrun_error *err)
{
	uint64_t packets = 0, *sum = data;
	int r = partition_count(netns, &packets, err);

	*sum += packets;
	return r;
}

/** Make the filters what the groups say; without groups there are none. */
static int groups_enforce(struct ncrun_network *network, struct ncrun_topology *topology,
			  char *const *groups, struct ncrun_error *err)
{
	_cleanup_(sides_done) struct sides sides = {.count = nodes_mark(topology, groups)};
	int r = 0;

	sides.items = calloc(sides.count, sizeof(*sides.items));
	if (!sides.items)
		return error_set(err, ENOMEM, "cut a network: out of memory");
	r = sides_fill(network, topology, &sides, err);
	for (size_t group = 0; r == 0 && group < sides.count; group++) {
		struct cut cut = {.group = group};

		if (group != GROUP_NONE)
			r = away_collect(&sides, group, &cut.away, err);
		if (r == 0)
			r = nodes_each(network, topology, node_cut, &cut, err);
		free(cut.away.ips);
	}
	return r;
}

/** One partition instead of another; if that fails, the other stays. */
static int partition_replace(struct ncrun_network *network, const struct partition *before,
			     const struct partition *after, struct ncrun_error *err)
{
	struct ncrun_topology *topology = network_topology(network);
	struct descriptor_limit limit;
	int r = partition_write(network, after, err);

	if (r < 0) {
		(void)partition_write(network, before, NULL);
		return r;
	}
	descriptor_limit_raise(&limit); /* each node is some */
	r = groups_enforce(network, topology, after->groups, err);
	if (r < 0) {
		(void)groups_enforce(network, topology, before->groups, NULL);
		(void)partition_write(network, before, NULL);
	}
	descriptor_limit_restore(&limit);
	return r;
}

int network_partition_renew(struct ncrun_network *network, struct ncrun_topology *topology,
			    struct ncrun_error *err)
{
	_cleanup_(partition_done) struct partition partition = {.groups = NULL};
	int r = partition_read(network, &partition, err);

	if (r < 0 || !partition.groups)
		return r;
	r = nodes_each(network, topology, count_add, &partition.packets, err);
	if (r == 0)
		r = partition_write(network, &partition, err);
	return r < 0 ? r : groups_enforce(network, topology, partition.groups, err);
}

/* ---- public ----------------------------------------------------------------------------- */

/** "a,b" of one group; the mark of each of its nodes becomes @number. */
static int group_text(struct ncrun_network *network, const char *const *names, uint32_t number,
		      char ***groups, struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};

	if (!names[0])
		return error_set(err, EINVAL, "group %u is empty", number);
	for (; *names; names++) {
		struct node *node = NULL;
		int r = target_node(network, *names, &node, err);

		if (r < 0)
			return r;
		if (node->mark == number)
			return error_set(err, EINVAL, "node '%s' is named twice", node->name);
		if (node->mark != GROUP_NONE)
			return error_set(err, EINVAL, "node '%s' is in two groups", node->name);
		node->mark = number;
		text_printf(&text, "%s%s", text.length ? "," : "", node->name);
	}
	if (text_failed(&text) || strings_append(groups, text_string(&text)) < 0)
		return error_set(err, ENOMEM, "cut a network: out of memory");
	return 0;
}

static int groups_text(struct ncrun_network *network, const char *const *const *groups, char ***ret,
		       struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **texts = NULL;
	uint32_t number = 0;

	nodes_mark(network_topology(network), NULL);
	if (!groups[0])
		return error_set(err, EINVAL, "no group");
	for (; *groups; groups++) {
		int r = group_text(network, *groups, ++number, &texts, err);

		if (r < 0)
			return r;
	}
	*ret = take_ptr(texts);
	return 0;
}

NCRUN_API int ncrun_network_partition(struct ncrun_network *network,
				      const char *const *const *groups, struct ncrun_error *err)
{
	_cleanup_(partition_done) struct partition before = {.groups = NULL};
	_cleanup_(partition_done) struct partition after = {.groups = NULL};
	int r = network_lock(network, err);

	if (r < 0)
		return r;
	r = groups_text(network, groups, &after.groups, err);
	if (r == 0)
		r = partition_read(network, &before, err);
	if (r == 0)
		r = partition_replace(network, &before, &after, err);
	network_unlock(network);
	return r;
}

NCRUN_API int ncrun_network_heal(struct ncrun_network *network, uint64_t *ret_packets,
				 struct ncrun_error *err)
{
	_cleanup_(partition_done) struct partition before = {.groups = NULL};
	const struct partition whole = {.groups = NULL};
	uint64_t packets = 0;
	int r = network_lock(network, err);

	if (r < 0)
		return r;
	r = partition_read(network, &before, err);
	if (r == -EBADMSG) /* whatever it was */
		r = 0;
	if (r == 0)
		r = nodes_each(network, network_topology(network), count_add, &packets, err);
	if (r == 0)
		r = groups_enforce(network, network_topology(network), NULL, err);
	if (r == 0)
		r = partition_write(network, &whole, err);
	network_unlock(network);
	if (r == 0 && ret_packets)
		*ret_packets = before.packets + packets;
	return r;
}

/** A list of strings in one piece of memory. */
static char **strings_pack(char *const *strings)
{
	size_t count = strings ? strings_count((const char *const *)strings) : 0, size = 0;
	char **packed, *at;

	for (size_t i = 0; i < count; i++)
		size += strlen(strings[i]) + 1;
	packed = malloc((count + 1) * sizeof(*packed) + size);
	if (!packed)
		return NULL;
	at = (char *)(packed + count + 1);
	for (size_t i = 0; i < count; i++) {
		packed[i] = at;
		at = stpcpy(at, strings[i]) + 1;
	}
	packed[count] = NULL;
	return packed;
}

NCRUN_API int ncrun_network_groups(struct ncrun_network *network, char ***ret_groups,
				   uint64_t *ret_packets, struct ncrun_error *err)
{
	_cleanup_(partition_done) struct partition partition = {.groups = NULL};
	char **groups;
	int r = partition_read(network, &partition, err);

	if (r == 0 && ret_packets && partition.groups)
		r = nodes_each(network, network_topology(network), count_add, &partition.packets,
			       err);
	if (r < 0)
		return r;
	groups = strings_pack(partition.groups);
	if (!groups)
		return error_set(err, ENOMEM, "read a partition: out of memory");
	*ret_groups = groups;
	if (ret_packets)
		*ret_packets = partition.packets;
	return 0;
}
