/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Growing text, and NULL-terminated lists of strings. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/**
 * struct text - a string that grows; zero-initialised is empty
 *
 * Allocation failures are sticky: append freely, then ask text_failed() once.
 */
struct text {
	char *chars; /* owned; NULL or terminated */
	size_t length;
	size_t capacity;
	bool failed;
};

/** Room for @more further bytes and a NUL. */
bool text_reserve(struct text *text, size_t more);
void text_append(struct text *text, const char *chars);
void text_append_bytes(struct text *text, const void *bytes, size_t length);
void text_append_char(struct text *text, char c);
void text_printf(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool text_failed(const struct text *text);
/** The string so far, never NULL; borrowed. */
const char *text_string(const struct text *text);
/** Hand the string over; the text is empty afterwards. NULL when an allocation had failed. */
char *text_take(struct text *text);
void text_done(struct text *text);
#define _cleanup_text_ _cleanup_(text_done)

/* ---- lists of strings, NULL-terminated -------------------------------------- */

size_t strings_count(const char *const *list);
/** A deep copy, NULL on no memory. strings_free() releases it. */
char **strings_copy(const char *const *list);
/** Append a copy of @string; 0 or -ENOMEM. *@list may be NULL. */
int strings_append(char ***list, const char *string);
/** The same for long lists: @count says how many there are, and is one more afterwards. */
int strings_append_counted(char ***list, size_t *count, const char *string);
bool strings_contain(const char *const *list, const char *string);
char **strings_free(char **list);
DEFINE_CLEANUP(char **, strings_free);

/**
 * Split as a POSIX shell splits words: blanks, '...', "...", backslash; no
 * expansion of any kind. -EINVAL on an open quote.
 */
int words_split(const char *text, char ***ret);

/** Replace control bytes and non-UTF-8 by \xNN, so that node-controlled text cannot drive a
 * terminal. */
void text_append_escaped(struct text *text, const char *chars, size_t length);

/** Bytes of the valid UTF-8 character that @chars begins with; 0 if it is none. */
size_t text_utf8_length(const char *chars, size_t length);

static inline bool text_equal(const char *a, const char *b)
{
	return __builtin_strcmp(a, b) == 0;
}

static inline bool text_starts_with(const char *text, const char *prefix)
{
	return __builtin_strncmp(text, prefix, __builtin_strlen(prefix)) == 0;
}

/** FNV-1a of a string: spreads names, and is the same on every machine; no protection from anybody.
 */
uint32_t text_hash(const char *text);
/** Where it belongs in a table of this process: names that collide cannot be chosen. */
uint32_t text_slot(const char *text);
