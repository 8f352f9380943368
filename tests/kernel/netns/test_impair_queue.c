/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

#define MS 1000000ull

static int try_impair(struct network_lab *lab, const struct netns_impairment *impairment,
		      struct ncrun_error *err)
{
	const struct netns_end from = {lab->nodes[0], LAB_INTERFACE};
	const struct netns_end to = {lab->nodes[1], LAB_INTERFACE};

	return netns_impair(&from, &to, impairment, err);
}

/** A pair that is impaired so; skips where the kernel has no netem. */
static void make_impaired(struct network_lab *lab, const struct netns_impairment *impairment)
{
	struct ncrun_error err = {0};
	int r;

	lab_make_pair(lab);
	r = try_impair(lab, impairment, &err);
	if (r == -ENOENT || r == -EOPNOTSUPP) {
		lab_free(lab);
		print_message("%s\n", err.message);
		skip();
	}
	assert_ok(r);
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

/** How long until @count packets of @size have come over, all of them; 5 s at most. */
static int64_t time_ms(struct network_lab *lab, unsigned int count, size_t size)
{
	_cleanup_close_ int sender = lab_udp(lab->nodes[0], "", 0);
	_cleanup_close_ int receiver = lab_udp(lab->nodes[1], "", 999);
	int64_t began = clock_now_ms();
	unsigned int n = 0;
	char bytes[2048];

	for (unsigned int i = 0; i < count; i++) {
		lab_udp_send(sender, "10.0.0.2", 999, 1, size);
		while (recv(receiver, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
			n++;
	}
	while (n < count && clock_now_ms() < began + 5000) {
		struct pollfd waiting = {.fd = receiver, .events = POLLIN};

		if (poll(&waiting, 1, 100) > 0 && recv(receiver, bytes, sizeof(bytes), 0) > 0)
			n++;
	}
	assert_int_equal(n, count);
	return clock_now_ms() - began;
}

/** How long they may take; a busy machine is late, but never early, and not always. */
struct span {
	int64_t least_ms, most_ms;
};

static void check_time(struct network_lab *lab, unsigned int count, size_t size, struct span span)
{
	int64_t ms = INT64_MAX;

	for (int i = 0; i < 8 && ms > span.most_ms * test_time_factor(); i++) {
		ms = time_ms(lab, count, size);
		assert_true(ms >= span.least_ms);
	}
	if (ms > span.most_ms * test_time_factor())
		fail_msg("%lld ms: more than %lld", (long long)ms, (long long)span.most_ms);
}

TEST(a_rate_is_kept)
{
	struct network_lab lab;

	/* 500 frames of 1,042 bytes at 10 Mbit/s: 417 ms, less a burst */
	make_impaired(&lab,
		      &(struct netns_impairment){.rate_bits = 10000000, .queue_bytes = 1000000});
	check_time(&lab, 500, 1000, (struct span){390, 600});
	assert_int_equal(in_force(&lab).means, NETNS_IMPAIR_TBF);
	assert_int_equal(in_force(&lab).impairment.rate_bits, 10000000);
	lab_free(&lab);
}

TEST(a_rate_changes_in_place)
{
	_cleanup_close_ int sender = -1, receiver = -1;
	struct ncrun_error err = {0};
	struct network_lab lab;

	make_impaired(&lab,
		      &(struct netns_impairment){.rate_bits = 100000, .queue_bytes = 1000000});
	sender = lab_udp(lab.nodes[0], "", 0);
	receiver = lab_udp(lab.nodes[1], "", 999);
	lab_udp_send(sender, "10.0.0.2", 999, 50, 1000); /* four seconds of it */
	assert_ok(try_impair(&lab,
			     &(struct netns_impairment){.rate_bits = 100000000,
							.queue_bytes = 1000000},
			     &err));

	/* it still sleeps for a packet at the old rate */
	assert_int_equal(lab_udp_receive(receiver, NULL, 0, 1000), 50);
	lab_free(&lab);
}

TEST(bursts_and_peaks_are_read_back)
{
	struct network_lab lab;
	struct netns_impair_state now;

	make_impaired(&lab, &(struct netns_impairment){.rate_bits = 8000000,
						       .burst_bytes = 20000,
						       .peak_bits = 16000000,
						       .queue_bytes = 70000});
	now = in_force(&lab);

	assert_int_equal(now.impairment.peak_bits, 16000000);
	assert_in_range(now.impairment.burst_bytes, 19990, 20010);
	assert_int_equal(now.impairment.queue_bytes, 70000);
	lab_free(&lab);
}

TEST(a_delay_is_kept_and_read_back)
{
	struct network_lab lab;
	struct netns_impair_state now;

	make_impaired(&lab, &(struct netns_impairment){.delay_ns = 100 * MS,
						       .jitter_ns = 10 * MS,
						       .delay_correlation_percent = 25,
						       .distribution = NETNS_DISTRIBUTION_NORMAL});
	now = in_force(&lab);
	assert_int_equal(now.means, NETNS_IMPAIR_NETEM);
	assert_int_equal(now.impairment.delay_ns, 100 * MS);
	assert_int_equal(now.impairment.jitter_ns, 10 * MS);
	assert_true(now.impairment.delay_correlation_percent > 24.99);

	check_time(&lab, 1, 100, (struct span){59, 250}); /* four deviations, and ARP */
	lab_free(&lab);
}

TEST(a_delay_and_a_rate_go_together)
{
	struct network_lab lab;

	make_impaired(&lab, &(struct netns_impairment){.delay_ns = 100 * MS,
						       .rate_bits = 10000000,
						       .limit_packets = 1000});
	time_ms(&lab, 1, 100); /* neighbours hold few packets until they are found */
	check_time(&lab, 240, 1000, (struct span){285, 600}); /* 200 ms at that rate */
	assert_int_equal(in_force(&lab).means, NETNS_IMPAIR_NETEM);
	lab_free(&lab);

	make_impaired(&lab, &(struct netns_impairment){.delay_ns = 100 * MS,
						       .rate_bits = 10000000,
						       .burst_bytes = 5000,
						       .queue_bytes = 1000000});
	time_ms(&lab, 1, 100); /* neighbours hold few packets until they are found */
	check_time(&lab, 240, 1000, (struct span){285, 600});
	assert_int_equal(in_force(&lab).means, NETNS_IMPAIR_NETEM | NETNS_IMPAIR_TBF);
	lab_free(&lab);
}

TEST(a_delay_changes_without_losing_what_waits)
{
	_cleanup_close_ int sender = -1, receiver = -1;
	struct ncrun_error err = {0};
	struct network_lab lab;

	make_impaired(&lab, &(struct netns_impairment){.delay_ns = 300 * MS});
	time_ms(&lab, 1, 100); /* ARP is done */
	sender = lab_udp(lab.nodes[0], "", 0);
	receiver = lab_udp(lab.nodes[1], "", 999);
	lab_udp_send(sender, "10.0.0.2", 999, 50, 100);
	assert_ok(try_impair(&lab, &(struct netns_impairment){.delay_ns = 10 * MS}, &err));

	assert_int_equal(lab_udp_receive(receiver, NULL, 0, 1000), 50);
	lab_free(&lab);
}

TEST(losses_that_depend_on_each_other_are_netems)
{
	const struct netns_impairment impairment = {
		.loss_model = NETNS_LOSS_STATE,
		.loss_state = {.p13_percent = 5, .p31_percent = 50},
		.duplicate_percent = 10,
		.duplicate_correlation_percent = 20,
		.corrupt_percent = 1,
		.delay_ns = 10 * MS,
		.reorder_percent = 25,
		.reorder_correlation_percent = 50,
		.reorder_gap = 5,
	};
	struct netns_impairment now;
	struct network_lab lab;

	make_impaired(&lab, &impairment);
	now = in_force(&lab).impairment;

	assert_int_equal(now.loss_model, NETNS_LOSS_STATE);
	assert_true(now.loss_state.p13_percent > 4.99 && now.loss_state.p31_percent > 49.99);
	assert_true(now.duplicate_percent > 9.99 && now.duplicate_percent < 10.01);
	assert_true(now.duplicate_correlation_percent > 19.99);
	assert_true(now.reorder_percent > 24.99 && now.reorder_percent < 25.01);
	assert_int_equal(now.reorder_gap, 5);
	lab_free(&lab);
}

TEST(without_netem_a_delay_is_refused_with_what_is_lacking)
{
	struct ncrun_error err = {0};
	struct network_lab lab;
	int r;

	lab_make_pair(&lab);
	r = try_impair(&lab, &(struct netns_impairment){.delay_ns = MS}, &err);
	lab_free(&lab);
	if (r == 0)
		return; /* it has netem */
	assert_string_equal(err.message,
			    "impair link: this kernel has no netem (CONFIG_NET_SCH_NETEM, "
			    "module sch_netem), which delay, jitter, reordering and "
			    "correlation need");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(a_rate_changes_in_place),
		cmocka_unit_test(bursts_and_peaks_are_read_back),
		cmocka_unit_test(a_delay_is_kept_and_read_back),
		cmocka_unit_test(a_delay_and_a_rate_go_together),
		cmocka_unit_test(a_delay_changes_without_losing_what_waits),
		cmocka_unit_test(losses_that_depend_on_each_other_are_netems),
		cmocka_unit_test(without_netem_a_delay_is_refused_with_what_is_lacking),
	};

	return cmocka_run_group_tests_name("netns/impair_queue", tests, sandbox_enter, NULL);
}
