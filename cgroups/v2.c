/* SPDX-License-Identifier: Apache-2.0 */

/* cgroup v2: one tree for everything. */

#include "cgroups/v2.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "cgroups/group.h"

#define SUBTREE "cgroup.subtree_control"

/* ---- passing controllers on ------------------------------------------------------- */

/* Others of our kind that start at this moment leave the base too: wait for them so often. */
#define LEAVE_TRIES    40
#define LEAVE_SLEEP_US 5000

/** Move this process, with all its threads, to the leaf below the base. */
static int leave_base(const struct cgroup_root *root, int base, struct ncrun_error *err)
{
	char leaf[GROUP_PATH_MAX], procs[GROUP_PATH_MAX + 16];
	int r;

	snprintf(leaf, sizeof(leaf), "%s/%s", root->top, LEAF_NAME);
	snprintf(procs, sizeof(procs), "%s/cgroup.procs", leaf);
	if (mkdirat(base, root->top, 0755) < 0 && errno != EEXIST)
		return error_errno(err, "make group '%s'", root->top);
	if (mkdirat(base, leaf, 0755) < 0 && errno != EEXIST)
		return error_errno(err, "make group '%s'", leaf);
	r = attribute_write(base, procs, "0");
	if (r == 0)
		return 0;
	errno = -r;
	return error_errno(err, "move this process to group '%s'", leaf);
}

/** The name of the first of those processes; "" = it has gone, or we do not see it. */
static void name_read(const char *procs, char name[32])
{
	char file[64];

	snprintf(file, sizeof(file), "/proc/%.*s/comm", (int)strcspn(procs, "\n"), procs);
	attribute_read(AT_FDCWD, file, name, 32);
	name[strcspn(name, "\n")] = '\0';
}

static int refuse_stranger(const struct cgroup_root *root, const char *procs, const char *name,
			   struct ncrun_error *err)
{
	return error_set(
		err, EBUSY,
		"the group '%s' that was given to this process holds others, first %.*s '%s', "
		"so that the kernel passes no limits on (try: systemd-run --scope -p "
		"Delegate=yes ncrun ...)",
		*root->location ? root->location : "/", (int)strcspn(procs, "\n"), procs, name);
}

/**
 * Only a group without processes of its own can pass controllers on, or the real
 * root of the hierarchy, which has no cgroup.events ("No Internal Process
 * Constraint"). Controllers that could be enabled all the same (threaded ones) would
 * make the groups below unusable.
 */
static int base_vacate(const struct cgroup_root *root, int base, struct ncrun_error *err)
{
	char procs[4096], own[24], own_name[32], name[32] = "";
	int r = 0;

	if (faccessat(base, "cgroup.events", F_OK, 0) < 0)
		return 0;
	snprintf(own, sizeof(own), "\n%d\n", (int)getpid());
	name_read("self", own_name);
	for (unsigned int i = 0; r == 0 && i < LEAVE_TRIES; i++) {
		procs[0] = '\n';
		if (attribute_read(base, "cgroup.procs", procs + 1, sizeof(procs) - 1) <= 0)
			return 0;
		if (strstr(procs, own)) {
			r = leave_base(root, base, err);
			continue;
		}
		name_read(procs + 1, name);
		if (*name && !text_equal(name, own_name))
			break;
		usleep(LEAVE_SLEEP_US);
	}
	return r < 0 ? r : refuse_stranger(root, procs + 1, name, err);
}

/** Is the word in the list? */
static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (; *list; list += strcspn(list, " \n"), list += *list != '\0')
		if (strncmp(list, word, length) == 0 && strchr(" \n", list[length]))
			return true;
	return false;
}

static int enable_at(int base, const char *group, const char *word, struct ncrun_error *err)
{
	char file[GROUP_PATH_MAX + 32];
	int r;

	snprintf(file, sizeof(file), "%s%s" SUBTREE, group, *group ? "/" : "");
	r = attribute_write(base, file, word);
	if (r == 0)
		return 0;
	if (r == -ENOENT || r == -EINVAL)
		return -ENOENT; /* no such controller here */
	errno = -r;
	return error_errno(err, "write '%s' to '%s'", word, file);
}

static int v2_enable(struct cgroup_root *root, struct hierarchy *hierarchy, const char *network,
		     const char *file, struct ncrun_error *err)
{
	char word[72] = "+", enabled[512], path[GROUP_PATH_MAX];
	int base = hierarchy->fd, r = 0;

	snprintf(word + 1, sizeof(word) - 1, "%.*s", (int)strcspn(file, "."), file);
	attribute_read(base, SUBTREE, enabled, sizeof(enabled));
	if (!list_has(enabled, word + 1)) {
		r = base_vacate(root, base, err);
		if (r == 0)
			r = enable_at(base, "", word, err);
	}
	if (r == 0)
		r = enable_at(base, root->top, word, err);
	snprintf(path, sizeof(path), "%s/%s", root->top, network);
	return r == 0 ? enable_at(base, path, word, err) : r;
}

/* ---- processes ------------------------------------------------------------------------ */

static int v2_freeze(int fd, bool frozen)
{
	return attribute_write(fd, "cgroup.freeze", frozen ? "1" : "0");
}

static int event(int fd, const char *key, bool *ret)
{
	char events[256];
	ssize_t n = attribute_read(fd, "cgroup.events", events, sizeof(events));

	if (n < 0)
		return (int)n;
	*ret = attribute_find(events, key) == 1;
	return 0;
}

static int v2_is_frozen(int fd, bool *ret)
{
	return event(fd, "frozen", ret);
}

static int v2_is_populated(int fd, bool *ret)
{
	return event(fd, "populated", ret);
}

static int v2_kill(int fd)
{
	return attribute_write(fd, "cgroup.kill", "1");
}

/* ---- changes ----------------------------------------------------------------------------- */

/** "max 100000" or "50000 100000" (cpu.max). */
static void cpu_max_read(int fd, uint64_t *ret_quota, uint64_t *ret_period)
{
	char text[64];
	const char *blank;

	*ret_quota = NCRUN_LIMIT_NONE;
	*ret_period = CPU_PERIOD_DEFAULT_US;
	if (attribute_read(fd, "cpu.max", text, sizeof(text)) <= 0)
		return;
	blank = strchr(text, ' ');
	if (text[0] != 'm')
		*ret_quota = strtoull(text, NULL, 10);
	if (blank)
		*ret_period = strtoull(blank + 1, NULL, 10);
}

static void v2_complete(int fd, uint32_t controllers, struct ncrun_limits *changes)
{
	uint64_t quota, period;

	if (controllers & CGROUP_CONTROLLER_CPU &&
	    !changes->cpu_millionths != !changes->cpu_period_us) {
		cpu_max_read(fd, &quota, &period);
		limits_complete_cpu(changes, quota, period);
	}
	/* A first limit on memory comes with its default: no swap. */
	if (controllers & CGROUP_CONTROLLER_MEMORY && changes->memory_max &&
	    changes->memory_max != NCRUN_LIMIT_NONE && !changes->swap_set &&
	    attribute_number(fd, "memory.max") >= NCRUN_STAT_NO_LIMIT)
		changes->swap_set = true;
}

const struct backend v2_backend = {
	.core = CGROUP_CONTROLLER_FREEZER | CGROUP_CONTROLLER_DEVICES | CGROUP_CONTROLLER_CPUACCT,
	.plan = v2_plan,
	.complete = v2_complete,
	.enable = v2_enable,
	.filter = device_filter_attach,
	.is_filtered = device_filter_is_attached,
	.freeze = v2_freeze,
	.is_frozen = v2_is_frozen,
	.kill = v2_kill,
	.is_populated = v2_is_populated,
	.stats = v2_stats,
	.oom = v2_oom,
};
