/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Packets walk through random topologies, node by node, as the kernel would send them with the
 * routes that were computed. What should be reached is found by another, simpler way: by
 * spreading over the links.
 */

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"
#include "tests/support/topology_lab.h"
#include "tests/support/topology_random.h"

#define NODES_MAX 64
#define ENDS_MAX  256
#define FAR       UINT32_MAX

static const int families[2] = {AF_INET, AF_INET6};

/** struct world - which ends of links hear each other */
struct world {
	const struct ncrun_topology *topology;
	size_t wire[ENDS_MAX]; /* by number of the end: the same is the same wire */
};

static struct interface *end_of(const struct world *world, size_t number)
{
	return &world->topology->links[number / 2]->ends[number % 2];
}

static bool end_is_up(const struct world *world, size_t number)
{
	return !end_of(world, number)->down && !end_of(world, number ^ 1)->down;
}

static void wires_join(struct world *world, size_t a, size_t b)
{
	size_t old = world->wire[a], joined = world->wire[b];

	for (size_t i = 0; i < 2 * world->topology->link_count; i++)
		if (world->wire[i] == old)
			world->wire[i] = joined;
}

static void world_init(struct world *world, const struct ncrun_topology *topology)
{
	size_t ends = 2 * topology->link_count;

	assert_true(ends <= ENDS_MAX && topology->node_count <= NODES_MAX);
	world->topology = topology;
	for (size_t i = 0; i < ends; i++)
		world->wire[i] = i;
	for (size_t i = 0; i < ends; i += 2)
		wires_join(world, i, i + 1);
	for (size_t i = 0; i < ends; i++)
		for (size_t k = 0; k < i; k++)
			if (end_of(world, i)->node == end_of(world, k)->node &&
			    node_is_switch(end_of(world, i)->node))
				wires_join(world, i, k);
}

static bool nat_hears_north(const struct interface *interface)
{
	return interface->node->kind == NODE_KIND_NAT && interface->bound == BOUND_NORTH;
}

/* ---- what should be reached --------------------------------------------------------------- */

/** How many routers are between @from and each wire; FAR: it is not to be reached. */
static void world_spread(const struct world *world, const struct node *from,
			 uint32_t distance[ENDS_MAX])
{
	size_t ends = 2 * world->topology->link_count;
	bool more = true;

	for (size_t i = 0; i < ends; i++)
		distance[i] = FAR;
	for (size_t i = 0; i < ends; i++)
		if (end_of(world, i)->node == from && end_is_up(world, i))
			distance[world->wire[i]] = 0;
	while (more) {
		more = false;
		for (size_t in = 0; in < ends; in++) {
			const struct interface *arrived = end_of(world, in);
			uint32_t far = distance[world->wire[in]];

			if (far == FAR || !end_is_up(world, in) || !node_forwards(arrived->node) ||
			    nat_hears_north(arrived))
				continue;
			for (size_t out = 0; out < ends; out++)
				if (end_of(world, out)->node == arrived->node &&
				    end_is_up(world, out) && distance[world->wire[out]] > far + 1) {
					distance[world->wire[out]] = far + 1;
					more = true;
				}
		}
	}
}

/* ---- what is reached ------------------------------------------------------------------------ */

static bool interface_has(const struct interface *interface, const struct netns_ip *ip)
{
	for (size_t i = 0; i < interface->address_count; i++)
		if (netns_ip_equal(&interface->addresses[i].prefix.ip, ip))
			return true;
	return false;
}

/** The node's longest prefix with @ip: the end it is on, and where to send it. */
static bool node_decides(const struct world *world, const struct node *node,
			 const struct netns_ip *ip, size_t *ret_end, struct netns_ip *ret_via)
{
	struct netns_ip via = *ip;
	int best = -1;

	for (size_t i = 0; i < node->route_count; i++) {
		const struct route *route = &node->routes[i];

		if (route->destination.ip.family == ip->family &&
		    netns_prefix_contains(&route->destination, ip) &&
		    (int)route->destination.length > best) {
			best = (int)route->destination.length;
			via = route->hops[0].via;
		}
	}
	for (int attempt = 0; attempt < 2; attempt++) {
		/* first whether it is on a link, which wins; then where the next hop is */
		for (size_t i = 0; i < 2 * world->topology->link_count; i++) {
			const struct interface *end = end_of(world, i);

			if (end->node != node || !end_is_up(world, i))
				continue;
			for (size_t k = 0; k < end->address_count; k++)
				if (netns_prefix_contains(&end->addresses[k].prefix,
							  attempt == 0 ? ip : &via) &&
				    (attempt == 1 || (int)end->addresses[k].prefix.length > best)) {
					*ret_end = i;
					*ret_via = attempt == 0 ? *ip : via;
					return true;
				}
		}
		if (best < 0)
			return false;
	}
	return false;
}

/** The end on the same wire that has the address; SIZE_MAX. */
static size_t wire_asks(const struct world *world, size_t end, const struct netns_ip *ip)
{
	for (size_t i = 0; i < 2 * world->topology->link_count; i++)
		if (world->wire[i] == world->wire[end] && i != end && end_is_up(world, i) &&
		    interface_has(end_of(world, i), ip))
			return i;
	return SIZE_MAX;
}

static bool node_has(const struct node *node, const struct netns_ip *ip)
{
	for (size_t i = 0; i < node->interface_count; i++)
		if (interface_has(node->interfaces[i], ip))
			return true;
	return false;
}

/** How many routers it took; FAR: it did not arrive. @trace: the nodes, by number. */
static uint32_t world_walk(const struct world *world, const struct node *from,
			   const struct netns_ip *to, struct text *trace)
{
	const struct node *at = from;
	uint32_t hops = 0;

	for (; !node_has(at, to); hops++) {
		struct netns_ip via;
		size_t end;

		if (hops > NODES_MAX || !node_decides(world, at, to, &end, &via))
			return FAR;
		end = wire_asks(world, end, &via);
		if (end == SIZE_MAX)
			return FAR;
		at = end_of(world, end)->node;
		text_printf(trace, "%s ", at->name);
		if (node_has(at, to))
			return hops;
		if (!node_forwards(at) || nat_hears_north(end_of(world, end)))
			return FAR;
	}
	return hops;
}

/* ---- together ------------------------------------------------------------------------------- */

static void check_pair(const struct world *world, const struct node *from, size_t end,
		       const uint32_t *distance)
{
	const struct interface *to = end_of(world, end);
	uint32_t expected = end_is_up(world, end) ? distance[world->wire[end]] : FAR;
	char traces[2][1024] = {{0}};

	for (size_t f = 0; f < 2; f++) {
		_cleanup_text_ struct text trace = {0};
		uint32_t hops;

		assert_int_equal(to->addresses[f].prefix.ip.family, families[f]);
		hops = world_walk(world, from, &to->addresses[f].prefix.ip, &trace);
		snprintf(traces[f], sizeof(traces[f]), "%s", text_string(&trace));
		/* who is passed may be the one, and answer for a link of its that is down */
		if (expected == FAR ? hops != FAR && end_is_up(world, end) : hops > expected)
			fail_msg("%s to %s of %s: %u hops, not %u: %s", from->name, to->name,
				 to->node->name, hops, expected, traces[f]);
	}
	assert_string_equal(traces[0], traces[1]);
}

TEST(whoever_is_connected_is_reached_on_a_shortest_way)
{
	size_t reached = 0, hidden = 0;

	for (unsigned int seed = 0; seed < 50; seed++) {
		_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = lab_read("");
		struct chance chance = {seed};
		struct world world;

		chance_links(&chance, topology, 3 + chance_below(&chance, 40));
		lab_complete(topology);
		world_init(&world, topology);
		for (size_t i = 0; i < topology->node_count; i++) {
			const struct node *from = topology->nodes[i];
			uint32_t distance[ENDS_MAX];

			if (node_is_switch(from))
				continue;
			world_spread(&world, from, distance);
			for (size_t end = 0; end < 2 * topology->link_count; end++) {
				if (node_is_switch(end_of(&world, end)->node))
					continue;
				check_pair(&world, from, end, distance);
				if (distance[world.wire[end]] == FAR)
					hidden++;
				else
					reached++;
			}
		}
	}
	/* that there was something to see */
	assert_true(reached > 5000 && hidden > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_is_connected_is_reached_on_a_shortest_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
