/* SPDX-License-Identifier: Apache-2.0 */

/* cgroup v1: a tree for each controller, or for a few together. */

#include "cgroups/v1.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* ---- making ------------------------------------------------------------------------ */

#define LEVELS 4 /* node, network, top, base */

/** Groups of cpuset begin without CPUs and memory, and take no process then: inherit. */
static int cpuset_inherit(int fd, const char *file)
{
	char value[4096], up[LEVELS * 3 + 32];
	int level = 0, r = 0;
	size_t n;

	/* Find the nearest above that has some, ... */
	for (;; level++) {
		snprintf(up, sizeof(up), "%.*s%s", level * 3, "../../../../", file);
		if (level > LEVELS || attribute_read(fd, up, value, sizeof(value)) < 0)
			return -ENOENT;
		n = strcspn(value, "\n");
		value[n] = '\0';
		if (n > 0)
			break;
	}
	/* ... and hand it down. */
	while (r == 0 && level-- > 0) {
		snprintf(up, sizeof(up), "%.*s%s", level * 3, "../../../../", file);
		r = attribute_write(fd, up, value);
	}
	return r;
}

static int v1_prepare(int fd, uint32_t controllers, struct ncrun_error *err)
{
	int r;

	if (!(controllers & CGROUP_CONTROLLER_CPUSET))
		return 0;
	r = cpuset_inherit(fd, "cpuset.cpus");
	if (r == 0)
		r = cpuset_inherit(fd, "cpuset.mems");
	if (r == 0)
		return 0;
	errno = -r;
	return error_errno(err, "give a group its CPUs");
}

/* ---- devices ------------------------------------------------------------------------- */

static size_t number_print(uint32_t number, char *text, size_t size)
{
	if (number == NCRUN_DEVICE_ANY)
		return (size_t)snprintf(text, size, "*");
	return (size_t)snprintf(text, size, "%u", number);
}

static void rule_print(const struct ncrun_device_rule *rule, char *line, size_t size)
{
	size_t n = (size_t)snprintf(line, size, "%c ", rule->type);

	n += number_print(rule->major, line + n, size - n);
	line[n++] = ':';
	n += number_print(rule->minor, line + n, size - n);
	line[n++] = ' ';
	for (unsigned int i = 0; i < 3; i++)
		if (rule->access & 1u << i)
			line[n++] = "rwm"[i];
	line[n] = '\0';
}

static int rule_write(int fd, const struct ncrun_device_rule *rule)
{
	char line[64];

	rule_print(rule, line, sizeof(line));
	return attribute_write(fd, rule->deny ? "devices.deny" : "devices.allow", line);
}

/** Is that line of devices.list, "c 1:3 rw", what these rules allow? */
static bool is_allowed(const char *line, const struct ncrun_device_rule *rules, size_t count)
{
	char text[64];

	for (size_t i = 0; i < count; i++) {
		rule_print(&rules[i], text, sizeof(text));
		if (!rules[i].deny && strcmp(text, line) == 0)
			return true;
	}
	return false;
}

/** Deny what was allowed and is no more: a group in use is never without its usual devices. */
static int deny_others(int fd, const struct ncrun_device_rule *rules, size_t count)
{
	char list[8192], *rest = NULL;
	ssize_t n = attribute_read(fd, "devices.list", list, sizeof(list));
	int r = n < 0 ? (int)n : 0;

	for (char *line = n > 0 ? strtok_r(list, "\n", &rest) : NULL; r == 0 && line;
	     line = strtok_r(NULL, "\n", &rest))
		if (!is_allowed(line, rules, count))
			r = attribute_write(fd, "devices.deny", line);
	return r;
}

/* "a *:* rwm" is none. */
static bool v1_is_filtered(int fd)
{
	char first[16] = "";

	return attribute_read(fd, "devices.list", first, sizeof(first)) >= 0 && first[0] != 'a';
}

static int v1_filter(struct cgroup_root *root __attribute__((unused)), int fd,
		     const struct ncrun_limits *limits, bool replace, struct ncrun_error *err)
{
	_cleanup_free_ struct ncrun_device_rule *rules = NULL;
	size_t count;
	int r;

	if (replace && !v1_is_filtered(fd))
		return error_set(err, ENOTSUP,
				 "filter devices: this group was made without a filter");
	r = device_rules(limits, &rules, &count, err);
	if (r < 0)
		return r;
	r = replace ? 0 : attribute_write(fd, "devices.deny", "a");
	for (size_t i = 0; r == 0 && i < count; i++)
		r = rule_write(fd, &rules[i]);
	/* The kernel joins what is allowed of one device: take it apart again. */
	if (r == 0 && replace)
		r = deny_others(fd, rules, count);
	for (size_t i = 0; r == 0 && replace && i < count; i++)
		r = rule_write(fd, &rules[i]);
	if (r == 0)
		return 0;
	errno = -r;
	return error_errno(err, "filter devices: write 'devices.allow'");
}

/* ---- processes ------------------------------------------------------------------------- */

static int v1_freeze(int fd, bool frozen)
{
	return attribute_write(fd, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

static int v1_is_frozen(int fd, bool *ret)
{
	char state[32];
	ssize_t n = attribute_read(fd, "freezer.state", state, sizeof(state));

	if (n < 0)
		return (int)n;
	*ret = strncmp(state, "FROZEN", strlen("FROZEN")) == 0;
	return 0;
}

static int v1_is_populated(int fd, bool *ret)
{
	struct pid_list list = {0};
	struct ncrun_error ignored = {0};
	int r = tree_processes(fd, &list, &ignored);

	*ret = list.count > 0;
	free(list.pids);
	return r;
}

static int v1_kill(int fd __attribute__((unused)))
{
	return -ENOENT; /* there is no such file */
}

/* ---- changes ----------------------------------------------------------------------------- */

static uint64_t limit_or_none(uint64_t bytes)
{
	return bytes > INT64_MAX / 2 ? NCRUN_LIMIT_NONE : bytes;
}

/** Memory and memory + swap are two files: what is not to change must stay. */
static void complete_memory(int fd, struct ncrun_limits *changes)
{
	uint64_t memory = limit_or_none(attribute_number(fd, "memory.limit_in_bytes"));
	uint64_t sum = limit_or_none(attribute_number(fd, "memory.memsw.limit_in_bytes"));

	if (!changes->swap_set && changes->memory_max != NCRUN_LIMIT_NONE) {
		changes->swap_set = true;
		if (memory == NCRUN_LIMIT_NONE)
			changes->swap_max = 0; /* the default of a first limit */
		else
			changes->swap_max =
				sum == NCRUN_LIMIT_NONE ? NCRUN_LIMIT_NONE : sum - memory;
	}
	if (!changes->memory_max)
		changes->memory_max = memory;
}

static void v1_complete(int fd, uint32_t controllers, struct ncrun_limits *changes)
{
	uint64_t quota, period;

	if (controllers & CGROUP_CONTROLLER_CPU &&
	    !changes->cpu_millionths != !changes->cpu_period_us) {
		quota = attribute_number(fd, "cpu.cfs_quota_us"); /* -1 is no number */
		period = attribute_number(fd, "cpu.cfs_period_us");
		limits_complete_cpu(changes, quota, period);
	}
	if (controllers & CGROUP_CONTROLLER_MEMORY && (changes->memory_max || changes->swap_set) &&
	    !(changes->memory_max && changes->swap_set))
		complete_memory(fd, changes);
}

const struct backend v1_backend = {
	.plan = v1_plan,
	.complete = v1_complete,
	.prepare = v1_prepare,
	.filter = v1_filter,
	.is_filtered = v1_is_filtered,
	.freeze = v1_freeze,
	.is_frozen = v1_is_frozen,
	.kill = v1_kill,
	.is_populated = v1_is_populated,
	.stats = v1_stats,
	.oom = v1_oom,
};
