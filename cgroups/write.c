/* SPDX-License-Identifier: Apache-2.0 */

/* Plans carried out. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cgroups/group.h"

static const char *hint(const struct setting *setting, int code)
{
	/* v2 never says so: it kills. */
	if (setting->limit == LIMIT_MEMORY && code == EBUSY)
		return " (more is in use than can be taken back; cgroup v1 kills nobody for that)";
	if (setting->limit == LIMIT_IO && code == ENODEV)
		return " (name a whole disk, not a part of it)";
	if ((setting->limit == LIMIT_CPUSET || setting->limit == LIMIT_CPUSET_MEMS) &&
	    (code == EINVAL || code == EACCES || code == ERANGE))
		return " (not all of them are there, or are ours to use)";
	return "";
}

static int refuse(const struct plan *plan, const struct setting *setting, int code,
		  struct ncrun_error *err)
{
	const char *value = plan_text(plan, setting->value);
	const char *file = plan_text(plan, setting->file);

	if (code == ENOENT)
		return error_set(err, ENOTSUP, "%s limit: this kernel has no '%s'%s",
				 limit_name(setting->limit), file, setting->missing);
	/* ENODEV is for machines without groups: cgroup_create(). */
	return error_set(err, code == ENODEV ? EINVAL : code,
			 "%s limit: write '%.100s' to '%s': %s%s", limit_name(setting->limit),
			 value, file, strerror(code), hint(setting, code));
}

int group_enable(const struct cgroup *cgroup, const struct plan *plan,
		 const struct setting *setting, struct ncrun_error *err)
{
	struct hierarchy *hierarchy = &cgroup->root->hierarchies[setting->hierarchy];
	char network[GROUP_PATH_MAX];
	int r;

	if (!hierarchy->backend->enable)
		return -ENOENT;
	snprintf(network, sizeof(network), "%.*s", (int)strcspn(cgroup->path, "/"), cgroup->path);
	r = hierarchy->backend->enable(cgroup->root, hierarchy, network,
				       plan_text(plan, setting->file), err);
	if (r == 0 || r == -ENOENT)
		return r;
	return error_wrap(err, r, "%s limit", limit_name(setting->limit));
}

int group_write(const struct cgroup *cgroup, const struct plan *plan, size_t index,
		size_t *ret_written, struct ncrun_error *err)
{
	struct ncrun_error raised = {0};

	for (;; index++) {
		const struct setting *setting = &plan->settings[index];
		bool another = index + 1 < plan->count && plan->settings[index + 1].alternative;
		int r = attribute_write(cgroup->fds[setting->hierarchy],
					plan_text(plan, setting->file),
					plan_text(plan, setting->value));

		if (r == -ENOENT) {
			r = group_enable(cgroup, plan, setting, &raised);
			if (r == 0)
				r = attribute_write(cgroup->fds[setting->hierarchy],
						    plan_text(plan, setting->file),
						    plan_text(plan, setting->value));
		}
		*ret_written = index;
		if (raised.code) {
			if (err)
				*err = raised;
			return -raised.code;
		}
		if (r == -ENOENT && another)
			continue;
		if (r == 0 || (r == -ENOENT && setting->optional))
			return 0;
		return refuse(plan, setting, -r, err);
	}
}

size_t plan_next(const struct plan *plan, size_t index)
{
	do
		index++;
	while (index < plan->count && plan->settings[index].alternative);
	return index;
}

int group_apply(const struct cgroup *cgroup, const struct plan *plan, struct ncrun_error *err)
{
	size_t written;
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->count; i = plan_next(plan, i))
		r = group_write(cgroup, plan, i, &written, err);
	return r;
}
