/* SPDX-License-Identifier: Apache-2.0 */

#include "tests/support/snapshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tests/support/tar_writer.h"
#include "tests/support/test.h"

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* File systems list them in any order. */
static void put_attributes(struct text *out, int fd)
{
	char names[4096], value[4096];
	const char *sorted[64];
	ssize_t size = flistxattr(fd, names, sizeof(names));
	size_t count = 0;

	for (const char *at = names; size > 0 && at < names + size; at += strlen(at) + 1) {
		assert_true(count < sizeof(sorted) / sizeof(sorted[0]));
		sorted[count++] = at;
	}
	qsort(sorted, count, sizeof(sorted[0]), compare_names);
	for (size_t k = 0; k < count; k++) {
		ssize_t n = fgetxattr(fd, sorted[k], value, sizeof(value));

		text_printf(out, " %s=", sorted[k]);
		for (ssize_t i = 0; i < n; i++)
			text_printf(out, "%02x", (unsigned char)value[i]);
	}
}

static void put_content(struct text *out, int fd)
{
	_cleanup_(digest_freep) struct digest *digest = NULL;
	struct ncrun_error err = {0};
	char bytes[65536], text[DIGEST_TEXT_SIZE];
	ssize_t n;

	assert_ok(digest_new(&digest, &err));
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		digest_update(digest, bytes, (size_t)n);
	digest_finish(digest, text);
	text_printf(out, " %.16s", text);
}

static void put_entry(struct text *out, int dir_fd, const char *path, const struct stat *st,
		      int times)
{
	char target[4096];
	ssize_t n;

	text_append_escaped(out, path, strlen(path));
	text_printf(out, " %06o %u:%u", st->st_mode, st->st_uid, st->st_gid);
	if (times)
		text_printf(out, " %ld.%09ld", (long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		text_printf(out, " %u:%u", major(st->st_rdev), minor(st->st_rdev));
	if (S_ISLNK(st->st_mode)) {
		n = readlinkat(dir_fd, path, target, sizeof(target));
		text_printf(out, " -> %.*s", (int)n, target);
	}
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)) {
		_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

		if (S_ISREG(st->st_mode)) {
			text_printf(out, " %ld x%lu", (long)st->st_size,
				    (unsigned long)st->st_nlink);
			put_content(out, fd);
		}
		put_attributes(out, fd);
	}
	text_append_char(out, '\n');
}

char *snapshot_take(int dir_fd, const char *path, int times)
{
	_cleanup_text_ struct text out = {0};
	_cleanup_(strings_freep) char **todo = NULL;
	struct ncrun_error err = {0};

	assert_int_equal(strings_append(&todo, path), 0);
	/* the list grows while it is gone through: breadth first, hence always the same order */
	for (size_t i = 0; todo[i]; i++) {
		_cleanup_(strings_freep) char **names = NULL;
		_cleanup_close_ int fd = -1;
		struct stat st;

		if (fstatat(dir_fd, todo[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		put_entry(&out, dir_fd, todo[i], &st, times);
		if (!S_ISDIR(st.st_mode))
			continue;
		fd = openat(dir_fd, todo[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_ok(directory_list(fd, &names, &err));
		for (size_t k = 0; names[k]; k++) {
			_cleanup_text_ struct text child = {0};

			text_printf(&child, "%s/%s", todo[i], names[k]);
			assert_int_equal(strings_append(&todo, text_string(&child)), 0);
		}
	}
	text_append_char(&out, '\n');
	return text_take(&out);
}
