/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON and YAML documents whose every element knows its line and column.
 * libfyaml, loaded on first use. Bounded: depth 64, 1,000,000 lines, 200,000 elements of one
 * line, and if nothing else is said 1 MiB of a quoted text, 16 MiB and 500,000 elements; no
 * aliases; duplicate keys, NUL and invalid UTF-8 are errors.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"

struct document;

enum element_kind {
	ELEMENT_NULL,
	ELEMENT_BOOL,
	ELEMENT_NUMBER, /* as written; see element_u64() */
	ELEMENT_STRING,
	ELEMENT_LIST,
	ELEMENT_MAP,
};

/** struct element - one value; plain data, owned by the document. */
struct element {
	enum element_kind kind;
	uint32_t line, column; /* from 1 */
	const char *key;       /* inside a map, else NULL */
	uint32_t key_line, key_column;
	const char *text;               /* scalars: the value as a string, terminated; else NULL */
	bool boolean;                   /* ELEMENT_BOOL */
	const struct element *children; /* lists and maps, in order of the text */
	size_t count;
};

enum document_format {
	DOCUMENT_JSON,
	DOCUMENT_YAML
};

#define DOCUMENT_QUOTED_MIB ((size_t)1) /* libfyaml keeps 17 bytes for each that is escaped */

/**
 * struct document_kind - how it is written, and how large it may be
 * @quoted_mib: of one quoted text; 0 = DOCUMENT_QUOTED_MIB
 */
struct document_kind {
	enum document_format format;
	size_t mib;
	size_t elements;
	size_t quoted_mib;
};

/**
 * document_parse() - parse @text; @name stands in messages: "profile.json:3:14: ..."
 * Both strings are copied.
 */
int document_parse(const char *name, const char *text, size_t length, enum document_format format,
		   struct document **ret, struct ncrun_error *err);
/** The same of one that may be larger, or must be smaller. */
int document_parse_kind(const struct document_kind *kind, const char *name, const char *text,
			size_t length, struct document **ret, struct ncrun_error *err);
struct document *document_free(struct document *document);
DEFINE_CLEANUP(struct document *, document_free);
const struct element *document_root(const struct document *document);
const char *document_name(const struct document *document);

/** Set the kind of a scalar by its text, as of a value without quotes (YAML 1.2, 10.3.2). */
void element_resolve(struct element *element);

/** The child of a map, or NULL. */
const struct element *element_get(const struct element *map, const char *key);

/** What it is, for messages: "a list"; of a number the number. */
const char *element_describe(const struct element *at);

/** struct element_index - the children of a map, to be found by key in a large one */
struct element_index;
/** Of nothing if @map is NULL or no map; NULL: no memory. */
struct element_index *element_index_new(const struct element *map);
struct element_index *element_index_free(struct element_index *index);
DEFINE_CLEANUP(struct element_index *, element_index_free);
const struct element *element_index_get(const struct element_index *index, const char *key);

/** "NAME:LINE:COL: <message>"; returns -EINVAL. */
int element_error(const struct document *document, const struct element *at,
		  struct ncrun_error *err, const char *fmt, ...)
	__attribute__((cold, format(printf, 4, 5)));

/** Typed reads; a wrong type or range is an element_error() that says what was expected. */
int element_string(const struct document *document, const struct element *at, const char **ret,
		   struct ncrun_error *err);
int element_u64(const struct document *document, const struct element *at, uint64_t max,
		uint64_t *ret, struct ncrun_error *err);
/** Every key of @map must be in the NULL-terminated list @known; names the nearest known key
 * otherwise. */
int element_check_keys(const struct document *document, const struct element *map,
		       const char *const *known, struct ncrun_error *err);
