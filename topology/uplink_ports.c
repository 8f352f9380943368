/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Is a port of the machine free? What a program has, a socket of ours cannot be bound to; what
 * another network publishes stands in its table. The sockets are kept until our own table is
 * written: of two who want the same port at the same time, one sees the other's socket, or
 * else comes late enough to see its table.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "topology/uplink.h"

void port_hold_done(struct port_hold *hold)
{
	for (size_t i = 0; i < hold->count; i++)
		close(hold->fds[i]);
	free(hold->fds);
	*hold = (struct port_hold){.count = 0};
}

static socklen_t socket_address(const struct netns_ip *ip, uint16_t port,
				struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;

	*ret = (struct sockaddr_storage){.ss_family = (sa_family_t)ip->family};
	if (ip->family == AF_INET6) {
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, ip->bytes, sizeof(in6->sin6_addr));
		return sizeof(*in6);
	}
	in->sin_port = htons(port);
	memcpy(&in->sin_addr, ip->bytes, sizeof(in->sin_addr));
	return sizeof(*in);
}

/* What only waits for the last packets of old connections is in nobody's way. */
static bool bind_listening(int fd, const struct sockaddr *address, socklen_t size)
{
	const int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       bind(fd, address, size) == 0 && listen(fd, 0) == 0;
}

static int hold_one(struct uplinks *uplinks, const struct netns_ip *ip,
		    const struct published_port *port, uint16_t number, struct port_hold *hold,
		    struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	int kind = port->protocol == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;
	const int on = 1;
	struct sockaddr_storage address;
	socklen_t size = socket_address(ip, number, &address);
	const struct sockaddr *to = (const struct sockaddr *)&address;
	int r = netns_socket(uplinks->machine, ip->family, kind, 0, &fd, err);

	if (r < 0)
		return r;
	if (ip->family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, to, size) < 0) {
		char text[NETNS_IP_TEXT_MAX];

		if (errno == EADDRNOTAVAIL)
			return error_set(err, EADDRNOTAVAIL, "this machine has no address '%s'",
					 netns_ip_print(ip, text));
		if (errno != EADDRINUSE)
			return error_errno(err, "take port %u of this machine", number);
		if (kind != SOCK_STREAM || !bind_listening(fd, to, size))
			return error_set(err, EADDRINUSE,
					 "port %u/%s of this machine is taken by a program", number,
					 kind == SOCK_STREAM ? "tcp" : "udp");
	}
	if (array_grow((void **)&hold->fds, hold->count, sizeof(*hold->fds)) < 0)
		return error_set(err, ENOMEM, "make room for ports");
	hold->fds[hold->count++] = take_fd(fd);
	return 0;
}

/* A comment of ours: "NODE [ADDRESS:]HOST:NODE[/udp]". */
static bool comment_meets(const char *comment, const struct published_port *port)
{
	struct published_port other = {.count = 0};
	char copy[PORT_TEXT_MAX];
	const char *text = strrchr(comment, ' ');

	if (!text || strlen(text) > sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%s", text + 1);
	return !port_parse(copy, &other) && ports_meet(&other, port);
}

static int others_ask(struct uplinks *uplinks, const struct published_port *port,
		      struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **tables = NULL;
	int r = netns_filter_tables(uplinks->machine, NETNS_FILTER_INET, UPLINK_TABLE_LEAD, &tables,
				    err);

	for (char **table = tables; r == 0 && table && *table; table++) {
		_cleanup_free_ struct netns_filter_state *rules = NULL;
		const char *owner = *table + strlen(UPLINK_TABLE_LEAD);
		size_t count = 0;

		if (text_equal(*table, uplinks->table))
			continue;
		r = netns_filter_list(uplinks->machine, NETNS_FILTER_INET, *table, &rules, &count,
				      err);
		for (size_t i = 0; r == 0 && i < count; i++)
			if (text_starts_with(rules[i].chain, "published") &&
			    comment_meets(rules[i].comment, port))
				r = error_set(err, EADDRINUSE,
					      "port %u/%s of this machine is published by "
					      "'%.*s/%.*s'",
					      port->host_port,
					      port->protocol == IPPROTO_UDP ? "udp" : "tcp",
					      (int)strcspn(owner, "/"), owner,
					      (int)strcspn(rules[i].comment, " "),
					      rules[i].comment);
	}
	return r;
}

int port_hold(struct uplinks *uplinks, const struct published_port *port, struct port_hold *hold,
	      struct ncrun_error *err)
{
	const struct netns_ip any[] = {{.family = AF_INET}, {.family = AF_INET6}};
	int r = 0;

	assert(uplinks->families <= sizeof(any) / sizeof(any[0]));
	for (uint16_t i = 0; i < port->count; i++) {
		uint16_t number = (uint16_t)(port->host_port + i);

		if (port->address.family) {
			r = hold_one(uplinks, &port->address, port, number, hold, err);
		} else {
			for (size_t n = 0; r == 0 && n < uplinks->families; n++)
				r = hold_one(uplinks, &any[n], port, number, hold, err);
		}
		if (r < 0)
			return r;
	}
	return others_ask(uplinks, port, err);
}
