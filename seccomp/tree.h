/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A program that decides by number, made shorter.
 *
 * The kernel translates a filter and runs it once for each system call when it is
 * loaded: instructions cost time at every start of a node. libseccomp has one leaf for
 * each call; one for each range of calls with the same verdict is a third of that.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "seccomp/guard.h"
#include "seccomp/program.h"

/**
 * struct tree - all borrowed
 * @decider:	a program without conditions
 * @guards:	what it does not decide
 * @audits:	AUDIT_ARCH_*, each once, the most likely first
 */
struct tree {
	const struct program *decider;
	const struct guard *guards;
	size_t guard_count;
	const uint32_t *audits;
	size_t audit_count;
	struct action default_action; /* of the guards */
};

/** Whether @decider looks at numbers only, and in ways that are known here. */
bool tree_understands(const struct program *decider);
/** Append a program that says what @decider says, but for the guarded calls. It always returns. */
int tree_append(const struct tree *tree, struct program *program, struct ncrun_error *err);
