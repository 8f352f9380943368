/* SPDX-License-Identifier: Apache-2.0 */

/*
 * two-hosts - two hosts and a cable; each knows the other by name
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o two-hosts examples/two-hosts.c
 *	sudo ./two-hosts alpine
 */

#include "lab.h"

int main(int argc, char **argv)
{
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_topology *topology = NULL;
	struct ncrun_network *network = NULL;
	struct ncrun_error err;
	int r;

	r = ncrun_topology_new("two-hosts", &topology, &err);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "a", &err, "rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "b", &err, "rootfs: %s", rootfs);
	if (r == 0)
		r = ncrun_topology_add_link(topology, "a", "b", &err, "mtu: 9000");

	options.temporary = true; /* it goes with the handle, or with this program */
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &network, &err);
	if (r == 0)
		r = lab_run(network, "a", "ping -c 1 -s 8000 b", &err);
	ncrun_network_unref(network);
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : r;
}
