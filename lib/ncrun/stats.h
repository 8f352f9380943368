/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_STATS_H
#define NCRUN_STATS_H

/* What a node has used and uses: one struct, and one table that names its fields. */

#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Not to be had here: no such controller, kernel or group. */
#define NCRUN_STAT_UNKNOWN UINT64_MAX
/** For limits: there is none. */
#define NCRUN_STAT_NO_LIMIT (UINT64_MAX - 1)

/**
 * struct ncrun_pressure - time in which processes waited for a resource (PSI)
 *
 * "some": at least one waited; "full": all that could run did. Averages over 10,
 * 60 and 300 s in hundredths of a percent (1,234 = 12.34 %), totals in microseconds.
 */
struct ncrun_pressure {
	uint64_t some_avg10, some_avg60, some_avg300, some_total_us;
	uint64_t full_avg10, full_avg60, full_avg300, full_total_us;
};

/** struct ncrun_io_stats - use of one block device */
struct ncrun_io_stats {
	uint32_t major, minor;
	uint64_t read_bytes, write_bytes;
	uint64_t read_ios, write_ios;
};

/** struct ncrun_interface_stats - traffic of one interface, as the node sees it */
struct ncrun_interface_stats {
	char name[16];
	uint64_t rx_bytes, rx_packets, rx_errors, rx_drops;
	uint64_t tx_bytes, tx_packets, tx_errors, tx_drops;
};

/**
 * struct ncrun_stats - what one node uses
 *
 * Any number may be NCRUN_STAT_UNKNOWN. Release the lists with ncrun_stats_clear().
 *
 * @time_ns:	when this was read, CLOCK_MONOTONIC: for rates between two readings
 */
struct ncrun_stats {
	size_t size;
	uint64_t time_ns;

	uint64_t cpu_usage_us, cpu_user_us, cpu_system_us;
	uint64_t cpu_periods, cpu_throttled_periods, cpu_throttled_us;
	struct ncrun_pressure cpu_pressure;

	uint64_t memory_current, memory_peak, memory_limit;
	uint64_t memory_anon, memory_file, memory_kernel;
	uint64_t swap_current, swap_limit;
	uint64_t memory_low_events, memory_high_events, memory_max_events;
	uint64_t oom_events, oom_kills, oom_group_kills;
	struct ncrun_pressure memory_pressure;

	uint64_t pids_current, pids_peak, pids_limit, pids_max_events;

	struct ncrun_pressure io_pressure;

	struct ncrun_io_stats *io; /* owned */
	size_t io_count;
	struct ncrun_interface_stats *interfaces; /* owned */
	size_t interface_count;
};

#define NCRUN_STATS_INIT ((struct ncrun_stats){.size = sizeof(struct ncrun_stats)})

/** Release the lists and make every number NCRUN_STAT_UNKNOWN. */
void ncrun_stats_clear(struct ncrun_stats *stats);

/* ---- the table ------------------------------------------------------------ */

/** Of which struct a field is. */
enum ncrun_stat_scope {
	NCRUN_STAT_OF_NODE,      /* struct ncrun_stats */
	NCRUN_STAT_OF_DEVICE,    /* struct ncrun_io_stats */
	NCRUN_STAT_OF_INTERFACE, /* struct ncrun_interface_stats */
};

enum ncrun_stat_kind {
	NCRUN_STAT_COUNTER, /* only grows while the node lives */
	NCRUN_STAT_GAUGE,
};

enum ncrun_stat_unit {
	NCRUN_STAT_COUNT,
	NCRUN_STAT_BYTES,
	NCRUN_STAT_MICROSECONDS,
	NCRUN_STAT_PERCENT_HUNDREDTHS,
};

/**
 * struct ncrun_stat - one field of the statistics, always a uint64_t
 * @name:	"cpu_usage_us": unique in its scope, [a-z0-9_]+; JSON's key
 * @help:	one line, lower case, no full stop
 * @offset:	in the struct of its scope
 */
struct ncrun_stat {
	const char *name;
	const char *help;
	enum ncrun_stat_scope scope;
	enum ncrun_stat_kind kind;
	enum ncrun_stat_unit unit;
	size_t offset;
};

/** The table: static, scope by scope, in the order of the structs. */
const struct ncrun_stat *ncrun_stat_list(size_t *ret_count);

/** The value of a field; @object is the struct of its scope. */
uint64_t ncrun_stat_value(const struct ncrun_stat *field, const void *object);

#ifdef __cplusplus
}
#endif

#endif
