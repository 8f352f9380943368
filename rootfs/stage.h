/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rootfs/plan.h"

/*
 * The stage: a tmpfs of the child's own, over the machine's root and below the node's.
 * It ends as one of the empty directories that cover masked ones.
 */

/** A stage with a directory for each thing, attached over / and the working directory. */
int stage_make(int *ret_fd, struct ncrun_error *err);

/** @root_fd, attached over the stage, becomes the root; the machine's lies on it, and the stage on
 * that. */
int stage_give_way(int root_fd, struct ncrun_error *err);

/** A detached, empty and read-only copy of the stage. */
int stage_clone(int stage_fd, int *ret_fd, struct ncrun_error *err);

/**
 * stage_put_away() - clear the stage, and take the machine's root off the node's
 * @sys_fd:	where the stage is to cover something; -1 = nowhere, which costs a grace period
 */
int stage_put_away(int stage_fd, int root_fd, int sys_fd, struct ncrun_error *err);

/** What the stage covers in /sys: there on every kernel. */
#define STAGE_COVERS "firmware"
