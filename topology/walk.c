/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/walk.h"

#include <errno.h>
#include <stdlib.h>

void walk_done(struct walk *walk)
{
	free(walk->subnet_seen);
	free(walk->node_seen);
	free(walk->reached);
}

int walk_init(struct walk *walk, const struct ncrun_topology *topology, const struct layer3 *layer3)
{
	*walk = (struct walk){.topology = topology, .layer3 = layer3};
	walk->subnet_seen = calloc(layer3->subnet_count + 1, sizeof(*walk->subnet_seen));
	walk->node_seen = calloc(topology->node_count + 1, sizeof(*walk->node_seen));
	walk->reached = calloc(layer3->subnet_count + 1, sizeof(*walk->reached));
	return walk->subnet_seen && walk->node_seen && walk->reached ? 0 : -ENOMEM;
}

bool node_has_north(const struct layer3 *layer3, uint32_t node)
{
	size_t count;
	const struct attachment *const *own = layer3_of_node(layer3, node, &count);

	for (size_t i = 0; i < count; i++)
		if (own[i]->north)
			return true;
	return false;
}

/** Does the first hop leave @node, a nat, to the north? */
static bool hop_is_north(const struct layer3 *layer3, uint32_t node, const struct attachment *hop)
{
	size_t count;
	const struct attachment *const *own = layer3_of_node(layer3, node, &count);

	for (size_t i = 0; i < count; i++)
		if (own[i]->north && own[i]->subnet == hop->subnet)
			return true;
	return false;
}

static void walk_reach(struct walk *walk, uint32_t subnet, const struct attachment *hop)
{
	struct sighting *seen = &walk->subnet_seen[subnet];

	if (seen->walk == walk->number)
		return;
	*seen = (struct sighting){walk->number, (uint32_t)walk->reached_count};
	walk->reached[walk->reached_count++] = (struct reached){subnet, hop};
}

/** All that @at forwards to is reached by @hop. */
static void walk_pass(struct walk *walk, const struct attachment *at, const struct attachment *hop,
		      uint32_t from)
{
	const struct layer3 *layer3 = walk->layer3;
	const struct node *node = walk->topology->nodes[at->node];
	size_t count;
	const struct attachment *const *own = layer3_of_node(layer3, at->node, &count);

	walk->node_seen[at->node] = walk->number;
	if (node->uplink && !walk->uplink)
		walk->uplink = hop;
	if (!walk->nat && node->kind == NODE_KIND_NAT && node_has_north(layer3, at->node) &&
	    (!node_has_north(layer3, from) || hop_is_north(layer3, from, hop)))
		walk->nat = hop;
	for (size_t i = 0; i < count; i++)
		walk_reach(walk, own[i]->subnet, hop);
}

void walk_from(struct walk *walk, uint32_t from)
{
	const struct layer3 *layer3 = walk->layer3;
	size_t count;
	const struct attachment *const *own = layer3_of_node(layer3, from, &count);

	walk->number++;
	walk->reached_count = 0;
	walk->uplink = walk->nat = NULL;
	walk->node_seen[from] = walk->number;
	for (size_t i = 0; i < count; i++)
		walk_reach(walk, own[i]->subnet, NULL);
	for (size_t i = 0; i < walk->reached_count; i++) {
		const struct reached *reached = &walk->reached[i];
		const struct subnet *subnet = &layer3->subnets[reached->subnet];

		for (size_t k = 0; k < subnet->forwarding; k++) {
			const struct attachment *at = &subnet->attachments[k];

			if (walk->node_seen[at->node] != walk->number)
				walk_pass(walk, at, reached->hop ? reached->hop : at, from);
		}
	}
}
