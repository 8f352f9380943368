/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Gives a fuzzer each file of the folders named on the command line, once: the
 * corpus as a regression test, with any compiler. It also tries what no corpus
 * need hold: nothing at all, and every file cut short.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CUTS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int try_file(const char *folder, const char *name)
{
	_cleanup_free_ uint8_t *data = NULL;
	_cleanup_close_ int fd = -1;
	char path[4096];
	struct stat st;
	ssize_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return 0;
	size = read(fd, data, (size_t)st.st_size);
	if (size < 0)
		return 0;
	for (ssize_t i = 0; i <= CUTS; i++) {
		/* A block of its own size, so that a sanitizer sees a read past its end. */
		size_t cut = (size_t)(size * i / CUTS);
		_cleanup_free_ uint8_t *copy = malloc(cut > 0 ? cut : 1);

		if (copy)
			LLVMFuzzerTestOneInput(memcpy(copy, data, cut), cut);
	}
	return 1;
}

int main(int argc, char **argv)
{
	int count = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		DIR *folder = opendir(argv[i]);
		const struct dirent *entry;

		if (!folder) {
			printf("not ok - no corpus '%s'\n", argv[i]);
			return 1;
		}
		while ((entry = readdir(folder)))
			count += try_file(argv[i], entry->d_name);
		closedir(folder);
	}
	printf("ok - %d inputs\n", count);
	return 0;
}
