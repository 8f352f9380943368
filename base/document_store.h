/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a document is made of; for base/document*.c alone. */

#include <stddef.h>

#include "base/document.h"

struct document_block;

struct document {
	char *name;                    /* owned */
	struct document_block *blocks; /* owned; texts and children */
	struct element root;
};

struct document *document_new(const char *name);

/** Memory that lives as long as the document; NULL when there is none. */
void *document_allocate(struct document *document, size_t size);
