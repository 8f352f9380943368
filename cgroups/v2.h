/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parts of the backend for v2 that have files of their own. */

#include "cgroups/group.h"

/** Attach a filter of devices to a group, or put another in place of ours there. */
int device_filter_attach(struct cgroup_root *root, int fd, const struct ncrun_limits *limits,
			 bool replace, struct ncrun_error *err);

bool device_filter_is_attached(int fd);

void v2_stats(int fd, uint32_t controllers, struct ncrun_stats *stats);
void v2_oom(int fd, struct cgroup_oom *oom);
