/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Processes held by pidfd, and told apart from later ones of the same number. */

#include <stdint.h>
#include <sys/types.h>

#include <ncrun/error.h>

/** Field 22 of /proc/PID/stat: clock ticks since boot. -ESRCH when there is no such process. */
int process_start_time(pid_t pid, uint64_t *ret, struct ncrun_error *err);

/** A pidfd on @pid if it still is the process that began at @start_time, else -ESRCH. */
int process_open(pid_t pid, uint64_t start_time, int *ret_pidfd, struct ncrun_error *err);

/** pidfd_send_signal(2); a process that has ended is -ESRCH. */
int process_signal(int pidfd, int signo, struct ncrun_error *err);

/** Wait until the process has ended; -ETIMEDOUT after @timeout_ms (-1 = never). Does not reap. */
int process_wait(int pidfd, int64_t timeout_ms, struct ncrun_error *err);

/**
 * Run a program with no shell and wait: stdin from /dev/null, stdout and stderr
 * captured (first 64 KiB; either may be NULL), stopped after @timeout_ms.
 * *@ret_status as waitpid(2). -ENOENT when there is no such program in PATH.
 */
int process_run(const char *const *argv, int64_t timeout_ms, int *ret_status, char **ret_out,
		char **ret_error, struct ncrun_error *err);
