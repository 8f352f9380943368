/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "runtime/container.h"

#define IDMAP_LINES_MAX 32

/** struct node_idmap - the ids of one node; @count 0 = no user namespace */
struct node_idmap {
	uid_t uid_base; /* of the node's root, on the machine */
	gid_t gid_base;
	uint32_t count;
	struct ncrun_id_map uids[IDMAP_LINES_MAX];
	struct ncrun_id_map gids[IDMAP_LINES_MAX];
	size_t uid_lines, gid_lines;
	bool helpers; /* newuidmap(1) and newgidmap(1) write it */
};

/**
 * node_idmap_plan() - choose the ids
 * @hint:	see ids_claim()
 * @ret_lock_fd: set when the range is locked for this node
 */
int node_idmap_plan(struct state *state, const struct node_plan *plan, const char *hint,
		    struct node_idmap *ret, int *ret_lock_fd, struct ncrun_error *err);

/** Write the maps of the child @pid and open its user namespace. */
int node_idmap_write(const struct node_idmap *map, pid_t pid, int pidfd, int *ret_userns_fd,
		     struct ncrun_error *err);

/** The first range that subuid(5) in @text, which is cut into pieces, gives to @name or @uid, at
 * most 65,535 ids of it. */
bool subids_parse(char *text, const char *name, uid_t uid, struct ncrun_id_map *ret);

/* ---- adjust.c ---------------------------------------------------------------------- */

/** SCHED_OTHER, nice 0, if the caller has something else. */
int scheduling_reset(pid_t pid, struct ncrun_error *err);

/** Write oom_score_adj. */
int oom_score_set(pid_t pid, int score, struct ncrun_error *err);

/** Have the limits, the scheduling, the oom score and the personality of @pid, a node's init, in
 * place of the caller's. */
int process_take_after(pid_t pid, struct ncrun_error *err);
