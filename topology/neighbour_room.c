/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel keeps one table of neighbours of each family for all network namespaces, and refuses
 * packets when it is full. Its size is the machine's: it is told, not changed.
 */

#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "topology/running.h"

/** Interfaces that have somebody to talk to. */
static uint64_t talkers(const struct ncrun_topology *topology)
{
	uint64_t count = 0;

	for (size_t i = 0; topology && i < topology->link_count; i++)
		for (int end = 0; end < 2 && topology->links[i]->ends[1].node; end++)
			count += !node_is_switch(topology->links[i]->ends[end].node);
	return count;
}

/* What a server of all of them needs: each knows it, and it knows each. */
void neighbour_room_tell(const struct ncrun_context *context, const char *name,
			 const struct ncrun_topology *before, const struct ncrun_topology *after)
{
	_cleanup_(netns_freep) struct netns *machine = NULL;
	uint64_t count = talkers(after), most, wanted = 4096;
	char line[512];

	/* nobody has so few */
	if (count < 64 || count <= talkers(before) || !context->notice ||
	    netns_open_own(&machine, NULL) < 0)
		return;
	most = netns_neighbours_most(machine, AF_INET);
	if (most == 0 || 2 * count <= most)
		return;
	while (wanted < 16 * count)
		wanted *= 2;
	snprintf(
		line, sizeof(line),
		"network '%s' has %" PRIu64 " interfaces, and this machine keeps %" PRIu64
		" neighbours for all networks together: when they all talk at once packets are "
		"refused, until it keeps more (sysctl -w net.ipv4.neigh.default.gc_thresh3=%" PRIu64
		" net.ipv6.neigh.default.gc_thresh3=%" PRIu64 ")",
		name, count, most, wanted, wanted);
	context->notice(context->data, line);
}
