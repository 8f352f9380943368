/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text of the kernel's accounting files, taken apart. Each takes any text. */

#include <stdbool.h>

#include <ncrun/stats.h>

#include "base/cleanup.h"

/** A file that may grow with the number of devices; NULL if it cannot be read. free() it. */
char *stats_text(int fd, const char *file);

/** "some avg10=0.12 avg60=... total=123\nfull ..." (PSI) */
void stats_parse_pressure(const char *text, struct ncrun_pressure *ret);
/** "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...\n" (io.stat of v2) */
void stats_parse_io(const char *text, struct ncrun_stats *stats);
/** "8:0 Read 1\n8:0 Write 2\n...\nTotal 3\n" (blkio.throttle.* of v1); of bytes, or of requests */
void stats_parse_blkio(const char *text, bool bytes, struct ncrun_stats *stats);

/** Those of the pids controller, which are the same on both. */
void stats_read_pids(int fd, struct ncrun_stats *stats);
