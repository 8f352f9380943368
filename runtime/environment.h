/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The environment of a command: a list of NAME=VALUE, each name once. */

#include <ncrun/error.h>

/** Whose word on a name without a value is taken. */
enum environment_from {
	ENVIRONMENT_CALLER, /* who calls us: the value is that of our own environment, if any */
	ENVIRONMENT_IMAGE,  /* an image: it has no say in what we hand out, the name is dropped */
};

/** Add what @list says, in place of earlier values of the same names. -EINVAL: no name. */
int environment_put(char ***env, const char *const *list, enum environment_from from,
		    struct ncrun_error *err);

/** Add TERM, our own or a plain one, for a command with a terminal. */
int environment_put_terminal(char ***env, struct ncrun_error *err);
