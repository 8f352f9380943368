/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A node's control group: limits, accounting, freezing, the device filter.
 *
 * Its name follows from the node's and from the state directory, so that it is
 * found even when all state is lost. Where the groups of a node are is written
 * down before they are made, unless they are at the roots of the hierarchies.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/seal.h"
#include "runtime/maker.h"

#define LOCATION_FILE "cgroup"
#define LOCATION_MAX  65536

static void group_path(const struct node_dir *dir, char path[2 * NCRUN_NAME_MAX + 2])
{
	snprintf(path, 2 * NCRUN_NAME_MAX + 2, "%s/%s", dir->network, dir->name);
}

static int location_write(const struct node_dir *dir, const char *location, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_text_ struct text text = {0};

	if (!*location)
		return 0;
	text_printf(&text, "%s\n", location);
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for the place of the node's group");
	fd = openat(dir->fd, LOCATION_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "make the file '" LOCATION_FILE "' of the node");
	return file_write_all(fd, text.chars, text.length, err);
}

/* Of the process that made the node: ours may be delegated another place. */
static int root_of(const struct node_dir *dir, struct cgroup_root **ret, struct ncrun_error *err)
{
	_cleanup_free_ char *location = NULL;
	struct ncrun_error why = {0};
	size_t size = 0;
	int r = seal_read_at(dir->fd, LOCATION_FILE, LOCATION_MAX, &location, &size, &why);

	if (r == 0 && size > 0)
		location[size - 1] = '\0'; /* the newline */
	if (r < 0 && r != -ENOENT)
		return error_set(err, is_damage(r) ? EBADMSG : -r,
				 "place of the control group of node '%s': %s", dir->name,
				 why.message);
	if (dir->maker)
		return maker_groups_at(dir->maker, location ? location : "", ret, err);
	return cgroup_root_open(dir->group_top, location ? location : "", ret, err);
}

/* Root of a user namespace of its own can make no device, nor can one without the capability
 * to, and there is none to be found: such a node starts where devices cannot be filtered, too.
 * Who may mount can mount hierarchies of cgroup v1. */
static uint32_t group_flags(const struct ncrun_container_spec *spec)
{
	uint64_t capabilities = 0;
	uint32_t flags = 0;

	if (ncrun_capabilities_resolve(spec->privileged, spec->cap_add, spec->cap_drop,
				       &capabilities, NULL) < 0)
		capabilities = UINT64_MAX;
	if (capabilities >> CAP_SYS_ADMIN & 1)
		flags |= CGROUP_EVERYWHERE;
	if (!spec->privileged)
		flags |= CGROUP_FILTER_DEVICES;
	if (spec->userns != NCRUN_USERNS_HOST || !(capabilities >> CAP_MKNOD & 1))
		flags |= CGROUP_FILTER_IF_POSSIBLE;
	return flags;
}

int node_group_create(struct cgroup_root *root, const struct node_dir *dir,
		      const struct ncrun_container_spec *spec, struct cgroup **ret,
		      struct ncrun_error *err)
{
	char path[2 * NCRUN_NAME_MAX + 2];
	int r = location_write(dir, cgroup_root_location(root), err);

	if (r < 0)
		return r;
	group_path(dir, path);
	r = cgroup_create(root, path, spec->limits, group_flags(spec) | CGROUP_FILTER_LATER, ret,
			  err);
	return r == -ENODEV ? 0 : r; /* nothing was asked for that needs one */
}

int node_group_filter(const struct cgroup *group, const struct ncrun_container_spec *spec,
		      struct ncrun_error *err)
{
	return group ? cgroup_filter(group, spec->limits, group_flags(spec), err) : 0;
}

int node_group_open(const struct node_dir *dir, struct cgroup **ret, struct ncrun_error *err)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	char path[2 * NCRUN_NAME_MAX + 2];
	int r;

	r = root_of(dir, &root, err);
	if (r < 0)
		return r;
	group_path(dir, path);
	return cgroup_open(root, path, ret, err);
}

int node_group_open_beside(const struct node_dir *dir, pid_t pid, struct cgroup **ret,
			   struct ncrun_error *err)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	char path[2 * NCRUN_NAME_MAX + 2];
	int r = root_of(dir, &root, err);

	if (r < 0)
		return r;
	group_path(dir, path);
	return cgroup_open_beside(root, path, pid, ret, err);
}

int node_group_remove(const struct node_dir *dir, const struct cgroup *made,
		      struct ncrun_error *err)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	char path[2 * NCRUN_NAME_MAX + 2];
	int r;

	/* Whoever changes a node's limits makes that file first. */
	if (made && faccessat(dir->fd, CONTAINER_CHANGES_LOCK, F_OK, 0) < 0 && errno == ENOENT)
		return cgroup_remove_held(made, err);
	r = root_of(dir, &root, err);
	if (r == -EBADMSG) /* it most likely is where we would make it */
		r = cgroup_root_open(dir->group_top, NULL, &root, err);
	if (r < 0)
		return r;
	group_path(dir, path);
	return cgroup_remove(root, path, err);
}

/* The kernel kills who can have no more, or tells the call that asked, and then it may count
 * nothing: some of what a namespace is made of it takes in pieces, and only tries. */
static const char *memory_blame(const struct ncrun_stats *stats, int r)
{
	const uint64_t piece = UINT64_C(128) << 10;

	if (r == -EPIPE && stats->oom_kills > 0 && stats->oom_kills != NCRUN_STAT_UNKNOWN)
		return "killed the node's first process";
	if (r == -ENOMEM && stats->memory_peak != NCRUN_STAT_UNKNOWN &&
	    stats->memory_limit < NCRUN_STAT_NO_LIMIT &&
	    stats->memory_limit < stats->memory_peak + piece)
		return "gave the node's first process no more";
	return NULL;
}

int node_blame_limits(const struct cgroup *group, int r, struct ncrun_error *err)
{
	struct ncrun_limits limits = NCRUN_LIMITS_INIT;
	_cleanup_(ncrun_stats_clear) struct ncrun_stats stats = NCRUN_STATS_INIT;
	const char *what;
	char size[64];

	if (!group || (r != -EPIPE && r != -EAGAIN && r != -ENOMEM) ||
	    cgroup_stats(group, &stats, NULL) < 0)
		return r;
	what = memory_blame(&stats, r);
	if (stats.memory_limit < NCRUN_STAT_NO_LIMIT)
		limits.memory_max = stats.memory_limit;
	if (what && ncrun_limits_print(&limits, "memory", 0, size, sizeof(size)) > 0)
		return error_set(err, ENOMEM, "memory '%s': too little to start: the kernel %s",
				 size, what);
	if (r == -EAGAIN && stats.pids_limit < NCRUN_STAT_NO_LIMIT && stats.pids_max_events > 0)
		return error_wrap(err, r, "pids '%" PRIu64 "': no more processes may start",
				  stats.pids_limit);
	return r;
}

void node_oom_fill(const struct ncrun_container *container, struct ncrun_exit *exit)
{
	_cleanup_(cgroup_unrefp) struct cgroup *found = NULL;
	const struct cgroup *group = container->group;
	struct cgroup_oom oom;

	if (!group && node_group_open(&container->dir, &found, NULL) == 0)
		group = found;
	if (!group || cgroup_oom_read(group, &oom, NULL) < 0 || oom.kills == 0 ||
	    oom.kills == NCRUN_STAT_UNKNOWN)
		return;
	exit->oom_kills = oom.kills;
	if (oom.peak_bytes != NCRUN_STAT_UNKNOWN)
		exit->memory_peak = oom.peak_bytes;
	if (oom.limit_bytes < NCRUN_STAT_NO_LIMIT)
		exit->memory_limit = oom.limit_bytes;
	if (oom.at_limit != NCRUN_STAT_UNKNOWN)
		exit->memory_max_events = oom.at_limit;
	if (oom.group_kills != NCRUN_STAT_UNKNOWN)
		exit->oom_group_kills = oom.group_kills;
	if (container->changes && record_get_u64(container->changes, "killed", 0))
		return; /* by ncrun_container_kill_all() */
	/* The kernel does not say which process it was; KILL from elsewhere is rare. Init, who
	 * would tell, is killed with all others, or as the only one that is left. */
	if (exit->signo == SIGKILL || exit->cause == NCRUN_CAUSE_LOST) {
		exit->cause = NCRUN_CAUSE_OOM_KILLED;
		exit->signo = SIGKILL;
	}
}
