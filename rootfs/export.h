/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

/**
 * struct export_sink - where the bytes of an archive go
 *
 * @write:	takes all of them; a negative errno ends the export
 * @note:	one line on what an archive cannot hold; may be NULL
 */
struct export_sink {
	int (*write)(void *data, const void *bytes, size_t size, struct ncrun_error *err);
	void (*note)(void *data, const char *line);
	void *data;
};

/**
 * export_tree() - write the directory @name of @dir_fd as a tar archive (pax)
 *
 * Sorted, and free of anything that is not in the tree: the same tree always gives
 * the same bytes. Extended attributes as images keep them, hard links, holes.
 * Sockets are left out. Stays on one file system.
 */
int export_tree(int dir_fd, const char *name, const struct export_sink *sink,
		struct ncrun_error *err);
