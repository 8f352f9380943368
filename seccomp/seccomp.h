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
 * seccomp_filter_load() - the filter for a profile, from the cache if it can be
 * @profile:	"default", "unconfined", "log" (the default profile that logs what it would refuse),
 * or a file
 * @capabilities: bit n = capability n
 * @cache_dir_fd: a directory of ours, 0700; -1 = do not cache
 * @ret:	release with seccomp_filter_done()
 *
 * A hit costs a few system calls and loads no library.
 */
int seccomp_filter_load(const char *profile, uint64_t capabilities, int cache_dir_fd,
			struct seccomp_filter *ret, struct ncrun_error *err);
void seccomp_filter_done(struct seccomp_filter *filter);
