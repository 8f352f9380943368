/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_LIMITS_H
#define NCRUN_LIMITS_H

/*
 * Limits of a node: how much of the machine its processes may use, all together.
 *
 * One table names them all; options, topology keys and help are made from it.
 * The kernel's side is in Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The value "max": no limit. */
#define NCRUN_LIMIT_NONE UINT64_MAX

/** What the kernel kills when a node's memory is used up. */
enum ncrun_oom_scope {
	NCRUN_OOM_UNSET,   /* not asked: a process */
	NCRUN_OOM_PROCESS, /* the one that is worth most */
	NCRUN_OOM_GROUP,   /* all of the node */
};

/** Limits of one block device, per second; 0 = not asked, NCRUN_LIMIT_NONE = none. */
struct ncrun_io_limit {
	char *path; /* owned; NULL when it was given by its number */
	uint32_t major, minor;
	uint64_t read_bytes, write_bytes;
	uint64_t read_ios, write_ios;
};

/** Limit on huge pages of one size. */
struct ncrun_hugetlb_limit {
	uint64_t page_bytes;
	uint64_t max_bytes; /* a multiple of it, 0 too; NCRUN_LIMIT_NONE = none */
};

#define NCRUN_DEVICE_READ  1u
#define NCRUN_DEVICE_WRITE 2u
#define NCRUN_DEVICE_MKNOD 4u
/** Any major or minor number. */
#define NCRUN_DEVICE_ANY UINT32_MAX

/** A device the processes may use beside the usual ones (null, zero, tty, ...); the last that
 * fits decides. */
struct ncrun_device_rule {
	char *path; /* owned; NULL when it was given by its number */
	char type;  /* 'c' or 'b'; 'a' = both */
	bool deny;  /* take the access away instead */
	uint32_t major, minor;
	uint32_t access; /* NCRUN_DEVICE_ bits */
};

/**
 * struct ncrun_limits - what was asked for
 *
 * Zero means "not asked" for every field; NCRUN_LIMIT_NONE means "explicitly
 * without limit". Start from NCRUN_LIMITS_INIT and fill it with
 * ncrun_limits_set(), or by hand: all pointers are owned, of malloc(), and
 * released by ncrun_limits_clear().
 *
 * @cpu_millionths: CPU time per time: 500,000 = half a CPU; quota = this x period / 1,000,000
 * @cpu_period_us: over which that is measured; 0 = 100,000 (more for less than 1/100 of a CPU)
 * @cpu_weight:	share among busy neighbours, 1 .. 10,000; the kernel's default is 100
 * @cpuset_cpus, @cpuset_mems: "0-3,5"
 * @memory_max:	bytes; beyond it the kernel reclaims, then kills
 * @memory_high: bytes; beyond it processes are slowed down and reclaimed from
 * @memory_low:	bytes that are not reclaimed while others have more
 * @swap_max:	bytes of swap on top of the memory, if @swap_set; a node that has a limit on
 *		memory gets none unless asked
 * @pids_max:	processes and threads
 * @io_weight:	share of a busy disk, 1 .. 10,000
 * @oom:	whom the kernel kills
 * @keys:	"FILE=VALUE" for other files of cgroup v2, NULL-terminated list
 */
struct ncrun_limits {
	size_t size;

	uint64_t cpu_millionths;
	uint64_t cpu_period_us;
	uint64_t cpu_weight;
	char *cpuset_cpus;
	char *cpuset_mems;

	uint64_t memory_max;
	uint64_t memory_high;
	uint64_t memory_low;
	uint64_t swap_max;
	bool swap_set;
	enum ncrun_oom_scope oom;

	uint64_t pids_max;

	uint64_t io_weight;
	struct ncrun_io_limit *io;
	size_t io_count;

	struct ncrun_hugetlb_limit *hugetlb;
	size_t hugetlb_count;

	struct ncrun_device_rule *devices;
	size_t device_count;

	char **keys;
};

#define NCRUN_LIMITS_INIT ((struct ncrun_limits){.size = sizeof(struct ncrun_limits)})

/** Release what @limits owns; it is as after NCRUN_LIMITS_INIT then. */
void ncrun_limits_clear(struct ncrun_limits *limits);

/** Make *@to, which must be cleared or fresh, a copy of @from. -ENOMEM. */
int ncrun_limits_copy(struct ncrun_limits *to, const struct ncrun_limits *from,
		      struct ncrun_error *err);

/**
 * ncrun_limits_merge() - put @changes over @limits
 *
 * What @changes asks for replaces what @limits asks for; entries of lists replace those of
 * the same device, page size or key, and are added otherwise. On failure @limits is
 * unchanged.
 */
int ncrun_limits_merge(struct ncrun_limits *limits, const struct ncrun_limits *changes,
		       struct ncrun_error *err);

/** Is nothing asked for? Devices do not count: they loosen. NULL is empty. */
bool ncrun_limits_are_empty(const struct ncrun_limits *limits);

/* ---- text forms ---------------------------------------------------------- */

/**
 * struct ncrun_limit - one line of the table
 * @name:	of the option (after "--") and of the topology key
 * @value:	placeholder for help: "SIZE"
 * @help:	one line, lower case, no full stop
 * @controller: which the kernel needs for it: "cpu", "memory", ...; NULL = it depends
 * @repeatable:	may be given several times
 */
struct ncrun_limit {
	const char *name;
	const char *value;
	const char *help;
	const char *controller;
	bool repeatable;
};

/** The table: static, in the order of help. */
const struct ncrun_limit *ncrun_limit_list(size_t *ret_count);

/**
 * ncrun_limits_set() - one limit from its text form
 * @name:	of the table
 * @value:	"0.5", "64M", "max", "/dev/sda:rbps=1M,wiops=100", ...
 *
 * Return: 0, or a negative errno with a message that names @name, @value and what would do:
 *	-EINVAL	no such limit; not a value; one that cannot be
 *	-EEXIST	given already, and not repeatable (for this device, page size or key)
 *	-ENOENT, -ENOTBLK, -ENODEV, -EACCES	a device that is not one
 * @limits is unchanged then.
 */
int ncrun_limits_set(struct ncrun_limits *limits, const char *name, const char *value,
		     struct ncrun_error *err);

/**
 * ncrun_limits_print() - the text form of what is asked for
 * @index:	0, 1, ... for repeatable ones
 * @text:	gets it, NUL-terminated; what ncrun_limits_set() would take
 *
 * Return: its length; 0 when not asked for (or no more of them); -EINVAL for an
 * unknown @name; -ENOSPC when @size does not do (4,096 always does, but for keys).
 */
int ncrun_limits_print(const struct ncrun_limits *limits, const char *name, size_t index,
		       char *text, size_t size);

/** Do they contradict each other? -EINVAL with the reason. Changes to a running node are merged
 * with what it has first. */
int ncrun_limits_check(const struct ncrun_limits *limits, struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
