/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The image that travels inside the program: see embedded/. */

#include <ncrun/error.h>
#include <ncrun/image.h>

#define EMBEDDED_NAME "embedded"

/**
 * embedded_open() - the embedded image, imported into the store when first wanted
 *
 * Return: 0; -ENOPKG built without one; -EEXIST somebody's own image has its name.
 */
int embedded_open(struct ncrun_store *store, struct ncrun_image **ret, struct ncrun_error *err);
