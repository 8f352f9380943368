/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Changing a running node, and looking at what it uses.
 *
 * What was changed since the start is in a small file beside the state, which is
 * replaced as a whole: a node that nobody changed has none.
 */

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ncrun/resources.h>

#include "base/api.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/seal.h"
#include "base/text.h"
#include "netns/netns.h"
#include "runtime/container.h"

#define FREEZE_MS 10000

/* ---- what was changed ------------------------------------------------------------------ */

static int changes_write(struct ncrun_container *c, const struct ncrun_limits *limits, bool paused,
			 bool killed, struct ncrun_error *err)
{
	_cleanup_text_ struct text text = {0};

	record_put_u64(&text, "paused", paused);
	record_put_u64(&text, "killed", killed);
	container_record_limits(&text, limits);
	text_seal(&text);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "make room for the node's changes");
	return file_replace_at(c->dir.fd, CONTAINER_CHANGES, text.chars, text.length, 0600, err);
}

/** The limits that the node has, as they were asked for. */
static int limits_read(const struct ncrun_container *c, struct ncrun_limits *ret,
		       struct ncrun_error *err)
{
	for (const char *const *limit = c->info.limits; limit && *limit; limit++) {
		_cleanup_free_ char *text = strdup(*limit);
		char *value;
		int r;

		if (!text)
			return error_errno(err, "read the limits of node '%s'", c->dir.name);
		value = strchr(text, '=');
		if (!value)
			return error_set(err, EBADMSG, "limits of node '%s': '%s'", c->dir.name,
					 text);
		*value++ = '\0';
		r = ncrun_limits_set(ret, text, value, err);
		/* a device that was there at the start may have gone since */
		if (r < 0 && r != -ENOENT && r != -ENODEV)
			return r;
	}
	return 0;
}

/** struct change - one at a time; release with change_done() */
struct change {
	int lock_fd; /* owned */
	struct cgroup *group;
	struct ncrun_limits limits; /* that it has */
};

#define CHANGE_NONE ((struct change){.lock_fd = -1, .limits = NCRUN_LIMITS_INIT})

static void change_done(struct change *change)
{
	closep(&change->lock_fd);
	cgroup_unref(change->group);
	ncrun_limits_clear(&change->limits);
}

/** Errors are for callers to put the node's name before. */
static int change_begin(struct ncrun_container *c, struct change *ret, struct ncrun_error *err)
{
	int r;

	ret->lock_fd = openat(c->dir.fd, CONTAINER_CHANGES_LOCK,
			      O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (ret->lock_fd < 0)
		return error_errno(err, "lock node '%s'", c->dir.name);
	r = file_lock(ret->lock_fd, true, true, NULL, err);
	if (r == 0)
		r = container_refresh(c, err);
	if (r < 0)
		return r;
	if (c->info.state != NCRUN_CONTAINER_RUNNING)
		return error_set(err, ENOTCONN, "it does not run");
	r = node_group_open(&c->dir, &ret->group, err);
	if (r == -ENOENT)
		return error_set(err, ENOTSUP, "it has no control group (see: ncrun doctor)");
	return r < 0 ? r : limits_read(c, &ret->limits, err);
}

/* ---- limits ----------------------------------------------------------------------------- */

NCRUN_API int ncrun_container_set_limits(struct ncrun_container *container,
					 const struct ncrun_limits *changes, bool force,
					 struct ncrun_error *err)
{
	_cleanup_(change_done) struct change change = CHANGE_NONE;
	_cleanup_(ncrun_limits_clear) struct ncrun_limits effective = NCRUN_LIMITS_INIT;
	struct ncrun_limits devices = NCRUN_LIMITS_INIT; /* borrowed from @change */
	int r;

	if (ncrun_limits_are_empty(changes) && changes->device_count == 0)
		return error_set(err, EINVAL, "no limit is given (try --memory 128M)");
	r = change_begin(container, &change, err);
	if (r == 0)
		r = ncrun_limits_merge(&change.limits, changes, err);
	if (r == 0)
		r = ncrun_limits_check(&change.limits, err);
	if (r == 0)
		r = ncrun_limits_copy(&effective, changes, err);
	/* A filter is written anew, with the devices that the node has already. */
	if (changes->device_count > 0) {
		devices.devices = change.limits.devices;
		devices.device_count = change.limits.device_count;
	}
	if (r == 0)
		r = ncrun_limits_merge(&effective, &devices, err);
	if (r == 0)
		r = cgroup_update(change.group, &effective, force, err);
	if (r < 0)
		return error_wrap(err, r, "node '%s'", container->dir.name);
	r = changes_write(container, &change.limits, container->info.paused, false, err);
	return r < 0 ? r : container_refresh(container, err);
}

/* ---- pausing ------------------------------------------------------------------------------ */

static int set_paused(struct ncrun_container *c, bool paused, struct ncrun_error *err)
{
	_cleanup_(change_done) struct change change = CHANGE_NONE;
	int r = change_begin(c, &change, err);

	/* Told before it is so: whoever kills us leaves a node that can be resumed. */
	if (r == 0 && paused)
		r = changes_write(c, &change.limits, true, false, err);
	if (r == 0)
		r = cgroup_freeze(change.group, paused, FREEZE_MS, err);
	if (r < 0 && paused && change.group && !c->info.paused)
		(void)changes_write(c, &change.limits, false, false, NULL);
	if (r < 0)
		return error_wrap(err, r, "%s node '%s'", paused ? "pause" : "resume", c->dir.name);
	if (!paused)
		r = changes_write(c, &change.limits, false, false, err);
	return r < 0 ? r : container_refresh(c, err);
}

NCRUN_API int ncrun_container_pause(struct ncrun_container *container, struct ncrun_error *err)
{
	return set_paused(container, true, err);
}

NCRUN_API int ncrun_container_resume(struct ncrun_container *container, struct ncrun_error *err)
{
	return set_paused(container, false, err);
}

int container_thaw(struct ncrun_container *container, struct ncrun_error *err)
{
	_cleanup_(cgroup_unrefp) struct cgroup *group = NULL;
	int r = node_group_open(&container->dir, &group, err);

	return r < 0 ? r : cgroup_freeze(group, false, FREEZE_MS, err);
}

/** Init is killed too, and cannot say how the node ended: not lost, but killed. */
static void note_killed(struct ncrun_container *c)
{
	_cleanup_(change_done) struct change change = CHANGE_NONE;

	if (change_begin(c, &change, NULL) == 0)
		(void)changes_write(c, &change.limits, c->info.paused, true, NULL);
}

NCRUN_API int ncrun_container_kill_all(struct ncrun_container *container, struct ncrun_error *err)
{
	_cleanup_(cgroup_unrefp) struct cgroup *group = NULL;
	int r;

	r = container_refresh(container, err);
	if (r < 0)
		return r;
	if (container->info.pid == 0)
		return error_set(err, ESRCH, "node '%s' has ended", container->dir.name);
	note_killed(container);
	r = node_group_open(&container->dir, &group, err);
	if (r == 0)
		r = cgroup_kill(group, err);
	/* A node without a group ends with its init, as all do. */
	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ENOTSUP)
		return error_wrap(err, r, "node '%s'", container->dir.name);
	return container_kill_now(container, err);
}

/* ---- statistics ---------------------------------------------------------------------------- */

static int interfaces_read(pid_t pid, struct ncrun_stats *stats, struct ncrun_error *err)
{
	_cleanup_(netns_freep) struct netns *netns = NULL;
	_cleanup_(netns_state_freep) struct netns_state *state = NULL;
	int r;

	r = netns_open_pid(pid, &netns, err);
	if (r == 0)
		r = netns_state_read(netns, NETNS_LOOK_LINKS, &state, err);
	if (r < 0)
		return r;
	assert(state);
	if (state->link_count == 0)
		return 0;
	stats->interfaces = calloc(state->link_count, sizeof(*stats->interfaces));
	if (!stats->interfaces)
		return error_errno(err, "make room for statistics");
	for (size_t i = 0; i < state->link_count; i++) {
		const struct netns_counters *c = &state->links[i].counters;
		struct ncrun_interface_stats *to = &stats->interfaces[i];

		*to = (struct ncrun_interface_stats){
			.rx_bytes = c->rx_bytes,
			.rx_packets = c->rx_packets,
			.rx_errors = c->rx_errors,
			.rx_drops = c->rx_dropped,
			.tx_bytes = c->tx_bytes,
			.tx_packets = c->tx_packets,
			.tx_errors = c->tx_errors,
			.tx_drops = c->tx_dropped,
		};
		memcpy(to->name, state->links[i].name, sizeof(to->name) - 1);
	}
	stats->interface_count = state->link_count;
	return 0;
}

NCRUN_API int ncrun_container_stats(struct ncrun_container *container, struct ncrun_stats *ret,
				    struct ncrun_error *err)
{
	_cleanup_(cgroup_unrefp) struct cgroup *group = NULL;
	int r;

	r = container_refresh(container, err);
	if (r == 0)
		r = container_must_run(container, err);
	if (r < 0)
		return r;
	ncrun_stats_clear(ret);
	r = node_group_open(&container->dir, &group, err);
	if (r == 0)
		r = cgroup_stats(group, ret, err);
	else if (r == -ENOENT)
		r = 0;
	if (r == 0)
		r = interfaces_read(container->pid, ret, err);
	/* The number may be somebody else's by now: then all of it is. */
	if (r == 0 && container_refresh(container, NULL) == 0 &&
	    container->info.state == NCRUN_CONTAINER_RUNNING) {
		if (!group)
			ret->time_ns = (uint64_t)clock_now_ns();
		return 0;
	}
	ncrun_stats_clear(ret);
	if (r < 0)
		return r;
	return error_set(err, ENOTCONN, "node '%s' does not run", container->dir.name);
}
