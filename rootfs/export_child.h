/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The process that writes an archive, as another unpacks it (import_child.h): the dynamic linker
 * ends the one in which it finds no memory for a library.
 */

#include "rootfs/import_child.h"

/**
 * export_child_start() - write the directory @dir_fd as export_tree() does
 * @fd:	where to, and REPORT_PROGRESS tells how much; -1 = all of it is told, as REPORT_BYTES,
 *	with a REPORT_NOTE for what is left out
 *
 * REPORT_DONE or REPORT_FAILED is its last word.
 */
int export_child_start(int dir_fd, int fd, struct import_child *ret, struct ncrun_error *err);
