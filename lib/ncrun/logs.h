/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NCRUN_LOGS_H
#define NCRUN_LOGS_H

/* What a detached node's commands have written. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct ncrun_log_options - which part of a detached node's log
 * @tail:	last so many lines; 0 = all that is kept
 * @since_ns:	CLOCK_REALTIME; 0 = from the start
 * @follow:	go on until the node ends
 * @service:	only this one; NULL = all
 */
struct ncrun_log_options {
	size_t size;
	uint64_t tail;
	int64_t since_ns;
	bool follow;
	const char *service;
};

/** One line of a log; @text is not terminated. @stream is 1 or 2. */
struct ncrun_log_line {
	int64_t time_ns;
	int stream;
	bool partial; /* more of the same line follows */
	const char *service;
	const char *text;
	size_t length;
};

/** Call @line for each line; a non-zero return of it ends the call with that value. */
int ncrun_container_logs(struct ncrun_container *container, const struct ncrun_log_options *options,
			 int (*line)(void *data, const struct ncrun_log_line *line), void *data,
			 struct ncrun_error *err);

#ifdef __cplusplus
}
#endif

#endif
