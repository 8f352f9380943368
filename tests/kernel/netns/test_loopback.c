/* SPDX-License-Identifier: Apache-2.0 */

#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "netns/netns.h"
#include "tests/support/sandbox.h"
#include "tests/support/test.h"

static struct ncrun_error err;

static short loopback_flags(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	return request.ifr_flags;
}

TEST(loopback_comes_up_and_carries_packets)
{
	struct sockaddr_in self = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(self);
	_cleanup_close_ int fd = -1;
	char byte = 'x';

	sandbox_required();
	assert_false(loopback_flags() & IFF_UP);

	assert_ok(netns_loopback_up(&err));

	assert_true(loopback_flags() & IFF_UP);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&self, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&self, &size), 0);
	assert_int_equal(sendto(fd, &byte, 1, 0, (struct sockaddr *)&self, size), 1);
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
}

TEST(setting_it_up_twice_is_no_error)
{
	sandbox_required();

	assert_ok(netns_loopback_up(&err));
	assert_ok(netns_loopback_up(&err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_comes_up_and_carries_packets),
		cmocka_unit_test(setting_it_up_twice_is_no_error),
	};

	return cmocka_run_group_tests_name("netns/loopback", tests, sandbox_enter, NULL);
}
