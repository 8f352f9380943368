/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bar with rate and remaining time on standard error, if that is a terminal;
 * nothing otherwise. While it lives, ^C and its like cancel the transfer in good
 * order instead of ending the process, and the bar is wiped on every way out.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <ncrun/image.h>

#include "base/text.h"

struct progress {
	bool shown; /* on a terminal */
	bool drawn; /* there is a bar to be wiped */
	char phase[16];
	int64_t started_ms; /* of the phase */
	int64_t drawn_ms;
	struct sigaction saved[3];
};

/** @quiet: no bar, even on a terminal. */
void progress_start(struct progress *progress, bool quiet);

/** A progress function for struct ncrun_import_options; @data is the struct progress. */
int progress_show(void *data, const struct ncrun_progress *now);

/** A note function: one line, above the bar. */
void progress_note(void *data, const char *line);

/** Wipe the bar and give signals back. A signal that came meanwhile ends the process here. */
void progress_done(struct progress *progress);
#define _cleanup_progress_ _cleanup_(progress_done)

/** The bar as text of at most @width columns. */
void progress_line(struct text *out, const struct ncrun_progress *now, int64_t elapsed_ms,
		   size_t width);
