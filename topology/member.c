/* SPDX-License-Identifier: Apache-2.0 */

/* What is open of the nodes of a network. */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "topology/running.h"

static struct member **member_slot(struct member **members, size_t size, const char *name)
{
	size_t at = text_slot(name) & (size - 1);

	while (members[at] && !text_equal(members[at]->name, name))
		at = (at + 1) & (size - 1);
	return &members[at];
}

static int members_grow(struct ncrun_network *network)
{
	size_t size = network->member_size ? network->member_size * 2 : 32;
	struct member **members = calloc(size, sizeof(struct member *));

	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < network->member_size; i++)
		if (network->members[i])
			*member_slot(members, size, network->members[i]->name) =
				network->members[i];
	free(network->members);
	network->members = members;
	network->member_size = size;
	return 0;
}

int network_member(struct ncrun_network *network, const char *name, struct member **ret,
		   struct ncrun_error *err)
{
	struct member **slot;

	if (network->member_count * 2 >= network->member_size && members_grow(network) < 0)
		return error_set(err, ENOMEM, "make room for node '%s'", name);
	slot = member_slot(network->members, network->member_size, name);
	if (!*slot) {
		*slot = calloc(1, sizeof(**slot));
		if (!*slot)
			return error_set(err, ENOMEM, "make room for node '%s'", name);
		snprintf((*slot)->name, sizeof((*slot)->name), "%s", name);
		network->member_count++;
	}
	*ret = *slot;
	return 0;
}

static void member_close(struct member *member)
{
	member->netns = netns_free(member->netns);
	member->container = ncrun_container_unref(member->container);
	member->held = false;
	free(member->bridges);
	member->bridges = NULL;
	member->bridge_count = 0;
}

int network_member_open(struct ncrun_network *network, const char *name, struct member **ret,
			struct ncrun_error *err)
{
	char full[2 * NCRUN_NAME_MAX + 2];
	struct member *member = NULL;
	int r = network_member(network, name, &member, err);

	if (r < 0)
		return r;
	assert(member);
	if (!member->container) {
		const struct ncrun_container_info *info;

		snprintf(full, sizeof(full), "%s/%s", network->name, name);
		r = network->maker ? 0 : maker_new(&network->context, &network->maker, err);
		if (r == 0)
			r = container_open_by(network->maker, full, &member->container, err);
		if (r == 0)
			r = ncrun_container_info(member->container, &info, err);
		if (r < 0) /* whoever asks next looks again */
			member->container = ncrun_container_unref(member->container);
	}
	if (r < 0)
		return r;
	*ret = member;
	return 0;
}

/* There is no state, or none that could be read: any other error says nothing of the node. */
static bool has_no_state(int r)
{
	return r == -ENOENT || r == -EBADMSG || r == -EINVAL || r == -EFBIG || r == -EISDIR;
}

int network_member_running(struct ncrun_network *network, const char *name, struct member **ret,
			   struct ncrun_error *err)
{
	struct member *member = NULL;
	bool runs = false;
	int r = network_member_open(network, name, &member, err);

	if (r < 0 && !has_no_state(r))
		return error_wrap(err, r, "node '%s'", name);
	assert(r < 0 || member);
	r = r == 0 ? container_runs(member->container, &runs, err) : 0;
	if (r < 0)
		return r;
	if (!runs)
		return error_set(err, ENOTCONN, "node '%s' does not run", name);
	*ret = member;
	return 0;
}

int network_member_netns(struct ncrun_network *network, const char *name, struct member **ret,
			 struct ncrun_error *err)
{
	struct member *member = NULL;
	int r = network_member_running(network, name, &member, err);

	if (r < 0)
		return r;
	assert(member);
	if (!member->netns) {
		r = netns_open_fd(ncrun_container_pidfd(member->container), &member->netns, err);
		if (r < 0)
			return error_wrap(err, r, "node '%s'", name);
	}
	*ret = member;
	return 0;
}

void network_member_forget(struct ncrun_network *network, const char *name)
{
	struct member *member = NULL;

	if (network_member(network, name, &member, NULL) < 0)
		return;
	assert(member);
	member_close(member);
}

void network_members_done(struct ncrun_network *network)
{
	for (size_t i = 0; i < network->member_size; i++)
		if (network->members[i]) {
			member_close(network->members[i]);
			free(network->members[i]);
		}
	free(network->members);
	network->members = NULL;
	network->member_count = network->member_size = 0;
}

int network_netns(struct ncrun_network *network, const struct node *node, struct netns **ret,
		  struct ncrun_error *err)
{
	struct member *member = NULL;
	int r;

	if (node_is_switch(node)) {
		r = fabric_open(network, err);
		if (r == 0)
			*ret = network->fabric;
		return r;
	}
	r = network_member_netns(network, node->name, &member, err);
	if (r < 0)
		return r;
	assert(member);
	*ret = member->netns;
	return 0;
}

NCRUN_API int ncrun_network_node(struct ncrun_network *network, const char *node,
				 struct ncrun_container **ret, struct ncrun_error *err)
{
	const struct node *found = topology_node(network->topology, node);
	char full[2 * NCRUN_NAME_MAX + 2];

	if (!found)
		return error_set(err, ENOENT, "no node '%s' in network '%s'", node, network->name);
	if (node_is_switch(found))
		return error_set(err, EINVAL, "node '%s' is a switch: nothing runs in it", node);
	snprintf(full, sizeof(full), "%s/%s", network->name, found->name);
	return ncrun_container_open(&network->context, full, ret, err);
}
