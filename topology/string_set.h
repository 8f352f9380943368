/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names that are taken. */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/** struct string_set - zero-initialised is empty; open addressing, at most half full */
struct string_set {
	char **slots; /* owned */
	size_t size;  /* a power of two, or 0 */
	size_t count;
};

bool string_set_has(const struct string_set *set, const char *string);
/** A copy of it. 0, -EEXIST if it is there already, -ENOMEM. */
int string_set_add(struct string_set *set, const char *string);
void string_set_done(struct string_set *set);
#define _cleanup_string_set_ _cleanup_(string_set_done)
