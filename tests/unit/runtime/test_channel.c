/* SPDX-License-Identifier: Apache-2.0 */

/* What a node and its maker say to each other. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/container.h"
#include "tests/support/test.h"

static void channel_open(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
}

TEST(a_message_arrives_with_its_descriptors)
{
	struct init_message message = {.type = INIT_MESSAGE_STARTED, .value = 7};
	struct channel_input input = {0};
	struct ncrun_error err = {0};
	int pair[2];

	channel_open(pair);
	assert_ok(channel_write(pair[0], &message, pair, 2, &err));
	assert_ok(channel_read(pair[1], &input, &err));
	assert_int_equal(input.message.type, INIT_MESSAGE_STARTED);
	assert_int_equal(input.message.value, 7);
	assert_int_equal(input.fd_count, 2);
	close(input.fds[0]);
	close(input.fds[1]);
	close(pair[0]);
	close(pair[1]);
}

/* A child that fails has not read what its parent meant to tell it next. */
TEST(last_words_are_heard_although_ours_were_not)
{
	struct init_message go = {.type = INIT_MESSAGE_GO};
	struct init_message failed = {.type = INIT_MESSAGE_FAILED, .step = "mounts"};
	struct channel_input input = {0};
	struct ncrun_error err = {0};
	int pair[2];

	channel_open(pair);
	assert_ok(channel_write(pair[0], &go, NULL, 0, &err));
	assert_ok(channel_write(pair[1], &failed, NULL, 0, &err));
	close(pair[1]);
	assert_ok(channel_read(pair[0], &input, &err));
	assert_string_equal(input.message.step, "mounts");
	assert_fails(channel_read(pair[0], &input, &err), EPIPE);
	assert_non_null(strstr(err.message, "ended before its command ran"));
	close(pair[0]);
}

TEST(whoever_has_gone_is_told_nothing)
{
	struct init_message go = {.type = INIT_MESSAGE_GO};
	struct ncrun_error err = {0};
	int pair[2];

	channel_open(pair);
	close(pair[1]);
	assert_fails(channel_write(pair[0], &go, NULL, 0, &err), EPIPE);
	close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_with_its_descriptors),
		cmocka_unit_test(last_words_are_heard_although_ours_were_not),
		cmocka_unit_test(whoever_has_gone_is_told_nothing),
	};

	return cmocka_run_group_tests_name("runtime/channel", tests, NULL, NULL);
}
