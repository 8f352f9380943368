/* SPDX-License-Identifier: Apache-2.0 */

/*
 * netem - a link that loses packets, the same ones in every run
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o netem examples/netem.c
 *	sudo ./netem alpine
 */

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lab.h"

#define PACKETS 200
#define SINK    "10.0.0.2"

/* Send numbered datagrams from a to b, and note in @came which came. */
static int packets_send(struct ncrun_network *network, char came[PACKETS + 1],
			struct ncrun_error *err)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(7)};
	int from = lab_socket(network, "a", SOCK_DGRAM, err);
	int sink = from < 0 ? -1 : lab_socket(network, "b", SOCK_DGRAM, err);
	unsigned char number;

	inet_pton(AF_INET, SINK, &to.sin_addr);
	if (sink < 0 || bind(sink, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	memset(came, '.', PACKETS);
	came[PACKETS] = '\0';
	for (int i = 0; i < PACKETS; i++) {
		number = (unsigned char)i;
		sendto(from, &number, 1, 0, (const struct sockaddr *)&to, sizeof(to));
	}
	usleep(50000);
	while (recv(sink, &number, 1, MSG_DONTWAIT) == 1)
		came[number] = '!';
	close(from);
	close(sink);
	return 0;
}

/* A network of its own for each run. */
static int run(const struct ncrun_topology *topology, char came[PACKETS + 1],
	       struct ncrun_error *err)
{
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_network *network = NULL;
	int r;

	options.temporary = true;
	r = ncrun_network_up(NULL, topology, &options, &network, err);
	if (r == 0)
		r = packets_send(network, came, err);
	ncrun_network_unref(network);
	return r;
}

int main(int argc, char **argv)
{
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_topology *topology = NULL;
	struct ncrun_error err;
	char first[PACKETS + 1], second[PACKETS + 1];
	int r;

	r = ncrun_topology_new("netem", &topology, &err);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "a", &err, "rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "b", &err, "rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_link(topology, "a", "b", &err,
					    "address: [10.0.0.1/24, " SINK
					    "/24], loss: 10%%, seed: 7");
	if (r == 0)
		r = run(topology, first, &err);
	if (r == 0)
		r = run(topology, second, &err);
	if (r == 0)
		printf("%s\n%s\n%s\n", first, second,
		       strcmp(first, second) == 0 ? "the same packets were lost"
						  : "other packets were lost");
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : strcmp(first, second) != 0;
}
