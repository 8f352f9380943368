/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rootfs/plan.h"

/**
 * struct mask_sources - what covers, and where
 *
 * @dev_fd:	the node's /dev, attached, with a verified null
 * @empty_fd:	detached mount of an empty read-only directory; used up
 * @proc_fd, @sys_fd: the node's own
 * @hide_cgroups: /sys is the machine's, with its cgroup v1 hierarchies
 */
struct mask_sources {
	int dev_fd;
	int empty_fd;
	int proc_fd;
	int sys_fd;
	bool hide_cgroups;
};

/** Cover the masked paths of @plan below @root_fd. */
int mask_paths(const struct rootfs_plan *plan, int root_fd, const struct mask_sources *sources,
	       struct ncrun_error *err);

/** Make the read-only paths of @plan read-only, / being the node's root. */
int mask_read_only(const struct rootfs_plan *plan, struct ncrun_error *err);
