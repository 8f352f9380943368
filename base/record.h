/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our own small state files: lines of "key=value", \n \r \\ escaped, keys may
 * repeat (lists). Read and written on the path of a node's start, where a JSON
 * library would cost more than all the rest.
 */

#include <stddef.h>
#include <stdint.h>

#include <ncrun/error.h>

#include "base/cleanup.h"
#include "base/text.h"

void record_put(struct text *out, const char *key, const char *value);
void record_put_u64(struct text *out, const char *key, uint64_t value);
void record_put_i64(struct text *out, const char *key, int64_t value);
void record_put_list(struct text *out, const char *key, const char *const *values);

/** struct record - a parsed one; values stay valid until it is freed. */
struct record;

/** Parse @text of @length bytes. -EBADMSG for a line without '=', a NUL, a bad escape or over
 * 65,536 lines. */
int record_parse(const char *text, size_t length, struct record **ret, struct ncrun_error *err);
struct record *record_free(struct record *record);
DEFINE_CLEANUP(struct record *, record_free);

/** The last value of @key, or @fallback. */
const char *record_get(const struct record *record, const char *key, const char *fallback);
/** Numbers that are missing or damaged are @fallback. */
uint64_t record_get_u64(const struct record *record, const char *key, uint64_t fallback);
int64_t record_get_i64(const struct record *record, const char *key, int64_t fallback);
/** All values of @key as a NULL-terminated list, owned by the record; empty list if none. NULL on
 * no memory. */
const char *const *record_get_list(struct record *record, const char *key);
