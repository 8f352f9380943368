/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rootfs/plan.h"

/** Fill in of @mount what the source itself tells. */
int volume_plan_fd(int fd, struct planned_mount *mount, struct ncrun_error *err);

/** Parent: a detached mount of the volume, with its flags and id map. */
int volume_clone(const struct planned_mount *volume, int userns_fd, int *ret_fd,
		 struct ncrun_error *err);
/** The same in a child whose parent may not: found again by its path. */
int volume_clone_by_path(const struct planned_mount *volume, int *ret_fd, struct ncrun_error *err);

/** Child: attach a volume's mount @fd, or make the tmpfs; changes the working directory. */
int planned_mount_attach(const struct planned_mount *mount, int root_fd, int fd,
			 struct ncrun_error *err);
