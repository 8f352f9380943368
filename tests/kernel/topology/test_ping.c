/* SPDX-License-Identifier: Apache-2.0 */

/* Echo requests between namespaces, with no program in them. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "tests/support/network_lab.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"
#include "topology/ping.h"

/** Ping from node 0 of the lab. */
static struct ping_pair ping_once(struct network_lab *lab, const char *to, uint32_t size)
{
	struct ping_pair pair = {.to = PING_NOBODY, .address = lab_ip(to)};
	struct ping ping = {.netns = lab->nodes,
			    .netns_count = lab->count,
			    .pairs = &pair,
			    .pair_count = 1,
			    .count = 3,
			    .size = size,
			    .interval_ms = 5,
			    .timeout_ms = 300};
	struct ncrun_error err = {0};

	assert_ok(ping_run(&ping, &err));
	return pair;
}

static void filter_out(struct netns *netns, enum netns_hook hook)
{
	_cleanup_(netns_filter_freep) struct netns_filter *filter = NULL;
	struct ncrun_error err = {0};

	assert_ok(netns_filter_new(netns, &filter, &err));
	netns_filter_table_anew(filter, NETNS_FILTER_INET, "t");
	netns_filter_chain(filter, &(struct netns_chain){.name = "c", .hook = hook});
	netns_filter_rule(filter,
			  &(struct netns_filter_rule){.chain = "c", .verdict = NETNS_VERDICT_DROP});
	assert_ok(netns_filter_commit(filter, &err));
}

TEST(all_requests_are_answered_in_both_families_and_every_size)
{
	static const struct {
		const char *to;
		uint32_t size;
	} cases[] = {{"10.0.0.2", 56},    {"fd00::2", 56},    {"10.0.0.2", 0}, {"fd00::2", 0},
		     {"10.0.0.2", 65000}, {"fd00::2", 65000}, {"10.0.0.1", 56}};
	struct network_lab lab;

	lab_make(&lab, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ping_pair pair = ping_once(&lab, cases[i].to, cases[i].size);

		if (pair.sent != 3 || pair.received != 3 || pair.failure)
			fail_msg("'%s', %u bytes: %u of %u: %s", cases[i].to, cases[i].size,
				 pair.received, pair.sent, pair.failure);
		assert_true(pair.min_ns >= 0 && pair.min_ns <= pair.max_ns);
		assert_true(pair.max_ns < INT64_C(300000000));
	}
	lab_free(&lab);
}

/** struct heard - what the answers were like */
struct heard {
	uint32_t numbers[8], count, lost;
	int ttl;
	char from[NETNS_IP_TEXT_MAX];
	const char *failure;
};

static void hear(void *data, const struct ping_pair *pair __attribute__((unused)), uint32_t number,
		 const struct echo_answer *answer, int64_t rtt_ns)
{
	struct heard *heard = data;

	assert_true(heard->count < 8);
	heard->numbers[heard->count++] = number;
	heard->lost += rtt_ns < 0;
	if (!answer)
		return;
	heard->ttl = answer->ttl;
	heard->failure = answer->failure;
	if (answer->from.family)
		netns_ip_print(&answer->from, heard->from);
}

static struct heard listen_to(struct network_lab *lab, const char *to, struct ping_pair *ret)
{
	struct heard heard = {.ttl = -2};
	struct ping ping = {.netns = lab->nodes,
			    .netns_count = lab->count,
			    .pairs = ret,
			    .pair_count = 1,
			    .count = 3,
			    .size = 56,
			    .interval_ms = 5,
			    .timeout_ms = 100,
			    .answer = hear,
			    .data = &heard};
	struct ncrun_error err = {0};

	*ret = (struct ping_pair){.to = PING_NOBODY, .address = lab_ip(to)};
	assert_ok(ping_run(&ping, &err));
	assert_int_equal(heard.count, 3);
	return heard;
}

TEST(answers_tell_sender_sequence_and_what_is_left_of_the_ttl)
{
	static const char *const far[] = {"10.2.0.1", "fd02::1"};
	struct network_lab lab;
	struct ping_pair pair;

	lab_make_chain(&lab);
	lab_default_routes(&lab, 2, "10.2.0.9", "fd02::9");
	for (size_t i = 0; i < 2; i++) {
		struct heard heard = listen_to(&lab, far[i], &pair);

		assert_int_equal(heard.lost, 0);
		assert_int_equal(heard.ttl, 63);
		assert_string_equal(heard.from, far[i]);
		for (uint32_t n = 0; n < 3; n++)
			assert_int_equal(heard.numbers[n], n);
	}
	lab_free(&lab);
}

TEST(whoever_cannot_pass_a_request_on_is_named_with_the_reason)
{
	static const struct {
		const char *to, *failure, *from;
	} cases[] = {
		{"10.9.0.1", "network unreachable", "10.1.0.9"},
		{"fd09::1", "network unreachable", "fd01::9"},
	};
	struct network_lab lab;
	struct ping_pair pair;

	lab_make_chain(&lab);
	for (size_t i = 0; i < 2; i++) {
		struct heard heard = listen_to(&lab, cases[i].to, &pair);

		assert_int_equal(heard.lost, 3);
		assert_string_equal(heard.from, cases[i].from);
		assert_string_equal(pair.failure, cases[i].failure);
		assert_int_equal(pair.sent, 3);
		assert_int_equal(pair.received, 0);
	}
	lab_free(&lab);
}

TEST(what_cannot_even_be_sent_is_lost_with_the_reason)
{
	struct network_lab lab;
	struct ping_pair pair;

	lab_make_pair(&lab);
	pair = ping_once(&lab, "10.9.0.1", 56);
	assert_string_equal(pair.failure, "no route");
	assert_int_equal(pair.sent, 3);
	pair = ping_once(&lab, "fd09::1", 56);
	assert_string_equal(pair.failure, "no route");
	filter_out(lab.nodes[0], NETNS_HOOK_OUTPUT);
	pair = ping_once(&lab, "10.0.0.2", 56);
	assert_string_equal(pair.failure, "prohibited by a filter");
	assert_int_equal(pair.sent, 3);
	assert_int_equal(pair.received, 0);
	lab_free(&lab);
}

TEST(silence_is_lost_after_the_timeout_and_told_in_order)
{
	struct network_lab lab;
	struct ping_pair pair;
	int64_t began;
	struct heard heard;

	lab_make_pair(&lab);
	filter_out(lab.nodes[1], NETNS_HOOK_INPUT);
	began = clock_now_ms();
	heard = listen_to(&lab, "10.0.0.2", &pair);
	assert_in_range(clock_now_ms() - began, 100, 5000);
	assert_int_equal(heard.lost, 3);
	assert_int_equal(heard.ttl, -2); /* no answer at all */
	for (uint32_t n = 0; n < 3; n++)
		assert_int_equal(heard.numbers[n], n);
	assert_null(pair.failure);
	lab_free(&lab);
}

/* Who is told takes longer than any answer has time. */
static void hear_slowly(void *data, const struct ping_pair *pair, uint32_t number,
			const struct echo_answer *answer, int64_t rtt_ns)
{
	hear(data, pair, number, answer, rtt_ns);
	usleep(200000);
}

TEST(what_came_in_time_is_no_loss_however_late_it_is_read)
{
	struct network_lab lab;
	struct ping_pair pairs[] = {
		{.from = 0, .to = PING_NOBODY, .address = lab_ip("10.0.0.2")},
		{.from = 1, .to = PING_NOBODY, .address = lab_ip("10.0.0.2")}, /* itself: at once */
	};
	struct heard heard = {.ttl = -2};
	struct ping ping = {.pairs = pairs,
			    .pair_count = 2,
			    .count = 1,
			    .timeout_ms = 100,
			    .answer = hear_slowly,
			    .data = &heard};
	_cleanup_close_ int sender = -1;
	struct ncrun_error err = {0};

	lab_make_pair(&lab);
	ping.netns = lab.nodes;
	ping.netns_count = lab.count;
	assert_ok(netns_impair(&(struct netns_end){lab.nodes[0], LAB_INTERFACE},
			       &(struct netns_end){lab.nodes[1], LAB_INTERFACE},
			       &(struct netns_impairment){.rate_bits = 1000000,
							  .queue_bytes = 1000000},
			       &err));
	sender = lab_udp(lab.nodes[0], "", 0);
	lab_udp_send(sender, "10.0.0.2", 999, 8, 1000); /* the request waits 50 ms behind them */
	assert_ok(ping_run(&ping, &err));
	assert_int_equal(heard.count, 2);
	assert_int_equal(heard.lost, 0);
	lab_free(&lab);
}

TEST(requests_keep_their_interval)
{
	struct ping_pair pair = {.to = PING_NOBODY};
	struct ping ping = {
		.pairs = &pair, .pair_count = 1, .count = 5, .interval_ms = 50, .timeout_ms = 300};
	struct network_lab lab;
	struct ncrun_error err = {0};
	int64_t took = INT64_MAX;

	lab_make_pair(&lab);
	ping.netns = lab.nodes;
	ping.netns_count = lab.count;
	/* once in time will do: a busy machine is late, but never early */
	for (int i = 0; i < 10 && took > 350; i++) {
		pair = (struct ping_pair){.to = PING_NOBODY, .address = lab_ip("10.0.0.2")};
		took = -clock_now_ms();
		assert_ok(ping_run(&ping, &err));
		took += clock_now_ms();
		assert_int_equal(pair.received, 5);
		assert_true(took >= 199);
	}
	assert_in_range(took, 199, 200 + 150 * test_time_factor());
	lab_free(&lab);
}

TEST(more_requests_than_sequence_numbers_are_told_apart)
{
	struct network_lab lab;
	struct ping_pair pair = {.to = PING_NOBODY};
	struct ping ping = {.pairs = &pair, .pair_count = 1, .count = 70000, .timeout_ms = 3000};
	struct ncrun_error err = {0};

	lab_make_pair(&lab);
	ping.netns = lab.nodes;
	ping.netns_count = lab.count;
	pair.address = lab_ip("10.0.0.2");
	assert_ok(ping_run(&ping, &err));
	assert_int_equal(pair.sent, 70000);
	assert_int_equal(pair.received, 70000);
	lab_free(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_requests_are_answered_in_both_families_and_every_size),
		cmocka_unit_test(answers_tell_sender_sequence_and_what_is_left_of_the_ttl),
		cmocka_unit_test(whoever_cannot_pass_a_request_on_is_named_with_the_reason),
		cmocka_unit_test(what_cannot_even_be_sent_is_lost_with_the_reason),
		cmocka_unit_test(silence_is_lost_after_the_timeout_and_told_in_order),
		cmocka_unit_test(what_came_in_time_is_no_loss_however_late_it_is_read),
		cmocka_unit_test(requests_keep_their_interval),
		cmocka_unit_test(more_requests_than_sequence_numbers_are_told_apart),
	};

	return cmocka_run_group_tests_name("topology/ping", tests, sandbox_enter, NULL);
}
