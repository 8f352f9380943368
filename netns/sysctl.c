/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "netns/namespace.h"

#define PROC_SYS   "/proc/sys/"
#define VALUE_MAX  4096
#define SYSCTL_MAX 256

/**
 * "net.ipv4.ip_forward" as a path below /proc/sys. Dots separate, and a slash stands for a
 * dot of a name; where the first separator is a slash, slashes separate and dots are dots.
 */
static int sysctl_path(const char *name, char path[SYSCTL_MAX], struct ncrun_error *err)
{
	const char *first = strpbrk(name, "./");
	bool slashes = first && *first == '/';
	size_t length = strlen(name);

	if (strncmp(name, "net", 3) != 0 || first != name + 3 || strstr(name, "..") ||
	    strstr(name, "//"))
		return error_set(err, EINVAL, "sysctl '%s': not one of a network (try net.ipv4...)",
				 name);
	if (sizeof(PROC_SYS) + length > SYSCTL_MAX)
		return error_set(err, EINVAL, "sysctl '%.64s...': too long", name);
	memcpy(path, PROC_SYS, sizeof(PROC_SYS));
	path += sizeof(PROC_SYS) - 1;
	for (; *name; name++, path++) {
		*path = *name;
		if (!slashes && *name == '.')
			*path = '/';
		else if (!slashes && *name == '/')
			*path = '.';
	}
	*path = '\0';
	return 0;
}

/** In the namespace of the calling thread. */
static int sysctl_write(const struct netns_sysctl *sysctl, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	char path[SYSCTL_MAX];
	size_t size = strlen(sysctl->value);
	int r = sysctl_path(sysctl->name, path, err);

	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		if (sysctl->optional)
			return 0;
		return error_set(err, ENOENT, "sysctl '%s': this kernel has none such",
				 sysctl->name);
	}
	if (fd < 0)
		return error_errno(err, "sysctl '%s'", sysctl->name);
	if (write(fd, sysctl->value, size) != (ssize_t)size)
		return error_errno(err, "set sysctl '%s' to '%s'", sysctl->name, sysctl->value);
	return 0;
}

/** struct sysctls - what is to be written inside */
struct sysctls {
	const struct netns_sysctl *list;
	size_t count;
};

static int sysctls_write(void *data, struct ncrun_error *err)
{
	const struct sysctls *sysctls = data;

	for (size_t i = 0; i < sysctls->count; i++) {
		int r = sysctl_write(&sysctls->list[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

int netns_sysctl_set(struct netns *netns, const struct netns_sysctl *sysctls, size_t count,
		     struct ncrun_error *err)
{
	struct sysctls data = {.list = sysctls, .count = count};

	return netns_call(netns, sysctls_write, &data, err);
}

/** struct reading - of one sysctl, inside */
struct reading {
	const char *name;
	char *value; /* owned */
};

static int sysctl_read(void *data, struct ncrun_error *err)
{
	struct reading *reading = data;
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *value = malloc(VALUE_MAX);
	char path[SYSCTL_MAX];
	ssize_t n;
	int r = sysctl_path(reading->name, path, err);

	if (r < 0)
		return r;
	if (!value)
		return error_set(err, ENOMEM, "read sysctl '%s': out of memory", reading->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, value, VALUE_MAX - 1);
	if (n < 0)
		return error_errno(err, "read sysctl '%s'", reading->name);
	while (n > 0 && value[n - 1] == '\n')
		n--;
	value[n] = '\0';
	reading->value = take_ptr(value);
	return 0;
}

int netns_sysctl_get(struct netns *netns, const char *name, char **ret, struct ncrun_error *err)
{
	struct reading reading = {.name = name};
	int r = netns_call(netns, sysctl_read, &reading, err);

	if (r < 0)
		return r;
	*ret = reading.value;
	return 0;
}

/* ---- what every namespace of ours begins with ---------------------------------------- */

/*
 * Links inherit the defaults when they are born. accept_dad: an address is usable at once.
 * The rate limits make traceroutes lose hops and ping matrices answers; the last two are
 * not per namespace before Linux 6.11, and then not visible inside.
 */
static const struct netns_sysctl node_sysctls[] = {
	/* IPv4 inherits these from the machine, which may be a router, or strict. */
	{"net.ipv4.ip_forward", "0", false},
	{"net.ipv4.conf.all.rp_filter", "0", true},
	{"net.ipv4.conf.default.rp_filter", "0", true},
	{"net.ipv6.conf.default.accept_dad", "0", true},
	/* CVE-2020-13401: a neighbour is nobody's router because it says so. */
	{"net.ipv6.conf.default.accept_ra", "0", true},
	/* Nor does one send its packets elsewhere by telling it of a better way. */
	{"net.ipv4.conf.all.accept_redirects", "0", true},
	{"net.ipv4.conf.default.accept_redirects", "0", true},
	{"net.ipv6.conf.default.accept_redirects", "0", true},
	/* Who asks for routers asks all of a switch, which for all of them is their square. */
	{"net.ipv6.conf.default.router_solicitations", "0", true},
	/* What a node tells of its groups is told twice, to all: at once, then, and not in up to a
	 * second, when it passes the switches of a network that has come up. */
	{"net.ipv6.conf.default.mldv2_unsolicited_report_interval", "20", true},
	{"net.ipv4.icmp_ratelimit", "0", true},
	{"net.ipv6.icmp.ratelimit", "0", true},
	{"net.ipv4.icmp_msgs_per_sec", "1000000", true},
	{"net.ipv4.icmp_msgs_burst", "100000", true},
};

static const struct netns_sysctl router_sysctls[] = {
	{"net.ipv4.ip_forward", "1", false},
	{"net.ipv6.conf.all.forwarding", "1", true},
};

static const struct netns_sysctl fabric_sysctls[] = {
	/* IPv6 on each of a thousand ports would cost as much again. */
	{"net.ipv6.conf.default.disable_ipv6", "1", true},
	/* Filters of IP see no frames that are merely bridged. */
	{"net.bridge.bridge-nf-call-iptables", "0", true},
	{"net.bridge.bridge-nf-call-ip6tables", "0", true},
	{"net.bridge.bridge-nf-call-arptables", "0", true},
};

/** In a new namespace not even root may ping. In a user namespace not all groups are mapped. */
static void ping_allow(void)
{
	static const char *const ranges[] = {"0 2147483647", "0 65535", "0 0"};
	struct netns_sysctl sysctl = {"net.ipv4.ping_group_range", NULL, true};
	int r = -EINVAL;

	for (size_t i = 0; r == -EINVAL && i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		sysctl.value = ranges[i];
		r = sysctl_write(&sysctl, NULL);
	}
}

#define LIST(list)                                     \
	{                                              \
		list, sizeof(list) / sizeof((list)[0]) \
	}

/* A router is a node, too. */
static const struct sysctls role_sysctls[][2] = {
	[NETNS_ROLE_NODE] = {LIST(node_sysctls)},
	[NETNS_ROLE_ROUTER] = {LIST(node_sysctls), LIST(router_sysctls)},
	[NETNS_ROLE_FABRIC] = {LIST(fabric_sysctls)},
};

const struct netns_sysctl *netns_role_sysctl(enum netns_role role, size_t nth)
{
	for (size_t i = 0; i < 2; nth -= role_sysctls[role][i++].count)
		if (nth < role_sysctls[role][i].count)
			return &role_sysctls[role][i].list[nth];
	return NULL;
}

static int prepare(void *data, struct ncrun_error *err)
{
	enum netns_role role = *(const enum netns_role *)data;
	int r = 0;

	if (role != NETNS_ROLE_FABRIC)
		ping_allow();
	for (size_t i = 0; r == 0 && i < 2; i++)
		r = sysctls_write((void *)&role_sysctls[role][i], err);
	return r < 0 ? r : netns_loopback_up(err);
}

int netns_prepare(struct netns *netns, enum netns_role role, struct ncrun_error *err)
{
	return netns_call(netns, prepare, &role, err);
}
