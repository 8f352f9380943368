/* SPDX-License-Identifier: Apache-2.0 */

/* Accounting of cgroup v2. Files that are not there leave their fields unknown. */

#include <string.h>

#include "cgroups/stats.h"
#include "cgroups/v2.h"

#define TEXT_SIZE 8192

static void pressure_read(int fd, const char *file, struct ncrun_pressure *ret)
{
	char text[512];

	if (attribute_read(fd, file, text, sizeof(text)) > 0)
		stats_parse_pressure(text, ret);
}

static void cpu_read(int fd, struct ncrun_stats *stats)
{
	char text[1024];

	if (attribute_read(fd, "cpu.stat", text, sizeof(text)) > 0) {
		stats->cpu_usage_us = attribute_find(text, "usage_usec");
		stats->cpu_user_us = attribute_find(text, "user_usec");
		stats->cpu_system_us = attribute_find(text, "system_usec");
		stats->cpu_periods = attribute_find(text, "nr_periods");
		stats->cpu_throttled_periods = attribute_find(text, "nr_throttled");
		stats->cpu_throttled_us = attribute_find(text, "throttled_usec");
	}
	pressure_read(fd, "cpu.pressure", &stats->cpu_pressure);
}

/** Of kernels before 5.18, which give no sum. */
static uint64_t kernel_sum(const char *text)
{
	static const char *const parts[] = {"kernel_stack", "pagetables", "percpu", "sock", "slab"};
	uint64_t sum = 0, part;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		part = attribute_find(text, parts[i]);
		sum += part == NCRUN_STAT_UNKNOWN ? 0 : part;
	}
	return sum;
}

static void memory_read(int fd, struct ncrun_stats *stats)
{
	char text[TEXT_SIZE];

	stats->memory_current = attribute_number(fd, "memory.current");
	if (stats->memory_current == NCRUN_STAT_UNKNOWN)
		return;
	stats->memory_peak = attribute_number(fd, "memory.peak");
	stats->memory_limit = attribute_number(fd, "memory.max");
	stats->swap_current = attribute_number(fd, "memory.swap.current");
	stats->swap_limit = attribute_number(fd, "memory.swap.max");
	if (attribute_read(fd, "memory.stat", text, sizeof(text)) > 0) {
		stats->memory_anon = attribute_find(text, "anon");
		stats->memory_file = attribute_find(text, "file");
		stats->memory_kernel = attribute_find(text, "kernel");
		if (stats->memory_kernel == NCRUN_STAT_UNKNOWN)
			stats->memory_kernel = kernel_sum(text);
	}
	if (attribute_read(fd, "memory.events", text, sizeof(text)) > 0) {
		stats->memory_low_events = attribute_find(text, "low");
		stats->memory_high_events = attribute_find(text, "high");
		stats->memory_max_events = attribute_find(text, "max");
		stats->oom_events = attribute_find(text, "oom");
		stats->oom_kills = attribute_find(text, "oom_kill");
		stats->oom_group_kills = attribute_find(text, "oom_group_kill");
	}
}

void v2_stats(int fd, uint32_t controllers, struct ncrun_stats *stats)
{
	_cleanup_free_ char *io = NULL;

	cpu_read(fd, stats);
	pressure_read(fd, "memory.pressure", &stats->memory_pressure);
	pressure_read(fd, "io.pressure", &stats->io_pressure);
	if (controllers & CGROUP_CONTROLLER_MEMORY)
		memory_read(fd, stats);
	if (controllers & CGROUP_CONTROLLER_PIDS)
		stats_read_pids(fd, stats);
	if (controllers & CGROUP_CONTROLLER_IO)
		io = stats_text(fd, "io.stat");
	if (io)
		stats_parse_io(io, stats);
}

void v2_oom(int fd, struct cgroup_oom *oom)
{
	char text[512];

	if (attribute_read(fd, "memory.events", text, sizeof(text)) <= 0)
		return;
	oom->kills = attribute_find(text, "oom_kill");
	oom->group_kills = attribute_find(text, "oom_group_kill");
	oom->at_limit = attribute_find(text, "max");
	oom->peak_bytes = attribute_number(fd, "memory.peak");
	oom->limit_bytes = attribute_number(fd, "memory.max");
}
