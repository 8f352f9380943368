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
	int config_fd;
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
/** Write init's configuration and say in @launch->child what the first process needs. */
int launch_config(struct launch *launch, struct ncrun_error *err);
