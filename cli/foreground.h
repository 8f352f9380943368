/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `node`, `exec`, `shell` and `attach` share: terminals, and how a program ended. */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <ncrun/container.h>
#include <ncrun/error.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(struct ncrun_container *, ncrun_container_unref);
#define _cleanup_container_ _cleanup_(ncrun_container_unrefp)

struct cli;

/** ncrun_container_open(), and of a switch of a network it says that it is one. */
int node_open(const struct cli *cli, const char *name, struct ncrun_container **ret,
	      struct ncrun_error *err);

/** A terminal of its own: asked for, refused, or because we have one. */
bool terminal_wanted(bool asked_for, bool refused);

/** Size of our terminal; 0 x 0 when there is none. */
void terminal_size(uint16_t *ret_rows, uint16_t *ret_columns);

/** Print what an exit code alone does not tell, and return the exit code. */
int report_end(const char *command, const struct ncrun_exit *end);

/** An exit status for a failure that is never the program's: prints it, returns 125. */
int report_not_run(const char *command, const struct ncrun_error *err);

/**
 * struct exit_file - where to write how a node ended; zero-initialised is nowhere
 * @fd:		its directory, or if @name is NULL the device or FIFO itself; opened
 *		before the node starts, owned when @path is set
 */
struct exit_file {
	int fd;
	char *name;       /* owned */
	const char *path; /* borrowed */
};

int exit_file_open(const char *path, struct exit_file *ret, struct ncrun_error *err);
/** Replace the file (write to a device or FIFO); does nothing for an empty one. */
int exit_file_write(const struct exit_file *file, const struct ncrun_exit *end,
		    struct ncrun_error *err);
static inline void exit_file_done(struct exit_file *file)
{
	if (file->path)
		close(file->fd);
	free(file->name);
	*file = (struct exit_file){0};
}
#define _cleanup_exit_file_ _cleanup_(exit_file_done)
