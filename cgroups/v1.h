/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Parts of the backend for v1 that have files of their own. */

#include "cgroups/group.h"

void v1_stats(int fd, uint32_t controllers, struct ncrun_stats *stats);
void v1_oom(int fd, struct cgroup_oom *oom);
