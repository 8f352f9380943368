/* SPDX-License-Identifier: Apache-2.0 */

/*
 * chain - a hundred routers in a row
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o chain examples/chain.c
 *	sudo ./chain alpine
 */

#include "lab.h"

/* Linux sends with a time to live of 64, which is too short a life for this. */
#define LONG_LIFE "sysctls: {net.ipv4.ip_default_ttl: 255}"

#define ROUTERS 100

static int chain_make(struct ncrun_topology *topology, const char *rootfs, struct ncrun_error *err)
{
	char name[16], before[16] = "a";
	int r = ncrun_topology_add_node(topology, "a", err,
					"rootfs: %s, cap-add: NET_RAW, " LONG_LIFE, rootfs);

	for (int i = 1; r == 0 && i <= ROUTERS + 1; i++) {
		snprintf(name, sizeof(name), i <= ROUTERS ? "r%d" : "b", i);
		r = ncrun_topology_add_node(topology, name, err, "kind: %s, rootfs: %s, " LONG_LIFE,
					    i <= ROUTERS ? "router" : "host", rootfs);
		if (r == 0)
			r = ncrun_topology_add_link(topology, before, name, err, NULL);
		memcpy(before, name, sizeof(before));
	}
	return r;
}

int main(int argc, char **argv)
{
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_topology *topology = NULL;
	struct ncrun_network *network = NULL;
	struct ncrun_error err;
	int r;

	r = ncrun_topology_new("chain", &topology, &err);
	if (r == 0)
		r = chain_make(topology, rootfs, &err);
	options.temporary = true;
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &network, &err);
	if (r == 0)
		r = lab_run(network, "a", "traceroute -n -q 1 -m 110 -w 2 b", &err);
	ncrun_network_unref(network);
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : r;
}
