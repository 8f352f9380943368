/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The child's half, once its parent has made the overlay. Three names are taken in the node's
 * root itself, through no link; then the machine's root goes, so that no path of an image could
 * lead there, and only then are paths followed. One pivot_root(2) for both: it looks at all tasks
 * of the machine.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "rootfs/layers.h"
#include "rootfs/mask.h"
#include "rootfs/mount_api.h"
#include "rootfs/stage.h"
#include "rootfs/target.h"
#include "rootfs/volume.h"

struct entry {
	const struct rootfs_plan *plan;
	const struct rootfs_begun *begun;
	const int *fds; /* as rootfs_prepare() orders them; borrowed */
	int empty;      /* owned */
};

static void entry_done(struct entry *entry)
{
	closep(&entry->empty);
}

/* Onto a directory of that name in the root itself. */
static int place(const struct entry *entry, int fd, const char *name, bool replace,
		 struct ncrun_error *err)
{
	_cleanup_close_ int target = -1;
	int r;

	r = target_open_own(entry->fds[ROOTFS_FD_ROOT], name, replace, &target, err);
	if (r < 0)
		return r;
	if (mount_attach(fd, target, "") < 0)
		return error_errno(err, "mount /%s", name);
	return 0;
}

static int enter_root(struct entry *entry, struct ncrun_error *err)
{
	if (mount_attach(entry->fds[ROOTFS_FD_ROOT], AT_FDCWD, "/") < 0)
		return error_errno(err, "attach the root");
	return 0;
}

static int enter_own(struct entry *entry, struct ncrun_error *err)
{
	const int dev = entry->fds[ROOTFS_FD_DEV];
	int r;

	r = place(entry, entry->begun->proc_fd, "proc", false, err);
	if (r == 0)
		r = place(entry, entry->begun->sys_fd, "sys", false, err);
	if (r == 0)
		r = place(entry, dev, "dev", !entry->plan->writable_root, err);
	if (r < 0)
		return r;
	return dev_take_below(entry->begun->stage_fd, dev, err);
}

static int enter_pivot(struct entry *entry, struct ncrun_error *err)
{
	const bool masks = !entry->plan->masked && !entry->plan->privileged;
	const int stage = entry->begun->stage_fd;
	int r;

	r = stage_give_way(entry->fds[ROOTFS_FD_ROOT], err);
	if (r == 0 && entry->plan->masked)
		r = stage_clone(stage, &entry->empty, err);
	if (r < 0)
		return r;
	return stage_put_away(stage, entry->fds[ROOTFS_FD_ROOT], masks ? entry->begun->sys_fd : -1,
			      err);
}

static int enter_mounts(struct entry *entry, struct ncrun_error *err)
{
	const int *volume = entry->fds + ROOTFS_FD_VOLUMES;

	for (size_t i = 0; i < entry->plan->mount_count; i++) {
		const struct planned_mount *mount = &entry->plan->mounts[i];
		const int fd = mount->kind == PLANNED_VOLUME ? *volume++ : -1;
		int r = planned_mount_attach(mount, entry->fds[ROOTFS_FD_ROOT], fd, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int enter_masks(struct entry *entry, struct ncrun_error *err)
{
	if (!entry->plan->masked)
		return 0;
	return mask_given(entry->plan, entry->fds[ROOTFS_FD_ROOT], entry->fds[ROOTFS_FD_DEV],
			  entry->empty, err);
}

static int enter_directory(struct entry *entry, struct ncrun_error *err)
{
	(void)entry;
	if (chdir("/") < 0)
		return error_errno(err, "enter the root");
	return 0;
}

static int (*const steps[])(struct entry *entry, struct ncrun_error *err) = {
	enter_root,      enter_own,   enter_pivot,
	enter_mounts,    enter_masks, /* after what they may cover */
	enter_directory,
};

int rootfs_enter(const struct rootfs_plan *plan, const struct rootfs_begun *begun, const int *fds,
		 size_t count, struct ncrun_error *err)
{
	_cleanup_(entry_done) struct entry entry = {
		.plan = plan,
		.begun = begun,
		.fds = plan->unprivileged ? begun->own : fds,
		.empty = -1,
	};
	const size_t wanted = ROOTFS_FD_VOLUMES + plan->volume_count;
	mode_t old_umask;
	int r = 0;

	if (plan->unprivileged)
		count = begun->own_count;
	if (count < wanted)
		return error_set(err, EINVAL, "%zu of %zu prepared mounts are missing",
				 wanted - count, wanted);

	old_umask = umask(022);
	for (size_t i = 0; r == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](&entry, err);
	umask(old_umask);
	return r;
}

int rootfs_guard(const struct rootfs_plan *plan, const struct rootfs_begun *begun,
		 struct ncrun_error *err)
{
	int r;

	if (plan->read_only_paths || plan->privileged)
		return 0;
	r = mask_read_only(begun, err);
	if (r < 0)
		return r;
	if (fchdir(begun->stage_fd) < 0)
		return error_errno(err, "enter the stage");
	return 0;
}

int rootfs_seal(const struct rootfs_plan *plan, struct ncrun_error *err)
{
	const struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
	int r = mask_read_only_given(plan, err);

	if (r < 0)
		return r;
	if (plan->read_only && mount_change_at(AT_FDCWD, "/", 0, &attr) < 0)
		return error_errno(err, "make the root read-only");
	return 0;
}
