/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text;

/**
 * struct worst_input - of a reader
 * @file:	below the folder, its name as the reader wants it; folders are there
 * @head:	once; @tail, too
 * @piece:	again and again; a '#' in it is another number each time, as short as can be, a '~'
 *		another name of the same hash, a '^' a byte of zero
 * @command:	of ncrun; '@' is the file
 * @refused:	all of it must not be taken
 * @told:	part of what is said then; NULL = whatever it is
 * @tar:	instead of all that: append an entry of an archive, the @number-th
 * @bomb:	a program that packs it: zeros for ever follow the first entry
 */
struct worst_input {
	const char *what, *file;
	const char *head, *piece, *tail;
	const char *command;
	bool refused;
	const char *told;
	void (*tar)(struct text *archive, size_t number);
	const char *bomb;
};

const struct worst_input *worst_inputs(size_t *ret_count);
const struct worst_input *worst_archives(size_t *ret_count);

/** About @size bytes of it. */
bool worst_input_write(const struct worst_input *input, const char *path, size_t size);
bool worst_archive_write(const struct worst_input *input, FILE *file, size_t size);
