/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A directory tree as text, to be compared. */

/**
 * snapshot_take() - one line for each entry: path, type, mode, owner, time, size,
 * link or content's digest, attributes; sorted. free() it.
 *
 * @times:	whether times count
 */
char *snapshot_take(int dir_fd, const char *path, int times);
