/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cgroups - resource limits and accounting for a set of processes.
 *
 * Knows nothing of containers: callers name a group. So far it tells which
 * controllers this machine has and where; limits build on that.
 */

#include <stdint.h>

#include <ncrun/error.h>

/** How /sys/fs/cgroup is laid out. */
enum cgroup_mode {
	CGROUP_MODE_NONE,
	CGROUP_MODE_UNIFIED, /* pure v2 */
	CGROUP_MODE_HYBRID,  /* v1 controllers, with a v2 hierarchy beside them */
	CGROUP_MODE_LEGACY,  /* pure v1 */
};

/** Controllers, as bits: which are to be had, and in which version. */
enum cgroup_controller {
	CGROUP_CONTROLLER_CPU = 1u << 0,
	CGROUP_CONTROLLER_MEMORY = 1u << 1,
	CGROUP_CONTROLLER_PIDS = 1u << 2,
	CGROUP_CONTROLLER_IO = 1u << 3, /* v1: blkio */
	CGROUP_CONTROLLER_CPUSET = 1u << 4,
	CGROUP_CONTROLLER_DEVICES = 1u << 5, /* v1 only; v2 does it by BPF */
	CGROUP_CONTROLLER_FREEZER = 1u << 6, /* v2: in the core */
	CGROUP_CONTROLLER_HUGETLB = 1u << 7,
};

struct cgroup_layout {
	enum cgroup_mode mode;
	uint32_t v1;      /* controllers bound to a v1 hierarchy */
	uint32_t v2;      /* controllers of the v2 hierarchy */
	char v2_path[64]; /* where v2 is mounted, or "" */
};

/**
 * cgroup_layout_read() - look at a mount table
 * @mountinfo:	path of a mountinfo file, e.g. "/proc/self/mountinfo"
 */
int cgroup_layout_read(const char *mountinfo, struct cgroup_layout *ret, struct ncrun_error *err);
