/* SPDX-License-Identifier: Apache-2.0 */

/* Limits of a single value, from text. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cgroups/limits.h"

#define MILLION         1000000u
#define CPUS_MAX        8192u /* NR_CPUS_RANGE_END of the kernel */
#define MEMORY_MIN      4096u
#define FRACTION_DIGITS 6

static uint64_t *number_at(struct ncrun_limits *limits, size_t offset)
{
	return (uint64_t *)(void *)((char *)limits + offset);
}

/** "0.5" in millionths; false if it is no such number. */
static bool cpus_parse(const char *text, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned int digits = 0;

	for (; *text >= '0' && *text <= '9' && value <= CPUS_MAX; text++, digits++)
		value = value * 10 + (uint64_t)(*text - '0');
	if (value > CPUS_MAX)
		return false;
	if (*text == '.') {
		unsigned int fraction = 0;

		for (text++; *text >= '0' && *text <= '9'; text++, fraction++, digits++)
			value = fraction < FRACTION_DIGITS ? value * 10 + (uint64_t)(*text - '0')
							   : value;
		if (fraction == 0)
			return false;
		for (; fraction < FRACTION_DIGITS; fraction++)
			value *= 10;
	} else {
		value *= MILLION;
	}
	*ret = value;
	return digits > 0 && !*text && value >= MILLION / 1000 &&
	       value <= (uint64_t)CPUS_MAX * MILLION;
}

int limit_set_cpus(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	uint64_t millionths = NCRUN_LIMIT_NONE;

	if (!text_equal(value, "max") && !cpus_parse(value, &millionths))
		return error_set(err, EINVAL,
				 "cpus '%.100s': not a number of CPUs from 0.001 to %u (try 0.5)",
				 value, CPUS_MAX);
	limits->cpu_millionths = millionths;
	return 0;
}

int limit_set_period(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	uint64_t ms;
	int r;

	r = duration_parse(limit_name(LIMIT_CPU_PERIOD), value, &ms, err);
	if (r < 0)
		return r;
	if (ms < CPU_PERIOD_MIN_US / 1000 || ms > CPU_PERIOD_MAX_US / 1000)
		return error_set(err, EINVAL,
				 "cpu-period '%.100s': not between 1ms and 1s (try 100ms)", value);
	limits->cpu_period_us = ms * 1000;
	return 0;
}

/** "max", or a size that is not absurd. */
static int memory_parse(const char *name, const char *value, uint64_t *ret, struct ncrun_error *err)
{
	uint64_t bytes;
	int r;

	if (text_equal(value, "max")) {
		*ret = NCRUN_LIMIT_NONE;
		return 0;
	}
	r = size_parse(name, value, &bytes, err);
	if (r < 0)
		return r;
	if (bytes > INT64_MAX)
		return error_set(err, EINVAL, "%s '%.100s': more than any machine has (try max)",
				 name, value);
	*ret = bytes;
	return 0;
}

int limit_set_swap(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	uint64_t bytes = 0;
	int r;

	r = text_equal(value, "none") ? 0 : memory_parse("swap", value, &bytes, err);
	if (r < 0)
		return r;
	limits->swap_max = bytes;
	limits->swap_set = true;
	return 0;
}

int limit_set_oom(struct ncrun_limits *limits, const char *value, struct ncrun_error *err)
{
	if (text_equal(value, "group"))
		limits->oom = NCRUN_OOM_GROUP;
	else if (text_equal(value, "process"))
		limits->oom = NCRUN_OOM_PROCESS;
	else
		return error_set(err, EINVAL, "oom '%.100s': not 'group' or 'process'", value);
	return 0;
}

/** Digits up to the largest CPU or node number; NULL if there are none. */
static const char *list_number(const char *text, unsigned int *ret)
{
	const char *start = text;
	unsigned int value = 0;

	for (; *text >= '0' && *text <= '9' && value < CPUS_MAX; text++)
		value = value * 10 + (unsigned int)(*text - '0');
	*ret = value;
	return text > start && value < CPUS_MAX ? text : NULL;
}

/** "0-3,5" (cpuset(7), list format). */
static bool list_is_valid(const char *text)
{
	unsigned int first, last;

	for (;;) {
		text = list_number(text, &first);
		if (!text)
			return false;
		if (*text == '-') {
			text = list_number(text + 1, &last);
			if (!text || last < first)
				return false;
		}
		if (*text != ',')
			return !*text;
		text++;
	}
}

static int set_list(char **list, const char *name, const char *value, struct ncrun_error *err)
{
	if (!list_is_valid(value))
		return error_set(err, EINVAL, "%s '%.100s': not a list of numbers (try 0-3,5)",
				 name, value);
	*list = strdup(value);
	return *list ? 0 : error_set(err, ENOMEM, "%s: out of memory", name);
}

static int set_size(uint64_t *field, const char *name, const char *value, struct ncrun_error *err)
{
	uint64_t bytes = 0; /* for clang, which does not see that error_set() is negative */
	int r;

	r = memory_parse(name, value, &bytes, err);
	if (r < 0)
		return r;
	if (bytes < MEMORY_MIN)
		return error_set(err, EINVAL,
				 "%s '%.100s': less than one page of %u bytes (try 64M)", name,
				 value, MEMORY_MIN);
	*field = bytes;
	return 0;
}

int limit_set_common(struct ncrun_limits *limits, enum limit_id id, const struct limit_shape *shape,
		     const char *value, struct ncrun_error *err)
{
	const char *name = limit_name(id);
	uint64_t *number = number_at(limits, shape->offset);

	switch (shape->form) {
	case LIMIT_FORM_SIZE:
		return set_size(number, name, value, err);
	case LIMIT_FORM_CPU_LIST:
		return set_list((char **)(void *)number, name, value, err);
	case LIMIT_FORM_NUMBER:
		if (shape->unlimited && text_equal(value, "max")) {
			*number = NCRUN_LIMIT_NONE;
			return 0;
		}
		return number_parse_u64(name, value, 1, shape->max, number, err);
	case LIMIT_FORM_SPECIAL:
		break;
	}
	return error_set(err, EINVAL, "%s: cannot be set", name);
}
