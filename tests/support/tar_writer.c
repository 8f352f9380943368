/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/tar_writer.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 512

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[8], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

static void pad(struct text *archive)
{
	static const char zeros[BLOCK];

	text_append_bytes(archive, zeros, (BLOCK - archive->length % BLOCK) % BLOCK);
}

/** Octal digits, or base 256 where these do not suffice. */
static void put_number(char *field, size_t width, uint64_t value)
{
	char digits[32];

	if (value >> (3 * (width - 1)) == 0) {
		snprintf(digits, sizeof(digits), "%0*lo", (int)width - 1, (unsigned long)value);
		memcpy(field, digits, width);
		return;
	}
	for (size_t i = width; i-- > 1; value >>= 8)
		field[i] = (char)(value & 0xff);
	field[0] = (char)0x80;
}

static void put_header(struct text *archive, const struct tar_item *item, const char *name,
		       char type, uint64_t size)
{
	struct header header = {0};
	unsigned int sum = 0;

	memcpy(header.name, name, strnlen(name, sizeof(header.name)));
	if (item->link)
		memcpy(header.link, item->link, strnlen(item->link, sizeof(header.link)));
	put_number(header.mode, sizeof(header.mode), item->mode);
	put_number(header.uid, sizeof(header.uid), item->uid);
	put_number(header.gid, sizeof(header.gid), item->gid);
	put_number(header.size, sizeof(header.size), size);
	put_number(header.mtime, sizeof(header.mtime), (uint64_t)item->mtime);
	put_number(header.major, sizeof(header.major), item->major);
	put_number(header.minor, sizeof(header.minor), item->minor);
	header.type = type;
	memcpy(header.magic, "ustar\00000", 8);
	memset(header.sum, ' ', sizeof(header.sum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((const unsigned char *)&header)[i];
	snprintf(header.sum, sizeof(header.sum), "%06o", sum);
	text_append_bytes(archive, &header, sizeof(header));
}

static void put_extension(struct text *archive, char type, const void *body, size_t size)
{
	const struct tar_item plain = {.mode = 0644};

	put_header(archive, &plain, "extension", type, size);
	text_append_bytes(archive, body, size);
	pad(archive);
}

void tar_put_item(struct text *archive, const struct tar_item *given)
{
	struct tar_item item = *given;
	uint64_t size;

	if (!item.type)
		item.type = '0';
	if (!item.mode)
		item.mode = item.type == '5' ? 0755 : 0644;
	if (!item.mtime)
		item.mtime = 1700000000;
	if (item.data && !item.size)
		item.size = strlen(item.data);
	size = item.claimed ? item.claimed : item.size;
	if (item.pax)
		put_extension(archive, 'x', item.pax->chars, item.pax->length);
	if (strlen(item.name) > sizeof(((struct header *)0)->name))
		put_extension(archive, 'L', item.name, strlen(item.name) + 1);
	if (item.link && strlen(item.link) > sizeof(((struct header *)0)->link))
		put_extension(archive, 'K', item.link, strlen(item.link) + 1);
	put_header(archive, &item, item.name, item.type, size);
	text_append_bytes(archive, item.data, item.size);
	pad(archive);
}

void tar_pax(struct text *records, const char *key, const void *value, size_t length)
{
	size_t rest = strlen(key) + length + 3, total = rest + 1;
	char digits[32];

	/* the length counts its own digits */
	while (rest + (size_t)snprintf(digits, sizeof(digits), "%zu", total) != total)
		total++;
	text_printf(records, "%s %s=", digits, key);
	text_append_bytes(records, value, length);
	text_append_char(records, '\n');
}

void tar_end(struct text *archive)
{
	static const char zeros[2 * BLOCK];

	text_append_bytes(archive, zeros, sizeof(zeros));
}
