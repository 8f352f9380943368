/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text that is known to be whole. Its last line says so: "#sealed FORMAT SUM". Bits that were
 * flipped, lines that are missing or were added, and files that are cut short are found by it.
 * It is no protection from who may write there: they can write that line, too.
 */

#include <stdbool.h>
#include <stddef.h>

#include <ncrun/error.h>

#include "base/text.h"

#define SEAL_FORMAT 1 /* what this ncrun writes; one with a larger number is of a newer one */

/** Append that line; the text ends with a newline or is empty. */
void text_seal(struct text *text);

/**
 * seal_open() - check @text and cut the line off
 *
 * Return: 0; -ENODATA without such a line: it may be about to be written; -EBADMSG; -ENOTSUP when
 * a newer ncrun wrote it. Messages go on from "NAME: ".
 */
int seal_open(char *text, size_t *size, struct ncrun_error *err);

/** The same of a file: what it holds without that line. Also errors of file_read_at(). */
int seal_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size,
		 struct ncrun_error *err);

/** Does that error of theirs say that what is there is not what was written? */
bool is_damage(int r);
