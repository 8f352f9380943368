/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <limits.h>
#include <sys/types.h>

#include <ncrun/error.h>

#define FILESYSTEM_NAME_SIZE 32

/** The type of the file system on @device, as in mountinfo; "unknown" if it cannot be found. */
void filesystem_name(dev_t device, char ret[FILESYSTEM_NAME_SIZE]);

/** The path by which @fd was reached. */
int descriptor_path(int fd, char ret[PATH_MAX], struct ncrun_error *err);
