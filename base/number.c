/* SPDX-License-Identifier: Apache-2.0 */

#include "base/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define FRACTION_DIGITS_MAX 6
#define MS_PER_H            UINT64_C(3600000)

/** Take digits of @base from *@at; false if there are none or they do not fit. */
static bool digits_take(const char **at, unsigned int base, uint64_t *ret)
{
	uint64_t value = 0;
	const char *p = *at;

	for (; *p >= '0' && *p < (char)('0' + base); p++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return false;
	if (p == *at)
		return false;
	*at = p;
	*ret = value;
	return true;
}

int number_parse_u64(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		     struct ncrun_error *err)
{
	const char *end = text;
	uint64_t value;

	if (!digits_take(&end, 10, &value) || *end || value < min || value > max)
		return error_set(err, EINVAL,
				 "%s '%.100s': not a number from %" PRIu64 " to %" PRIu64, what,
				 text, min, max);
	*ret = value;
	return 0;
}

int number_parse_i64(const char *what, const char *text, int64_t min, int64_t max, int64_t *ret,
		     struct ncrun_error *err)
{
	bool negative = *text == '-';
	const char *end = negative ? text + 1 : text;
	uint64_t magnitude;
	bool fits = digits_take(&end, 10, &magnitude) && !*end &&
		    magnitude <= (uint64_t)INT64_MAX + negative;
	int64_t value = 0;

	if (fits)
		value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	if (!fits || value < min || value > max)
		return error_set(err, EINVAL,
				 "%s '%.100s': not a number from %" PRId64 " to %" PRId64, what,
				 text, min, max);
	*ret = value;
	return 0;
}

struct unit {
	const char *suffix;
	uint64_t factor;
};

/* Of those that mean the same the one that is printed is the first. */
static const struct unit size_units[] = {
	{"", 1},           {"K", 1ull << 10},
	{"k", 1ull << 10}, {"M", 1ull << 20},
	{"m", 1ull << 20}, {"G", 1ull << 30},
	{"g", 1ull << 30}, {"T", 1ull << 40},
	{"t", 1ull << 40}, {0},
};

static const struct unit nanosecond_units[] = {
	{"ns", 1},
	{"us", 1000},
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", 60000000000},
	{"h", 3600000000000},
	{0},
};

static const struct unit rate_units[] = {
	{"bit", 1},
	{"kbit", 1000},
	{"Kbit", 1000},
	{"mbit", 1000000},
	{"Mbit", 1000000},
	{"gbit", 1000000000},
	{"Gbit", 1000000000},
	{"tbit", 1000000000000},
	{"Tbit", 1000000000000},
	{0},
};

/**
 * Parse "1.5G" by a table that ends in {0}. What is smaller than one is cut off
 * where @rounds, refused otherwise.
 */
static bool scaled_parse(const char *text, const struct unit *units, bool rounds, uint64_t *ret)
{
	uint64_t whole, fraction = 0, scale = 1;

	if (!digits_take(&text, 10, &whole))
		return false;
	if (*text == '.') {
		const char *start = ++text;

		if (!digits_take(&text, 10, &fraction) || text - start > FRACTION_DIGITS_MAX)
			return false;
		for (; start < text; start++)
			scale *= 10;
	}
	while (units->suffix && strcmp(units->suffix, text) != 0)
		units++;
	if (!units->suffix)
		return false;
	if (__builtin_mul_overflow(fraction, units->factor, &fraction) ||
	    (!rounds && fraction % scale != 0) ||
	    __builtin_mul_overflow(whole, units->factor, &whole))
		return false;
	return !__builtin_add_overflow(whole, fraction / scale, ret);
}

/** Is it written as one that scaled_parse() knows, and simply too much for it? */
static bool scaled_is_too_large(const char *text, const struct unit *units)
{
	const char *suffix = text + strspn(text, "0123456789");
	uint64_t whole, scaled;

	if (suffix == text)
		return false;
	if (*suffix == '.')
		suffix += 1 + strspn(suffix + 1, "0123456789");
	while (units->suffix && strcmp(units->suffix, suffix) != 0)
		units++;
	return units->suffix && (!digits_take(&text, 10, &whole) ||
				 __builtin_mul_overflow(whole, units->factor, &scaled));
}

int size_parse(const char *what, const char *text, uint64_t *ret_bytes, struct ncrun_error *err)
{
	uint64_t bytes;
	bool in_bytes = *text && text[strlen(text) - 1] <= '9';

	if (!scaled_parse(text, size_units, !in_bytes, &bytes))
		return error_set(err, EINVAL, "%s '%.100s': %s (try 64M)", what, text,
				 scaled_is_too_large(text, size_units) ? "too large"
								       : "not a size");
	*ret_bytes = bytes;
	return 0;
}

int duration_parse(const char *what, const char *text, uint64_t *ret_ms, struct ncrun_error *err)
{
	return duration_parse_to(what, text, INT64_MAX, ret_ms, err);
}

int duration_parse_to(const char *what, const char *text, uint64_t max_ms, uint64_t *ret_ms,
		      struct ncrun_error *err)
{
	static const struct unit units[] = {
		{"", 1000},           {"ms", 1}, {"s", 1000}, {"m", MS_PER_H / 60}, {"h", MS_PER_H},
		{"d", 24 * MS_PER_H}, {0},
	};
	uint64_t ms;
	bool good = scaled_parse(text, units, false, &ms);

	if (good && ms <= max_ms) {
		*ret_ms = ms;
		return 0;
	}
	if (good || scaled_is_too_large(text, units))
		return error_set(err, EINVAL, "%s '%.100s': too large (at most %" PRIu64 "h)", what,
				 text, max_ms / MS_PER_H);
	return error_set(err, EINVAL, "%s '%.100s': not a duration (try 10s or 500ms)", what, text);
}

int mode_parse(const char *what, const char *text, uint32_t max, uint32_t *ret,
	       struct ncrun_error *err)
{
	const char *end = text;
	uint64_t value;

	if (!digits_take(&end, 8, &value) || *end || value > max)
		return error_set(err, EINVAL, "%s '%.100s': not an octal number up to %04" PRIo32,
				 what, text, max);
	*ret = (uint32_t)value;
	return 0;
}

/* ---- quantities with units ------------------------------------------------------- */

int nanoseconds_parse(const char *what, const char *text, uint64_t *ret_ns, struct ncrun_error *err)
{
	uint64_t ns = 0;

	if (strcmp(text, "0") != 0 && !scaled_parse(text, nanosecond_units, false, &ns))
		return error_set(err, EINVAL, "%s '%.100s': not a time (try 20ms)", what, text);
	*ret_ns = ns;
	return 0;
}

int rate_parse(const char *what, const char *text, uint64_t *ret_bits, struct ncrun_error *err)
{
	uint64_t bits = 0;

	if (!scaled_parse(text, rate_units, false, &bits))
		return error_set(err, EINVAL, "%s '%.100s': not a rate (try 10mbit)", what, text);
	*ret_bits = bits;
	return 0;
}

/** @value in the largest unit of which it is a whole number. */
static const char *scaled_print(uint64_t value, const struct unit *units, char *buffer)
{
	const struct unit *best = units;

	for (; value && units->suffix; units++)
		if (value % units->factor == 0 && units->factor > best->factor)
			best = units;
	snprintf(buffer, QUANTITY_TEXT_MAX, "%" PRIu64 "%s", value / best->factor, best->suffix);
	return buffer;
}

const char *nanoseconds_print(uint64_t ns, char buffer[QUANTITY_TEXT_MAX])
{
	return scaled_print(ns, nanosecond_units, buffer);
}

const char *rate_print(uint64_t bits, char buffer[QUANTITY_TEXT_MAX])
{
	return scaled_print(bits, rate_units, buffer);
}

const char *size_print(uint64_t bytes, char buffer[QUANTITY_TEXT_MAX])
{
	return scaled_print(bytes, size_units, buffer);
}

/* ---- percentages ------------------------------------------------------------------- */

#define PERCENT_SCALE  UINT64_C(1000000000) /* of PERCENT_DIGITS behind the point */
#define PERCENT_DIGITS 9

int percent_parse(const char *what, const char *text, double *ret, struct ncrun_error *err)
{
	const char *at = text;
	uint64_t whole = 0, fraction = 0, scale = 1;
	bool good = digits_take(&at, 10, &whole);

	if (good && *at == '.') {
		const char *start = ++at;

		good = digits_take(&at, 10, &fraction) && at - start <= PERCENT_DIGITS;
		for (; good && start < at; start++)
			scale *= 10;
	}
	at += *at == '%';
	if (!good || *at || whole > 100 || (whole == 100 && fraction))
		return error_set(err, EINVAL,
				 "%s '%.100s': not a percentage from 0 to 100 (try 0.1%%)", what,
				 text);
	/* both are exact as doubles, so that the quotient is the nearest one */
	*ret = (double)(whole * scale + fraction) / (double)scale;
	return 0;
}

const char *percent_print(double percent, char buffer[QUANTITY_TEXT_MAX])
{
	uint64_t scaled = (uint64_t)(percent * (double)PERCENT_SCALE + 0.5);
	int length = snprintf(buffer, QUANTITY_TEXT_MAX, "%u.%09u",
			      (unsigned int)(scaled / PERCENT_SCALE),
			      (unsigned int)(scaled % PERCENT_SCALE));

	while (buffer[length - 1] == '0')
		length--;
	if (buffer[length - 1] == '.')
		length--;
	memcpy(buffer + length, "%", 2);
	return buffer;
}
