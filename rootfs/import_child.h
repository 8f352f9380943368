/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The process that unpacks. It reads hostile bytes through large libraries, so it
 * is put where they find nothing: its root is the work area, it has no network, no
 * other descriptors, and few capabilities.
 */

#include <stdbool.h>
#include <sys/types.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "rootfs/import_limits.h"

/**
 * struct import_child - a running one; release with _cleanup_(import_child_done),
 * which ends it
 */
struct import_child {
	pid_t pid;
	int input;   /* owned; socket, the archive goes in here; -1 once closed */
	int reports; /* owned; see import_report.h */
};

#define IMPORT_CHILD_INIT ((struct import_child){.pid = -1, .input = -1, .reports = -1})

/**
 * import_child_start() - unpack what comes in into @area_fd, image/root
 * @limits:	as they are now
 * @directory:	the archive is made from a directory
 */
int import_child_start(int area_fd, const struct import_limits *limits, bool directory,
		       struct import_child *ret, struct ncrun_error *err);
void import_child_done(struct import_child *child);

/* ---- inside it ----------------------------------------------------------------- */

/** struct import_job - what that process works on. */
struct import_job {
	int area_fd; /* all borrowed */
	int input;
	int reports;
	bool directory;
	struct import_limits limits;
};

/** No signal is for this process; it ends with @parent, which made it. */
void import_child_belong(pid_t parent);
/** Make @area_fd the root directory and give up what is not needed for unpacking into it. */
int import_confine(const struct import_job *job, struct ncrun_error *err);
/** Lock the area's file "worker" until this process ends. */
int import_worker_lock(int area_fd, struct ncrun_error *err);
/** Unpack all of it, apply layers, tell the result. */
int import_unpack(struct import_job *job, struct ncrun_error *err);
