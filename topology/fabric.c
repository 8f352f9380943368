/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The network namespace of a network's switches. No process lives in it, so it is held
 * by a bind mount in the network's directory: that is what makes it go with its
 * name, and be found by it.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/seal.h"
#include "topology/running.h"

#define PATH_SIZE 64

static void fabric_path(const struct ncrun_network *network, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d/" NETWORK_FABRIC, network->dir);
}

static int fabric_pin(struct ncrun_network *network, const struct netns *netns,
		      struct ncrun_error *err)
{
	char path[PATH_SIZE], source[PATH_SIZE];
	_cleanup_close_ int fd = openat(network->dir, NETWORK_FABRIC,
					O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, "make the file that holds the fabric");
	fabric_path(network, path);
	snprintf(source, sizeof(source), "/proc/self/fd/%d", netns_fd(netns));
	if (mount(source, path, NULL, MS_BIND, NULL) < 0)
		return error_errno(err, "hold the fabric by a mount");
	return 0;
}

int fabric_create(struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_(netns_freep) struct netns *netns = NULL;
	int r = netns_new(&netns, err);

	if (r == 0)
		r = netns_prepare(netns, NETNS_ROLE_FABRIC, err);
	if (r == 0)
		r = fabric_pin(network, netns, err);
	if (r < 0)
		return error_wrap(err, r, "fabric");
	netns_free(network->fabric);
	network->fabric = take_ptr(netns);
	return 0;
}

int fabric_open(struct ncrun_network *network, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	struct statfs system = {.f_type = 0};
	int r;

	if (network->fabric)
		return 0;
	fd = openat(network->dir, NETWORK_FABRIC, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 || fstatfs(fd, &system) < 0 ? -errno : 0;
	/* not there, or a plain file: the machine was started anew */
	if (is_damage(r) || (r == 0 && system.f_type != NSFS_MAGIC))
		return error_set(err, ENOTCONN, "the switches of network '%s' are not there",
				 network->name);
	if (r == 0)
		r = netns_open_fd(fd, &network->fabric, err);
	else
		error_set(err, -r, "%s", strerror(-r));
	return r < 0 ? error_wrap(err, r, "open the switches of network '%s'", network->name) : 0;
}

int fabric_delete(struct ncrun_network *network, struct ncrun_error *err)
{
	char path[PATH_SIZE];

	network->fabric = netns_free(network->fabric);
	fabric_path(network, path);
	while (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		;
	if (errno != EINVAL && errno != ENOENT) /* is none; the mount or the file */
		return error_errno(err, "let the fabric go");
	return tree_remove_at(network->dir, NETWORK_FABRIC, NULL, err);
}
