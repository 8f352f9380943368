/* SPDX-License-Identifier: Apache-2.0 */

/* What a group has used, put together from all its hierarchies. */

#include <errno.h>

#include "base/clock.h"
#include "base/error.h"
#include "cgroups/group.h"

int cgroup_stats(const struct cgroup *cgroup, struct ncrun_stats *ret, struct ncrun_error *err)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;

	if (ret->size < sizeof(stats))
		return error_set(
			err, EINVAL,
			"statistics: not made by NCRUN_STATS_INIT of this library's header");
	ncrun_stats_clear(&stats);
	stats.time_ns = (uint64_t)clock_now_ns();
	for (size_t i = 0; i < cgroup->root->count; i++) {
		const struct hierarchy *hierarchy = &cgroup->root->hierarchies[i];

		if (cgroup->fds[i] >= 0)
			hierarchy->backend->stats(cgroup->fds[i], hierarchy->controllers, &stats);
	}
	*ret = stats;
	return 0;
}

/** The group's directory where its memory is counted: by index, -1. */
static int memory_of(const struct cgroup *cgroup)
{
	int index = hierarchy_of(cgroup->root, CGROUP_CONTROLLER_MEMORY);

	return index >= 0 && cgroup->fds[index] >= 0 ? index : -1;
}

int cgroup_oom_read(const struct cgroup *cgroup, struct cgroup_oom *ret,
		    struct ncrun_error *err __attribute__((unused)))
{
	struct cgroup_oom oom = {NCRUN_STAT_UNKNOWN, NCRUN_STAT_UNKNOWN, NCRUN_STAT_UNKNOWN,
				 NCRUN_STAT_UNKNOWN, NCRUN_STAT_UNKNOWN};
	int index = memory_of(cgroup);

	if (index >= 0)
		cgroup->root->hierarchies[index].backend->oom(cgroup->fds[index], &oom);
	*ret = oom;
	return 0;
}
