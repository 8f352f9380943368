/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Numbers from text: whole-string, range-checked, no octal, no sign unless asked. */

#include <stdint.h>

#include <ncrun/error.h>

/** Parse decimal digits, @min .. @max. @what names it in the message: "port '70000': not a number
 * from 1 to 65535". */
int number_parse_u64(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		     struct ncrun_error *err);

/** The same for a signed number. */
int number_parse_i64(const char *what, const char *text, int64_t min, int64_t max, int64_t *ret,
		     struct ncrun_error *err);

/** "64M", "1.5G", "4096": K, M, G, T are powers of 1024; "...: not a size (try 64M)". */
int size_parse(const char *what, const char *text, uint64_t *ret_bytes, struct ncrun_error *err);

/** "10s", "500ms", "2m", "1h", "2d", "1.5s"; a bare number is seconds. */
int duration_parse(const char *what, const char *text, uint64_t *ret_ms, struct ncrun_error *err);
/** The same, at most @max_ms, which is an hour or more: "...: too large (at most 9h)". */
int duration_parse_to(const char *what, const char *text, uint64_t max_ms, uint64_t *ret_ms,
		      struct ncrun_error *err);

/** "0755", "755": octal, at most @max. */
int mode_parse(const char *what, const char *text, uint32_t max, uint32_t *ret,
	       struct ncrun_error *err);

/** "20ms", "1.5s", "300us", "5ns", "1m", "1h", and "0". */
int nanoseconds_parse(const char *what, const char *text, uint64_t *ret_ns,
		      struct ncrun_error *err);
/** Bits a second: "10mbit", "1.5Gbit", "800bit"; powers of 1000. */
int rate_parse(const char *what, const char *text, uint64_t *ret_bits, struct ncrun_error *err);
/** "0.1%" or "0.1", 0 to 100, at most nine digits behind the point; the same in every locale. */
int percent_parse(const char *what, const char *text, double *ret, struct ncrun_error *err);

#define QUANTITY_TEXT_MAX 32

/* The shortest text that the function above reads back as the same. */
const char *nanoseconds_print(uint64_t ns, char buffer[QUANTITY_TEXT_MAX]);
const char *rate_print(uint64_t bits, char buffer[QUANTITY_TEXT_MAX]);
const char *size_print(uint64_t bytes, char buffer[QUANTITY_TEXT_MAX]);
/** "0.1%"; what needs more than nine digits is rounded. */
const char *percent_print(double percent, char buffer[QUANTITY_TEXT_MAX]);
