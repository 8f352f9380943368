/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Texts made from the command tables: help, manual page, completions. */

#include <ncrun/error.h>

#include "base/text.h"
#include "cli/command.h"

/** "Usage: ncrun stop [OPTION]... NODE..." and a newline */
void help_usage(struct text *out, const struct command *command);

/** What follows "Usage: ". */
void help_synopsis(struct text *out, const struct command *command);

/** All that is known of a command, for a terminal of 80 columns. */
void help_command(struct text *out, const struct command *command);

/** "-d, --detach" or "    --rootfs IMAGE|DIR|host" */
void help_option(struct text *out, const struct option *option);

/** The manual page ncrun.1. */
void man_page(struct text *out);

/** The manual page ncrun-topology.5. */
int man_topology(struct text *out, struct ncrun_error *err);

/** struct man_example - a whole file that stands in it */
struct man_example {
	const char *file, *meaning, *text;
};

/** Those; ends with an empty one. */
extern const struct man_example man_topology_examples[];

/** Completion for "bash", "zsh" or "fish"; -EINVAL for another shell. */
int completion_script(struct text *out, const char *shell, struct ncrun_error *err);
extern const char *const completion_shells[];
