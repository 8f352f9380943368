/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <ncrun/error.h>

#include "seccomp/expansion.h"
#include "seccomp/profile.h"
#include "seccomp/seccomp.h"
#include "seccomp/source.h"

/** Compile, and bring along what the profile says besides. */
int filter_from_expansion(const struct profile *profile, const struct expansion *expansion,
			  struct seccomp_filter *ret, struct ncrun_error *err);

/** Make it notify where it refused; the notifications' data says what it would have done. */
void filter_make_telling(struct seccomp_filter *filter);
