/* SPDX-License-Identifier: Apache-2.0 */

/* What networks of nodes will want of the kernel, tried in a network namespace of the probe's own.
 */

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>

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

void machine_examine_network(struct examination *examination)
{
	examination_try(examination, "network", probes, sizeof(probes) / sizeof(probes[0]));
}
