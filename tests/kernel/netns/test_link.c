/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "netns/answer.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

TEST(a_pair_across_two_namespaces_carries_both_families)
{
	struct network_lab lab;

	lab_make_pair(&lab);

	assert_true(lab_reaches(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	assert_true(lab_reaches(lab.nodes[1], lab.nodes[0], "fd00::1"));
	lab_free(&lab);
}

TEST(a_bridge_joins_its_ports)
{
	struct network_lab lab;

	lab_make(&lab, 3);

	assert_true(lab_reaches(lab.nodes[0], lab.nodes[2], "10.0.0.3"));
	assert_true(lab_reaches(lab.nodes[2], lab.nodes[1], "fd00::2"));
	lab_free(&lab);
}

TEST(isolated_ports_reach_only_the_others)
{
	const struct netns_link_change isolated = {.isolated = NETNS_ON};
	struct network_lab lab;

	lab_make(&lab, 3);
	netns_link_change(lab.batch, LAB_PORT(0), &isolated);
	netns_link_change(lab.batch, LAB_PORT(1), &isolated);
	lab_send(lab.batch);

	assert_true(lab_reaches(lab.nodes[0], lab.nodes[2], "10.0.0.3"));
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	lab_free(&lab);
}

TEST(a_link_has_what_it_was_made_with)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	_cleanup_(netns_batch_freep) struct netns_batch *there = NULL;
	const uint8_t mac[] = {2, 0, 0, 0, 0, 7};
	const struct netns_link peer = {
		.name = "a-rather-long-interface-name",
		.index = 7,
		.mtu = 9000,
		.mac = mac,
		.tx_queues = 4,
		.tx_queue_length = 77,
		.group = 9,
	};
	const struct netns_link_state *link;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make(&lab, 1);
	netns_link_create(lab.batch, &(struct netns_link){.name = "x",
							  .index = 50,
							  .mtu = 9000,
							  .peer = &peer,
							  .peer_netns = lab.nodes[0]});
	lab_send(lab.batch);
	there = lab_batch(lab.nodes[0]);
	netns_link_settle(there, &peer);
	lab_send(there);

	assert_ok(netns_state_read(lab.nodes[0], NETNS_LOOK_LINKS, &look, &err));
	link = netns_state_link(look, "a-rather-long-interface-name");
	assert_non_null(link);
	assert_int_equal(link->index, 7);
	assert_int_equal(strlen(link->name), 15);
	assert_int_equal(link->mtu, 9000);
	assert_int_equal(link->tx_queue_length, 77);
	assert_int_equal(link->group, 9);
	assert_memory_equal(link->mac, mac, sizeof(mac));
	assert_string_equal(link->kind, "veth");
	assert_true(link->up);
	assert_true(link->carrier);
	assert_true(link->peer_is_elsewhere);
	lab_free(&lab);
}

TEST(the_first_that_fails_is_named_with_its_tag)
{
	const struct netns_link peer = {.name = "b"};
	const char *first = "line 1", *second = "line 2";
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make(&lab, 1);
	netns_batch_tag(lab.batch, first);
	netns_link_create(lab.batch, &(struct netns_link){.name = "a", .peer = &peer});
	netns_batch_tag(lab.batch, second);
	netns_link_create(lab.batch, &(struct netns_link){.name = "a", .peer = &peer});

	assert_fails(netns_batch_send(lab.batch, &err), EEXIST);
	assert_string_equal(err.message, "create link 'a': File exists");
	assert_ptr_equal(netns_batch_failed(lab.batch), second);
	assert_int_equal(netns_batch_count(lab.batch), 0);

	netns_link_delete_name(lab.batch, "nowhere");
	netns_batch_tolerate(lab.batch, ENODEV);
	assert_ok(netns_batch_send(lab.batch, &err));
	assert_null(netns_batch_failed(lab.batch));
	lab_free(&lab);
}

static void add_addresses(struct netns_batch *batch, unsigned int count)
{
	struct netns_address address = {.prefix = lab_prefix("10.9.0.0/32")};

	for (unsigned int i = 0; i < count; i++) {
		address.prefix.ip.bytes[2] = (uint8_t)(i >> 8);
		address.prefix.ip.bytes[3] = (uint8_t)i;
		netns_address_add(batch, LAB_INTERFACE, &address);
	}
	lab_send(batch);
}

TEST(more_requests_than_a_parcel_holds_all_arrive)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make(&lab, 1);
	batch = lab_batch(lab.nodes[0]);
	add_addresses(batch, 1000);

	assert_ok(netns_state_read(lab.nodes[0], NETNS_LOOK_ADDRESSES, &look, &err));
	assert_int_equal(look->address_count, 1000 + 2 /* loopback */ + 3);
	lab_free(&lab);
}

/** struct disturbance - changes what is being listed, @left times, once a list */
struct disturbance {
	struct netns_batch *batch;
	struct netns_address address;
	unsigned int left, seen;
};

static int disturb(const struct nlmsghdr *header __attribute__((unused)), void *data,
		   struct ncrun_error *err __attribute__((unused)))
{
	struct disturbance *disturbance = data;

	if (disturbance->seen++ == 0 && disturbance->left > 0) {
		disturbance->left--;
		netns_address_add(disturbance->batch, LAB_INTERFACE, &disturbance->address);
		netns_address_delete(disturbance->batch, LAB_INTERFACE, &disturbance->address);
		lab_send(disturbance->batch);
	}
	return 0;
}

TEST(what_changes_while_it_is_listed_is_listed_again)
{
	const struct ifaddrmsg body = {.ifa_family = AF_INET};
	_cleanup_(netns_freep) struct netns *other = NULL;
	_cleanup_(netns_batch_freep) struct netns_batch *batch = NULL;
	struct disturbance disturbance = {.address = {.prefix = lab_prefix("10.8.0.1/32")},
					  .left = 20};
	struct ncrun_error err = {0};
	struct network_lab lab;
	unsigned int tries = 0;
	int r = -EINTR;

	lab_make(&lab, 1);
	assert_ok(netns_open_fd(netns_fd(lab.nodes[0]), &other, &err));
	disturbance.batch = batch = lab_batch(other);
	add_addresses(batch, 1000); /* more than one message of the kernel's holds */

	while (answer_again(r, &tries)) {
		struct message message = {.nl = NULL};

		disturbance.seen = 0;
		message_begin(&message, RTM_GETADDR, NLM_F_DUMP, &body, sizeof(body));
		r = answer_dump(lab.nodes[0], NETLINK_ROUTE, &message, disturb, &disturbance, &err);
		message_done(&message);
	}
	assert_ok(r);
	assert_int_equal(tries, 20 + 1);
	assert_int_equal(disturbance.seen, 1000 + 1 /* loopback */ + 1);
	for (tries = 0; answer_again(-EINTR, &tries);)
		assert_true(tries < 100); /* but not for ever */
	lab_free(&lab);
}

TEST(a_group_of_links_goes_at_once)
{
	_cleanup_(netns_state_freep) struct netns_state *look = NULL;
	const struct netns_link peer = {.name = "b", .group = 5};
	struct ncrun_error err = {0};
	struct network_lab lab;

	lab_make(&lab, 1);
	netns_link_create(lab.batch, &(struct netns_link){.name = "a", .group = 5, .peer = &peer});
	lab_send(lab.batch);
	netns_link_delete_group(lab.batch, 5);
	netns_link_delete_group(lab.batch, 6);
	lab_send(lab.batch);

	assert_ok(netns_state_read(lab.fabric, NETNS_LOOK_LINKS, &look, &err));
	assert_int_equal(look->link_count, 3); /* lo, br, p0 */
	lab_free(&lab);
}

TEST(what_the_kernel_lacks_is_named)
{
	struct ncrun_error err = {0};
	struct network_lab lab;
	int r;

	lab_make(&lab, 1);
	netns_link_create(lab.batch, &(struct netns_link){.kind = NETNS_LINK_VRF,
							  .name = "red",
							  .vrf_table = 10});
	r = netns_batch_send(lab.batch, &err);
	lab_free(&lab);
	if (r == 0)
		return; /* it has them */
	assert_int_equal(r, -EOPNOTSUPP);
	assert_string_equal(err.message, "create link 'red': this kernel has no VRFs "
					 "(CONFIG_NET_VRF, module vrf)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_across_two_namespaces_carries_both_families),
		cmocka_unit_test(a_bridge_joins_its_ports),
		cmocka_unit_test(isolated_ports_reach_only_the_others),
		cmocka_unit_test(a_link_has_what_it_was_made_with),
		cmocka_unit_test(the_first_that_fails_is_named_with_its_tag),
		cmocka_unit_test(more_requests_than_a_parcel_holds_all_arrive),
		cmocka_unit_test(what_changes_while_it_is_listed_is_listed_again),
		cmocka_unit_test(a_group_of_links_goes_at_once),
		cmocka_unit_test(what_the_kernel_lacks_is_named),
	};

	return cmocka_run_group_tests_name("netns/link", tests, sandbox_enter, NULL);
}
