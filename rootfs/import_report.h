/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the process that unpacks, or writes, an archive tells the one that made it,
 * message by message over a SOCK_SEQPACKET socket. The reader believes none of it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#define REPORT_SIZE_MAX 131072

enum report_kind {
	REPORT_NOTE,     /* a line of text */
	REPORT_PROGRESS, /* struct report_progress */
	REPORT_FAILED,   /* struct ncrun_error */
	REPORT_DONE,     /* a record (base/record.h): the image's configuration */
	REPORT_BYTES,    /* of the archive that is written */
};

struct report_progress {
	uint64_t done_bytes;
	uint64_t total_bytes;
};

struct report {
	uint32_t kind;
	char body[REPORT_SIZE_MAX]; /* terminated */
	size_t size;                /* of the body */
};

int report_send(int fd, enum report_kind kind, const void *body, size_t size,
		struct ncrun_error *err);
/** The next message; *@ret_more is false when the other side is gone. */
int report_receive(int fd, struct report *ret, bool *ret_more, struct ncrun_error *err);
/** What REPORT_FAILED says that @who, "the unpacking process", met. */
int report_failure(const struct report *report, const char *who, struct ncrun_error *err);
