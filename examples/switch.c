/* SPDX-License-Identifier: Apache-2.0 */

/*
 * switch - hosts on a switch; one more is plugged in while it runs
 *
 *	cc $(pkg-config --cflags --libs ncrun) -o switch examples/switch.c
 *	sudo ./switch alpine
 */

#include "lab.h"

static int host_add(struct ncrun_topology *topology, int number, const char *rootfs,
		    struct ncrun_error *err)
{
	char name[16];
	int r;

	snprintf(name, sizeof(name), "h%d", number);
	r = ncrun_topology_add_node(topology, name, err, "rootfs: %s", rootfs);
	if (r < 0)
		return r;
	return ncrun_topology_add_link(topology, name, "lan", err,
				       "address: [192.168.7.%d/24, 'fd07::%d/64']", number, number);
}

static void step_show(void *data, const struct ncrun_step *step)
{
	(void)data;
	if (step->verb == NCRUN_STEP_CREATE)
		printf("  + %s %s\n", step->kind, step->name);
}

int main(int argc, char **argv)
{
	const char *rootfs = argc > 1 ? argv[1] : "alpine";
	struct ncrun_up_options options = NCRUN_UP_OPTIONS_INIT;
	struct ncrun_topology *topology = NULL;
	struct ncrun_network *network = NULL, *again = NULL;
	struct ncrun_error err;
	int r;

	r = ncrun_topology_new("switch", &topology, &err);
	if (r == 0)
		r = ncrun_topology_add_node(topology, "lan", &err, "kind: switch");
	for (int i = 1; r == 0 && i <= 3; i++)
		r = host_add(topology, i, rootfs, &err);
	options.temporary = true;
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &network, &err);
	if (r == 0)
		r = lab_run(network, "h1", "ping -c 1 h2 && ping -c 1 192.168.7.3", &err);

	/* what runs becomes what is wanted: only the difference is made */
	options.step = step_show;
	if (r == 0)
		r = host_add(topology, 4, rootfs, &err);
	if (r == 0)
		r = ncrun_network_up(NULL, topology, &options, &again, &err);
	if (r == 0)
		r = lab_run(again, "h1", "ping -c 1 h4", &err);
	ncrun_network_unref(again);
	ncrun_network_unref(network);
	ncrun_topology_unref(topology);
	return r < 0 ? lab_fail(&err) : r;
}
