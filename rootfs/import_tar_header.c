/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A second look at the raw headers of an entry: extended headers (pax, and GNU's
 * long names) may hold NUL bytes, where libarchive's strings end. Such a name is
 * not what its author shows to others.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "rootfs/import_tar.h"

#define BLOCK       512
#define TYPE_AT     156
#define SIZE_AT     124
#define SIZE_LENGTH 12

static int headers_damaged(struct ncrun_error *err)
{
	return error_set(err, EINVAL, "damaged archive: an extended header makes no sense");
}

/** The size field: octal digits. Extended headers are far too small for base 256. */
static bool size_parse(const unsigned char *field, size_t *ret)
{
	size_t i = 0, value = 0;

	while (i < SIZE_LENGTH && field[i] == ' ')
		i++;
	for (; i < SIZE_LENGTH && field[i] >= '0' && field[i] <= '7'; i++)
		value = value * 8 + (size_t)(field[i] - '0');
	*ret = value;
	return i == SIZE_LENGTH || field[i] == ' ' || field[i] == '\0';
}

/** May the value of this pax keyword be anything? */
static bool is_binary(const char *key, size_t length)
{
	return (length > 13 && memcmp(key, "SCHILY.xattr.", 13) == 0) ||
	       (length > 17 && memcmp(key, "LIBARCHIVE.xattr.", 17) == 0);
}

/** "LENGTH KEY=VALUE\n", where LENGTH counts all of it. */
static int record_check(const char *record, size_t size, size_t *ret_length,
			struct ncrun_error *err)
{
	const char *space = memchr(record, ' ', size), *equals;
	size_t length = 0, key;

	if (!space || space == record || space - record > 9)
		return headers_damaged(err);
	for (const char *at = record; at < space; at++) {
		if (!isdigit((unsigned char)*at))
			return headers_damaged(err);
		length = length * 10 + (size_t)(*at - '0');
	}
	key = (size_t)(space - record) + 1;
	if (length > size || length <= key || record[length - 1] != '\n')
		return headers_damaged(err);
	equals = memchr(record + key, '=', length - key);
	if (!equals)
		return headers_damaged(err);
	if (!is_binary(record + key, (size_t)(equals - record) - key) &&
	    memchr(record + key, '\0', length - key))
		return error_set(err, EINVAL, "a name holds a NUL character");
	*ret_length = length;
	return 0;
}

static int pax_check(const char *body, size_t size, struct ncrun_error *err)
{
	while (size > 0 && *body) { /* some writers fill up with NULs */
		size_t length = 0;
		int r = record_check(body, size, &length, err);

		if (r < 0)
			return r;
		body += length;
		size -= length;
	}
	return 0;
}

/** A long name ends with NULs and holds none. */
static int long_name_check(const char *body, size_t size, struct ncrun_error *err)
{
	for (size_t i = strnlen(body, size); i < size; i++)
		if (body[i])
			return error_set(err, EINVAL, "a name holds a NUL character");
	return 0;
}

int import_tar_check_headers(const unsigned char *bytes, size_t size, struct ncrun_error *err)
{
	while (size >= BLOCK) {
		unsigned char type = bytes[TYPE_AT];
		size_t length = 0, whole;
		int r;

		if (!strchr("xgXLKA", type) || !type)
			return 0; /* the entry's own header */
		if (!size_parse(bytes + SIZE_AT, &length) || length > size - BLOCK)
			return headers_damaged(err);
		r = type == 'L' || type == 'K'
			    ? long_name_check((const char *)bytes + BLOCK, length, err)
		    : type == 'A' ? 0
				  : pax_check((const char *)bytes + BLOCK, length, err);
		if (r < 0)
			return r;
		whole = BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
		if (whole > size)
			return headers_damaged(err);
		bytes += whole;
		size -= whole;
	}
	return 0;
}
