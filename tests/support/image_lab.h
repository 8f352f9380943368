/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store of its own for a test, things beside it that nobody may touch, and archives to import. */

#include <stdbool.h>

#include <ncrun/image.h>

#include "base/text.h"
#include "tests/support/directory.h"
#include "tests/support/tar_writer.h"

/**
 * struct image_lab - release with _cleanup_(image_lab_done)
 *
 * @dir:	holds store/, outside/ and archives
 * @notes:	what imports had to say, line by line
 * @options:	for the imports; the notes are wired up
 */
struct image_lab {
	struct test_directory dir;
	struct ncrun_store *store;
	struct text notes;
	struct ncrun_import_options options;
};

void image_lab_init(struct image_lab *lab);
void image_lab_done(struct image_lab *lab);
/* Declare one, as the last of a test's variables. */
#define LAB(name)                                         \
	_cleanup_(image_lab_done) struct image_lab(name); \
	image_lab_init(&(name))

/** For options.progress. */
int image_lab_cancel(void *data, const struct ncrun_progress *progress);

/** Import @archive, through the program @filter unless NULL, as @name. */
int image_lab_import(struct image_lab *lab, const char *name, const struct text *archive,
		     const char *filter, struct ncrun_error *err);
/** All of the store and what lies beside it; free() it. */
char *image_lab_snapshot(const struct image_lab *lab);
/** Is there such a program in PATH? */
bool program_exists(const char *name);

/** The root directory of an image; close() it. */
int image_lab_root(struct image_lab *lab, const char *name);

/** The import fails with @code, says @text, and leaves no trace. */
#define assert_refused(lab, archive, filter, code, text) \
	image_lab_assert_refused((lab), (archive), (filter), (code), (text), __FILE__, __LINE__)
void image_lab_assert_refused(struct image_lab *lab, const struct text *archive, const char *filter,
			      int code, const char *text, const char *file, int line);
