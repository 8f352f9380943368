/* SPDX-License-Identifier: Apache-2.0 */

/* What limits mean to cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cgroups/mount.h"
#include "cgroups/plan.h"

static struct setting *put_number(struct plan *plan, enum limit_id limit, const char *file,
				  uint64_t number)
{
	if (number == NCRUN_LIMIT_NONE)
		return plan_add(plan, limit, file, "max");
	return plan_add(plan, limit, file, "%" PRIu64, number);
}

/** What is not asked for is 0. */
static void add_number(struct plan *plan, enum limit_id limit, const char *file, uint64_t number)
{
	if (number)
		put_number(plan, limit, file, number);
}

static void plan_cpu(struct plan *plan, const struct ncrun_limits *limits)
{
	uint64_t period = limits_cpu_period(limits);
	uint64_t quota = limits_cpu_quota(limits, period);

	if (quota == NCRUN_LIMIT_NONE)
		plan_add(plan, LIMIT_CPUS, "cpu.max", "max %" PRIu64, period);
	else if (quota)
		plan_add(plan, LIMIT_CPUS, "cpu.max", "%" PRIu64 " %" PRIu64, quota, period);
	add_number(plan, LIMIT_CPU_WEIGHT, "cpu.weight", limits->cpu_weight);
}

static void plan_memory(struct plan *plan, const struct ncrun_limits *limits, bool fresh)
{
	struct setting *swap = NULL;

	add_number(plan, LIMIT_MEMORY, "memory.max", limits->memory_max);
	if (limits->swap_set || (fresh && limits->memory_max))
		swap = put_number(plan, LIMIT_SWAP, "memory.swap.max", limits->swap_max);
	if (swap) {
		swap->optional = limits->swap_max == 0 || limits->swap_max == NCRUN_LIMIT_NONE;
		swap->missing = " (this kernel does not count swap: boot with swapaccount=1)";
	}
	add_number(plan, LIMIT_MEMORY_HIGH, "memory.high", limits->memory_high);
	add_number(plan, LIMIT_MEMORY_LOW, "memory.low", limits->memory_low);
	if (limits->oom != NCRUN_OOM_UNSET)
		plan_add(plan, LIMIT_OOM, "memory.oom.group", "%d",
			 limits->oom == NCRUN_OOM_GROUP ? 1 : 0);
}

/** " rbps=1048576"; nothing for what is not asked. */
static size_t io_append(char *text, size_t size, const char *key, uint64_t rate)
{
	if (rate == NCRUN_LIMIT_NONE)
		return (size_t)snprintf(text, size, " %s=max", key);
	return rate ? (size_t)snprintf(text, size, " %s=%" PRIu64, key, rate) : 0;
}

static void plan_io(struct plan *plan, const struct ncrun_limits *limits)
{
	struct setting *bfq;

	if (limits->io_weight) {
		plan_add(plan, LIMIT_IO_WEIGHT, "io.weight", "%" PRIu64, limits->io_weight);
		bfq = plan_add(plan, LIMIT_IO_WEIGHT, "io.bfq.weight", "%" PRIu64,
			       limits_bfq_weight(limits->io_weight));
		bfq->alternative = true;
		bfq->missing =
			" (weights of disks need the scheduler bfq, or CONFIG_BLK_CGROUP_IOCOST)";
	}
	for (size_t i = 0; i < limits->io_count; i++) {
		const struct ncrun_io_limit *limit = &limits->io[i];
		char device[32], rates[160] = "";
		size_t n;

		snprintf(device, sizeof(device), "%u:%u", limit->major, limit->minor);
		n = io_append(rates, sizeof(rates), "rbps", limit->read_bytes);
		n += io_append(rates + n, sizeof(rates) - n, "wbps", limit->write_bytes);
		n += io_append(rates + n, sizeof(rates) - n, "riops", limit->read_ios);
		io_append(rates + n, sizeof(rates) - n, "wiops", limit->write_ios);
		plan_select(plan, plan_add(plan, LIMIT_IO, "io.max", "%s%s", device, rates), device,
			    "rbps=max wbps=max riops=max wiops=max");
	}
}

static void plan_hugetlb(struct plan *plan, const struct ncrun_limits *limits)
{
	for (size_t i = 0; i < limits->hugetlb_count; i++) {
		char page[24], file[64];

		limits_page_name(limits->hugetlb[i].page_bytes, page, sizeof(page));
		snprintf(file, sizeof(file), "hugetlb.%s.max", page);
		put_number(plan, LIMIT_HUGETLB, file, limits->hugetlb[i].max_bytes)->missing =
			" (this machine has no huge pages of that size)";
		/* mmap(2) says no where it can, so that there need be no SIGBUS later. */
		snprintf(file, sizeof(file), "hugetlb.%s.rsvd.max", page);
		put_number(plan, LIMIT_HUGETLB, file, limits->hugetlb[i].max_bytes)->optional =
			true;
	}
}

/** Keys of controllers that are elsewhere are refused there. */
static void plan_keys(struct plan *plan, const struct ncrun_limits *limits, uint32_t controllers)
{
	for (char **key = limits->keys; key && *key; key++) {
		uint32_t controller = controller_of_file(*key);
		size_t length = strcspn(*key, "=");
		char file[128];

		if (controller && !(controllers & controller))
			continue;
		snprintf(file, sizeof(file), "%.*s", (int)length, *key);
		plan_add(plan, LIMIT_CGROUP, file, "%s", *key + length + 1);
	}
}

int v2_plan(struct plan *plan, const struct ncrun_limits *limits, uint32_t controllers, bool fresh,
	    struct ncrun_error *err __attribute__((unused)))
{
	if (controllers & CGROUP_CONTROLLER_CPU)
		plan_cpu(plan, limits);
	if (controllers & CGROUP_CONTROLLER_CPUSET) {
		if (limits->cpuset_cpus)
			plan_add(plan, LIMIT_CPUSET, "cpuset.cpus", "%s", limits->cpuset_cpus);
		if (limits->cpuset_mems)
			plan_add(plan, LIMIT_CPUSET_MEMS, "cpuset.mems", "%s", limits->cpuset_mems);
	}
	if (controllers & CGROUP_CONTROLLER_MEMORY)
		plan_memory(plan, limits, fresh);
	if (controllers & CGROUP_CONTROLLER_PIDS)
		add_number(plan, LIMIT_PIDS, "pids.max", limits->pids_max);
	if (controllers & CGROUP_CONTROLLER_IO)
		plan_io(plan, limits);
	if (controllers & CGROUP_CONTROLLER_HUGETLB)
		plan_hugetlb(plan, limits);
	plan_keys(plan, limits, controllers);
	return 0;
}
