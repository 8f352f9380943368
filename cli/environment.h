/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `node` and `exec` pass on of ncrun's own environment. */

#include <stdint.h>

#include <ncrun/error.h>

/** Append "NAME=value" or "NAME" to @list; -EINVAL for one without a name. */
int environment_add(char ***list, const char *text, struct ncrun_error *err);

/**
 * Append the lines of a file: NAME=value, or NAME for our own value. Empty lines
 * and those that begin with # are skipped. Messages say "FILE:LINE: ...".
 */
int environment_add_file(char ***list, const char *path, struct ncrun_error *err);

/**
 * environment_pass_sockets() - hand on the sockets of a service manager
 * @preserve_fds: raised to cover them
 *
 * Only if LISTEN_PID is this process (sd_listen_fds(3)). The node's init puts the number
 * that the program has inside in the place of the one given here.
 */
int environment_pass_sockets(char ***list, uint32_t *preserve_fds, struct ncrun_error *err);
