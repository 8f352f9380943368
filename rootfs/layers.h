/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "rootfs/plan.h"

/**
 * struct layers - what a node's root and /dev are made of, and they
 *
 * All owned; -1 = none. One tmpfs serves for the changes and for /dev, since a
 * superblock is the dearest part of a node's file systems. So what a node
 * writes into /dev counts against the limit of its root, and cannot exceed it.
 *
 * That tmpfs is not id-mapped but for /dev: overlayfs makes whiteouts with the
 * ids of whoever mounted it, and the machine's root is no id of the node.
 *
 * @lower:	the image, id-mapped
 * @base:	the tmpfs: upper/ and work/ (unless @outer), and dev/
 * @outer:	the directory of --upper, id-mapped: data/ and work/
 * @userns_fd:	of the node; borrowed; -1 = none
 * @upper, @work: O_PATH, below @base or @outer
 * @root, @dev: the results, detached
 */
struct layers {
	int lower, base, outer, upper, work;
	int root, dev;
	int userns_fd;
};

#define LAYERS_NONE                                                                        \
	{                                                                                  \
		.lower = -1, .base = -1, .outer = -1, .upper = -1, .work = -1, .root = -1, \
		.dev = -1, .userns_fd = -1                                                 \
	}

void layers_done(struct layers *layers);

/** Everything but the results. Detached mounts, but for @lower of an unprivileged child. */
int layers_make(const struct rootfs_plan *plan, struct layers *layers, struct ncrun_error *err);

/**
 * layers_mount() - the overlay and /dev out of the layers
 * @attached:	the layers are part of this process's mount namespace
 *
 * Kernels before 6.15 take only attached layers, and those by path: -EINVAL
 * when they were not.
 */
int layers_mount(const struct rootfs_plan *plan, bool attached, struct layers *layers,
		 struct ncrun_error *err);

/** layers_mount() for kernels before 6.15, in a process and mount namespace of its own. */
int layers_mount_in_helper(const struct rootfs_plan *plan, struct layers *layers,
			   struct ncrun_error *err);

/** Directory dev/ below @base_fd: links, directories and, unless @bare, the device nodes. */
int dev_make(const struct rootfs_plan *plan, int base_fd, bool bare, struct ncrun_error *err);
/** Everything that dev_make() made, and @dev_fd itself, becomes the node's root's. */
int dev_give(const struct rootfs_plan *plan, int dev_fd, struct ncrun_error *err);
/** Child: the machine's device nodes, verified, into the attached @dev_fd. */
int dev_bind_nodes(int dev_fd, struct ncrun_error *err);
/** Child: pts, shm and mqueue onto the stage, which is the working directory. */
int dev_mount_below(struct ncrun_error *err);
/** Child: move them from @stage_fd into the attached @dev_fd. */
int dev_take_below(int stage_fd, int dev_fd, struct ncrun_error *err);
/** Child: O_PATH of the machine's /dev/null, verified. */
int dev_open_null(int *ret_fd, struct ncrun_error *err);
