/* SPDX-License-Identifier: Apache-2.0 */

/* The processes of a group: listed, stopped, killed. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "cgroups/group.h"

#define PAUSE_FIRST_US 100
#define PAUSE_MAX_US   10000
/* Before a kill without cgroup.kill: enough for any task that can be stopped at all. */
#define KILL_FREEZE_MS 2000

/** The next of a row of ever longer pauses; false when the time is up. */
static bool pause_next(unsigned int *pause_us, int64_t deadline)
{
	if (clock_has_passed(deadline))
		return false;
	usleep(*pause_us);
	*pause_us = *pause_us < PAUSE_MAX_US / 2 ? *pause_us * 2 : PAUSE_MAX_US;
	return true;
}

static int pid_compare(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int cgroup_processes(const struct cgroup *cgroup, pid_t **ret, size_t *ret_count,
		     struct ncrun_error *err)
{
	_cleanup_free_ pid_t *pids = NULL;
	struct pid_list list = {0};
	size_t count = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < cgroup->root->count; i++)
		if (cgroup->fds[i] >= 0)
			r = tree_processes(cgroup->fds[i], &list, err);
	pids = list.pids;
	if (r < 0)
		return r;
	if (list.count > 0)
		qsort(pids, list.count, sizeof(*pids), pid_compare);
	for (size_t i = 0; i < list.count; i++)
		if (i == 0 || pids[i] != pids[i - 1])
			pids[count++] = pids[i];
	*ret = take_ptr(pids);
	*ret_count = count;
	return 0;
}

/* ---- stopping ------------------------------------------------------------------------ */

/** The hierarchy that can freeze the group: by index, -1. */
static int freezer_of(const struct cgroup *cgroup)
{
	int index = hierarchy_of(cgroup->root, CGROUP_CONTROLLER_FREEZER);

	return index >= 0 && cgroup->fds[index] >= 0 ? index : -1;
}

static int freeze_wait(const struct backend *backend, int fd, bool frozen, int64_t timeout_ms)
{
	int64_t deadline = clock_deadline(timeout_ms);
	unsigned int pause_us = PAUSE_FIRST_US;
	bool state = !frozen;
	int r;

	for (;;) {
		r = backend->freeze(fd, frozen);
		if (r == 0)
			r = backend->is_frozen(fd, &state);
		if (r < 0 || state == frozen)
			return r;
		if (!pause_next(&pause_us, deadline))
			return -ETIMEDOUT;
	}
}

int cgroup_freeze(const struct cgroup *cgroup, bool frozen, int64_t timeout_ms,
		  struct ncrun_error *err)
{
	int index = freezer_of(cgroup);
	const struct backend *backend;
	int r;

	if (index < 0)
		return error_set(
			err, ENOTSUP,
			"%s group '%s': neither cgroup v2 nor the freezer can be used here "
			"(see: ncrun doctor)",
			frozen ? "pause" : "resume", cgroup->path);
	backend = cgroup->root->hierarchies[index].backend;
	r = freeze_wait(backend, cgroup->fds[index], frozen, timeout_ms);
	if (r == 0)
		return 0;
	if (r == -ETIMEDOUT && frozen)
		backend->freeze(cgroup->fds[index], false);
	errno = -r;
	return error_errno(err, "%s group '%s'", frozen ? "pause" : "resume", cgroup->path);
}

/* ---- killing --------------------------------------------------------------------------- */

/** Signal what is frozen: nobody is born, and no pid is another's, until it is let go. */
static int kill_frozen(const struct cgroup *cgroup, int fd, struct ncrun_error *err)
{
	struct pid_list list = {0};
	int r = tree_processes(fd, &list, err);

	for (size_t i = 0; i < list.count; i++)
		if (kill(list.pids[i], SIGKILL) < 0 && errno != ESRCH && r == 0)
			r = error_errno(err, "kill process %d of group '%s'", (int)list.pids[i],
					cgroup->path);
	free(list.pids);
	return r;
}

int cgroup_kill(const struct cgroup *cgroup, struct ncrun_error *err)
{
	int index = freezer_of(cgroup);
	const struct backend *backend;
	int fd, r, thawed;

	if (index < 0)
		return error_set(
			err, ENOTSUP,
			"kill group '%s': neither cgroup v2 nor the freezer can be used here "
			"(see: ncrun doctor)",
			cgroup->path);
	backend = cgroup->root->hierarchies[index].backend;
	fd = cgroup->fds[index];
	r = backend->kill(fd);
	if (r == -ENOENT) {
		/* Where freezing takes too long, those that can be reached die all the same. */
		freeze_wait(backend, fd, true, KILL_FREEZE_MS);
		r = kill_frozen(cgroup, fd, err);
		thawed = backend->freeze(fd, false);
		if (r < 0)
			return r;
		r = thawed == -ENOENT ? 0 : thawed;
	}
	if (r == 0 || r == -ENODEV)
		return 0;
	errno = -r;
	return error_errno(err, "kill group '%s'", cgroup->path);
}
