/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of a node's start share. */

#include "runtime/child.h"
#include "runtime/container.h"
#include "runtime/hosts.h"
#include "runtime/idmap.h"
#include "runtime/maker.h"

/** A start under way; launch_free() undoes it as long as it has @container. */
struct launch {
	struct maker *maker; /* owned reference; @plan stands on it */
	struct node_plan plan;
	struct rootfs_plan *rootfs;
	struct ncrun_container *container; /* holds the node directory and the pidfd */
	struct node_idmap idmap;
	char hostname[65];
	char identity[256];
	int ids_lock;
	int program_fd; /* the maker's */
	int config_fd;  /* owned */
	int inner_channel;
	int status_fd, listen_fd, log_fd[2];
	int hosts_fd[HOSTS_FILES]; /* until they are in the plan */
	struct child child;
	int mounts[ROOTFS_FDS_MAX]; /* descriptors that the child got */
	size_t mount_count;
	struct channel_start progress;
	bool made; /* the node directory is ours */
	bool hold; /* the commands wait for container_release() */
};

struct launch *launch_free(struct launch *launch);
DEFINE_CLEANUP(struct launch *, launch_free);

/** Make the files that the node sees in its /etc (launch_config.c). */
int launch_hosts(struct launch *launch, struct ncrun_error *err);
/** Make the files that init writes into the node's directory (launch_config.c). */
int launch_files(struct launch *launch, struct ncrun_error *err);
/** Say in @launch->child what the first process needs; its configuration is empty yet. */
int launch_child(struct launch *launch, struct ncrun_error *err);
/** Write init's configuration, before the first process is told to go on. */
int launch_config(struct launch *launch, struct ncrun_error *err);

/* ---- the first process (launch_process.c) --------------------------------------------- */

/** Make the channel to it, and remember the end that it gets. */
int launch_channel(struct launch *launch, struct ncrun_error *err);
/** Make it, prepare what it needs while it prepares itself, and tell it to go on. */
int launch_start(struct launch *launch, struct ncrun_error *err);
/** Follow it until it has come so far. */
int launch_await(struct launch *launch, enum channel_goal goal, struct ncrun_error *err);
/** Of a node that is made: its descriptors are to stand above all that a start needs. */
void launch_descriptors_raise(struct ncrun_container *container);
/** Close this process's copies of the mounts that the child got. */
void launch_mounts_close(struct launch *launch);
