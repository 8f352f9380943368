/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "netns/lossy.h"
#include "tests/support/network_lab.h"
#include "tests/support/test.h"

#define PACKETS 5000

/* BPF is not for user namespaces: real root, in a namespace of its own. */
static int enter(void **state)
{
	(void)state;
	return geteuid() == 0 && unshare(CLONE_NEWNET) < 0 ? -1 : 0;
}

static void make_pair(struct network_lab *lab)
{
	if (geteuid() != 0) {
		print_message("SKIP-ALLOWED: only root may load BPF programs\n");
		skip();
	}
	lab_make_pair(lab);
}

static void impair(struct network_lab *lab, const struct netns_impairment *impairment)
{
	const struct netns_end from = {lab->nodes[0], LAB_INTERFACE};
	const struct netns_end to = {lab->nodes[1], LAB_INTERFACE};
	struct ncrun_error err = {0};

	assert_ok(netns_impair(&from, &to, impairment, &err));
}

static struct netns_impair_state in_force(struct network_lab *lab)
{
	const struct netns_end from = {lab->nodes[0], LAB_INTERFACE};
	const struct netns_end to = {lab->nodes[1], LAB_INTERFACE};
	struct netns_impair_state now = {.means = 0};
	struct ncrun_error err = {0};

	assert_ok(netns_impair_get(&from, &to, &now, &err));
	return now;
}

/** Send many from node 0; how often each arrived at node 1. */
static unsigned int send_many(struct network_lab *lab, const char *address, uint8_t *ret_seen)
{
	bool six = strchr(address, ':');
	_cleanup_close_ int sender = lab_udp(lab->nodes[0], six ? "::" : "", 0);
	_cleanup_close_ int receiver = lab_udp(lab->nodes[1], six ? "::" : "", 999);
	unsigned int n = 0;

	for (unsigned int i = 0; i < PACKETS; i += 100) { /* a backlog holds 1,000 */
		lab_udp_send_from(sender, address, 999, i, 100);
		n += lab_udp_receive(receiver, ret_seen, PACKETS, 1);
	}
	return n + lab_udp_receive(receiver, ret_seen, PACKETS, 100);
}

static void predict_loss(uint64_t seed, const char *from, const char *to, uint64_t share,
			 uint8_t ret[PACKETS])
{
	struct netns_ip a = lab_ip(from), b = lab_ip(to);
	uint64_t flow = lossy_flow(&a, &b, IPPROTO_UDP, 999);

	for (uint64_t i = 0; i < PACKETS; i++)
		ret[i] = lossy_draw(seed, flow, i, LOSSY_LOSS) >> 32 >= share;
}

TEST(the_same_seed_loses_the_same_packets_as_predicted)
{
	static const struct {
		const char *from, *to;
	} cases[] = {{"10.0.0.1", "10.0.0.2"}, {"fd00::1", "fd00::2"}};
	const struct netns_impairment loss = {.loss_percent = 10, .seeded = true, .seed = 42};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t first[PACKETS] = {0}, second[PACKETS] = {0}, predicted[PACKETS];
		struct network_lab lab;

		predict_loss(42, cases[i].from, cases[i].to, (1ull << 32) / 10, predicted);
		make_pair(&lab);
		impair(&lab, &loss);
		send_many(&lab, cases[i].to, first);
		lab_free(&lab);
		make_pair(&lab);
		impair(&lab, &loss);
		send_many(&lab, cases[i].to, second);
		lab_free(&lab);

		assert_memory_equal(first, predicted, PACKETS);
		assert_memory_equal(second, predicted, PACKETS);
	}
}

TEST(loss_is_about_what_was_asked_for_and_counted)
{
	struct network_lab lab;
	struct netns_impair_state now;
	unsigned int n;

	make_pair(&lab);
	impair(&lab, &(struct netns_impairment){.loss_percent = 20});
	n = send_many(&lab, "10.0.0.2", NULL);
	now = in_force(&lab);

	assert_in_range(n, PACKETS * 77 / 100, PACKETS * 83 / 100);
	assert_int_equal(now.means, NETNS_IMPAIR_BPF);
	assert_int_equal(now.passed, PACKETS);
	assert_int_equal(now.lost, PACKETS - n);
	assert_true(now.impairment.loss_percent > 19.9999 && now.impairment.loss_percent < 20.0001);
	lab_free(&lab);
}

TEST(the_other_direction_and_control_are_spared)
{
	struct network_lab lab;

	make_pair(&lab);
	impair(&lab, &(struct netns_impairment){.loss_percent = 100});

	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "10.0.0.2"));
	assert_true(lab_is_cut_off(lab.nodes[0], lab.nodes[1], "fd00::2"));
	assert_true(lab_reaches(lab.nodes[1], lab.nodes[0], "10.0.0.1"));
	assert_true(lab_reaches(lab.nodes[1], lab.nodes[0], "fd00::1"));
	lab_free(&lab);
}

TEST(duplicates_arrive_twice_and_are_not_duplicated_again)
{
	uint8_t seen[PACKETS] = {0};
	unsigned int twice = 0, n;
	struct network_lab lab;

	make_pair(&lab);
	impair(&lab, &(struct netns_impairment){.duplicate_percent = 30});
	n = send_many(&lab, "10.0.0.2", seen);
	for (size_t i = 0; i < PACKETS; i++) {
		assert_in_range(seen[i], 1, 2);
		twice += seen[i] == 2;
	}

	assert_int_equal(n, PACKETS + twice);
	assert_in_range(twice, PACKETS * 26 / 100, PACKETS * 34 / 100);
	assert_int_equal(in_force(&lab).duplicated, twice);
	lab_free(&lab);
}

TEST(corrupted_packets_fail_their_checksum)
{
	struct network_lab lab;
	struct netns_impair_state now;
	unsigned int n;

	make_pair(&lab);
	impair(&lab, &(struct netns_impairment){.corrupt_percent = 50});
	n = send_many(&lab, "10.0.0.2", NULL);
	now = in_force(&lab);

	assert_in_range(now.corrupted, PACKETS * 46 / 100, PACKETS * 54 / 100);
	/* but for bits of the header that nobody checks */
	assert_in_range(n, PACKETS - now.corrupted, PACKETS - now.corrupted * 90 / 100);
	lab_free(&lab);
}

TEST(a_link_that_forgets_loses_in_runs)
{
	const struct netns_impairment gilbert = {
		.loss_model = NETNS_LOSS_GILBERT,
		.loss_gilbert = {.to_bad_percent = 1,
				 .to_good_percent = 10,
				 .loss_in_bad_percent = 100},
		.seeded = true,
		.seed = 7,
	};
	uint8_t seen[PACKETS] = {0};
	unsigned int runs = 0, n;
	struct network_lab lab;

	make_pair(&lab);
	impair(&lab, &gilbert);
	n = PACKETS - send_many(&lab, "10.0.0.2", seen);
	for (size_t i = 1; i < PACKETS; i++)
		runs += seen[i - 1] && !seen[i];

	/* one packet in eleven, ten at a time */
	assert_in_range(n, PACKETS * 5 / 100, PACKETS * 14 / 100);
	assert_in_range(n / runs, 6, 16);
	assert_int_equal(in_force(&lab).impairment.loss_model, NETNS_LOSS_GILBERT);
	lab_free(&lab);
}

TEST(a_change_goes_on_counting_and_a_perfect_link_is_as_before)
{
	struct network_lab lab;
	unsigned int before;

	make_pair(&lab);
	before = lab_offloads(lab.nodes[0]);
	assert_int_equal(before, NETNS_OFFLOAD_GSO | NETNS_OFFLOAD_TSO | NETNS_OFFLOAD_TX_CHECKSUM);
	impair(&lab, &(struct netns_impairment){.loss_percent = 50});
	send_many(&lab, "10.0.0.2", NULL);
	impair(&lab, &(struct netns_impairment){.loss_percent = 10});
	send_many(&lab, "10.0.0.2", NULL);
	assert_int_equal(in_force(&lab).passed, 2 * PACKETS);
	assert_int_equal(lab_offloads(lab.nodes[0]), 0);

	impair(&lab, &(struct netns_impairment){.loss_percent = 0});
	assert_int_equal(in_force(&lab).means, 0);
	assert_int_equal(send_many(&lab, "10.0.0.2", NULL), PACKETS);
	assert_int_equal(lab_offloads(lab.nodes[0]), before);
	lab_free(&lab);
}

TEST(everybody_may_ping_from_a_prepared_node)
{
	struct ncrun_error err = {0};
	_cleanup_close_ int four = -1, six = -1;
	struct network_lab lab;

	make_pair(&lab);

	assert_ok(netns_socket(lab.nodes[0], AF_INET, SOCK_DGRAM, IPPROTO_ICMP, &four, &err));
	assert_ok(netns_socket(lab.nodes[0], AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, &six, &err));
	lab_free(&lab);
}

/** Send @size bytes by TCP from node 0 to node 1. */
static void transfer(struct network_lab *lab, size_t size)
{
	const struct sockaddr_in there = {.sin_family = AF_INET,
					  .sin_port = htons(7777),
					  .sin_addr.s_addr = htonl(0x0a000002)};
	_cleanup_close_ int listener = -1, client = -1, server = -1;
	static char bytes[65536];
	struct ncrun_error err = {0};
	size_t sent = 0, received = 0;
	ssize_t n;

	assert_ok(netns_socket(lab->nodes[1], AF_INET, SOCK_STREAM, 0, &listener, &err));
	assert_ok(netns_socket(lab->nodes[0], AF_INET, SOCK_STREAM, 0, &client, &err));
	assert_int_equal(bind(listener, (const struct sockaddr *)&there, sizeof(there)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(client, (const struct sockaddr *)&there, sizeof(there)), 0);
	server = accept(listener, NULL, NULL);
	while (received < size) {
		n = sent < size ? send(client, bytes, sizeof(bytes), MSG_DONTWAIT) : 0;
		sent += n > 0 ? (size_t)n : 0;
		n = recv(server, bytes, sizeof(bytes), MSG_DONTWAIT);
		received += n > 0 ? (size_t)n : 0;
	}
}

TEST(bunches_of_segments_do_not_share_one_fate)
{
	struct network_lab lab;

	make_pair(&lab);
	impair(&lab, &(struct netns_impairment){.loss_percent = 0.000001});
	transfer(&lab, 2000000);

	assert_true(in_force(&lab).passed >= 2000000 / 1448);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_loses_the_same_packets_as_predicted),
		cmocka_unit_test(loss_is_about_what_was_asked_for_and_counted),
		cmocka_unit_test(the_other_direction_and_control_are_spared),
		cmocka_unit_test(duplicates_arrive_twice_and_are_not_duplicated_again),
		cmocka_unit_test(corrupted_packets_fail_their_checksum),
		cmocka_unit_test(a_link_that_forgets_loses_in_runs),
		cmocka_unit_test(a_change_goes_on_counting_and_a_perfect_link_is_as_before),
		cmocka_unit_test(everybody_may_ping_from_a_prepared_node),
		cmocka_unit_test(bunches_of_segments_do_not_share_one_fate),
	};

	return cmocka_run_group_tests_name("netns/impair_loss", tests, enter, NULL);
}
