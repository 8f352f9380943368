/* SPDX-License-Identifier: Apache-2.0 */

/*
 * nat - what is behind a nat gets out, and is seen by the nat's address
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o nat examples/nat.c
 *	sudo ./nat alpine
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lab.h"

#define OUTSIDE "203.0.113.2"
#define PORT    7

/* A datagram from one node to the other, and who the receiver thinks it is from. */
static int datagram(struct ncrun_network *network, struct ncrun_error *err)
{
	int in = lab_socket(network, "inside", SOCK_DGRAM, err);
	int out = in < 0 ? -1 : lab_socket(network, "outside", SOCK_DGRAM, err);
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)}, from;
	socklen_t length = sizeof(from);
	struct timeval wait = {.tv_sec = 2};
	char text[8];
	int r = -1;

	inet_pton(AF_INET, OUTSIDE, &to.sin_addr);
	if (out >= 0 && bind(out, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
	    setsockopt(out, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0 &&
	    sendto(in, "hello", 5, 0, (const struct sockaddr *)&to, sizeof(to)) == 5 &&
	    recvfrom(out, text, sizeof(text), 0, (struct sockaddr *)&from, &length) == 5) {
		printf("the packet came from %s\n",
		       inet_ntop(AF_INET, &from.sin_addr, (char[INET_ADDRSTRLEN]){0},
				 INET_ADDRSTRLEN));
		r = 0;
	}
	close(in);
	close(out);
	return r;
}

int main(int argc, char **argv)
{
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_topology *topology = NULL;
	struct ncrun_network *network = NULL;
	struct ncrun_error err = {0, "no packet came through"};
	int r;

	r = ncrun_topology_new("nat", &topology, &err);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "inside", &err, "rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "outside", &err, "rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "gw", &err, "kind: nat, rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_link(topology, "inside", "gw", &err,
					    "address: [10.0.0.2/24, 10.0.0.1/24]");
	if (r == 0)
		r = ncrun_topology_add_link(topology, "outside", "gw", &err,
					    "address: [" OUTSIDE
					    "/24, 203.0.113.1/24], bound: north");
	options.temporary = true;
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &network, &err);
	if (r == 0)
		r = datagram(network, &err);
	if (r == 0 && lab_run(network, "outside", "ping -c 1 -W 1 10.0.0.2", &err) != 0)
		printf("and what is outside does not get in\n");
	ncrun_network_unref(network);
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : r;
}
