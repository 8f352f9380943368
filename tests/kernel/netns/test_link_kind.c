/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

static int try_make(struct network_lab *lab, const struct netns_link *link, struct ncrun_error *err)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(lab->nodes[0]);

	netns_link_create(batch, link);
	return netns_batch_send(batch, err);
}

/** Make one in node 0; skips where the kernel has no such kind. */
static void make(struct network_lab *lab, const struct netns_link *link)
{
	struct ncrun_error err = {0};
	int r = try_make(lab, link, &err);

	if (r == -EOPNOTSUPP) {
		lab_free(lab);
		print_message("%s\n", err.message);
		skip();
	}
	assert_ok(r);
}

static void check_kind(struct netns *netns, const char *name, const char *kind)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	const struct netns_link_state *link;
	struct ncrun_error err = {0};

	assert_ok(netns_state_read(netns, NETNS_LOOK_LINKS, &look, &err));
	link = netns_state_link(look, name);
	assert_non_null(link);
	assert_string_equal(link->kind, kind);
	assert_true(link->up);
}

static void simple_kind(enum netns_link_kind kind)
{
	struct network_lab lab;

	lab_make_pair(&lab);
	make(&lab, &(struct netns_link){.kind = kind,
					.name = "x0",
					.lower = LAB_INTERFACE,
					.vlan = 7,
					.vrf_table = 10});
	check_kind(lab.nodes[0], "x0", netns_link_kind_name(kind));
	lab_free(&lab);
}

TEST(a_macvlan_stands_on_a_link)
{
	simple_kind(NETNS_LINK_MACVLAN);
}

TEST(a_vlan_stands_on_a_link)
{
	simple_kind(NETNS_LINK_VLAN);
}

TEST(a_vrf_has_a_table)
{
	simple_kind(NETNS_LINK_VRF);
}

TEST(a_dummy_is_a_link)
{
	simple_kind(NETNS_LINK_DUMMY);
}

TEST(an_ifb_is_a_link)
{
	simple_kind(NETNS_LINK_IFB);
}

TEST(a_vxlan_carries_frames_between_nodes)
{
	const char *own[] = {"10.0.0.1", "10.0.0.2"}, *inside[] = {"10.9.0.1/24", "10.9.0.2/24"};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	for (int n = 0; n < 2; n++) {
		_cleanup_(netns_batch_freep) struct netns_batch *batch = lab_batch(lab.nodes[n]);

		netns_link_create(batch,
				  &(struct netns_link){.kind = NETNS_LINK_VXLAN,
						       .name = "vx",
						       .index = 9,
						       .vxlan = {.id = 42,
								 .local = lab_ip(own[n]),
								 .remote = lab_ip(own[!n])}});
		netns_address_add(batch, 9,
				  &(struct netns_address){.prefix = lab_prefix(inside[n])});
		assert_ok(netns_batch_send(batch, &err));
	}

	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.9.0.2"));
	lab_free(&lab);
}

TEST(a_tap_hands_frames_to_its_reader)
{
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	_cleanup_close_ int fd = -1, sender = -1;
	struct ncrun_error err = {0};
	struct network_lab lab;
	char frame[2048];
	ssize_t size;
	int index = 0, r;

	lab_make_pair(&lab);
	r = netns_tap_open(lab.nodes[0], &(struct netns_tap){.name = "tap0", .packets = true}, &fd,
			   &err);
	if (r == -EOPNOTSUPP) {
		lab_free(&lab);
		print_message("SKIP-ALLOWED: %s\n", err.message);
		skip();
	}
	assert_ok(r);
	assert_ok(netns_link_index(lab.nodes[0], "tap0", &index, &err));
	batch = lab_batch(lab.nodes[0]);
	netns_link_change(batch, index, &(struct netns_link_change){.up = NETNS_ON, .mtu = 1400});
	netns_address_add(batch, index,
			  &(struct netns_address){.prefix = lab_prefix("10.7.0.1/24")});
	lab_send(batch);
	sender = lab_udp(lab.nodes[0], "", 0);
	lab_udp_send(sender, "10.7.0.2", 9, 1, 64);

	do /* IPv6 has something to say first */
		size = read(fd, frame, sizeof(frame));
	while (size > 0 && (frame[0] & 0xf0) != 0x40);
	assert_int_equal(size, 20 + 8 + 64);
	assert_fails(netns_tap_open(lab.nodes[0],
				    &(struct netns_tap){.name = "longer-than-fifteen"}, &fd, &err),
		     EINVAL);
	lab_free(&lab);
}

TEST(a_bridge_changes_while_it_runs)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	const uint8_t mac[] = {2, 0, 0, 0, 0, 3};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make(&lab, 3);
	netns_bridge_change(lab.batch, LAB_BRIDGE, &(struct netns_bridge){.no_ageing = true});
	/* node 2 is where it is not: unicast for it goes astray */
	lab_station(&lab, 0, mac);
	lab_send(lab.batch);
	assert_true(lab_is_cut_off(lab.nodes[1], lab.nodes[2], "10.0.0.3"));
	netns_link_change(lab.batch, LAB_PORT(0), &(struct netns_link_change){.up = NETNS_OFF});
	netns_link_change(lab.batch, LAB_PORT(0),
			  &(struct netns_link_change){.no_master = true,
						      .mtu = 1300,
						      .name = "gone"});
	lab_send(lab.batch);

	assert_ok(netns_state_read(lab.fabric, NETNS_LOOK_LINKS, &look, &err));
	assert_int_equal(netns_state_link(look, "gone")->master, 0);
	assert_int_equal(netns_state_link(look, "gone")->mtu, 1300);
	assert_int_equal(netns_state_link(look, "p1")->master, LAB_BRIDGE);
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	lab_free(&lab);
}

TEST(vlans_of_ports_part_a_bridge)
{
	struct ncrun_error err = {0};
	struct network_lab lab;
	int r;

	lab_make(&lab, 3);
	netns_bridge_change(lab.batch, LAB_BRIDGE, &(struct netns_bridge){.vlan_filtering = true});
	for (int n = 0; n < 3; n++) {
		const struct netns_port_vlan own = {.first = n < 2 ? 10 : 20,
						    .untagged = true,
						    .native = true};

		netns_port_vlan_delete(lab.batch, LAB_PORT(n),
				       &(struct netns_port_vlan){.first = 1});
		netns_port_vlan_add(lab.batch, LAB_PORT(n), &own);
	}
	r = netns_batch_send(lab.batch, &err);
	if (r == -EOPNOTSUPP) {
		lab_free(&lab);
		print_message("%s\n", err.message);
		skip();
	}
	assert_ok(r);

	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[2], "10.0.0.3"));
	lab_free(&lab);
}

static struct netns_counters counters_of(struct netns *netns)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	struct ncrun_error err = {0};

	assert_ok(netns_state_read(netns, NETNS_LOOK_LINKS, &look, &err));
	return netns_state_link(look, "eth0")->counters;
}

TEST(counters_count_and_a_link_goes_down_and_up)
{
	struct netns_counters before, after;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make_pair(&lab);
	before = counters_of(lab.nodes[1]);
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	after = counters_of(lab.nodes[1]);
	assert_true(after.rx_packets > before.rx_packets);
	assert_true(after.rx_bytes > before.rx_bytes);

	netns_link_change(lab.batch, LAB_INTERFACE, &(struct netns_link_change){.up = NETNS_OFF});
	lab_send(lab.batch);
	assert_true(lab_is_cut_off(lab.nodes[1], lab.nodes[0], "10.0.0.1"));
	netns_link_change(lab.batch, LAB_INTERFACE, &(struct netns_link_change){.up = NETNS_ON});
	lab_send(lab.batch);
	assert_ok(netns_wait_ready(lab.nodes[0], 5000, &err));
	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));

	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_macvlan_stands_on_a_link),
		cmocka_unit_test(a_vlan_stands_on_a_link),
		cmocka_unit_test(a_vrf_has_a_table),
		cmocka_unit_test(a_dummy_is_a_link),
		cmocka_unit_test(an_ifb_is_a_link),
		cmocka_unit_test(a_vxlan_carries_frames_between_nodes),
		cmocka_unit_test(a_tap_hands_frames_to_its_reader),
		cmocka_unit_test(a_bridge_changes_while_it_runs),
		cmocka_unit_test(vlans_of_ports_part_a_bridge),
		cmocka_unit_test(counters_count_and_a_link_goes_down_and_up),
	};

	return cmocka_run_group_tests_name("netns/link_kind", tests, sandbox_enter, NULL);
}
