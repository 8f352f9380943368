/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include <ncrun/error.h>

#include "seccomp/guard.h"
#include "seccomp/program.h"

/**
 * Compile the verdicts of one call to a tree over ranges of its arguments, in which
 * fewer questions are asked than one verdict after another would. *@ret_done false:
 * their conditions are not of that kind, or the tree does not fit.
 */
int decision_compile(const struct guard *guard, struct action otherwise, struct program *ret,
		     bool *ret_done, struct ncrun_error *err);
