/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <errno.h>
#include <sys/capability.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "netns/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

/** Bind and connect to 127.0.0.1; an errno. */
static int reach_loopback(void)
{
	_cleanup_close_ int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	_cleanup_close_ int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(4242),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (bind(server, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(server, 1) < 0 ||
	    connect(client, (struct sockaddr *)&address, sizeof(address)) < 0)
		return errno;
	return 0;
}

TEST(a_fresh_namespace_reaches_itself_once_loopback_is_up)
{
	struct ncrun_error err = {0};

	sandbox_required();
	assert_int_not_equal(reach_loopback(), 0);

	assert_ok(netns_loopback_up(&err));
	assert_ok(netns_loopback_up(&err));

	assert_int_equal(reach_loopback(), 0);
}

/** Try it in a child without any capability; its error code. */
static int refused_code(void)
{
	struct ncrun_error err = {0};
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		cap_t none = cap_init();

		if (!none || cap_set_proc(none) < 0)
			_exit(255);
		_exit(-netns_loopback_up(&err));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

TEST(without_the_capability_the_kernel_refuses)
{
	sandbox_required();
	assert_int_equal(refused_code(), EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_namespace_reaches_itself_once_loopback_is_up),
		cmocka_unit_test(without_the_capability_the_kernel_refuses),
	};

	return cmocka_run_group_tests_name("netns/loopback", tests, sandbox_enter, NULL);
}
