/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rootfs/plan.h"

#define HOST_MOUNTS_MAX 8

/** Add what the machine has mounted under its root and holds programs, read-only; the plan has
 * room. */
int host_plan_mounts(struct rootfs_plan *plan, struct ncrun_error *err);

/** Whiteouts and opaque directories in @upper_fd for what @lower_fd must not show. */
int host_hide(const struct rootfs_plan *plan, int lower_fd, int upper_fd, struct ncrun_error *err);
