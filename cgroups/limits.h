/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of this folder share about struct ncrun_limits and its table. */

#include <ncrun/limits.h>

#include "cgroups/cgroups.h"

enum limit_id {
	LIMIT_CPUS,
	LIMIT_CPU_PERIOD,
	LIMIT_CPU_WEIGHT,
	LIMIT_CPUSET,
	LIMIT_CPUSET_MEMS,
	LIMIT_MEMORY,
	LIMIT_MEMORY_HIGH,
	LIMIT_MEMORY_LOW,
	LIMIT_SWAP,
	LIMIT_OOM,
	LIMIT_PIDS,
	LIMIT_IO_WEIGHT,
	LIMIT_IO,
	LIMIT_HUGETLB,
	LIMIT_DEVICE,
	LIMIT_CGROUP,
	LIMIT_COUNT,
};

enum limit_form {
	LIMIT_FORM_SPECIAL,
	LIMIT_FORM_SIZE,
	LIMIT_FORM_NUMBER,
	LIMIT_FORM_CPU_LIST,
};

/**
 * struct limit_shape - how a limit is written, and where it goes
 * @form:	the common ones need no function
 * @offset:	of its field in struct ncrun_limits
 * @max:	of a number
 * @unlimited:	may be "max"
 * @file:	in cgroup v2, for `cgroup` against the limit itself; NULL = several
 */
struct limit_shape {
	enum limit_form form;
	size_t offset;
	uint64_t max;
	bool unlimited;
	const char *file;
	int (*set)(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
	/* Writes the @index'th to @text as snprintf(3) would; 0 if there is none. */
	int (*print)(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
};

/** LIMIT_COUNT if there is none of that name. */
enum limit_id limit_find(const char *name);
const char *limit_name(enum limit_id id);

/** Forms that need a function of their own (limits_set.c, limits_list.c). */
int limit_set_cpus(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_period(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_swap(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_oom(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_io(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_hugetlb(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_device(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
int limit_set_key(struct ncrun_limits *limits, const char *value, struct ncrun_error *err);
/** @shape: of a common form. */
int limit_set_common(struct ncrun_limits *limits, enum limit_id id, const struct limit_shape *shape,
		     const char *value, struct ncrun_error *err);

int limit_print_cpus(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_period(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_swap(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_oom(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_io(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_hugetlb(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_device(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_key(const struct ncrun_limits *limits, size_t index, char *text, size_t size);
int limit_print_common(const struct ncrun_limits *limits, const struct limit_shape *shape,
		       char *text, size_t size);
/** "64M", or "max": room for 24 bytes. */
void limit_print_size(uint64_t bytes, char *text, size_t size);

/* The least time slice that the kernel takes, and the longest period (kernel/sched/core.c). */
#define CPU_QUOTA_MIN_US      1000u
#define CPU_PERIOD_MIN_US     1000u
#define CPU_PERIOD_MAX_US     1000000u
#define CPU_PERIOD_DEFAULT_US 100000u

/** The period and quota to be written; a quota of NCRUN_LIMIT_NONE = "max". */
uint64_t limits_cpu_period(const struct ncrun_limits *limits);
uint64_t limits_cpu_quota(const struct ncrun_limits *limits, uint64_t period_us);
/** Fill in the one of CPUs and period that changes leave open, from what holds. */
void limits_complete_cpu(struct ncrun_limits *changes, uint64_t quota_us, uint64_t period_us);
/** A weight of 1 .. 10,000 as bfq wants it, 10 .. 1,000: from end to end, as OCI runtimes do. */
uint64_t limits_bfq_weight(uint64_t weight);

/** Is a file of cgroup v2 given that a limit of its own sets too? */
int limits_check_keys(const struct ncrun_limits *limits, struct ncrun_error *err);
