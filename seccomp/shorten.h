/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <ncrun/error.h>

#include "seccomp/program.h"

/** Let equal returns be one, as far as a jump reaches, and drop what nothing reaches. */
int program_shorten(struct program *program, struct ncrun_error *err);
