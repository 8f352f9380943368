/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "netns/namespace.h"

#define TUN_DEVICE  "/dev/net/tun"
#define HEADER_SIZE 12 /* of virtio 1.0 */

/** struct opening - of a tap, by the thread that is inside */
struct opening {
	const struct netns_tap *tap;
	int fd;
};

static void offloads_set(int fd)
{
	const unsigned int basic = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	int size = HEADER_SIZE;

	ioctl(fd, TUNSETVNETHDRSZ, &size);
#ifdef TUN_F_USO4
	if (ioctl(fd, TUNSETOFFLOAD, basic | TUN_F_USO4 | TUN_F_USO6) == 0)
		return;
#endif
	ioctl(fd, TUNSETOFFLOAD, basic); /* Linux before 6.2 has no more */
}

/* The link is made in the namespace of whoever opens the device. */
static int tap_open(void *data, struct ncrun_error *err)
{
	struct opening *opening = data;
	const struct netns_tap *tap = opening->tap;
	_cleanup_close_ int fd = open(TUN_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct ifreq request = {.ifr_flags = IFF_NO_PI};

	if (fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
		return error_set(err, EOPNOTSUPP,
				 "create link '%s': this kernel has no tun and tap links "
				 "(CONFIG_TUN, module tun), or there is no '%s'",
				 tap->name, TUN_DEVICE);
	if (fd < 0)
		return error_errno(err, "create link '%s': open '%s'", tap->name, TUN_DEVICE);
	memcpy(request.ifr_name, tap->name, strlen(tap->name) + 1);
	request.ifr_flags |= tap->packets ? IFF_TUN : IFF_TAP;
	if (tap->offload)
		request.ifr_flags |= IFF_VNET_HDR;
	if (tap->many_queues)
		request.ifr_flags |= IFF_MULTI_QUEUE;
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return error_errno(err, "create link '%s'", tap->name);
	if (tap->offload)
		offloads_set(fd);
	if (tap->persistent && ioctl(fd, TUNSETPERSIST, 1) < 0)
		return error_errno(err, "keep link '%s'", tap->name);
	opening->fd = take_fd(fd);
	return 0;
}

int netns_tap_open(struct netns *netns, const struct netns_tap *tap, int *ret_fd,
		   struct ncrun_error *err)
{
	struct opening opening = {.tap = tap, .fd = -1};
	char name[NETNS_NAME_MAX];
	int r = netns_name_short(tap->name, name, err);

	if (r < 0)
		return r;
	if (strcmp(name, tap->name) != 0)
		return error_set(err, EINVAL, "create link '%s': at most 15 bytes", tap->name);
	r = netns_call(netns, tap_open, &opening, err);
	if (r < 0)
		return r;
	*ret_fd = opening.fd;
	return 0;
}
