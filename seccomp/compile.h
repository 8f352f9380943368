/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From verdicts to BPF, by libseccomp, which is loaded here and nowhere else. */

#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "seccomp/expansion.h"
#include "seccomp/guard.h"

/** Compile the whole filter. -ENOPKG without libseccomp, -E2BIG for one that no kernel takes. */
int compile_filter(const struct expansion *expansion, struct program *ret, struct ncrun_error *err);

/** The file that libseccomp was loaded from, or NULL. */
const char *compile_library_path(void);

/** The name of a system call of this machine, or NULL; owned by the caller. */
char *compile_call_name(int number);
/** Its number; -1 if libseccomp or this machine knows none of that name. */
int compile_call_number(const char *name);
/** Load libseccomp, which the above need. */
int compile_prepare(struct ncrun_error *err);
