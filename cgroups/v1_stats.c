/* SPDX-License-Identifier: Apache-2.0 */

/* Accounting of cgroup v1. Files that are not there leave their fields unknown. */

#include <stdlib.h>
#include <string.h>

#include "cgroups/stats.h"
#include "cgroups/v1.h"

static uint64_t microseconds(uint64_t nanoseconds)
{
	return nanoseconds == NCRUN_STAT_UNKNOWN ? nanoseconds : nanoseconds / 1000;
}

static uint64_t limit_of(uint64_t bytes)
{
	return bytes != NCRUN_STAT_UNKNOWN && bytes > INT64_MAX / 2 ? NCRUN_STAT_NO_LIMIT : bytes;
}

static void cpu_read(int fd, struct ncrun_stats *stats)
{
	char text[512];

	if (attribute_read(fd, "cpu.stat", text, sizeof(text)) <= 0)
		return;
	stats->cpu_periods = attribute_find(text, "nr_periods");
	stats->cpu_throttled_periods = attribute_find(text, "nr_throttled");
	stats->cpu_throttled_us = microseconds(attribute_find(text, "throttled_time"));
}

static void cpuacct_read(int fd, struct ncrun_stats *stats)
{
	stats->cpu_usage_us = microseconds(attribute_number(fd, "cpuacct.usage"));
	stats->cpu_user_us = microseconds(attribute_number(fd, "cpuacct.usage_user"));
	stats->cpu_system_us = microseconds(attribute_number(fd, "cpuacct.usage_sys"));
}

static uint64_t oom_kills(int fd)
{
	char text[128];

	if (attribute_read(fd, "memory.oom_control", text, sizeof(text)) <= 0)
		return NCRUN_STAT_UNKNOWN;
	return attribute_find(text, "oom_kill");
}

/** With swap forbidden it is the sum of memory and swap that hits its limit; late kernels count
 * neither, but what they kill for. */
static uint64_t times_at_limit(int fd, uint64_t kills)
{
	uint64_t memory = attribute_number(fd, "memory.failcnt");
	uint64_t sum = attribute_number(fd, "memory.memsw.failcnt");
	uint64_t times = memory;

	if (memory == NCRUN_STAT_UNKNOWN)
		return memory;
	if (sum != NCRUN_STAT_UNKNOWN)
		times += sum;
	return kills != NCRUN_STAT_UNKNOWN && kills > times ? kills : times;
}

static void memory_read(int fd, struct ncrun_stats *stats)
{
	char text[4096];
	uint64_t sum = attribute_number(fd, "memory.memsw.limit_in_bytes");

	stats->memory_current = attribute_number(fd, "memory.usage_in_bytes");
	stats->memory_peak = attribute_number(fd, "memory.max_usage_in_bytes");
	stats->memory_limit = limit_of(attribute_number(fd, "memory.limit_in_bytes"));
	stats->memory_kernel = attribute_number(fd, "memory.kmem.usage_in_bytes");
	stats->oom_kills = oom_kills(fd);
	stats->memory_max_events = times_at_limit(fd, stats->oom_kills);
	if (attribute_read(fd, "memory.stat", text, sizeof(text)) > 0) {
		stats->memory_anon = attribute_find(text, "total_rss");
		stats->memory_file = attribute_find(text, "total_cache");
		stats->swap_current = attribute_find(text, "total_swap");
	}
	if (sum == NCRUN_STAT_UNKNOWN || limit_of(sum) == NCRUN_STAT_NO_LIMIT)
		stats->swap_limit = limit_of(sum);
	else
		stats->swap_limit = sum - stats->memory_limit;
}

static void blkio_read(int fd, struct ncrun_stats *stats)
{
	_cleanup_free_ char *bytes = stats_text(fd, "blkio.throttle.io_service_bytes_recursive");
	_cleanup_free_ char *requests = stats_text(fd, "blkio.throttle.io_serviced_recursive");

	if (bytes)
		stats_parse_blkio(bytes, true, stats);
	if (requests)
		stats_parse_blkio(requests, false, stats);
}

void v1_stats(int fd, uint32_t controllers, struct ncrun_stats *stats)
{
	if (controllers & CGROUP_CONTROLLER_CPU)
		cpu_read(fd, stats);
	if (controllers & CGROUP_CONTROLLER_CPUACCT && stats->cpu_usage_us == NCRUN_STAT_UNKNOWN)
		cpuacct_read(fd, stats);
	if (controllers & CGROUP_CONTROLLER_MEMORY)
		memory_read(fd, stats);
	if (controllers & CGROUP_CONTROLLER_PIDS)
		stats_read_pids(fd, stats);
	if (controllers & CGROUP_CONTROLLER_IO)
		blkio_read(fd, stats);
}

void v1_oom(int fd, struct cgroup_oom *oom)
{
	uint64_t limit = attribute_number(fd, "memory.limit_in_bytes");

	if (limit == NCRUN_STAT_UNKNOWN)
		return; /* not the hierarchy of memory */
	oom->limit_bytes = limit_of(limit);
	oom->kills = oom_kills(fd);
	oom->at_limit = times_at_limit(fd, oom->kills);
	oom->peak_bytes = attribute_number(fd, "memory.max_usage_in_bytes");
}
