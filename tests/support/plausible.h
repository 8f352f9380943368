/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PLAUSIBLE_MAX 8

/**
 * The names of errors that a kernel in trouble gives to this call, in @ret; how many there are.
 * Calls that cannot fail have none.
 */
size_t plausible_errors(const char *call, const char *ret[PLAUSIBLE_MAX]);

/** Is what this call does its process's own, and gone with it? Killed after it is killed before. */
bool call_is_private(const char *call);

/** The number of that error; 0 if there is none of that name here. */
int plausible_number(const char *name);
