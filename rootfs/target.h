/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include <ncrun/error.h>

/**
 * target_open() - O_PATH descriptor of the place for a mount; makes it if missing
 * @path:	relative to @root_fd; links on the way stay inside it
 *
 * Every part is resolved by openat2(2) below @root_fd and made relative to the
 * descriptor of its parent, so a path that changes meanwhile leads nowhere else.
 */
int target_open(int root_fd, const char *path, bool directory, int *ret_fd,
		struct ncrun_error *err);

/**
 * target_open_own() - a directory in the root itself for a file system of the node
 * @replace:	something else of that name is removed (the root is an overlay)
 *
 * Never follows a link: -ENOTDIR.
 */
int target_open_own(int root_fd, const char *name, bool replace, int *ret_fd,
		    struct ncrun_error *err);
