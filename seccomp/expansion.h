/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a profile means for one set of capabilities on one machine: a flat list
 * of verdicts, sorted by system call and, within one, from the strictest to the
 * mildest. The first that matches counts; if none does, the default action.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "seccomp/profile.h"

/** struct expansion_request - @native: index of architecture.h; @kernel: KERNEL_RELEASE() */
struct expansion_request {
	uint64_t capabilities;
	unsigned int native;
	unsigned int kernel;
	bool all_architectures;
};

/** struct verdict - strings belong to the profile; every argument has one condition at most */
struct verdict {
	const char *syscall;
	struct action action;
	struct condition *conditions; /* owned; NULL = always */
	size_t condition_count;
	const char *comment;
	size_t order; /* in the profile */
};

struct expansion {
	struct action default_action;
	uint32_t architectures;   /* set of architecture.h; the native one is in it */
	struct verdict *verdicts; /* owned */
	size_t count;
};

/** Pure. -E2BIG for more rules than any filter could hold. The profile must outlive it. */
int expansion_new(const struct profile *profile, const struct expansion_request *request,
		  struct expansion **ret, struct ncrun_error *err);
struct expansion *expansion_free(struct expansion *expansion);
DEFINE_CLEANUP(struct expansion *, expansion_free);

/** How many verdicts from @first on are of the same system call. */
size_t expansion_group(const struct expansion *expansion, size_t first);
/** The architectures that a filter for @profile is made for. */
uint32_t expansion_architectures(const struct profile *profile,
				 const struct expansion_request *request);
