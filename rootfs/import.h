/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Making images from archives: what the rest of this folder may call. */

#include <ncrun/error.h>
#include <ncrun/image.h>

/**
 * image_import_fd() - make an image from an archive that is already open
 * @name:	gets it, checked here
 * @fd:		read from its current position to its end; a file, pipe or socket; borrowed
 * @source:	what inspect shows: a path, a URL, "embedded"
 * @options:	NULL = defaults
 * @ret:	the new image; may be NULL
 *
 * Takes what ncrun_image_import() takes from a file, with the same promises.
 */
int image_import_fd(struct ncrun_store *store, const char *name, int fd, const char *source,
		    const struct ncrun_import_options *options, struct ncrun_image **ret,
		    struct ncrun_error *err);
