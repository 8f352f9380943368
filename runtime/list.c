/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/api.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/name.h"
#include "base/process.h"

#define REMOVAL_MS 20 /* for so long files are seen without one another while a node is removed */

/* ---- walking ---------------------------------------------------------------------------- */

/** A file of ours, or it has just gone. */
static bool is_no_directory(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP;
}

/** One damaged node must not hide the others; an error that says nothing of it is returned. */
static int container_refresh_or_break(struct ncrun_container *c, struct ncrun_error *err)
{
	int r = container_refresh(c, err);

	if (r == 0 || error_is_for_once(r))
		return r;
	c->info.state = NCRUN_CONTAINER_BROKEN;
	return 0;
}

static int network_walk(struct state *state, const char *network, node_visitor visit,
			node_unseen unseen, void *data, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = directory_open_at(state->fd, network, &fd, err);
	if (is_no_directory(r))
		return 0;
	if (r == 0)
		r = directory_list(fd, &names, err);
	for (char **name = names; r == 0 && name && *name; name++) {
		_cleanup_(ncrun_container_unrefp) struct ncrun_container *c = NULL;
		char full[2 * NCRUN_NAME_MAX + 2];

		if (name_check("node", *name, NULL) < 0)
			continue;
		snprintf(full, sizeof(full), "%s/%s", network, *name);
		r = container_new(&c, err);
		if (r < 0)
			return r;
		r = node_dir_open(state, full, &c->dir, err);
		if (is_no_directory(r)) { /* ended meanwhile */
			r = 0;
			continue;
		}
		if (r == 0)
			r = container_refresh_or_break(c, err);
		if (r == 0)
			r = visit(data, &c, err);
		else if (unseen)
			r = unseen(data, r, err);
	}
	return r;
}

int nodes_walk(struct state *state, node_visitor visit, node_unseen unseen, void *data,
	       struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **networks = NULL;
	int r = directory_list(state->fd, &networks, err);

	for (char **network = networks; r == 0 && network && *network; network++)
		if (name_check("network", *network, NULL) == 0)
			r = network_walk(state, *network, visit, unseen, data, err);
	return r;
}

/* ---- list -------------------------------------------------------------------------------- */

struct list {
	struct ncrun_container **items;
	size_t count;
	bool all;
	bool doubtful; /* some are, see list_settle() */
};

/* One that was to be forgotten has nobody left who could: its init has gone. */
static bool to_be_forgotten(const struct ncrun_container *c)
{
	return c->info.state == NCRUN_CONTAINER_EXITED && c->info.auto_remove;
}

static bool forgotten(struct ncrun_container *c)
{
	bool taken = false;

	if (!to_be_forgotten(c))
		return false;
	/* Locked: its ncrun is about to remove it, or to leave it to itself. */
	if (file_lock(c->dir.fd, true, false, &taken, NULL) < 0 || !taken)
		return false;
	return container_refresh(c, NULL) == 0 && to_be_forgotten(c) &&
	       container_forget(c, NULL) == 0;
}

/* Locked: its ncrun is there and about to remove it, so it is not left over; or it just has. */
static bool is_ending(struct ncrun_container *c)
{
	bool taken = true, there = true;

	if (c->info.state != NCRUN_CONTAINER_BROKEN ||
	    file_lock(c->dir.fd, true, false, &taken, NULL) < 0)
		return false;
	if (!taken)
		return true;
	file_unlock(c->dir.fd);
	return node_dir_is_there(&c->dir, &there, NULL) == 0 && !there;
}

/* It lacks a file: it may be about to go. One of a newer ncrun is whole. */
static bool is_doubtful(const struct ncrun_container *c)
{
	return c->damage < 0 && c->damage != -ENOTSUP;
}

/* But one whose files are damaged, and not about to go, is shown. */
static bool doubtful_has_gone(struct ncrun_container *c)
{
	bool there = true;

	if (node_dir_is_there(&c->dir, &there, NULL) == 0 && !there)
		return true;
	if (container_refresh(c, NULL) < 0 && c->damage < 0)
		return false;
	return is_ending(c);
}

static bool is_wanted(const struct list *list, const struct ncrun_container *c)
{
	return list->all || c->info.state == NCRUN_CONTAINER_RUNNING ||
	       c->info.state == NCRUN_CONTAINER_STARTING || c->info.pid != 0 || c->unseen < 0;
}

static int list_visit(void *data, struct ncrun_container **container, struct ncrun_error *err)
{
	struct list *list = data;
	const bool doubtful = is_doubtful(*container);

	if (!doubtful && (forgotten(*container) || is_ending(*container)))
		return 0;
	if (!doubtful && !is_wanted(list, *container))
		return 0;
	if (array_grow((void **)&list->items, list->count, sizeof(struct ncrun_container *)) < 0)
		return error_set(err, ENOMEM, "make room for the list of nodes");
	list->items[list->count++] = take_ptr(*container);
	list->doubtful |= doubtful;
	return 0;
}

/* All at once, so that a list is as soon there however many are damaged. */
static void list_settle(struct list *list)
{
	size_t kept = 0;

	if (!list->doubtful)
		return;
	usleep(REMOVAL_MS * 1000);
	for (size_t i = 0; i < list->count; i++) {
		struct ncrun_container *c = list->items[i];

		if (is_doubtful(c) && (doubtful_has_gone(c) || !is_wanted(list, c)))
			ncrun_container_unref(c);
		else
			list->items[kept++] = c;
	}
	list->count = kept;
}

NCRUN_API int ncrun_container_list(const struct ncrun_context *context, bool all,
				   struct ncrun_container ***ret, size_t *ret_count,
				   struct ncrun_error *err)
{
	struct list list = {.all = all};
	struct descriptor_limit limit;
	_cleanup_(state_done) struct state state = STATE_NONE;
	int r;

	descriptor_limit_raise(&limit); /* each node is some */
	r = state_open(context, &state, err);
	if (r == 0)
		r = nodes_walk(&state, list_visit, NULL, &list, err);
	if (r == 0)
		list_settle(&list);
	descriptor_limit_restore(&limit);
	if (r < 0) {
		ncrun_container_list_free(list.items, list.count);
		return r;
	}
	*ret = list.items;
	*ret_count = list.count;
	return 0;
}

NCRUN_API void ncrun_container_list_free(struct ncrun_container **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ncrun_container_unref(list[i]);
	free(list);
}
