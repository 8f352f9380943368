/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text for man(7). */

#include "base/text.h"

/** Text whose every character stands for itself, hyphens as typed. */
void roff_put(struct text *out, const char *text);
/** The same behind a request, in a line of its own. */
void roff_line(struct text *out, const char *request, const char *text);
