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

static int rule_write(int fd, const struct ncrun_device_rule *rule)
{
	char line[64];
	size_t n = (size_t)snprintf(line, sizeof(line), "%c ", rule->type);

	n += number_print(rule->major, line + n, sizeof(line) - n);
	line[n++] = ':';
	n += number_print(rule->minor, line + n, sizeof(line) - n);
	line[n++] = ' ';
	for (unsigned int i = 0; i < 3; i++)
		if (rule->access & 1u << i)
			line[n++] = "rwm"[i];
	line[n] = '\0';
	return attribute_write(fd, rule->deny ? "devices.deny" : "devices.allow", line);
}

static int v1_filter(int fd, const struct ncrun_limits *limits,
		     bool replace __attribute__((unused)), struct ncrun_error *err)
{
	_cleanup_free_ struct ncrun_device_rule *rules = NULL;
	size_t count;
	int r;

	r = device_rules(limits, &rules, &count, err);
	if (r < 0)
		return r;
	r = attribute_write(fd, "devices.deny", "a");
	for (size_t i = 0; r == 0 && i < count; i++)
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
	.freeze = v1_freeze,
	.is_frozen = v1_is_frozen,
	.kill = v1_kill,
	.is_populated = v1_is_populated,
	.stats = v1_stats,
	.oom = v1_oom,
	.watch_oom = v1_watch_oom,
};
