/* SPDX-License-Identifier: Apache-2.0 */

/* What a bridge knows: whom it has seen behind which port, and what its ports do. */

#include <string.h>

#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

static const struct netns_station *station_of(const struct netns_station *list, size_t count,
					      uint8_t node)
{
	const uint8_t mac[] = {2, 0, 0, 0, 0, node + 1};

	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i].mac, mac, sizeof(mac)) == 0)
			return &list[i];
	return NULL;
}

TEST(a_bridge_tells_behind_which_port_it_has_seen_whom)
{
	_cleanup_free_ struct netns_station *seen = NULL, *other = NULL;
	const uint8_t mac[] = {2, 0, 0, 0, 0, 3};
	struct ncrun_error err = {0};
	struct network_lab lab;
	size_t count = 0, anywhere = 0;

	lab_make(&lab, 2);
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	lab_station(&lab, 0, mac);
	lab_send(lab.batch);
	assert_ok(netns_stations_read(lab.fabric, LAB_BRIDGE, &seen, &count, &err));

	/* Who is told is told for each VLAN of the port, too, where the kernel has those. */
	for (size_t i = 0; i < count; i++)
		anywhere += seen[i].vlan == 0;
	assert_int_equal(anywhere, 3); /* and none of the ports' own */
	assert_int_equal(station_of(seen, count, 0)->index, LAB_PORT(0));
	assert_int_equal(station_of(seen, count, 1)->index, LAB_PORT(1));
	assert_int_equal(station_of(seen, count, 2)->index, LAB_PORT(0));
	assert_false(station_of(seen, count, 1)->told);
	assert_true(station_of(seen, count, 2)->told);
	assert_in_range(station_of(seen, count, 0)->idle_ms, 0, 30000);

	netns_link_create(lab.batch, &(struct netns_link){.kind = NETNS_LINK_BRIDGE,
							  .name = "empty",
							  .index = 50});
	lab_send(lab.batch);
	assert_ok(netns_stations_read(lab.fabric, 50, &other, &count, &err));
	assert_int_equal(count, 0);
	lab_free(&lab);
}

TEST(a_port_tells_what_its_bridge_does_with_it)
{
	_cleanup_(netns_state_freep) struct netns_state *before = NULL, *after = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make(&lab, 2);
	assert_ok(netns_state_read(lab.fabric, NETNS_LOOK_LINKS, &before, &err));
	netns_bridge_change(lab.batch, LAB_BRIDGE, &(struct netns_bridge){.stp = true});
	netns_link_change(lab.batch, LAB_PORT(0), &(struct netns_link_change){.up = NETNS_OFF});
	netns_link_change(lab.batch, LAB_PORT(1), &(struct netns_link_change){.up = NETNS_OFF});
	netns_link_change(lab.batch, LAB_PORT(1), &(struct netns_link_change){.up = NETNS_ON});
	lab_send(lab.batch);
	assert_ok(netns_state_read(lab.fabric, NETNS_LOOK_LINKS, &after, &err));

	assert_int_equal(netns_state_link(before, "p0")->port, NETNS_PORT_FORWARDING);
	assert_int_equal(netns_state_link(before, "br")->port, NETNS_PORT_NONE);
	assert_int_equal(netns_state_link(after, "p0")->port, NETNS_PORT_DISABLED);
	assert_int_equal(netns_state_link(after, "p1")->port, NETNS_PORT_LISTENING);
	lab_free(&lab);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bridge_tells_behind_which_port_it_has_seen_whom),
		cmocka_unit_test(a_port_tells_what_its_bridge_does_with_it),
	};

	return cmocka_run_group_tests_name("netns/station", tests, sandbox_enter, NULL);
}
