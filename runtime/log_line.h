/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One line of a node's log, as init writes it (runtime/init/log.c). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/logs.h>

/** "2026-11-23T20:15:00.123456789Z" at the beginning of @text; false if there is none. */
bool log_stamp_parse(const char *text, size_t length, int64_t *ret_ns);

/**
 * log_line_parse() - take "STAMP stdout F main TEXT" apart
 *
 * @ret points into @text, in which the service is terminated. False for a line that is none of
 * init's: a crash cut it short, or a disk spoiled it.
 */
bool log_line_parse(char *text, size_t length, struct ncrun_log_line *ret);
