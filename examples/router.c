/* SPDX-License-Identifier: Apache-2.0 */

/*
 * router - two networks and a router, whose table is read in C
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o router examples/router.c
 *	sudo ./router alpine
 */

#include "lab.h"

/* Runs in the router's network namespace, with our own files and rights. */
static int routes_show(void *data)
{
	char line[256];
	FILE *file = fopen("/proc/self/net/route", "r");

	(void)data;
	while (file && fgets(line, sizeof(line), file))
		fputs(line, stdout);
	return !file || fclose(file) != 0;
}

int main(int argc, char **argv)
{
	static const char *const hosts[] = {"a", "b"};
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_topology *topology = NULL;
	struct ncrun_network *network = NULL;
	struct ncrun_error err;
	int r;

	r = ncrun_topology_new("router", &topology, &err);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "r", &err, "kind: router, rootfs: %s",
					    rootfs);
	/* the hosts' default routes are computed; addresses could be, too */
	for (int i = 0; r == 0 && i < 2; i++) {
		r = ncrun_topology_add_node(topology, hosts[i], &err, "rootfs: %s", rootfs);
		if (r == 0)
			r = ncrun_topology_add_link(topology, hosts[i], "r", &err,
						    "address: [10.0.%d.2/24, 10.0.%d.1/24]", i, i);
	}
	options.temporary = true;
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &network, &err);
	if (r == 0)
		r = lab_run(network, "a", "ping -c 1 10.0.1.2", &err);
	if (r == 0)
		r = lab_call(network, "r", routes_show, NULL, &err);
	ncrun_network_unref(network);
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : r;
}
