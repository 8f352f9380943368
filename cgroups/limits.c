/* SPDX-License-Identifier: Apache-2.0 */

/* struct ncrun_limits: its life, and whether its fields go together. */

#include "cgroups/limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

#define MILLION 1000000u

NCRUN_API void ncrun_limits_clear(struct ncrun_limits *limits)
{
	for (size_t i = 0; i < limits->io_count; i++)
		free(limits->io[i].path);
	for (size_t i = 0; i < limits->device_count; i++)
		free(limits->devices[i].path);
	free(limits->cpuset_cpus);
	free(limits->cpuset_mems);
	free(limits->io);
	free(limits->hugetlb);
	free(limits->devices);
	strings_free(limits->keys);
	*limits = NCRUN_LIMITS_INIT;
}

/* ---- copies --------------------------------------------------------------------- */

/** Put a copy of @from in place of *@to; NULL changes nothing. */
static bool string_replace(char **to, const char *from)
{
	char *copy;

	if (!from)
		return true;
	copy = strdup(from);
	if (!copy)
		return false;
	free(*to);
	*to = copy;
	return true;
}

/** The element of @count that @same is true for, or a zeroed new one at the end. */
static void *element_for(void **list, size_t *count, size_t size, const void *key,
			 bool (*same)(const void *a, const void *b))
{
	char *elements = *list;

	for (size_t i = 0; i < *count; i++)
		if (same(elements + i * size, key))
			return elements + i * size;
	return array_add(list, count, size);
}

static bool io_same(const void *a, const void *b)
{
	const struct ncrun_io_limit *x = a, *y = b;

	return x->major == y->major && x->minor == y->minor;
}

static bool hugetlb_same(const void *a, const void *b)
{
	const struct ncrun_hugetlb_limit *x = a, *y = b;

	return x->page_bytes == y->page_bytes;
}

static bool device_same(const void *a, const void *b)
{
	const struct ncrun_device_rule *x = a, *y = b;

	return x->type == y->type && x->major == y->major && x->minor == y->minor &&
	       x->deny == y->deny;
}

static void number_replace(uint64_t *to, uint64_t from)
{
	if (from)
		*to = from;
}

static bool io_merge(struct ncrun_limits *to, const struct ncrun_io_limit *from)
{
	struct ncrun_io_limit *limit =
		element_for((void **)&to->io, &to->io_count, sizeof(*from), from, io_same);

	if (!limit || !string_replace(&limit->path, from->path))
		return false;
	limit->major = from->major;
	limit->minor = from->minor;
	number_replace(&limit->read_bytes, from->read_bytes);
	number_replace(&limit->write_bytes, from->write_bytes);
	number_replace(&limit->read_ios, from->read_ios);
	number_replace(&limit->write_ios, from->write_ios);
	return true;
}

static bool device_merge(struct ncrun_limits *to, const struct ncrun_device_rule *from)
{
	struct ncrun_device_rule *rule = element_for((void **)&to->devices, &to->device_count,
						     sizeof(*from), from, device_same);

	if (!rule || !string_replace(&rule->path, from->path))
		return false;
	rule->type = from->type;
	rule->deny = from->deny;
	rule->major = from->major;
	rule->minor = from->minor;
	rule->access = from->access;
	return true;
}

static bool key_merge(struct ncrun_limits *to, const char *from)
{
	size_t length = strcspn(from, "=") + 1;

	for (char **key = to->keys; key && *key; key++)
		if (strncmp(*key, from, length) == 0)
			return string_replace(key, from);
	return strings_append(&to->keys, from) == 0;
}

static bool lists_merge(struct ncrun_limits *to, const struct ncrun_limits *from)
{
	for (size_t i = 0; i < from->io_count; i++)
		if (!io_merge(to, &from->io[i]))
			return false;
	for (size_t i = 0; i < from->hugetlb_count; i++) {
		struct ncrun_hugetlb_limit *limit =
			element_for((void **)&to->hugetlb, &to->hugetlb_count,
				    sizeof(from->hugetlb[i]), &from->hugetlb[i], hugetlb_same);

		if (!limit)
			return false;
		*limit = from->hugetlb[i];
	}
	for (size_t i = 0; i < from->device_count; i++)
		if (!device_merge(to, &from->devices[i]))
			return false;
	for (char **key = from->keys; key && *key; key++)
		if (!key_merge(to, *key))
			return false;
	return true;
}

/** @to: made by this alone, as array_add() must have made its lists. */
static bool merge(struct ncrun_limits *to, const struct ncrun_limits *from)
{
	number_replace(&to->cpu_millionths, from->cpu_millionths);
	number_replace(&to->cpu_period_us, from->cpu_period_us);
	number_replace(&to->cpu_weight, from->cpu_weight);
	number_replace(&to->memory_max, from->memory_max);
	number_replace(&to->memory_high, from->memory_high);
	number_replace(&to->memory_low, from->memory_low);
	number_replace(&to->pids_max, from->pids_max);
	number_replace(&to->io_weight, from->io_weight);
	if (from->swap_set) {
		to->swap_max = from->swap_max;
		to->swap_set = true;
	}
	if (from->oom != NCRUN_OOM_UNSET)
		to->oom = from->oom;
	return string_replace(&to->cpuset_cpus, from->cpuset_cpus) &&
	       string_replace(&to->cpuset_mems, from->cpuset_mems) && lists_merge(to, from);
}

NCRUN_API int ncrun_limits_copy(struct ncrun_limits *to, const struct ncrun_limits *from,
				struct ncrun_error *err)
{
	struct ncrun_limits copy = NCRUN_LIMITS_INIT;

	if (!merge(&copy, from)) {
		ncrun_limits_clear(&copy);
		return error_set(err, ENOMEM, "copy limits: out of memory");
	}
	*to = copy;
	return 0;
}

NCRUN_API int ncrun_limits_merge(struct ncrun_limits *limits, const struct ncrun_limits *changes,
				 struct ncrun_error *err)
{
	struct ncrun_limits merged = NCRUN_LIMITS_INIT;

	if (!merge(&merged, limits) || !merge(&merged, changes)) {
		ncrun_limits_clear(&merged);
		return error_set(err, ENOMEM, "merge limits: out of memory");
	}
	ncrun_limits_clear(limits);
	*limits = merged;
	return 0;
}

NCRUN_API bool ncrun_limits_are_empty(const struct ncrun_limits *limits)
{
	return !limits ||
	       (!limits->cpu_millionths && !limits->cpu_period_us && !limits->cpu_weight &&
		!limits->cpuset_cpus && !limits->cpuset_mems && !limits->memory_max &&
		!limits->memory_high && !limits->memory_low && !limits->swap_set &&
		limits->oom == NCRUN_OOM_UNSET && !limits->pids_max && !limits->io_weight &&
		!limits->io_count && !limits->hugetlb_count && !limits->keys);
}

/* ---- what goes together ------------------------------------------------------------ */

uint64_t limits_cpu_period(const struct ncrun_limits *limits)
{
	if (limits->cpu_period_us)
		return limits->cpu_period_us;
	/* So small a share has no whole time slice in the usual period. */
	if (limits->cpu_millionths < (uint64_t)CPU_QUOTA_MIN_US * MILLION / CPU_PERIOD_DEFAULT_US)
		return CPU_PERIOD_MAX_US;
	return CPU_PERIOD_DEFAULT_US;
}

uint64_t limits_cpu_quota(const struct ncrun_limits *limits, uint64_t period_us)
{
	if (limits->cpu_millionths == NCRUN_LIMIT_NONE)
		return NCRUN_LIMIT_NONE;
	return (limits->cpu_millionths * period_us + MILLION / 2) / MILLION;
}

void limits_complete_cpu(struct ncrun_limits *changes, uint64_t quota_us, uint64_t period_us)
{
	if (changes->cpu_period_us && quota_us != NCRUN_LIMIT_NONE && period_us)
		changes->cpu_millionths = (quota_us * MILLION + period_us / 2) / period_us;
	else if (changes->cpu_period_us)
		changes->cpu_millionths = NCRUN_LIMIT_NONE;
	else if (limits_cpu_quota(changes, period_us) >= CPU_QUOTA_MIN_US)
		changes->cpu_period_us = period_us;
}

uint64_t limits_bfq_weight(uint64_t weight)
{
	return 10 + ((weight - 1) * 990 + 9999 / 2) / 9999;
}

static int check_cpu(const struct ncrun_limits *limits, struct ncrun_error *err)
{
	uint64_t period = limits_cpu_period(limits);
	char cpus[32];

	if (!limits->cpu_millionths && !limits->cpu_period_us)
		return 0;
	if (!limits->cpu_millionths)
		return error_set(err, EINVAL, "cpu-period '%ums': means nothing without cpus",
				 (unsigned int)(period / 1000));
	if (period < CPU_PERIOD_MIN_US || period > CPU_PERIOD_MAX_US)
		return error_set(err, EINVAL, "cpu-period '%ums': not between 1ms and 1s",
				 (unsigned int)(period / 1000));
	if (limits_cpu_quota(limits, period) >= CPU_QUOTA_MIN_US)
		return 0;
	limit_print_cpus(limits, 0, cpus, sizeof(cpus));
	return error_set(
		err, EINVAL,
		"cpus '%s' in a cpu-period of '%ums': the kernel's least is 1ms of time in "
		"each (try a longer cpu-period)",
		cpus, (unsigned int)(period / 1000));
}

static int check_order(enum limit_id small, uint64_t less, enum limit_id large, uint64_t more,
		       struct ncrun_error *err)
{
	char a[24], b[24];

	if (!less || !more || less <= more || less == NCRUN_LIMIT_NONE)
		return 0;
	limit_print_size(less, a, sizeof(a));
	limit_print_size(more, b, sizeof(b));
	return error_set(err, EINVAL, "%s '%s': more than %s '%s'", limit_name(small), a,
			 limit_name(large), b);
}

static int check_memory(const struct ncrun_limits *limits, struct ncrun_error *err)
{
	char swap[24];
	int r;

	r = check_order(LIMIT_MEMORY_HIGH, limits->memory_high, LIMIT_MEMORY, limits->memory_max,
			err);
	if (r == 0)
		r = check_order(LIMIT_MEMORY_LOW, limits->memory_low, LIMIT_MEMORY,
				limits->memory_max, err);
	if (r == 0)
		r = check_order(LIMIT_MEMORY_LOW, limits->memory_low, LIMIT_MEMORY_HIGH,
				limits->memory_high, err);
	if (r < 0 || !limits->swap_set || limits->memory_max)
		return r;
	limit_print_size(limits->swap_max, swap, sizeof(swap));
	return error_set(err, EINVAL, "swap '%s': comes on top of a limit on memory (add memory)",
			 swap);
}

NCRUN_API int ncrun_limits_check(const struct ncrun_limits *limits, struct ncrun_error *err)
{
	int r = check_cpu(limits, err);

	if (r == 0)
		r = check_memory(limits, err);
	return r == 0 ? limits_check_keys(limits, err) : r;
}
