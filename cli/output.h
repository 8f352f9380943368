/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What people see: tables, sizes, times, messages. All text from elsewhere is
 * escaped here, so that a node or an image cannot drive the terminal.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* ---- messages ------------------------------------------------------------ */

/** "ncrun COMMAND: <message>" on standard error, in one write; @command may be "". */
void complain(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** A notice_fn for libncrun: "ncrun: <line>" on standard error. */
void notice_print(void *data, const char *line);

/** Print a whole text on standard output. */
void text_print(const struct text *text);

/** Write all that was printed; -errno if it could not all be, which is for the caller to say. */
int output_flush(void);

/**
 * output_close() - what the process exits with when its output is written
 * @status:	if it could be written; a full disk or a closed pipe must not look like success
 */
int output_close(int status, int failed);

/* ---- tables ---------------------------------------------------------------- */

#define TABLE_COLUMNS_MAX 8

/**
 * struct table - rows of cells, printed in aligned columns
 * @headings:	NULL after the last
 * @right:	bit n: column n is aligned to the right
 * @cells:	NULL-terminated list, row by row
 */
struct table {
	const char *headings[TABLE_COLUMNS_MAX + 1];
	uint32_t right;
	char **cells;
	size_t cell_count;
	bool failed;
};

/** Append a cell; rows are filled from left to right. */
void table_add(struct table *table, const char *cell);
void table_addf(struct table *table, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** The headings and all rows; nothing but the headings when there are none. */
void table_print(const struct table *table, struct text *out);
void table_done(struct table *table);
#define _cleanup_table_ _cleanup_(table_done)

/* ---- values ---------------------------------------------------------------- */

/** "1 node", "2 nodes": words whose plural is made with an s. */
void print_count(struct text *out, uint64_t count, const char *thing);
/** "512 B", "7.6 MiB" */
void print_size(struct text *out, uint64_t bytes);
/** "12s", "3m 20s", "2h 5m", "4d 1h"; "0.3s" below ten seconds */
void print_duration(struct text *out, int64_t ns);
/** "2026-11-23 21:08:30" in the machine's time zone; "-" for 0 */
void print_time(struct text *out, int64_t ns);
/** Words of a command as a shell would take them. */
void print_words(struct text *out, const char *const *words);
/** Columns that @text takes on a terminal, for text that is escaped. */
size_t text_width(const char *text);

/* ---- colour ---------------------------------------------------------------- */

enum colour {
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_RED,
	COLOUR_BOLD
};

/** Only on a terminal, and never with NO_COLOR in the environment (no-color.org). */
bool colour_wanted(int fd);
/** @text as it is, or in colour. */
void print_coloured(struct text *out, bool wanted, enum colour colour, const char *text);
