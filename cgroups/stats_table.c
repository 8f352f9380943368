/* SPDX-License-Identifier: Apache-2.0 */

/* The table of statistics. */

#include <stdlib.h>
#include <string.h>

#include <ncrun/stats.h>

#include "base/api.h"

#define NODE(field, stat_kind, stat_unit, text)                                 \
	{                                                                       \
		.name = #field, .help = (text), .scope = NCRUN_STAT_OF_NODE,    \
		.kind = NCRUN_STAT_##stat_kind, .unit = NCRUN_STAT_##stat_unit, \
		.offset = offsetof(struct ncrun_stats, field),                  \
	}
#define PRESSURE_FIELD(resource, part, stat_kind, stat_unit, text)                                 \
	{                                                                                          \
		.name = #resource "_pressure_" #part, .help = (text), .scope = NCRUN_STAT_OF_NODE, \
		.kind = NCRUN_STAT_##stat_kind, .unit = NCRUN_STAT_##stat_unit,                    \
		.offset = offsetof(struct ncrun_stats, resource##_pressure.part),                  \
	}
#define PRESSURE_SHARE(resource, part, text) \
	PRESSURE_FIELD(resource, part, GAUGE, PERCENT_HUNDREDTHS, text)
#define PRESSURE(resource, noun)                                                              \
	PRESSURE_SHARE(resource, some_avg10, "time in which some waited for " noun ", 10 s"), \
		PRESSURE_SHARE(resource, some_avg60,                                          \
			       "time in which some waited for " noun ", 1 min"),              \
		PRESSURE_SHARE(resource, some_avg300,                                         \
			       "time in which some waited for " noun ", 5 min"),              \
		PRESSURE_FIELD(resource, some_total_us, COUNTER, MICROSECONDS,                \
			       "time in which some waited for " noun),                        \
		PRESSURE_SHARE(resource, full_avg10,                                          \
			       "time in which all waited for " noun ", 10 s"),                \
		PRESSURE_SHARE(resource, full_avg60,                                          \
			       "time in which all waited for " noun ", 1 min"),               \
		PRESSURE_SHARE(resource, full_avg300,                                         \
			       "time in which all waited for " noun ", 5 min"),               \
		PRESSURE_FIELD(resource, full_total_us, COUNTER, MICROSECONDS,                \
			       "time in which all waited for " noun)
#define DEVICE(field, stat_unit, text)                                         \
	{                                                                      \
		.name = #field, .help = (text), .scope = NCRUN_STAT_OF_DEVICE, \
		.kind = NCRUN_STAT_COUNTER, .unit = NCRUN_STAT_##stat_unit,    \
		.offset = offsetof(struct ncrun_io_stats, field),              \
	}
#define INTERFACE(field, stat_unit, text)                                         \
	{                                                                         \
		.name = #field, .help = (text), .scope = NCRUN_STAT_OF_INTERFACE, \
		.kind = NCRUN_STAT_COUNTER, .unit = NCRUN_STAT_##stat_unit,       \
		.offset = offsetof(struct ncrun_interface_stats, field),          \
	}

static const struct ncrun_stat table[] = {
	NODE(cpu_usage_us, COUNTER, MICROSECONDS, "CPU time used"),
	NODE(cpu_user_us, COUNTER, MICROSECONDS, "CPU time used by programs"),
	NODE(cpu_system_us, COUNTER, MICROSECONDS, "CPU time used by the kernel for them"),
	NODE(cpu_periods, COUNTER, COUNT, "periods of the CPU limit in which something ran"),
	NODE(cpu_throttled_periods, COUNTER, COUNT, "periods in which the CPU limit was reached"),
	NODE(cpu_throttled_us, COUNTER, MICROSECONDS,
	     "time for which the CPU limit held CPUs back"),
	PRESSURE(cpu, "a CPU"),
	NODE(memory_current, GAUGE, BYTES, "memory in use, with page cache"),
	NODE(memory_peak, GAUGE, BYTES, "most memory ever in use"),
	NODE(memory_limit, GAUGE, BYTES, "limit on memory"),
	NODE(memory_anon, GAUGE, BYTES, "memory of programs that is no file"),
	NODE(memory_file, GAUGE, BYTES, "page cache, with tmpfs"),
	NODE(memory_kernel, GAUGE, BYTES, "memory of the kernel for the node"),
	NODE(swap_current, GAUGE, BYTES, "swap in use"),
	NODE(swap_limit, GAUGE, BYTES, "limit on swap"),
	NODE(memory_low_events, COUNTER, COUNT, "times reclaimed from below memory-low"),
	NODE(memory_high_events, COUNTER, COUNT, "times slowed down above memory-high"),
	NODE(memory_max_events, COUNTER, COUNT, "times the limit on memory was hit"),
	NODE(oom_events, COUNTER, COUNT, "times memory was used up"),
	NODE(oom_kills, COUNTER, COUNT, "processes killed for want of memory"),
	NODE(oom_group_kills, COUNTER, COUNT, "times all were killed for want of memory"),
	PRESSURE(memory, "memory"),
	NODE(pids_current, GAUGE, COUNT, "processes and threads"),
	NODE(pids_peak, GAUGE, COUNT, "most processes and threads ever"),
	NODE(pids_limit, GAUGE, COUNT, "limit on processes and threads"),
	NODE(pids_max_events, COUNTER, COUNT, "times the limit on processes was hit"),
	PRESSURE(io, "a disk"),
	DEVICE(read_bytes, BYTES, "read from the disk"),
	DEVICE(write_bytes, BYTES, "written to the disk"),
	DEVICE(read_ios, COUNT, "reads from the disk"),
	DEVICE(write_ios, COUNT, "writes to the disk"),
	INTERFACE(rx_bytes, BYTES, "received"),
	INTERFACE(rx_packets, COUNT, "packets received"),
	INTERFACE(rx_errors, COUNT, "bad packets received"),
	INTERFACE(rx_drops, COUNT, "received packets dropped"),
	INTERFACE(tx_bytes, BYTES, "sent"),
	INTERFACE(tx_packets, COUNT, "packets sent"),
	INTERFACE(tx_errors, COUNT, "packets that could not be sent"),
	INTERFACE(tx_drops, COUNT, "packets dropped before they were sent"),
};

#define FIELDS (sizeof(table) / sizeof(table[0]))

NCRUN_API const struct ncrun_stat *ncrun_stat_list(size_t *ret_count)
{
	*ret_count = FIELDS;
	return table;
}

NCRUN_API uint64_t ncrun_stat_value(const struct ncrun_stat *field, const void *object)
{
	uint64_t value;

	memcpy(&value, (const char *)object + field->offset, sizeof(value));
	return value;
}

NCRUN_API void ncrun_stats_clear(struct ncrun_stats *stats)
{
	uint64_t unknown = NCRUN_STAT_UNKNOWN;

	free(stats->io);
	free(stats->interfaces);
	*stats = NCRUN_STATS_INIT;
	for (size_t i = 0; i < FIELDS && table[i].scope == NCRUN_STAT_OF_NODE; i++)
		memcpy((char *)stats + table[i].offset, &unknown, sizeof(unknown));
}
