/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cgroups - resource limits and accounting for sets of processes.
 *
 * A group is named by a path of two parts, "NETWORK/NODE", below
 * BASE/TOP in every hierarchy that has something to do for it. Which controller
 * is on cgroup v2 and which on v1 is settled once, by cgroup_root_open(); callers
 * never need to know. Knows nothing of containers.
 *
 * Kernel documentation: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ncrun/error.h>
#include <ncrun/limits.h>
#include <ncrun/stats.h>

#include "base/cleanup.h"

/* ---- what this machine has ------------------------------------------------ */

/** How /sys/fs/cgroup is laid out. */
enum cgroup_mode {
	CGROUP_MODE_NONE,
	CGROUP_MODE_UNIFIED, /* pure v2 */
	CGROUP_MODE_HYBRID,  /* v1 controllers, with a v2 hierarchy beside them */
	CGROUP_MODE_LEGACY,  /* pure v1 */
};

/** Controllers, as bits: which are to be had, and in which version. */
enum cgroup_controller {
	CGROUP_CONTROLLER_CPU = 1u << 0,
	CGROUP_CONTROLLER_MEMORY = 1u << 1,
	CGROUP_CONTROLLER_PIDS = 1u << 2,
	CGROUP_CONTROLLER_IO = 1u << 3, /* v1: blkio */
	CGROUP_CONTROLLER_CPUSET = 1u << 4,
	CGROUP_CONTROLLER_DEVICES = 1u << 5, /* v2: by BPF */
	CGROUP_CONTROLLER_FREEZER = 1u << 6, /* v2: in the core */
	CGROUP_CONTROLLER_HUGETLB = 1u << 7,
	CGROUP_CONTROLLER_CPUACCT = 1u << 8, /* v2: in the core */
};

struct cgroup_layout {
	enum cgroup_mode mode;
	uint32_t v1;      /* controllers bound to a v1 hierarchy */
	uint32_t v2;      /* controllers of the v2 hierarchy */
	char v2_path[64]; /* where v2 is mounted, or "" */
};

/**
 * cgroup_layout_read() - look at a mount table
 * @mountinfo:	path of a mountinfo file, e.g. "/proc/self/mountinfo"
 */
int cgroup_layout_read(const char *mountinfo, struct cgroup_layout *ret, struct ncrun_error *err);

/* ---- where groups are made -------------------------------------------------- */

/** struct cgroup_root - where groups are made, and where they are looked for */
struct cgroup_root;

/**
 * cgroup_root_open() - find out what is mounted where and which part of it is ours
 * @top:	directory that holds all of ours: "ncrun"; a name, see base/name.h
 * @location:	cgroup_root_location() of the process that made the groups, to find them
 *		again from another place; NULL = wherever this process may make some
 *
 * In each hierarchy, groups are made below the subtree that was delegated to us: the
 * nearest group around this process that systemd marked so (extended attribute
 * trusted.delegate or user.delegate), or what a user other than root owns. Without
 * delegation it is the root of the hierarchy as we see it, be it a container's.
 * Nothing is changed here. A machine where no group can be made is no error:
 * cgroup_root_controllers() is 0 then.
 *
 * It and all handles made with it belong to one thread at a time; other processes may use
 * the same groups at any time.
 */
int cgroup_root_open(const char *top, const char *location, struct cgroup_root **ret,
		     struct ncrun_error *err);
struct cgroup_root *cgroup_root_ref(struct cgroup_root *root);
struct cgroup_root *cgroup_root_unref(struct cgroup_root *root);
DEFINE_CLEANUP(struct cgroup_root *, cgroup_root_unref);

/** Where groups are made, as one line to write down before any is: for cgroup_root_open().
 * "" = at the roots of the hierarchies. Borrowed. */
const char *cgroup_root_location(const struct cgroup_root *root);

/** Bits of enum cgroup_controller that limits here can use, be it on v1 or v2. */
uint32_t cgroup_root_controllers(struct cgroup_root *root);

/* ---- making and removing ------------------------------------------------------- */

/** struct cgroup - handle on one group; holds descriptors, no claim on its life */
struct cgroup;

enum cgroup_flags {
	/* Deny all devices but null, zero, full, random, urandom, tty, ptmx, terminals and
	 * those of the limits. Without it, nothing is denied. */
	CGROUP_FILTER_DEVICES = 1u << 0,
	/* Count memory and processes even when they are not limited, if possible. */
	CGROUP_ACCOUNT = 1u << 1,
	/* Go on where that cannot be had: something else keeps devices from the processes. */
	CGROUP_FILTER_IF_POSSIBLE = 1u << 2,
	/* Be in every hierarchy of v1, those without limits too: whoever may mount one, as
	 * privileged root of a namespace may, sees no more of it than the group. */
	CGROUP_EVERYWHERE = 1u << 3,
	/* cgroup_filter() will be called, before the processes run anything of a user's: the kernel
	 * takes its time to check the filter. */
	CGROUP_FILTER_LATER = 1u << 4,
};

/**
 * cgroup_create() - make a group and set its limits, before any process is in it
 * @path:	"NETWORK/NODE", both by the rule of base/name.h
 * @limits:	what is asked for, checked by ncrun_limits_check(); NULL = nothing
 * @flags:	of enum cgroup_flags
 *
 * A group of that name without processes, left by somebody who was killed, is
 * replaced. Nothing is left behind on failure, and what a killed caller leaves is
 * found by name: cgroup_remove().
 *
 * Return: 0, or a negative errno:
 *	-ENODEV	no group can be made on this machine and no limit is asked for: go on without
 *	-ENOTSUP a limit, or the filter, is asked for that cannot be had here
 *	-EBUSY	a group of that name has processes in it; or processes of others are in
 *		the subtree that was delegated to us, and so limits cannot be passed on
 *	-EINVAL	the kernel refuses a value
 */
int cgroup_create(struct cgroup_root *root, const char *path, const struct ncrun_limits *limits,
		  uint32_t flags, struct cgroup **ret, struct ncrun_error *err);

/** With CGROUP_FILTER_DEVICES in @flags, do what cgroup_create() left because of
 * CGROUP_FILTER_LATER; both had the same @limits and @flags. */
int cgroup_filter(const struct cgroup *cgroup, const struct ncrun_limits *limits, uint32_t flags,
		  struct ncrun_error *err);

/** Handle on an existing group. -ENOENT when no hierarchy has it. */
int cgroup_open(struct cgroup_root *root, const char *path, struct cgroup **ret,
		struct ncrun_error *err);
/** The same for who joins @pid, one of the group's: hierarchies in which that process is where this
 * one is are not looked at. */
int cgroup_open_beside(struct cgroup_root *root, const char *path, pid_t pid, struct cgroup **ret,
		       struct ncrun_error *err);

/** Release a handle; the group lives on. Accepts NULL, returns NULL. */
struct cgroup *cgroup_unref(struct cgroup *cgroup);
DEFINE_CLEANUP(struct cgroup *, cgroup_unref);

/** Remove the group as cgroup_remove() does, ignoring failure, and release the handle: for undoing
 * by leaving a scope. */
struct cgroup *cgroup_destroy(struct cgroup *cgroup);
DEFINE_CLEANUP(struct cgroup *, cgroup_destroy);

/**
 * cgroup_remove() - remove a group from every hierarchy
 *
 * With the empty groups below it, and the network's directory if it was the last
 * one. A group that is not there is no error.
 *
 * Return: 0, or a negative errno; -EBUSY when processes are in it or below it:
 * then neither they nor their groups are touched.
 */
int cgroup_remove(struct cgroup_root *root, const char *path, struct ncrun_error *err);

/**
 * cgroup_remove_held() - remove a group from the hierarchies that its handle is in
 *
 * For whoever made it, unless somebody else has since changed its limits, which may take it
 * into more: asking all hierarchies costs a node's end 70 system calls.
 */
int cgroup_remove_held(const struct cgroup *cgroup, struct ncrun_error *err);

/** Remove the directory of @network, or the one above all networks when it is NULL, if it is
 * empty: whoever removed the last group in it did not come to that. */
void cgroup_tidy(struct cgroup_root *root, const char *network);

/** Names of the groups in @network, or of the networks when it is NULL, in any hierarchy,
 * sorted; release with strings_free(). */
int cgroup_list(struct cgroup_root *root, const char *network, char ***ret,
		struct ncrun_error *err);

/* ---- processes ------------------------------------------------------------------- */

/** Descriptor for clone_args.cgroup with CLONE_INTO_CGROUP, borrowed; -1 where there is no v2. */
int cgroup_fd_for_clone(const struct cgroup *cgroup);

/**
 * cgroup_join() - put a process into the group, before it runs anything of a user's
 * @pid:	as this process sees it; 0 = this process
 * @cloned_into: it was born in cgroup_fd_for_clone(): only the rest is done
 */
int cgroup_join(const struct cgroup *cgroup, pid_t pid, bool cloned_into, struct ncrun_error *err);

/** Whether cgroup_join() has anything to do after CLONE_INTO_CGROUP. */
bool cgroup_needs_join(const struct cgroup *cgroup);

/** Processes in the group and below it, each once; free() @ret. */
int cgroup_processes(const struct cgroup *cgroup, pid_t **ret, size_t *ret_count,
		     struct ncrun_error *err);

/** Send KILL to all in it and below it, those that are just being born too. Frozen ones die too.
 * Does not wait. */
int cgroup_kill(const struct cgroup *cgroup, struct ncrun_error *err);

/** Stop or continue all processes; returns when they are. -ETIMEDOUT (they are let go on again),
 * -ENOTSUP without freezer. */
int cgroup_freeze(const struct cgroup *cgroup, bool frozen, int64_t timeout_ms,
		  struct ncrun_error *err);

/* ---- limits of a group that lives --------------------------------------------------- */

/**
 * cgroup_update() - change limits, all of them or none
 * @changes:	what is asked for anew; the rest stays as it is. Its devices, if any, replace those
 *		of the group's creation.
 * @force:	lower memory below what is in use, which reclaims and may kill, and
 *		processes below their number, which ends none
 *
 * Return: 0, or a negative errno; nothing is changed then:
 *	-EBUSY	it is below what is in use (without @force)
 *	-ENOTSUP the controller is not there, or was not given to the group at its creation
 */
int cgroup_update(struct cgroup *cgroup, const struct ncrun_limits *changes, bool force,
		  struct ncrun_error *err);

/** Has the group a filter of devices, as CGROUP_FILTER_DEVICES made it? */
bool cgroup_filters_devices(const struct cgroup *cgroup);

/* ---- statistics ------------------------------------------------------------------------ */

/** All that is known; @ret must be cleared or fresh. Interfaces are not of our business. */
int cgroup_stats(const struct cgroup *cgroup, struct ncrun_stats *ret, struct ncrun_error *err);

/** struct cgroup_oom - what the kernel did for want of memory; NCRUN_STAT_UNKNOWN possible */
struct cgroup_oom {
	uint64_t kills;       /* processes killed in the group and below since its creation */
	uint64_t group_kills; /* times when all of it was killed */
	uint64_t at_limit;    /* times when the limit was hit */
	uint64_t peak_bytes;
	uint64_t limit_bytes; /* NCRUN_STAT_NO_LIMIT possible */
};

int cgroup_oom_read(const struct cgroup *cgroup, struct cgroup_oom *ret, struct ncrun_error *err);
