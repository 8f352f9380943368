/* SPDX-License-Identifier: Apache-2.0 */

#include "netns/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

#ifndef PIDFD_GET_NET_NAMESPACE
#define PIDFD_GET_NET_NAMESPACE _IO(0xFF, 4) /* <linux/pidfd.h> */
#endif

#define OWN_NETNS "/proc/thread-self/ns/net"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static int own_open(int *ret, struct ncrun_error *err)
{
	int fd = open(OWN_NETNS, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "open '%s'", OWN_NETNS);
	*ret = fd;
	return 0;
}

int netns_enter(const struct netns *netns, int *ret_home, struct ncrun_error *err)
{
	_cleanup_close_ int home = -1;
	int r = own_open(&home, err);

	if (r < 0)
		return r;
	if (setns(netns->fd, CLONE_NEWNET) < 0)
		return error_errno(err, "enter network namespace");
	*ret_home = take_fd(home);
	return 0;
}

int netns_leave(int home, struct ncrun_error *err)
{
	_cleanup_close_ int fd = home;

	if (setns(fd, CLONE_NEWNET) < 0)
		return error_errno(err, "return to the former network namespace");
	return 0;
}

/** A netlink socket of the namespace that the calling thread is in. */
static int netlink_open(int protocol, int *ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	const int on = 1;

	if (fd < 0)
		return error_errno(err, "open netlink socket");
	/* Errors with words, and without a copy of the request. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return error_errno(err, "set up netlink socket");
	/* Kernels before 5.0 let requests for one interface be answered with all. */
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	*ret = take_fd(fd);
	return 0;
}

static int *socket_slot(struct netns *netns, int protocol)
{
	switch (protocol) {
	case NETLINK_NETFILTER:
		return &netns->netfilter;
	case NETLINK_GENERIC:
		return &netns->generic;
	default:
		return &netns->route;
	}
}

int netns_netlink(struct netns *netns, int protocol, int *ret_fd, struct ncrun_error *err)
{
	int *slot = socket_slot(netns, protocol);
	int home = -1, r, left;

	if (*slot < 0) {
		r = netns_enter(netns, &home, err);
		if (r < 0)
			return r;
		r = netlink_open(protocol, slot, err);
		left = netns_leave(home, r < 0 ? NULL : err);
		if (r < 0 || left < 0)
			return r < 0 ? r : left;
	}
	*ret_fd = *slot;
	return 0;
}

/** A handle of a namespace by its descriptor; and by its socket, if it is new, else -1. */
static int handle_new(int fd_consume, int route_consume, struct netns **ret,
		      struct ncrun_error *err)
{
	_cleanup_close_ int fd = fd_consume, route = route_consume;
	_cleanup_(netns_freep) struct netns *netns = malloc(sizeof(*netns));

	if (!netns)
		return error_set(err, ENOMEM, "open network namespace: out of memory");
	*netns = (struct netns){.fd = take_fd(fd), .route = -1, .netfilter = -1, .generic = -1};
	if (route >= 0) {
		netns->route = take_fd(route);
		netns->index = 1; /* loopback's: it is new */
	}
	*ret = take_ptr(netns);
	return 0;
}

/** With the calling thread in a fresh namespace: a handle of it, and its first socket. */
static int fresh_open(struct netns **ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1, route = -1;
	int r;

	r = own_open(&fd, err);
	if (r < 0)
		return r;
	r = netlink_open(NETLINK_ROUTE, &route, err);
	if (r < 0)
		return r;
	return handle_new(take_fd(fd), take_fd(route), ret, err);
}

int netns_new(struct netns **ret, struct ncrun_error *err)
{
	_cleanup_(netns_freep) struct netns *netns = NULL;
	_cleanup_close_ int home = -1;
	int r, left;

	r = own_open(&home, err);
	if (r < 0)
		return r;
	if (unshare(CLONE_NEWNET) < 0)
		return error_errno(err, "make a network namespace");
	r = fresh_open(&netns, err);
	left = netns_leave(take_fd(home), r < 0 ? NULL : err);
	if (r < 0 || left < 0)
		return r < 0 ? r : left;
	*ret = take_ptr(netns);
	return 0;
}

int netns_open_own(struct netns **ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int r = own_open(&fd, err);

	return r < 0 ? r : handle_new(take_fd(fd), -1, ret, err);
}

/** A pidfd names a process: before Linux 6.11 its namespace has a descriptor once we are in it. */
static int pidfd_netns(int pidfd, int *ret, struct ncrun_error *err)
{
	_cleanup_close_ int home = -1;
	int r, left;

	r = ioctl(pidfd, PIDFD_GET_NET_NAMESPACE, 0);
	if (r >= 0) {
		*ret = r;
		return 0;
	}
	r = own_open(&home, err);
	if (r < 0)
		return r;
	if (setns(pidfd, CLONE_NEWNET) < 0)
		return error_errno(err, "enter the network namespace of a process");
	r = own_open(ret, err);
	left = netns_leave(take_fd(home), r < 0 ? NULL : err);
	return r < 0 ? r : left;
}

int netns_open_fd(int fd, struct netns **ret, struct ncrun_error *err)
{
	_cleanup_close_ int own = -1;
	int r, type = ioctl(fd, NS_GET_NSTYPE);

	if (type >= 0 && type != CLONE_NEWNET)
		return error_set(err, EINVAL, "descriptor %d is not of a network namespace", fd);
	if (type == CLONE_NEWNET) {
		own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (own < 0)
			return error_errno(err, "open network namespace");
	} else {
		r = pidfd_netns(fd, &own, err);
		if (r < 0)
			return r;
	}
	return handle_new(take_fd(own), -1, ret, err);
}

int netns_open_pid(pid_t pid, struct netns **ret, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open network namespace of process %d", pid);
	return handle_new(take_fd(fd), -1, ret, err);
}

struct netns *netns_free(struct netns *netns)
{
	if (netns) {
		closep(&netns->generic);
		closep(&netns->netfilter);
		closep(&netns->route);
		closep(&netns->fd);
		free(netns);
	}
	return NULL;
}

int netns_fd(const struct netns *netns)
{
	return netns->fd;
}

int netns_call(struct netns *netns, int (*call)(void *data, struct ncrun_error *err), void *data,
	       struct ncrun_error *err)
{
	int home = -1, r, left;

	r = netns_enter(netns, &home, err);
	if (r < 0)
		return r;
	r = call(data, err);
	left = netns_leave(home, r < 0 ? NULL : err);
	return r < 0 || left >= 0 ? r : left;
}

int netns_socket(struct netns *netns, int domain, int type, int protocol, int *ret_fd,
		 struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int home = -1, left, r;

	r = netns_enter(netns, &home, err);
	if (r < 0)
		return r;
	fd = socket(domain, type | SOCK_CLOEXEC, protocol);
	r = fd < 0 ? error_errno(err, "open a socket in a network namespace") : 0;
	left = netns_leave(home, r < 0 ? NULL : err);
	if (r < 0 || left < 0)
		return r < 0 ? r : left;
	*ret_fd = take_fd(fd);
	return 0;
}
