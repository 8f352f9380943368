/* SPDX-License-Identifier: Apache-2.0 */

/*
 * pack - write the tar archive that a list on standard input describes
 *
 *	dir MODE NAME
 *	file MODE NAME SOURCE
 *	program MODE NAME SOURCE	(a file that must be a static ELF program)
 *	link NAME TARGET
 *
 * A tool of the build, so that it needs neither root nor a certain tar: all
 * belongs to root, was last changed in 1970, and stands in the order of the list.
 * Exits with 3 when a program is not static.
 */

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 512,
	NOT_STATIC = 3
};

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
	char type, target[100], magic[6], version[2], user[32], group[32];
	char major[8], minor[8], prefix[155], padding[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a tar header is one block");

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("pack: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static void put(const void *bytes, unsigned int size)
{
	if (fwrite(bytes, 1, size, stdout) != size)
		die("write: %s", strerror(errno));
}

static void put_header(const char *name, unsigned int mode, char type, const char *target,
		       unsigned int size)
{
	struct header header = {.type = type, .magic = "ustar", .version = {'0', '0'}};
	unsigned int sum = 0;

	if (strlen(name) >= sizeof(header.name) || strlen(target) >= sizeof(header.target))
		die("'%s': name too long", name);
	memcpy(header.name, name, strlen(name));
	memcpy(header.target, target, strlen(target));
	snprintf(header.mode, sizeof(header.mode), "%07o", mode);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0U);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0U);
	snprintf(header.size, sizeof(header.size), "%011o", size);
	snprintf(header.mtime, sizeof(header.mtime), "%011o", 0U);
	memcpy(header.user, "root", 4);
	memcpy(header.group, "root", 4);

	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((const unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum) - 1, "%06o", sum);
	put(&header, sizeof(header));
}

/* A program that asks for no interpreter needs no loader and no libraries. */
static bool is_static(const char *bytes, size_t size)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)bytes;
	const Elf32_Ehdr *elf32 = (const Elf32_Ehdr *)bytes;
	bool wide;

	if (size < sizeof(*elf) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return false;
	wide = bytes[EI_CLASS] == ELFCLASS64;
	for (size_t i = 0; i < (wide ? elf->e_phnum : elf32->e_phnum); i++) {
		size_t at = wide ? elf->e_phoff + i * sizeof(Elf64_Phdr)
				 : elf32->e_phoff + i * sizeof(Elf32_Phdr);
		Elf32_Word type;

		if (at > size - sizeof(type))
			return false;
		memcpy(&type, bytes + at, sizeof(type)); /* p_type is first in both */
		if (type == PT_INTERP)
			return false;
	}
	return true;
}

static void put_file(const char *name, unsigned int mode, const char *source, bool program)
{
	static const char zeros[BLOCK];
	FILE *file = fopen(source, "rb");
	char *bytes;
	long size;

	if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0 || size > INT_MAX)
		die("'%s': %s", source, strerror(errno));
	rewind(file);
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size)
		die("read '%s'", source);
	fclose(file);
	if (program && !is_static(bytes, (size_t)size)) {
		fprintf(stderr, "pack: '%s' is not a static program\n", source);
		exit(NOT_STATIC);
	}

	put_header(name, mode, '0', "", (unsigned int)size);
	put(bytes, (size_t)size);
	put(zeros, (BLOCK - (size_t)size % BLOCK) % BLOCK);
	free(bytes);
}

static void put_line(char *line)
{
	char *field[4];
	size_t count = 0;
	char *rest;

	for (char *word = strtok_r(line, " \t\n", &rest); word;
	     word = strtok_r(NULL, " \t\n", &rest))
		if (count++ < 4)
			field[count - 1] = word;

	if (count == 0 || field[0][0] == '#')
		return;
	if (count == 3 && strcmp(field[0], "dir") == 0)
		put_header(field[2], (unsigned int)strtoul(field[1], NULL, 8), '5', "", 0);
	else if (count == 3 && strcmp(field[0], "link") == 0)
		put_header(field[1], 0777, '2', field[2], 0);
	else if (count == 4 && strcmp(field[0], "file") == 0)
		put_file(field[2], (unsigned int)strtoul(field[1], NULL, 8), field[3], false);
	else if (count == 4 && strcmp(field[0], "program") == 0)
		put_file(field[2], (unsigned int)strtoul(field[1], NULL, 8), field[3], true);
	else
		die("'%s' with %zu fields: not a line of the list", field[0], count);
}

int main(void)
{
	static const char end[2 * BLOCK];
	char line[1024];

	while (fgets(line, sizeof(line), stdin))
		put_line(line);
	put(end, sizeof(end));
	if (fflush(stdout) != 0)
		die("write: %s", strerror(errno));
	return 0;
}
