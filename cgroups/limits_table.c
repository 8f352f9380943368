/* SPDX-License-Identifier: Apache-2.0 */

/* The table of limits: names, help, and how each is read and printed. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cgroups/limits.h"

/* The same order as struct limit_shape below: both are indexed by enum limit_id. */
static const struct ncrun_limit table[LIMIT_COUNT] = {
	[LIMIT_CPUS] = {"cpus", "N", "CPU time: 0.5 is half of one CPU", "cpu", false},
	[LIMIT_CPU_PERIOD] = {"cpu-period", "TIME", "over which cpus is measured (default: 100ms)",
			      "cpu", false},
	[LIMIT_CPU_WEIGHT] = {"cpu-weight", "N", "share of busy CPUs, 1 to 10000 (default: 100)",
			      "cpu", false},
	[LIMIT_CPUSET] = {"cpuset", "LIST", "run on these CPUs only: 0-3,5", "cpuset", false},
	[LIMIT_CPUSET_MEMS] = {"cpuset-mems", "LIST", "use memory of these NUMA nodes only",
			       "cpuset", false},
	[LIMIT_MEMORY] = {"memory", "SIZE", "memory; beyond it something is killed", "memory",
			  false},
	[LIMIT_MEMORY_HIGH] = {"memory-high", "SIZE", "memory; beyond it the node is slowed down",
			       "memory", false},
	[LIMIT_MEMORY_LOW] = {"memory-low", "SIZE", "memory that is left to the node if possible",
			      "memory", false},
	[LIMIT_SWAP] = {"swap", "SIZE", "swap on top of the memory (default with memory: none)",
			"memory", false},
	[LIMIT_OOM] = {"oom", "group|process",
		       "what is killed when memory is used up (default: process)", "memory", false},
	[LIMIT_PIDS] = {"pids", "N", "processes and threads", "pids", false},
	[LIMIT_IO_WEIGHT] = {"io-weight", "N", "share of a busy disk, 1 to 10000 (default: 100)",
			     "io", false},
	[LIMIT_IO] = {"io", "DEV:KEY=N,...",
		      "per second on a disk: rbps=, wbps= (bytes), riops=, wiops=", "io", true},
	[LIMIT_HUGETLB] = {"hugetlb", "PAGE:SIZE", "huge pages of one size: 2M:64M", "hugetlb",
			   true},
	[LIMIT_DEVICE] = {"device", "/dev/X[:rwm]",
			  "let the node use a device, and put it in its /dev", NULL, true},
	[LIMIT_CGROUP] = {"cgroup", "FILE=VALUE", "write to a file of cgroup v2: memory.min=16M",
			  NULL, true},
};

#define FIELD(name) .offset = offsetof(struct ncrun_limits, name)

static const struct limit_shape shapes[LIMIT_COUNT] = {
	[LIMIT_CPUS] = {.file = "cpu.max", .set = limit_set_cpus, .print = limit_print_cpus},
	[LIMIT_CPU_PERIOD] = {.set = limit_set_period, .print = limit_print_period},
	[LIMIT_CPU_WEIGHT] = {.form = LIMIT_FORM_NUMBER,
			      FIELD(cpu_weight),
			      .max = 10000,
			      .file = "cpu.weight"},
	[LIMIT_CPUSET] = {.form = LIMIT_FORM_CPU_LIST, FIELD(cpuset_cpus), .file = "cpuset.cpus"},
	[LIMIT_CPUSET_MEMS] = {.form = LIMIT_FORM_CPU_LIST,
			       FIELD(cpuset_mems),
			       .file = "cpuset.mems"},
	[LIMIT_MEMORY] = {.form = LIMIT_FORM_SIZE,
			  FIELD(memory_max),
			  .unlimited = true,
			  .file = "memory.max"},
	[LIMIT_MEMORY_HIGH] = {.form = LIMIT_FORM_SIZE,
			       FIELD(memory_high),
			       .unlimited = true,
			       .file = "memory.high"},
	[LIMIT_MEMORY_LOW] = {.form = LIMIT_FORM_SIZE,
			      FIELD(memory_low),
			      .unlimited = true,
			      .file = "memory.low"},
	[LIMIT_SWAP] = {.file = "memory.swap.max",
			.set = limit_set_swap,
			.print = limit_print_swap},
	[LIMIT_OOM] = {.file = "memory.oom.group", .set = limit_set_oom, .print = limit_print_oom},
	[LIMIT_PIDS] = {.form = LIMIT_FORM_NUMBER,
			FIELD(pids_max),
			.max = 4194304, /* PID_MAX_LIMIT of the kernel */
			.unlimited = true,
			.file = "pids.max"},
	[LIMIT_IO_WEIGHT] = {.form = LIMIT_FORM_NUMBER,
			     FIELD(io_weight),
			     .max = 10000,
			     .file = "io.weight"},
	[LIMIT_IO] = {.file = "io.max", .set = limit_set_io, .print = limit_print_io},
	[LIMIT_HUGETLB] = {.set = limit_set_hugetlb, .print = limit_print_hugetlb},
	[LIMIT_DEVICE] = {.set = limit_set_device, .print = limit_print_device},
	[LIMIT_CGROUP] = {.set = limit_set_key, .print = limit_print_key},
};

NCRUN_API const struct ncrun_limit *ncrun_limit_list(size_t *ret_count)
{
	*ret_count = LIMIT_COUNT;
	return table;
}

enum limit_id limit_find(const char *name)
{
	int id = 0;

	while (id < LIMIT_COUNT && !text_equal(table[id].name, name))
		id++;
	return (enum limit_id)id;
}

const char *limit_name(enum limit_id id)
{
	return table[id].name;
}

NCRUN_API int ncrun_limits_print(const struct ncrun_limits *limits, const char *name, size_t index,
				 char *text, size_t size)
{
	enum limit_id id = limit_find(name);
	int length = 0;

	if (id == LIMIT_COUNT)
		return -EINVAL;
	if (shapes[id].print)
		length = shapes[id].print(limits, index, text, size);
	else if (index == 0)
		length = limit_print_common(limits, &shapes[id], text, size);
	return length < 0 || (size_t)length < size ? length : -ENOSPC;
}

static int name_refuse(const char *name, struct ncrun_error *err)
{
	struct nearest near = {0};

	for (int i = 0; i < LIMIT_COUNT; i++)
		nearest_consider(&near, name, table[i].name);
	return error_set(err, EINVAL, "limit '%.60s': there is no such limit%s%s%s", name,
			 near.word ? " (did you mean '" : "", near.word ? near.word : "",
			 near.word ? "'?)" : "");
}

NCRUN_API int ncrun_limits_set(struct ncrun_limits *limits, const char *name, const char *value,
			       struct ncrun_error *err)
{
	enum limit_id id = limit_find(name);
	char before[64];
	int r;

	if (limits->size < sizeof(*limits))
		return error_set(err, EINVAL,
				 "limits: not made by NCRUN_LIMITS_INIT of this library's header");
	if (id == LIMIT_COUNT)
		return name_refuse(name, err);
	if (!table[id].repeatable) {
		r = ncrun_limits_print(limits, name, 0, before, sizeof(before));
		if (r != 0)
			return error_set(err, EEXIST, "%s '%.100s': given already%s%s%s", name,
					 value, r > 0 ? " ('" : "", r > 0 ? before : "",
					 r > 0 ? "')" : "");
	}
	if (shapes[id].set)
		return shapes[id].set(limits, value, err);
	return limit_set_common(limits, id, &shapes[id], value, err);
}

/** Is @id asked for as well as the file @key of cgroup v2, of @length bytes? */
static bool key_collides(const struct ncrun_limits *limits, enum limit_id id, const char *key,
			 size_t length)
{
	char text[64];

	return shapes[id].file && strlen(shapes[id].file) == length &&
	       strncmp(shapes[id].file, key, length) == 0 &&
	       ncrun_limits_print(limits, table[id].name, 0, text, sizeof(text)) != 0;
}

int limits_check_keys(const struct ncrun_limits *limits, struct ncrun_error *err)
{
	for (char **key = limits->keys; key && *key; key++)
		for (int id = 0; id < LIMIT_COUNT; id++)
			if (key_collides(limits, (enum limit_id)id, *key, strcspn(*key, "=")))
				return error_set(err, EINVAL,
						 "cgroup '%.100s': '%s' is given as well, and sets "
						 "the same",
						 *key, table[id].name);
	return 0;
}
