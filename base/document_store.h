/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a document is made of; for base/document*.c alone. */

#include <stddef.h>

#include "base/document.h"

#define DOCUMENT_DEPTH_MAX      64
#define DOCUMENT_LINE_ITEMS_MAX 200000 /* libfyaml keeps 400 bytes for each */
#define DOCUMENT_LINES_MAX      1000000

enum document_excess {
	DOCUMENT_EXCESS_NONE,
	DOCUMENT_EXCESS_DEPTH,
	DOCUMENT_EXCESS_LINE,
	DOCUMENT_EXCESS_LINES,
	DOCUMENT_EXCESS_QUOTED,
};

/** What the library must not be given, and where (document_scan.c). */
enum document_excess document_scan(const struct document_kind *kind, const char *text,
				   size_t length, struct element *at);
/** How much of a quoted text. */
size_t document_quoted_mib(const struct document_kind *kind);

struct document_block;

struct document {
	char *name;                    /* owned */
	struct document_block *blocks; /* owned; texts and children */
	struct element root;
};

struct document *document_new(const char *name);

/** Memory that lives as long as the document; NULL when there is none. */
void *document_allocate(struct document *document, size_t size);
