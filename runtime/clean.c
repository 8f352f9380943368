/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is left when an ncrun or an init was killed: a node's directory, and a
 * store's unfinished imports. All else goes with the node's processes.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "base/text.h"
#include "runtime/list.h"

/* Of a start whose ncrun was killed, the first process may hold the lock for a moment more. */
#define STARTING_MS 300

struct cleaning {
	bool dry_run;
	struct ncrun_clean_report report;
	int failed; /* of the first node that could not be removed */
	struct ncrun_error error;
};

/*
 * A detached node that has ended is the user's to read, unless --rm was asked
 * for. One in the foreground that still runs is left over if nobody holds its
 * lock: its ncrun was killed, and its init is about to notice.
 */
static bool may_be_left_over(const struct ncrun_container_info *info)
{
	return info->state == NCRUN_CONTAINER_BROKEN ||
	       info->state == NCRUN_CONTAINER_STARTING || /* and nobody is at it */
	       (info->state == NCRUN_CONTAINER_RUNNING && !info->detached) ||
	       (info->state == NCRUN_CONTAINER_EXITED && info->auto_remove);
}

/** A node that may run is not left over, whatever its state says; nor is one of a newer ncrun. */
static bool is_to_be_told(const struct ncrun_container *c)
{
	return c->damage == -ENOTSUP || (c->damage < 0 && container_may_run(c));
}

static int clean_node(struct cleaning *cleaning, struct ncrun_container *c, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **files = NULL;
	bool taken = false, there = false;
	int r;

	if (is_to_be_told(c))
		return container_damage_tell(c, err);
	if (!may_be_left_over(&c->info)) {
		cleaning->report.files +=
			(uint32_t)file_temporaries_remove(c->dir.fd, cleaning->dry_run);
		return 0;
	}
	/* Locked: somebody is making or ending it right now. */
	r = node_dir_lock(&c->dir, c->info.state == NCRUN_CONTAINER_STARTING ? STARTING_MS : 0,
			  &taken, err);
	if (r == 0 && taken)
		r = node_dir_is_there(&c->dir, &there, err);
	if (r < 0 || !there)
		return r;
	/* Between the look and the lock it may have come to life. */
	record_free(take_ptr(c->record));
	r = container_refresh(c, err);
	if (r < 0 && (c->damage == 0 || is_to_be_told(c)))
		return r;
	if (r == 0 && !may_be_left_over(&c->info))
		return 0;
	if (directory_list(c->dir.fd, &files, NULL) == 0)
		cleaning->report.files += (uint32_t)strings_count((const char *const *)files);
	cleaning->report.nodes++;
	if (cleaning->dry_run)
		return 0;
	r = container_kill_now(c, err);
	return r < 0 ? r : container_forget(c, err);
}

/* What cannot be removed does not keep the others. */
static void cleaning_note(struct cleaning *cleaning, int r, const struct ncrun_error *failed)
{
	if (r < 0 && cleaning->failed == 0) {
		cleaning->failed = r;
		if (failed)
			cleaning->error = *failed;
	}
}

static int clean_unseen(void *data, int r, const struct ncrun_error *failed)
{
	cleaning_note(data, r, failed);
	return 0;
}

static int clean_visit(void *data, struct ncrun_container **container, struct ncrun_error *err)
{
	struct cleaning *cleaning = data;
	struct ncrun_error failed = {0};

	(void)err;
	cleaning_note(cleaning, clean_node(cleaning, *container, &failed), &failed);
	return 0;
}

/* Networks whose last node has gone. */
static int clean_state(const struct state *state, struct cleaning *cleaning,
		       struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	int r = directory_list(state->fd, &names, err);

	for (char **name = names; r == 0 && name && *name; name++)
		if (name_check("network", *name, NULL) == 0 && !cleaning->dry_run)
			(void)unlinkat(state->fd, *name, AT_REMOVEDIR); /* if it is empty */
	return r;
}

/* A group whose node has no directory: the directory was lost, or removed by hand. */
static int clean_group(struct state *state, struct cgroup_root *root, const char *network,
		       const char *node, struct cleaning *cleaning, struct ncrun_error *err)
{
	char path[2 * NCRUN_NAME_MAX + 2];
	struct node_dir dir = NODE_DIR_NONE;
	int r;

	snprintf(path, sizeof(path), "%s/%s", network, node);
	if (faccessat(state->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno != ENOENT)
		return error_errno(err, "look for node '%s'", path);
	if (cleaning->dry_run) {
		cleaning->report.groups++;
		return 0;
	}
	/* Claimed, so that nobody makes a node of that name meanwhile, unless he just has. */
	r = node_dir_create(state, network, node, &dir, err);
	if (r < 0)
		return r == -EEXIST ? 0 : r;
	r = cgroup_remove(root, path, err);
	if (r == 0)
		cleaning->report.groups++;
	else if (r == -EBUSY)
		cleaning->report.foreign++;
	(void)node_dir_remove(&dir, NULL);
	node_dir_done(&dir);
	return r == -EBUSY ? 0 : r;
}

static int clean_groups(struct state *state, struct cleaning *cleaning, struct ncrun_error *err)
{
	_cleanup_(cgroup_root_unrefp) struct cgroup_root *root = NULL;
	_cleanup_(strings_freep) char **networks = NULL;
	int r;

	r = cgroup_root_open(state->group_top, NULL, &root, err);
	if (r == 0)
		r = cgroup_list(root, NULL, &networks, err);
	for (char **network = networks; r == 0 && network && *network; network++) {
		_cleanup_(strings_freep) char **nodes = NULL;

		r = cgroup_list(root, *network, &nodes, err);
		for (char **node = nodes; r == 0 && node && *node; node++) {
			struct ncrun_error failed = {0};

			if (name_check("node", *node, NULL) == 0)
				cleaning_note(cleaning,
					      clean_group(state, root, *network, *node, cleaning,
							  &failed),
					      &failed);
		}
		if (r == 0 && !cleaning->dry_run)
			cgroup_tidy(root, *network);
	}
	if (r == 0 && !cleaning->dry_run)
		cgroup_tidy(root, NULL);
	return r;
}

static int clean_store(const struct ncrun_context *context, struct cleaning *cleaning,
		       struct ncrun_error *err)
{
	_cleanup_(ncrun_store_unrefp) struct ncrun_store *store = NULL;
	struct ncrun_collect_report report = {0};
	int r;

	r = ncrun_store_open(context ? context->store_dir : NULL, &store, err);
	if (r == 0)
		r = ncrun_store_collect(store, cleaning->dry_run, &report, err);
	cleaning->report.unfinished_imports = report.unfinished;
	return r;
}

NCRUN_API int ncrun_clean(const struct ncrun_context *context, bool dry_run,
			  struct ncrun_clean_report *ret, struct ncrun_error *err)
{
	struct cleaning cleaning = {.dry_run = dry_run};
	_cleanup_(state_done) struct state state = STATE_NONE;
	int r;

	r = state_open(context, &state, err);
	if (r == 0)
		r = nodes_walk(&state, clean_visit, clean_unseen, &cleaning, err);
	if (r == 0)
		r = clean_groups(&state, &cleaning, err);
	if (r == 0)
		r = clean_state(&state, &cleaning, err);
	if (r == 0)
		r = clean_store(context, &cleaning, err);
	if (r == 0 && cleaning.failed < 0) {
		r = cleaning.failed;
		if (err)
			*err = cleaning.error;
	}
	*ret = cleaning.report;
	return r;
}
