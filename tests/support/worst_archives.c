/* SPDX-License-Identifier: Apache-2.0 */

/* The worst of archives and of what describes images. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/support/tar_writer.h"
#include "tests/support/worst_inputs.h"

#define MIB (1u << 20)

/* ---- entries --------------------------------------------------------------------------------- */

static void put_file(struct text *archive, size_t number)
{
	char name[32];

	snprintf(name, sizeof(name), "%zx", number);
	tar_put(archive, .name = name);
}

static void put_same(struct text *archive, size_t number)
{
	(void)number;
	tar_put(archive, .name = "a");
}

/** Each is another name of the one before, and the first of a file. */
static void put_hard_link(struct text *archive, size_t number)
{
	char name[32], before[32];

	snprintf(name, sizeof(name), "%zx", number);
	snprintf(before, sizeof(before), "%zx", number - 1);
	if (number == 0)
		tar_put(archive, .name = name, .data = "x");
	else
		tar_put(archive, .name = name, .type = '1', .link = before);
}

static void put_symlink(struct text *archive, size_t number)
{
	char name[32], before[32];

	snprintf(name, sizeof(name), "%zx", number);
	snprintf(before, sizeof(before), "%zx", number - 1);
	tar_put(archive, .name = name, .type = '2', .link = before);
}

static void put_directory(struct text *archive, size_t number)
{
	char name[32];

	snprintf(name, sizeof(name), "%zx/", number);
	tar_put(archive, .name = name, .type = '5');
}

/** Directories in directories, all of which have to be made; or one that is too deep. */
static void put_path(struct text *archive, size_t number, int depth)
{
	_cleanup_text_ struct text name = {0};

	for (int i = 0; i < depth; i++)
		text_printf(&name, i == 0 ? "%zx/" : "d/", number);
	text_append_char(&name, 'f');
	tar_put(archive, .name = text_string(&name));
}

static void put_deep(struct text *archive, size_t number)
{
	put_path(archive, number, 32);
}

static void put_too_deep(struct text *archive, size_t number)
{
	put_path(archive, number, 60000);
}

static void put_long_name(struct text *archive, size_t number)
{
	_cleanup_text_ struct text name = {0};

	text_printf(&name, "%zx", number);
	while (name.length < 3900)
		text_append(&name, name.length % 200 == 0 ? "/" : "n");
	tar_put(archive, .name = text_string(&name));
}

static void put_too_long(struct text *archive, size_t number)
{
	_cleanup_text_ struct text name = {0};

	(void)number;
	while (name.length < 900 << 10)
		text_append(&name, "nnnnnnnnnnnnnnnn");
	tar_put(archive, .name = text_string(&name));
}

/* ---- extended headers ------------------------------------------------------------------------ */

static void put_attributes(struct text *archive, size_t number)
{
	_cleanup_text_ struct text pax = {0};
	char name[64];

	for (unsigned int i = 0; pax.length < 900 << 10; i++) {
		snprintf(name, sizeof(name), "SCHILY.xattr.user.%x", i);
		tar_pax(&pax, name, "x", 1);
	}
	snprintf(name, sizeof(name), "%zx", number);
	tar_put(archive, .name = name, .pax = &pax);
}

static void put_comment(struct text *archive, size_t number)
{
	_cleanup_text_ struct text pax = {0};
	char *comment = calloc(1, 900 << 10);
	char name[32];

	if (comment)
		tar_pax(&pax, "comment", memset(comment, 'x', 900 << 10), 900 << 10);
	free(comment);
	snprintf(name, sizeof(name), "%zx", number);
	tar_put(archive, .name = name, .pax = &pax);
}

static void put_huge_header(struct text *archive, size_t number)
{
	_cleanup_text_ struct text pax = {0};
	char *comment = calloc(1, 12 * MIB);

	if (comment)
		tar_pax(&pax, "comment", memset(comment, 'x', 12 * MIB), 12 * MIB);
	free(comment);
	(void)number;
	tar_put(archive, .name = "f", .pax = &pax);
}

/** Headers of headers, and never an entry. */
static void put_only_header(struct text *archive, size_t number)
{
	(void)number;
	tar_put(archive, .name = "x", .type = 'x', .data = "16 comment=xxxx\n");
}

static void put_global_header(struct text *archive, size_t number)
{
	(void)number;
	tar_put(archive, .name = "g", .type = 'g', .data = "16 comment=xxxx\n");
}

/* ---- holes ----------------------------------------------------------------------------------- */

/** A file of @size bytes with so many of one byte in it, each with a hole behind it. */
static void put_sparse(struct text *archive, size_t number, const char *size, unsigned int parts)
{
	_cleanup_text_ struct text pax = {0}, body = {0};
	char name[32];

	snprintf(name, sizeof(name), "%zx", number);
	tar_pax(&pax, "GNU.sparse.major", "1", 1);
	tar_pax(&pax, "GNU.sparse.minor", "0", 1);
	tar_pax(&pax, "GNU.sparse.name", name, strlen(name));
	tar_pax(&pax, "GNU.sparse.realsize", size, strlen(size));
	text_printf(&body, "%u\n", parts);
	for (unsigned int i = 0; i < parts; i++)
		text_printf(&body, "%u\n1\n", i * 8192);
	while (body.length % 512)
		text_append_bytes(&body, "", 1);
	for (unsigned int i = 0; i < parts; i++)
		text_append_char(&body, 'x');
	tar_put(archive, .name = "GNUSparseFile.0/s", .data = body.chars, .size = body.length,
		.pax = &pax);
}

static void put_petabyte(struct text *archive, size_t number)
{
	put_sparse(archive, number, "1125899906842624", 1);
}

static void put_hole(struct text *archive, size_t number)
{
	put_sparse(archive, number, "10000000000", 1);
}

static void put_parts(struct text *archive, size_t number)
{
	put_sparse(archive, number, "10000000000", 50000);
}

/** More than may be in all. */
static void put_zeros(struct text *archive, size_t number)
{
	(void)number;
	tar_put(archive, .name = "zeros", .claimed = UINT64_C(8) << 30);
}

/* ---- the table ------------------------------------------------------------------------------- */

#define TAR(what, refused, told, put)                                                           \
	{                                                                                       \
		"archive: " what, "a.tar", "", "", "", "rootfs import x @", refused, told, put, \
			NULL                                                                    \
	}
#define BOMB(program, told)                                                                    \
	{                                                                                      \
		"archive: a bomb of " program, "a.tar", "", "", "", "rootfs import x @", true, \
			told, put_zeros, program                                               \
	}
#define IMAGE(what, file, head, piece, tail, told)                                              \
	{                                                                                       \
		"image: " what, file, head, piece, tail, "rootfs import x ./image", true, told, \
			NULL, NULL                                                              \
	}
#define RATIO  "it unpacks to more than 100 times its size"
#define DIGEST "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const struct worst_input archives[] = {
	{"archive: no archive", "a.tar", "", "x", "", "rootfs import x @", true, "damaged archive",
	 NULL, NULL},
	{"archive: zeros", "a.tar", "", "^", "", "rootfs import x @", true, NULL, NULL, NULL},
	TAR("empty files", false, NULL, put_file),
	TAR("a file again and again", false, NULL, put_same),
	TAR("hard links of hard links", false, NULL, put_hard_link),
	TAR("symbolic links of links", false, NULL, put_symlink),
	TAR("directories", false, NULL, put_directory),
	TAR("deep paths", true, "of its directories have no entry, more than there are entries",
	    put_deep),
	TAR("too deep a path", true, "is more than 128 directories deep", put_too_deep),
	TAR("long names", true, "of its directories have no entry, more than there are entries",
	    put_long_name),
	TAR("too long a name", true, "has a part of more than 255 bytes", put_too_long),
	TAR("attributes", false, NULL, put_attributes),
	TAR("long comments", false, NULL, put_comment),
	TAR("a header of 12 MiB", true, NULL, put_huge_header),
	TAR("headers and no entry", true, NULL, put_only_header),
	TAR("headers for all entries", true, NULL, put_global_header),
	TAR("a hole of a petabyte", true, "is larger than 10737418240 bytes", put_petabyte),
	TAR("holes", false, NULL, put_hole),
	TAR("files of holes", true, "it has holes between more than 100000 pieces", put_parts),
	BOMB("gzip", RATIO),
	BOMB("bzip2", RATIO),
	BOMB("xz", RATIO),
	BOMB("zstd", RATIO),
	BOMB("lz4", RATIO),
	IMAGE("manifests", "image/index.json", "{\"schemaVersion\":2,\"manifests\":[",
	      "{\"digest\":\"" DIGEST "\",\"size\":0},\n", "{}]}", "index.json"),
	IMAGE("lists in lists", "image/index.json", "", "[", "", "index.json"),
	IMAGE("a long name", "image/index.json", "{\"manifests\":\"", "x", "\"}", "index.json"),
};

const struct worst_input *worst_archives(size_t *ret_count)
{
	*ret_count = sizeof(archives) / sizeof(archives[0]);
	return archives;
}

/* ---- writing --------------------------------------------------------------------------------- */

/** What the program makes of the bytes, by a file beside us; a few MiB at most. */
static bool pack(const char *program, const struct text *bytes, struct text *ret)
{
	char command[64], chunk[4096];
	FILE *plain = fopen("bomb.plain", "we"), *packed;
	size_t n;
	bool good;

	if (!plain)
		return false;
	good = fwrite(bytes->chars, 1, bytes->length, plain) == bytes->length;
	good = fclose(plain) == 0 && good;
	snprintf(command, sizeof(command), "%s -c <bomb.plain", program);
	packed = good ? popen(command, "re") : NULL;
	while (packed && (n = fread(chunk, 1, sizeof(chunk), packed)) > 0)
		text_append_bytes(ret, chunk, n);
	good = packed && pclose(packed) == 0 && ret->length > 0 && !text_failed(ret);
	remove("bomb.plain");
	return good;
}

/** The entry, and behind it 64 MiB of zeros again and again: packed pieces can follow each other.
 */
static bool bomb_write(const char *program, const struct text *entry, FILE *file, size_t size)
{
	_cleanup_text_ struct text head = {0}, zeros = {0}, piece = {0};
	char *block = calloc(1, MIB);

	for (int i = 0; block && i < 64; i++)
		text_append_bytes(&zeros, block, MIB);
	free(block);
	if (!pack(program, entry, &head) || !pack(program, &zeros, &piece))
		return false;
	fwrite(head.chars, 1, head.length, file);
	for (size_t written = head.length; written < size; written += piece.length)
		fwrite(piece.chars, 1, piece.length, file);
	return !ferror(file);
}

bool worst_archive_write(const struct worst_input *input, FILE *file, size_t size)
{
	_cleanup_text_ struct text archive = {0};

	for (size_t i = 0; archive.length < size && (i == 0 || !input->bomb); i++)
		input->tar(&archive, i);
	if (text_failed(&archive))
		return false;
	if (input->bomb)
		return bomb_write(input->bomb, &archive, file, size);
	tar_end(&archive);
	return fwrite(archive.chars, 1, archive.length, file) == archive.length;
}
