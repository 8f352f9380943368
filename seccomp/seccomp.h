/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * seccomp - profiles in, BPF out, compiled once and cached.
 *
 * Knows nothing of containers: callers pass a profile's name and the
 * capabilities it is judged by, and get instructions to load. Looking at
 * profiles (`ncrun seccomp show`) is public: <ncrun/seccomp.h>.
 */

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>
#include <ncrun/seccomp.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct ncrun_seccomp *, ncrun_seccomp_unref);

/* ---- filters ------------------------------------------------------------- */

/**
 * struct seccomp_filter - a filter ready for seccomp(2)
 * @instructions: owned; NULL for "unconfined"
 * @flags:	SECCOMP_FILTER_FLAG_* that the profile asks for
 * @notify:	the filter sends notifications: a listener must be made
 * @listener_path: socket that the listener goes to, owned; NULL = none
 * @listener_metadata: owned; NULL = none
 */
struct seccomp_filter {
	struct sock_filter *instructions;
	size_t count;
	uint32_t flags;
	bool notify;
	char *listener_path;
	char *listener_metadata;
};

/**
 * struct seccomp_request - what a filter is wanted for; zero = "default", with no capabilities
 * @profile:	"default" (or NULL), "unconfined", "log" (the default profile that tells what it
 * would refuse), or a file
 * @text, @length: the profile itself; @profile then only stands in messages
 * @capabilities: bit n = capability n; what `includes` and `excludes` are judged by
 * @all_architectures: let programs of the profile's other architectures in, not just native ones
 * @cache:	@cache_dir_fd is a directory of ours, 0700
 */
struct seccomp_request {
	const char *profile;
	const char *text;
	size_t length;
	uint64_t capabilities;
	bool all_architectures;
	bool cache;
	int cache_dir_fd;
};

/**
 * seccomp_filter_make() - the filter for a profile, from the cache if it can be
 * @ret:	release with seccomp_filter_done()
 *
 * A hit costs a few system calls and loads no library. Whatever is wrong with
 * the cache only costs time.
 *
 * Return: 0, or -EINVAL with line and column of what is wrong in the profile,
 * -ENOENT, -E2BIG, or -ENOPKG when a library to compile with is not installed.
 */
int seccomp_filter_make(const struct seccomp_request *request, struct seccomp_filter *ret,
			struct ncrun_error *err);

void seccomp_filter_done(struct seccomp_filter *filter);

/* ---- what a profile would have refused ------------------------------------- */

/**
 * struct seccomp_log - the watcher of a program under "log"
 *
 * Its filter notifies instead of refusing; the watcher lets each call go on and
 * counts it. Make one from the filter and the listener that loading it gave
 * (seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER), before the program runs:
 * a call waits until it has been seen.
 */
struct seccomp_log;

/** @listener_fd is closed by seccomp_log_free(), and at once when this fails. */
int seccomp_log_new(const struct seccomp_filter *filter, int listener_fd, struct seccomp_log **ret,
		    struct ncrun_error *err);
struct seccomp_log *seccomp_log_free(struct seccomp_log *log);
DEFINE_CLEANUP(struct seccomp_log *, seccomp_log_free);

/** To wait on for EPOLLIN. */
int seccomp_log_fd(const struct seccomp_log *log);
/** Answer what waits, without blocking. *@ret_ended: no task is left under the filter. */
int seccomp_log_dispatch(struct seccomp_log *log, bool *ret_ended, struct ncrun_error *err);

/** struct seccomp_refusal - @action, @error: what the profile says: "errno" and 1 */
struct seccomp_refusal {
	const char *syscall; /* "syscall 1234" for one without a name */
	const char *action;
	int error;
	uint64_t count;
};

/** The calls so far, most frequent first; borrowed. */
int seccomp_log_report(struct seccomp_log *log, const struct seccomp_refusal **ret,
		       size_t *ret_count, struct ncrun_error *err);
