/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rootfs/plan.h"

/** Cover the built-in masked paths below the node's /proc and /sys, but for STAGE_COVERS. */
int mask_built_in(const struct rootfs_plan *plan, const struct rootfs_begun *begun, int null_fd,
		  struct ncrun_error *err);

/**
 * mask_given() - cover the masked paths of @plan
 * @dev_fd:	with a verified null
 * @empty_fd:	detached mount of an empty read-only directory; may be used up
 */
int mask_given(const struct rootfs_plan *plan, int root_fd, int dev_fd, int empty_fd,
	       struct ncrun_error *err);

/** Make the built-in read-only paths so; changes the working directory. */
int mask_read_only(const struct rootfs_begun *begun, struct ncrun_error *err);

/** The same for those of @plan, / being the node's root. */
int mask_read_only_given(const struct rootfs_plan *plan, struct ncrun_error *err);
