/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The importing side of the unpacking process: feeds it, hashes what it gets, hears what it says.
 */

#include <stdbool.h>
#include <stdint.h>

#include <ncrun/error.h>
#include <ncrun/image.h>

#include "base/digest.h"
#include "base/record.h"
#include "rootfs/import_child.h"
#include "rootfs/import_report.h"

/** struct import_pump - initialise with import_pump_init(), release with import_pump_done(). */
struct import_pump {
	struct import_child *child;                 /* borrowed */
	const struct ncrun_import_options *options; /* borrowed; NULL = none */
	struct digest *digest;                      /* owned */
	struct record *facts;                       /* owned; of the finished image, else NULL */
	struct report *report;                      /* owned; where they arrive */
	struct ncrun_progress progress;
	uint64_t max_bytes; /* of the archive itself; 0 = any number */
	uint64_t told_bytes;
	bool ended; /* the process has said its last word */
};

/** @total_bytes: how much will be pushed, 0 = not known. */
int import_pump_init(struct import_pump *pump, struct import_child *child,
		     const struct ncrun_import_options *options, uint64_t total_bytes,
		     struct ncrun_error *err);
void import_pump_done(struct import_pump *pump);

/** Hand @bytes to the process; fails with its own error if it has one. */
int import_pump_push(struct import_pump *pump, const void *bytes, size_t size,
		     struct ncrun_error *err);
/** Push all that @fd has. */
int import_pump_push_all(struct import_pump *pump, int fd, struct ncrun_error *err);
/** Push what the process says that writes to -1 (export_child.h), whose reports these are. */
int import_pump_push_reports(struct import_pump *pump, int reports, struct ncrun_error *err);
/** No more bytes: wait for the result. Then @facts is set, and @ret the SHA-256 of all that was
 * pushed. */
int import_pump_finish(struct import_pump *pump, char ret[DIGEST_TEXT_SIZE],
		       struct ncrun_error *err);
