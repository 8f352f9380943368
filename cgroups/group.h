/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Groups and the hierarchies they are in: what the files of this folder share. */

#include "cgroups/cgroups.h"
#include "cgroups/mount.h"
#include "cgroups/plan.h"

/* The kernel knows 14 controllers; one hierarchy of v2 and a few named ones beside. */
#define HIERARCHIES_MAX 20
#define GROUP_PATH_MAX  192 /* TOP/NETWORK/NODE, names of at most 63 bytes */
/* Where processes of ours go that stood where limits are handed out; no name of a network. */
#define LEAF_NAME ".self"

struct hierarchy;

/**
 * struct backend - how one version does it
 *
 * @fd is the group's directory everywhere.
 */
struct backend {
	/* Whether it is a superset: one hierarchy for everything, with what v1 has hierarchies for
	 * (freezer, devices, cpuacct) in its core. */
	uint32_t core;
	int (*plan)(struct plan *plan, const struct ncrun_limits *limits, uint32_t controllers,
		    bool fresh, struct ncrun_error *err);
	/* Fill in what changes leave open, from the group's files. */
	void (*complete)(int fd, uint32_t controllers, struct ncrun_limits *changes);
	/* A directory was made on the way to a group, or is one: make it fit for processes. */
	int (*prepare)(int fd, uint32_t controllers, struct ncrun_error *err);
	/* Pass the controller that owns @file on, down to the groups of @network. -ENOTSUP with
	 * *@err untouched: there is nothing to pass on. */
	int (*enable)(struct cgroup_root *root, struct hierarchy *hierarchy, const char *network,
		      const char *file, struct ncrun_error *err);
	int (*filter)(struct cgroup_root *root, int fd, const struct ncrun_limits *limits,
		      bool replace, struct ncrun_error *err);
	bool (*is_filtered)(int fd);
	/* Ask for the state; true once it is reached. -errno else, in *@ret_r. */
	int (*freeze)(int fd, bool frozen);
	int (*is_frozen)(int fd, bool *ret);
	/* Kill all at once; -ENOENT when this kernel cannot. */
	int (*kill)(int fd);
	/* Is anybody in it or below? */
	int (*is_populated)(int fd, bool *ret);
	void (*stats)(int fd, uint32_t controllers, struct ncrun_stats *stats);
	void (*oom)(int fd, struct cgroup_oom *oom);
};

extern const struct backend v2_backend, v1_backend;

enum hierarchy_state {
	HIERARCHY_UNSEEN,
	HIERARCHY_USABLE,
	HIERARCHY_UNUSABLE,
};

/** struct hierarchy - one tree of groups */
struct hierarchy {
	const struct backend *backend;
	enum hierarchy_state state;
	uint32_t controllers; /* what it has; of v2 only known when it is usable */
	const char *names;    /* "cpu,cpuacct"; "" = v2; borrowed from the root's text */
	const char *own;      /* group of this process in it, likewise */
	int fd;               /* the base, owned; O_PATH */
};

struct cgroup_root {
	unsigned int references;
	char top[64];
	char *text;     /* owned: /proc/self/cgroup, cut into pieces */
	char *location; /* owned */
	bool given;     /* the location was */
	struct hierarchy hierarchies[HIERARCHIES_MAX]; /* v2 first */
	size_t count;
	char *mountinfo;                /* owned; NULL until it is needed */
	struct device_program *devices; /* owned; loaded last, NULL = none */
};

struct cgroup {
	struct cgroup_root *root;  /* owned reference */
	char path[GROUP_PATH_MAX]; /* "NETWORK/NODE" */
	int fds[HIERARCHIES_MAX];  /* owned; -1: not in that hierarchy */
};

/** Those that its text, a /proc/PID/cgroup, names; it is cut into pieces. */
void hierarchies_parse(struct cgroup_root *root);
/** Find out where a hierarchy is mounted and what of it is ours, once. */
bool hierarchy_is_usable(struct cgroup_root *root, struct hierarchy *hierarchy);
/** The hierarchy that has the controller, by index; -1 = none. */
int hierarchy_of(struct cgroup_root *root, uint32_t controller);
/** The hierarchy that is asked for all that is not a controller's; -1 = none. */
int hierarchy_core(struct cgroup_root *root);

/** The hierarchies in which @pid is in this process's own group, as bits. */
uint32_t hierarchies_shared(const struct cgroup_root *root, pid_t pid);

/** "TOP/NETWORK/NODE", or "TOP/NETWORK", checked; @ret has room for GROUP_PATH_MAX. */
int group_path(const struct cgroup_root *root, const char *path, char *ret,
	       struct ncrun_error *err);

/** Make the group's directory and those above it; an empty leftover is replaced. Its descriptor. */
int group_make(struct cgroup_root *root, struct hierarchy *hierarchy, const char *path, int *ret_fd,
	       struct ncrun_error *err);
/** Remove it from one hierarchy, see cgroup_remove(). */
int group_remove(struct cgroup_root *root, struct hierarchy *hierarchy, const char *path,
		 struct ncrun_error *err);
/** Write the settings of one hierarchy, in order. */
int group_apply(const struct cgroup *cgroup, const struct plan *plan, struct ncrun_error *err);
/** Pass the controller that a setting needs on to our groups; -ENOENT, unraised, when there is
 * nothing to pass on. */
int group_enable(const struct cgroup *cgroup, const struct plan *plan,
		 const struct setting *setting, struct ncrun_error *err);
/** The setting after this one that is no alternative to it. */
size_t plan_next(const struct plan *plan, size_t index);
/** Write one, or the alternatives to it: *@ret_written tells which. */
int group_write(const struct cgroup *cgroup, const struct plan *plan, size_t index,
		size_t *ret_written, struct ncrun_error *err);
/** What these limits are, in every hierarchy; refuses what no hierarchy can do. */
int group_plan(struct cgroup_root *root, const struct ncrun_limits *limits, bool fresh,
	       struct plan *plan, struct ncrun_error *err);

/** Put a process into the group of a hierarchy. */
int group_attach(const struct cgroup *cgroup, size_t index, pid_t pid, struct ncrun_error *err);

/* ---- files of a group ------------------------------------------------------------ */

/** Read a file whole, NUL-terminated and at most @size - 1 bytes. Its length or a negative errno.
 */
ssize_t attribute_read(int dir_fd, const char *file, char *text, size_t size);
/** Write it in one call. 0 or a negative errno. */
int attribute_write(int dir_fd, const char *file, const char *value);
/** The file's only number, NCRUN_STAT_UNKNOWN if there is none; "max" is NCRUN_STAT_NO_LIMIT. */
uint64_t attribute_number(int dir_fd, const char *file);
/** The number behind @key and a blank at the beginning of a line; NCRUN_STAT_UNKNOWN if none. */
uint64_t attribute_find(const char *text, const char *key);

/* ---- trees of groups ----------------------------------------------------------------- */

/** Pids of @fd and of the groups below it; appended. */
struct pid_list {
	pid_t *pids; /* owned */
	size_t count;
};

int tree_processes(int fd, struct pid_list *list, struct ncrun_error *err);
/** Remove the groups below @fd, which hold nobody; -EBUSY when one does. */
int tree_prune(int fd, struct ncrun_error *err);

/* ---- devices ------------------------------------------------------------------------- */

/** The filter that was loaded last, for those who want the same (devices_attach.c). */
struct device_program *device_program_free(struct device_program *program);

/** The usual devices and those of @limits, later ones first; how many. *@ret has to be free()d. */
int device_rules(const struct ncrun_limits *limits, struct ncrun_device_rule **ret,
		 size_t *ret_count, struct ncrun_error *err);
