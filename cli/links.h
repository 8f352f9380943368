/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Links as they are shown, for those who show some. */

#include <ncrun/network.h>

#include "base/text.h"
#include "cli/json.h"

/** A table with a line for each end; @node: only its ends, NULL = all. */
void print_links(struct text *out, const struct ncrun_link *links, size_t count, const char *node);
/** Both ends of each, with all that is counted. */
struct json_object *json_from_links(const struct ncrun_link *links, size_t count);
