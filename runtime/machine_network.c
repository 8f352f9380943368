/* SPDX-License-Identifier: Apache-2.0 */

/* What networks of nodes will want of the kernel, tried in a network namespace of the probe's own.
 */

#include <errno.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>

#include "netns/netns.h"
#include "runtime/machine.h"

static int try_loopback(void)
{
	return -netns_loopback_up(NULL);
}

static int try_veth(void)
{
	return -netns_feature_try(NETNS_FEATURE_VETH, NULL);
}

static int try_bridge(void)
{
	return -netns_feature_try(NETNS_FEATURE_BRIDGE, NULL);
}

static int try_netem(void)
{
	return -netns_feature_try(NETNS_FEATURE_NETEM, NULL);
}

static int try_nf_tables(void)
{
	return -netns_feature_try(NETNS_FEATURE_NF_TABLES, NULL);
}

static int try_tbf(void)
{
	return -netns_feature_try(NETNS_FEATURE_TBF, NULL);
}

/* In no user namespace, where BPF is not allowed. */
static int try_bpf(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return errno;
	return -netns_feature_try(NETNS_FEATURE_BPF, NULL);
}

static const struct probe probes[] = {
	{"loopback", CLONE_NEWNET, try_loopback, NCRUN_FINDING_FATAL, NULL, "no node can start",
	 "run as root, or with user namespaces"},
	{"veth", CLONE_NEWNET, try_veth, NCRUN_FINDING_MISSING, "veth", "no links between nodes",
	 "a kernel with CONFIG_VETH"},
	{"bridge", CLONE_NEWNET, try_bridge, NCRUN_FINDING_MISSING, "bridge", "no switches",
	 "a kernel with CONFIG_BRIDGE"},
	{"netem", CLONE_NEWNET, try_netem, NCRUN_FINDING_MISSING, "sch_netem",
	 "no delay, jitter and reordering of packets", "a kernel with CONFIG_NET_SCH_NETEM"},
	{"tbf", CLONE_NEWNET, try_tbf, NCRUN_FINDING_MISSING, "sch_tbf", "no limits of rates",
	 "a kernel with CONFIG_NET_SCH_TBF"},
	{"cls_bpf", 0, try_bpf, NCRUN_FINDING_MISSING, "cls_bpf",
	 "no loss, duplication and corruption of packets",
	 "root, and a kernel with CONFIG_NET_CLS_BPF"},
	{"nf_tables", CLONE_NEWNET, try_nf_tables, NCRUN_FINDING_MISSING, "nf_tables",
	 "no nat nodes, uplinks and published ports", "a kernel with CONFIG_NF_TABLES"},
};

/* ---- what there is of the machine itself ---------------------------------------------------- */

/** What of ncrun's begins so on the machine, for uplinks. */
#define TABLE_LEAD     "ncrun-"
#define INTERFACE_LEAD "nc-"

/** A firewall that lets nothing through but what it knows: Docker's is one. */
static void examine_walls(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "network",
		.item = "forwarding",
		.cost = "uplinks and published ports reach nobody, unless a rule there accepts it",
		.remedy = "rules that accept what comes and what goes by 'nc-*' (iptables -I "
			  "FORWARD -i nc-+ -j ACCEPT, and the same with -o)",
	};
	_cleanup_free_ struct netns_filter_wall *walls = NULL;
	_cleanup_(netns_freep) struct netns *own = NULL;
	size_t count = 0;

	if (netns_open_own(&own, NULL) < 0 ||
	    netns_filter_walls(own, TABLE_LEAD, INTERFACE_LEAD, &walls, &count, NULL) < 0)
		return; /* not for this user, or no nf_tables: that has been told */
	if (count == 0) {
		examination_add(examination, &finding, "no chain of others is in the way");
		return;
	}
	finding.state = NCRUN_FINDING_DEGRADED;
	examination_add(examination, &finding,
			"chain '%s' of table '%s %s' drops what it does not accept", walls[0].chain,
			walls[0].family, walls[0].table);
}

#define NEIGHBOURS_MANY 4096

/** The kernel has one table of neighbours of each family for all namespaces. */
static void examine_neighbours(struct examination *examination)
{
	struct ncrun_finding finding = {
		.area = "network",
		.item = "neighbours",
		.cost = "when more than that are talked to at once, in all networks together, "
			"packets are refused: a server of a thousand clients needs two thousand",
		.remedy = "sysctl -w net.ipv4.neigh.default.gc_thresh3=65536 "
			  "net.ipv6.neigh.default.gc_thresh3=65536",
	};
	_cleanup_(netns_freep) struct netns *own = NULL;
	uint64_t v4 = 0, v6 = 0;

	if (netns_open_own(&own, NULL) == 0) {
		v4 = netns_neighbours_most(own, AF_INET);
		v6 = netns_neighbours_most(own, AF_INET6);
	}
	if (v4 == 0) /* only the machine's own namespace knows */
		return;
	if (v4 < NEIGHBOURS_MANY || (v6 > 0 && v6 < NEIGHBOURS_MANY))
		finding.state = NCRUN_FINDING_DEGRADED;
	examination_add(examination, &finding, "%" PRIu64 " of IPv4, %" PRIu64 " of IPv6 at most",
			v4, v6);
}

void machine_examine_network(struct examination *examination)
{
	examination_try(examination, "network", probes, sizeof(probes) / sizeof(probes[0]));
	examine_walls(examination);
	examine_neighbours(examination);
}
