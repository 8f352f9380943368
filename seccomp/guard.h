/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The part of a filter that looks at arguments.
 *
 * libseccomp decides by number, with a binary tree, and does that well. It
 * compares all 64 bits of an argument and cannot refuse a part of what another
 * rule allows, so calls with conditions are decided by a few instructions of ours
 * in front of its program: each such call has a block that always returns.
 */

#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "seccomp/expansion.h"
#include "seccomp/program.h"

/** struct guard - one system call on one architecture, and its verdicts */
struct guard {
	uint32_t audit; /* AUDIT_ARCH_* */
	uint32_t number;
	const struct verdict *verdicts; /* borrowed */
	size_t count;
};

/** Append the verdicts of one call. Every way through them returns. */
int guard_append(const struct guard *guard, struct action default_action, struct program *program,
		 struct ncrun_error *err);
/** Append all of @guards, sorted by architecture, each behind a test for its call. Other calls go
 * on. */
int guard_append_all(const struct guard *guards, size_t count, struct action default_action,
		     struct program *program, struct ncrun_error *err);
