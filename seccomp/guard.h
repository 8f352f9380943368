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

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "seccomp/expansion.h"

/** struct guard - one system call on one architecture, and its verdicts */
struct guard {
	uint32_t audit; /* AUDIT_ARCH_* */
	uint32_t number;
	const struct verdict *verdicts; /* borrowed */
	size_t count;
};

/** struct program - BPF instructions that grow; zero-initialised is empty */
struct program {
	struct sock_filter *instructions; /* owned */
	size_t count;
	size_t capacity;
};

void program_done(struct program *program);
/** -E2BIG beyond what the kernel loads. */
int program_append(struct program *program, struct sock_filter instruction,
		   struct ncrun_error *err);

/** Append the blocks of @guards, which are sorted by architecture. All other calls go on behind
 * them. */
int guard_compile(const struct guard *guards, size_t count, struct action default_action,
		  struct program *program, struct ncrun_error *err);
