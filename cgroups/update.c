/* SPDX-License-Identifier: Apache-2.0 */

/* Limits changed while processes run under them: all, or none. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cgroups/group.h"

#define VALUE_MAX 8192
/* So often are those moved that were born meanwhile. */
#define MOVE_TRIES 100

/**
 * struct update - one on its way
 * @before:	of each setting what to write to undo it; NULL = it is not written yet
 * @made:	hierarchies, as bits, which the group had not been in
 */
struct update {
	struct cgroup *cgroup;
	struct plan plan;
	char **before;
	uint32_t made;
};

/* ---- what holds before ------------------------------------------------------------- */

/** The line that undoes a setting, from the text of its file; cut out of it. */
static const char *undo_of(const struct plan *plan, const struct setting *setting, char *text)
{
	const char *device;
	char *line = text;
	size_t length;

	if (setting->select) {
		device = plan_text(plan, setting->select);
		length = strlen(device);
		while (line && (strncmp(line, device, length) != 0 || line[length] != ' ')) {
			line = strchr(line, '\n');
			line = line ? line + 1 : NULL;
		}
		if (!line)
			return plan_text(plan, setting->unset);
	}
	line[strcspn(line, "\n")] = '\0';
	return *line ? line : "\n"; /* an empty list */
}

/** Remember what a setting replaces. A file that cannot be read has nothing to go back to. */
static int remember(struct update *update, size_t index, struct ncrun_error *err)
{
	const struct setting *setting = &update->plan.settings[index];
	int fd = update->cgroup->fds[setting->hierarchy];
	const char *file = plan_text(&update->plan, setting->file);
	char text[VALUE_MAX];
	ssize_t n = attribute_read(fd, file, text, sizeof(text));
	int r;

	if (n == -ENOENT) {
		r = group_enable(update->cgroup, &update->plan, setting, err);
		if (r < 0 && r != -ENOENT)
			return r;
		n = attribute_read(fd, file, text, sizeof(text));
	}
	if (n < 0)
		return 0;
	free(update->before[index]);
	update->before[index] = strdup(undo_of(&update->plan, setting, text));
	return update->before[index] ? 0 : error_errno(err, "change limits");
}

static void undo(const struct update *update, size_t end)
{
	for (size_t i = end; i-- > 0;) {
		const struct setting *setting = &update->plan.settings[i];

		if (update->before[i])
			attribute_write(update->cgroup->fds[setting->hierarchy],
					plan_text(&update->plan, setting->file), update->before[i]);
	}
}

/* ---- writing --------------------------------------------------------------------------- */

/** v1 wants memory + swap to be the larger at any time: to raise both, begin with the sum. */
static bool swap_goes_first(struct plan *plan, size_t index)
{
	struct setting *settings = plan->settings;
	struct setting memory = settings[index];
	size_t end = plan_next(plan, index + 1);

	if (memory.limit != LIMIT_MEMORY || index + 1 >= plan->count ||
	    settings[index + 1].limit != LIMIT_SWAP)
		return false;
	memmove(&settings[index], &settings[index + 1], (end - index - 1) * sizeof(*settings));
	settings[end - 1] = memory;
	return true;
}

/** Write one and what was meant to come after it, should it be about the order. */
static int write_one(struct update *update, size_t index, struct ncrun_error *err)
{
	size_t end = plan_next(&update->plan, index);
	size_t written;
	int r = 0;

	for (size_t i = index; r == 0 && i < end; i++)
		r = remember(update, i, err);
	if (r < 0)
		return r;
	r = group_write(update->cgroup, &update->plan, index, &written, err);
	for (size_t i = index; i < end; i++)
		if (r < 0 || i != written) {
			free(update->before[i]);
			update->before[i] = NULL;
		}
	return r;
}

static int write_all(struct update *update, struct ncrun_error *err)
{
	size_t i;

	for (i = 0; i < update->plan.count; i = plan_next(&update->plan, i)) {
		int r = write_one(update, i, err);

		if (r == -EINVAL && swap_goes_first(&update->plan, i))
			r = write_one(update, i, err);
		if (r < 0) {
			undo(update, i);
			return r;
		}
	}
	return 0;
}

/* ---- hierarchies that were not needed before ---------------------------------------------- */

static int enter_new(struct update *update, struct ncrun_error *err)
{
	struct cgroup *cgroup = update->cgroup;

	for (size_t i = 0; i < update->plan.count; i++) {
		size_t index = update->plan.settings[i].hierarchy;
		int r;

		if (cgroup->fds[index] >= 0)
			continue;
		r = group_make(cgroup->root, &cgroup->root->hierarchies[index], cgroup->path,
			       &cgroup->fds[index], err);
		if (r < 0)
			return r;
		update->made |= 1u << index;
	}
	return 0;
}

/** Out of the new groups again: processes go to what is above ours. */
static void leave_new(struct update *update)
{
	struct cgroup *cgroup = update->cgroup;
	struct ncrun_error ignored = {0};

	for (size_t i = 0; i < cgroup->root->count; i++) {
		struct pid_list list = {0};
		char number[16];

		if (!(update->made & 1u << i))
			continue;
		tree_processes(cgroup->fds[i], &list, &ignored);
		for (size_t j = 0; j < list.count; j++) {
			snprintf(number, sizeof(number), "%d", (int)list.pids[j]);
			attribute_write(cgroup->root->hierarchies[i].fd, "cgroup.procs", number);
		}
		free(list.pids);
		group_remove(cgroup->root, &cgroup->root->hierarchies[i], cgroup->path, &ignored);
		closep(&cgroup->fds[i]);
	}
	update->made = 0;
}

/** Put all processes into the new groups; *@ret_moved counts those that were not there. */
static int move_round(const struct update *update, size_t hierarchy, size_t *ret_moved,
		      struct ncrun_error *err)
{
	const struct cgroup *cgroup = update->cgroup;
	_cleanup_free_ pid_t *pids = NULL;
	struct pid_list there = {0};
	size_t count = 0, moved = 0;
	int r = cgroup_processes(cgroup, &pids, &count, err);

	if (r == 0)
		r = tree_processes(cgroup->fds[hierarchy], &there, err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		bool is_there = false;

		for (size_t j = 0; !is_there && j < there.count; j++)
			is_there = there.pids[j] == pids[i];
		if (is_there)
			continue;
		r = group_attach(cgroup, hierarchy, pids[i], err);
		if (r == -ESRCH)
			r = 0; /* it has ended */
		moved++;
	}
	free(there.pids);
	*ret_moved = moved;
	return r;
}

static int move_all(const struct update *update, struct ncrun_error *err)
{
	for (size_t i = 0; i < update->cgroup->root->count; i++) {
		size_t moved = 1;
		int r = 0;

		for (int j = 0; moved > 0 && update->made & 1u << i; j++) {
			if (j >= MOVE_TRIES)
				return error_set(
					err, EAGAIN,
					"change limits: processes are born faster than they "
					"can be moved (pause the node first)");
			r = move_round(update, i, &moved, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* ---- judging --------------------------------------------------------------------------------- */

static int check_use(const struct cgroup *cgroup, const struct ncrun_limits *changes,
		     struct ncrun_error *err)
{
	struct ncrun_stats stats = NCRUN_STATS_INIT;
	char asked[24], used[24];
	uint64_t memory, pids;
	int r;

	if (!changes->memory_max && !changes->pids_max)
		return 0;
	r = cgroup_stats(cgroup, &stats, err);
	if (r < 0)
		return r;
	memory = stats.memory_current;
	pids = stats.pids_current;
	ncrun_stats_clear(&stats);
	if (changes->memory_max && memory != NCRUN_STAT_UNKNOWN && memory > changes->memory_max) {
		limit_print_size(changes->memory_max, asked, sizeof(asked));
		limit_print_size(memory >> 10 << 10, used, sizeof(used));
		return error_set(
			err, EBUSY,
			"memory '%s': %s are in use; the kernel would take back what it can "
			"and kill if that is not enough (to do that: force)",
			asked, used);
	}
	if (changes->pids_max && pids != NCRUN_STAT_UNKNOWN && pids > changes->pids_max)
		return error_set(err, EBUSY,
				 "pids '%" PRIu64 "': %" PRIu64
				 " are there; they would stay, and no "
				 "other could start (to do that: force)",
				 changes->pids_max, pids);
	return 0;
}

static int filter(const struct cgroup *cgroup, const struct ncrun_limits *changes,
		  struct ncrun_error *err)
{
	int index = hierarchy_of(cgroup->root, CGROUP_CONTROLLER_DEVICES);

	if (changes->device_count == 0)
		return 0;
	if (index < 0 || cgroup->fds[index] < 0)
		return error_set(err, ENOTSUP,
				 "device: this group was made without a filter of devices");
	return cgroup->root->hierarchies[index].backend->filter(cgroup->root, cgroup->fds[index],
								changes, true, err);
}

bool cgroup_filters_devices(const struct cgroup *cgroup)
{
	int index = hierarchy_of(cgroup->root, CGROUP_CONTROLLER_DEVICES);

	return index >= 0 && cgroup->fds[index] >= 0 &&
	       cgroup->root->hierarchies[index].backend->is_filtered(cgroup->fds[index]);
}

/** Carry it out; what is done so far is undone where it fails. */
static int run(struct update *update, const struct ncrun_limits *changes, struct ncrun_error *err)
{
	int r;

	update->before = calloc(update->plan.count + 1, sizeof(*update->before));
	if (!update->before)
		return error_errno(err, "change limits");
	r = enter_new(update, err);
	if (r == 0)
		r = write_all(update, err);
	if (r == 0) {
		r = move_all(update, err);
		if (r == 0)
			r = filter(update->cgroup, changes, err);
		if (r < 0)
			undo(update, update->plan.count);
	}
	if (r < 0)
		leave_new(update);
	for (size_t i = 0; i < update->plan.count; i++)
		free(update->before[i]);
	free(update->before);
	return r;
}

int cgroup_update(struct cgroup *cgroup, const struct ncrun_limits *changes, bool force,
		  struct ncrun_error *err)
{
	_cleanup_(ncrun_limits_clear) struct ncrun_limits complete = NCRUN_LIMITS_INIT;
	struct update update = {.cgroup = cgroup};
	int r;

	r = force ? 0 : check_use(cgroup, changes, err);
	if (r == 0)
		r = ncrun_limits_copy(&complete, changes, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < cgroup->root->count; i++)
		if (cgroup->fds[i] >= 0)
			cgroup->root->hierarchies[i].backend->complete(
				cgroup->fds[i], cgroup->root->hierarchies[i].controllers,
				&complete);
	r = group_plan(cgroup->root, &complete, false, &update.plan, err);
	if (r == 0)
		r = run(&update, changes, err);
	plan_done(&update.plan);
	return r;
}
