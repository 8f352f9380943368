/* SPDX-License-Identifier: Apache-2.0 */

#include "base/seal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/number.h"

#define LEAD       "#sealed "
#define SUM_DIGITS 16

static void sum_print(const char *text, size_t size, char ret[SUM_DIGITS + 2])
{
	snprintf(ret, SUM_DIGITS + 2, "%016" PRIx64 "\n", hash_bytes(HASH_START, text, size));
}

void text_seal(struct text *text)
{
	char sum[SUM_DIGITS + 2];

	text_printf(text, LEAD "%d ", SEAL_FORMAT);
	if (text_failed(text))
		return;
	sum_print(text->chars, text->length, sum);
	text_append(text, sum);
}

/** Where the last line begins; NULL if it is not the one. */
static char *seal_find(char *text, size_t size)
{
	char *last = text;

	if (size == 0 || text[size - 1] != '\n')
		return NULL;
	for (char *at = text + size - 1; at > text && last == text; at--)
		if (at[-1] == '\n')
			last = at;
	return text_starts_with(last, LEAD) ? last : NULL;
}

int seal_open(char *text, size_t *size, struct ncrun_error *err)
{
	char *line = seal_find(text, *size), *sum = line ? strchr(line + strlen(LEAD), ' ') : NULL;
	char expected[SUM_DIGITS + 2];
	uint64_t format = 0;

	if (!line)
		return error_set(err, ENODATA, "it is cut short");
	if (sum) {
		sum++;
		sum_print(text, (size_t)(sum - text), expected);
	}
	if (!sum || text + *size - sum != SUM_DIGITS + 1 ||
	    memcmp(sum, expected, SUM_DIGITS + 1) != 0)
		return error_set(err, EBADMSG, "it is not as it was written");
	sum[-1] = '\0';
	if (number_parse_u64("format", line + strlen(LEAD), 0, UINT32_MAX, &format, err) < 0)
		return -EBADMSG;
	if (format > SEAL_FORMAT)
		return error_set(err, ENOTSUP,
				 "it is of a newer ncrun (format %" PRIu64 ", not %d)", format,
				 SEAL_FORMAT);
	*line = '\0';
	*size = (size_t)(line - text);
	return 0;
}

int seal_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size,
		 struct ncrun_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = file_read_at(dir_fd, path, max, &text, &size, err);

	if (r == 0)
		r = seal_open(text, &size, err);
	if (r < 0)
		return r;
	*ret = take_ptr(text);
	*ret_size = size;
	return 0;
}

bool is_damage(int r)
{
	static const int codes[] = {EBADMSG, ENODATA, ENOTSUP, ENOENT, EINVAL,
				    EFBIG,   EISDIR,  ENOTDIR, ELOOP,  ENXIO};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (r == -codes[i])
			return true;
	return false;
}
