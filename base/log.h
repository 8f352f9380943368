/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Debug lines on standard error, off unless asked for (ncrun --debug). Library code may call
 * nothing else that prints. */

#include <stdbool.h>

void log_enable_debug(bool enabled);
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
