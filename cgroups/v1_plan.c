/* SPDX-License-Identifier: Apache-2.0 */

/* What limits mean to cgroup v1 (Documentation/admin-guide/cgroup-v1/). */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/error.h"
#include "cgroups/mount.h"
#include "cgroups/plan.h"

#define SHARES_MIN 2u
/* What v1 takes for "no limit". */
#define UNLIMITED "-1"

static struct setting *add_number(struct plan *plan, enum limit_id limit, const char *file,
				  uint64_t number)
{
	if (number == NCRUN_LIMIT_NONE)
		return plan_add(plan, limit, file, UNLIMITED);
	return plan_add(plan, limit, file, "%" PRIu64, number);
}

/**
 * The same share as the weight has on v2: the kernel takes a weight of 100 for 1024
 * shares, and scales (sched_weight_from_cgroup() in kernel/sched/sched.h).
 */
static uint64_t shares_of_weight(uint64_t weight)
{
	uint64_t shares = (weight * 1024 + 50) / 100;

	return shares < SHARES_MIN ? SHARES_MIN : shares;
}

static void plan_cpu(struct plan *plan, const struct ncrun_limits *limits)
{
	uint64_t period = limits_cpu_period(limits);

	if (limits->cpu_millionths) {
		plan_add(plan, LIMIT_CPUS, "cpu.cfs_period_us", "%" PRIu64, period);
		add_number(plan, LIMIT_CPUS, "cpu.cfs_quota_us", limits_cpu_quota(limits, period));
	}
	if (limits->cpu_weight)
		plan_add(plan, LIMIT_CPU_WEIGHT, "cpu.shares", "%" PRIu64,
			 shares_of_weight(limits->cpu_weight));
}

/** v1 limits memory and memory + swap, and wants the sum to be the larger at any time. */
static void plan_swap(struct plan *plan, const struct ncrun_limits *limits)
{
	struct setting *sum, *instead;
	uint64_t bytes;

	if (limits->memory_max == NCRUN_LIMIT_NONE || limits->swap_max == NCRUN_LIMIT_NONE ||
	    __builtin_add_overflow(limits->memory_max, limits->swap_max, &bytes))
		bytes = NCRUN_LIMIT_NONE;
	sum = add_number(plan, LIMIT_SWAP, "memory.memsw.limit_in_bytes", bytes);
	sum->optional = bytes == NCRUN_LIMIT_NONE;
	sum->missing = " (this kernel does not count swap: boot with swapaccount=1)";
	if (limits->swap_max == 0 && bytes != NCRUN_LIMIT_NONE) {
		instead = plan_add(plan, LIMIT_SWAP, "memory.swappiness", "0");
		instead->alternative = true;
		instead->optional = true; /* a kernel without swap */
	}
}

static int plan_memory(struct plan *plan, const struct ncrun_limits *limits,
		       struct ncrun_error *err)
{
	char asked[24];

	if (limits->memory_high) {
		limit_print_size(limits->memory_high, asked, sizeof(asked));
		return error_set(
			err, ENOTSUP,
			"memory-high '%s': there is no such limit where memory is on cgroup v1, as "
			"it is here (see: ncrun doctor)",
			asked);
	}
	if (limits->oom == NCRUN_OOM_GROUP)
		return error_set(
			err, ENOTSUP,
			"oom 'group': cannot be had where memory is on cgroup v1, as it is here "
			"(see: ncrun doctor)");
	if (limits->swap_set && limits->swap_max != NCRUN_LIMIT_NONE &&
	    (!limits->memory_max || limits->memory_max == NCRUN_LIMIT_NONE)) {
		limit_print_swap(limits, 0, asked, sizeof(asked));
		return error_set(
			err, ENOTSUP,
			"swap '%s': cannot be limited without memory where memory is on cgroup v1, as "
			"it is here (see: ncrun doctor)",
			asked);
	}
	if (limits->memory_max) {
		add_number(plan, LIMIT_MEMORY, "memory.limit_in_bytes", limits->memory_max);
		plan_swap(plan, limits);
	}
	if (limits->memory_low)
		add_number(plan, LIMIT_MEMORY_LOW, "memory.soft_limit_in_bytes",
			   limits->memory_low);
	return 0;
}

static void plan_io(struct plan *plan, const struct ncrun_limits *limits)
{
	struct setting *bfq;

	if (limits->io_weight) {
		bfq = plan_add(plan, LIMIT_IO_WEIGHT, "blkio.bfq.weight", "%" PRIu64,
			       limits_bfq_weight(limits->io_weight));
		bfq->missing = " (weights of disks need the scheduler bfq)";
	}
	for (size_t i = 0; i < limits->io_count; i++) {
		const struct ncrun_io_limit *limit = &limits->io[i];
		const struct {
			const char *file;
			uint64_t rate;
		} files[] = {
			{"blkio.throttle.read_bps_device", limit->read_bytes},
			{"blkio.throttle.write_bps_device", limit->write_bytes},
			{"blkio.throttle.read_iops_device", limit->read_ios},
			{"blkio.throttle.write_iops_device", limit->write_ios},
		};
		char device[32];

		snprintf(device, sizeof(device), "%u:%u", limit->major, limit->minor);
		for (size_t j = 0; j < sizeof(files) / sizeof(files[0]); j++) {
			uint64_t rate = files[j].rate == NCRUN_LIMIT_NONE ? 0 : files[j].rate;

			if (files[j].rate)
				plan_select(plan,
					    plan_add(plan, LIMIT_IO, files[j].file, "%s %" PRIu64,
						     device, rate),
					    device, "0");
		}
	}
}

static void plan_hugetlb(struct plan *plan, const struct ncrun_limits *limits)
{
	for (size_t i = 0; i < limits->hugetlb_count; i++) {
		char page[24], file[64];

		limits_page_name(limits->hugetlb[i].page_bytes, page, sizeof(page));
		snprintf(file, sizeof(file), "hugetlb.%s.limit_in_bytes", page);
		add_number(plan, LIMIT_HUGETLB, file, limits->hugetlb[i].max_bytes)->missing =
			" (this machine has no huge pages of that size)";
		/* mmap(2) says no where it can, so that there need be no SIGBUS later. */
		snprintf(file, sizeof(file), "hugetlb.%s.rsvd.limit_in_bytes", page);
		add_number(plan, LIMIT_HUGETLB, file, limits->hugetlb[i].max_bytes)->optional =
			true;
	}
}

static int refuse_keys(const struct ncrun_limits *limits, uint32_t controllers,
		       struct ncrun_error *err)
{
	for (char **key = limits->keys; key && *key; key++) {
		uint32_t controller = controller_of_file(*key);

		if (controllers & controller)
			return error_set(err, ENOTSUP,
					 "cgroup '%.100s': the %s controller is on cgroup v1 here "
					 "(see: ncrun doctor)",
					 *key, controller_name(controller));
	}
	return 0;
}

int v1_plan(struct plan *plan, const struct ncrun_limits *limits, uint32_t controllers,
	    bool fresh __attribute__((unused)), struct ncrun_error *err)
{
	int r = refuse_keys(limits, controllers, err);

	if (r < 0)
		return r;
	if (controllers & CGROUP_CONTROLLER_CPU)
		plan_cpu(plan, limits);
	if (controllers & CGROUP_CONTROLLER_CPUSET) {
		if (limits->cpuset_cpus)
			plan_add(plan, LIMIT_CPUSET, "cpuset.cpus", "%s", limits->cpuset_cpus);
		if (limits->cpuset_mems)
			plan_add(plan, LIMIT_CPUSET_MEMS, "cpuset.mems", "%s", limits->cpuset_mems);
	}
	if (controllers & CGROUP_CONTROLLER_MEMORY)
		r = plan_memory(plan, limits, err);
	if (r < 0)
		return r;
	if (controllers & CGROUP_CONTROLLER_PIDS && limits->pids_max)
		plan_add(plan, LIMIT_PIDS, "pids.max",
			 limits->pids_max == NCRUN_LIMIT_NONE ? "max" : "%" PRIu64,
			 limits->pids_max);
	if (controllers & CGROUP_CONTROLLER_IO)
		plan_io(plan, limits);
	if (controllers & CGROUP_CONTROLLER_HUGETLB)
		plan_hugetlb(plan, limits);
	return 0;
}
