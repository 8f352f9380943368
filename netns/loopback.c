/* SPDX-License-Identifier: Apache-2.0 */

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "netns/netns.h"

/* One ioctl() where netlink would take a message and its answer: every node pays for it. */
int netns_loopback_up(struct ncrun_error *err)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_errno(err, "set 'lo' up: socket");
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_errno(err, "set 'lo' up");
	return 0;
}
