/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Processes held by pidfd, and told apart from later ones of the same number. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <ncrun/error.h>

/** A number that tells @pid, held by @pidfd, from any other process of this boot that had or gets
 * its pid. */
int process_identity(int pidfd, pid_t pid, uint64_t *ret, struct ncrun_error *err);

/** A number that tells this boot of the machine from others, whose processes had the same
 * identities; 0 = not known. */
uint64_t process_boot(void);

/** Whether what was noted in the boot @noted may be of the boot @now. One that could not be read
 * for once says nothing: what is left is the process' identity. */
bool process_is_of_boot(uint64_t noted, uint64_t now);

/** A pidfd on @pid if it still is the process with that @identity, else -ESRCH. */
int process_open(pid_t pid, uint64_t identity, int *ret_pidfd, struct ncrun_error *err);

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

/** struct descriptor_limit - how many this process could have before it was allowed more */
struct descriptor_limit {
	uint64_t soft, hard; /* 0 = nothing has been changed */
};

/** As many as can be had; for work on many nodes at once. What it cannot raise it leaves. */
void descriptor_limit_raise(struct descriptor_limit *ret_before);
void descriptor_limit_restore(const struct descriptor_limit *before);
