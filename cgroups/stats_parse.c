/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "cgroups/group.h"
#include "cgroups/stats.h"

#define TEXT_MAX    (1u << 20)
#define DEVICES_MAX 4096u

char *stats_text(int fd, const char *file)
{
	char *text = NULL;

	return file_read_at(fd, file, TEXT_MAX, &text, NULL, NULL) < 0 ? NULL : text;
}

/** Digits at *@at, which is moved behind them; NCRUN_STAT_UNKNOWN if there are none. */
static uint64_t number_take(const char **at)
{
	uint64_t value = 0;
	const char *p = *at;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			value = NCRUN_STAT_NO_LIMIT;
	if (p == *at)
		return NCRUN_STAT_UNKNOWN;
	*at = p;
	return value;
}

/** The line after this one; at the end of the text the end. */
static const char *line_next(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

/** What stands behind "KEY=" in this line; NULL. */
static const char *value_find(const char *line, const char *key)
{
	const char *end = line + strcspn(line, "\n");
	size_t length = strlen(key);

	while (line < end) {
		if (strncmp(line, key, length) == 0 && line[length] == '=')
			return line + length + 1;
		line += strcspn(line, " \n");
		line += *line == ' ';
	}
	return NULL;
}

static uint64_t number_find(const char *line, const char *key)
{
	const char *value = value_find(line, key);

	return value ? number_take(&value) : NCRUN_STAT_UNKNOWN;
}

/** "12.34" in hundredths. */
static uint64_t hundredths_find(const char *line, const char *key)
{
	const char *value = value_find(line, key);
	uint64_t whole = value ? number_take(&value) : NCRUN_STAT_UNKNOWN;

	if (whole > 100 || value[0] != '.' || value[1] < '0' || value[1] > '9' || value[2] < '0' ||
	    value[2] > '9')
		return NCRUN_STAT_UNKNOWN;
	return whole * 100 + (uint64_t)(value[1] - '0') * 10 + (uint64_t)(value[2] - '0');
}

void stats_parse_pressure(const char *text, struct ncrun_pressure *ret)
{
	for (; *text; text = line_next(text)) {
		if (strncmp(text, "some ", 5) == 0) {
			ret->some_avg10 = hundredths_find(text, "avg10");
			ret->some_avg60 = hundredths_find(text, "avg60");
			ret->some_avg300 = hundredths_find(text, "avg300");
			ret->some_total_us = number_find(text, "total");
		} else if (strncmp(text, "full ", 5) == 0) {
			ret->full_avg10 = hundredths_find(text, "avg10");
			ret->full_avg60 = hundredths_find(text, "avg60");
			ret->full_avg300 = hundredths_find(text, "avg300");
			ret->full_total_us = number_find(text, "total");
		}
	}
}

/** "8:16" at the beginning of a line, and where it ends. */
static bool device_take(const char **at, uint32_t *ret_major, uint32_t *ret_minor)
{
	const char *p = *at;
	uint64_t major = number_take(&p), minor;

	if (major > UINT32_MAX || *p++ != ':')
		return false;
	minor = number_take(&p);
	if (minor > UINT32_MAX || *p != ' ')
		return false;
	*ret_major = (uint32_t)major;
	*ret_minor = (uint32_t)minor;
	*at = p + 1;
	return true;
}

/** That device's entry, made if need be; NULL on no memory. */
static struct ncrun_io_stats *device_entry(struct ncrun_stats *stats, uint32_t major,
					   uint32_t minor)
{
	struct ncrun_io_stats *entry;

	for (size_t i = 0; i < stats->io_count; i++)
		if (stats->io[i].major == major && stats->io[i].minor == minor)
			return &stats->io[i];
	if (stats->io_count >= DEVICES_MAX)
		return NULL;
	entry = array_add((void **)&stats->io, &stats->io_count, sizeof(*entry));
	if (!entry)
		return NULL;
	*entry = (struct ncrun_io_stats){
		major,
		minor,
		NCRUN_STAT_UNKNOWN,
		NCRUN_STAT_UNKNOWN,
		NCRUN_STAT_UNKNOWN,
		NCRUN_STAT_UNKNOWN,
	};
	return entry;
}

void stats_parse_io(const char *text, struct ncrun_stats *stats)
{
	for (; *text; text = line_next(text)) {
		const char *line = text;
		uint32_t major, minor;
		struct ncrun_io_stats *entry;

		/* A device that nothing was done with has no numbers. */
		if (!device_take(&line, &major, &minor) || !value_find(line, "rbytes"))
			continue;
		entry = device_entry(stats, major, minor);
		if (!entry)
			return;
		entry->read_bytes = number_find(line, "rbytes");
		entry->write_bytes = number_find(line, "wbytes");
		entry->read_ios = number_find(line, "rios");
		entry->write_ios = number_find(line, "wios");
	}
}

void stats_parse_blkio(const char *text, bool bytes, struct ncrun_stats *stats)
{
	for (; *text; text = line_next(text)) {
		const char *line = text;
		uint32_t major, minor;
		struct ncrun_io_stats *entry;
		bool read;

		if (!device_take(&line, &major, &minor))
			continue;
		read = strncmp(line, "Read ", 5) == 0;
		if (!read && strncmp(line, "Write ", 6) != 0)
			continue;
		line += read ? 5 : 6;
		entry = device_entry(stats, major, minor);
		if (!entry)
			return;
		if (bytes && read)
			entry->read_bytes = number_take(&line);
		else if (bytes)
			entry->write_bytes = number_take(&line);
		else if (read)
			entry->read_ios = number_take(&line);
		else
			entry->write_ios = number_take(&line);
	}
}

void stats_read_pids(int fd, struct ncrun_stats *stats)
{
	char text[128];

	stats->pids_current = attribute_number(fd, "pids.current");
	stats->pids_peak = attribute_number(fd, "pids.peak");
	stats->pids_limit = attribute_number(fd, "pids.max");
	if (attribute_read(fd, "pids.events", text, sizeof(text)) > 0)
		stats->pids_max_events = attribute_find(text, "max");
}
