/* SPDX-License-Identifier: Apache-2.0 */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#define READ_CHUNK      4096
#define RESOLVE_RETRIES 128
#define REPLACE_TRIES   8

/** Read up to the end, whatever st_size says: files of /proc have none. */
static int read_all(int fd, const char *path, size_t max, char **ret, size_t *ret_size,
		    struct ncrun_error *err)
{
	_cleanup_free_ char *bytes = NULL;
	size_t size = 0, capacity = 0;

	for (;;) {
		ssize_t n;

		if (capacity - size < 2) {
			char *grown;

			capacity = capacity ? capacity * 2 : READ_CHUNK;
			grown = realloc(bytes, capacity);
			if (!grown)
				return error_errno(err, "read '%s'", path);
			bytes = grown;
		}
		n = read(fd, bytes + size, capacity - size - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read '%s'", path);
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > max)
			return error_set(err, EFBIG, "'%s' is larger than %zu bytes", path, max);
	}
	bytes[size] = '\0';
	*ret = take_ptr(bytes);
	if (ret_size)
		*ret_size = size;
	return 0;
}

int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size,
		 struct ncrun_error *err)
{
	/* O_NONBLOCK: a FIFO of that name must not stop us before it is seen for one */
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return error_errno(err, "open '%s'", path);
	if (fstat(fd, &st) < 0)
		return error_errno(err, "stat '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
				 "'%s' is not a regular file", path);
	if (st.st_size > 0 && (uint64_t)st.st_size > max)
		return error_set(err, EFBIG, "'%s' is larger than %zu bytes", path, max);
	return read_all(fd, path, max, ret, ret_size, err);
}

int file_write_all(int fd, const void *bytes, size_t size, struct ncrun_error *err)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "write");
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/** What becomes of a new file. */
struct replacement {
	const void *bytes;
	size_t size;
	mode_t mode;
};

/** Fill the new file, still under its temporary name. */
static int replacement_write(const struct replacement *new, int fd, struct ncrun_error *err)
{
	int r;

	r = file_write_all(fd, new->bytes, new->size, err);
	if (r < 0)
		return r;
	if (fchmod(fd, new->mode) < 0) /* open(2) applies the umask */
		return error_errno(err, "set mode");
	return 0;
}

/*
 * The temporary file is locked for as long as somebody is at it, which tells it from one that
 * was left. Between open(2) and flock(2) it looks like one that was: -ESTALE, then.
 */
static int file_replace_once(int dir_fd, const char *name, const struct replacement *new,
			     struct ncrun_error *err)
{
	const char *slash = strrchr(name, '/');
	size_t prefix = slash ? (size_t)(slash - name) + 1 : 0;
	char temporary[PATH_MAX];
	_cleanup_close_ int fd = -1;
	uint64_t unique;
	int r;

	if (getrandom(&unique, sizeof(unique), 0) != sizeof(unique))
		return error_errno(err, "replace '%s'", name);
	if (snprintf(temporary, sizeof(temporary), "%.*s" FILE_TEMPORARY_PREFIX "%016" PRIx64,
		     (int)prefix, name, unique) >= (int)sizeof(temporary))
		return error_set(err, ENAMETOOLONG, "replace '%.100s...': name too long", name);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "replace '%s'", name);
	(void)flock(fd, LOCK_EX | LOCK_NB);
	r = replacement_write(new, fd, err);
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = errno == ENOENT ? -ESTALE : error_errno(err, "rename");
	if (r == -ESTALE)
		return r;
	if (r < 0) {
		unlinkat(dir_fd, temporary, 0);
		return error_wrap(err, r, "replace '%s'", name);
	}
	return 0;
}

static int file_replace(int dir_fd, const char *name, const struct replacement *new,
			struct ncrun_error *err)
{
	int r = -ESTALE;

	for (int i = 0; r == -ESTALE && i < REPLACE_TRIES; i++)
		r = file_replace_once(dir_fd, name, new, err);
	return r == -ESTALE ? error_set(err, ESTALE, "replace '%s': its directory is cleaned", name)
			    : r;
}

int file_replace_at(int dir_fd, const char *name, const void *bytes, size_t size, mode_t mode,
		    struct ncrun_error *err)
{
	const struct replacement new = {.bytes = bytes, .size = size, .mode = mode};

	return file_replace(dir_fd, name, &new, err);
}

int file_open_in_root(int root_fd, const char *path, int flags, mode_t mode)
{
	bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = creates ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	/* EAGAIN: something was renamed while the kernel went through a ".." */
	for (int tries = 0;; tries++) {
		long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if ((errno != EAGAIN && errno != EINTR) || tries == RESOLVE_RETRIES)
			return -errno;
	}
}

int file_temporaries_remove(int dir_fd, bool dry_run)
{
	_cleanup_(strings_freep) char **names = NULL;
	int count = 0;

	if (directory_list(dir_fd, &names, NULL) < 0)
		return 0;
	for (char **name = names; *name; name++) {
		_cleanup_close_ int fd = -1;

		if (!text_starts_with(*name, FILE_TEMPORARY_PREFIX))
			continue;
		fd = openat(dir_fd, *name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    (dry_run || unlinkat(dir_fd, *name, 0) == 0))
			count++;
	}
	return count;
}

int file_lock(int fd, bool exclusive, bool wait, bool *ret_taken, struct ncrun_error *err)
{
	int operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);

	while (flock(fd, operation) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK && ret_taken) {
			*ret_taken = false;
			return 0;
		}
		return error_errno(err, "lock");
	}
	if (ret_taken)
		*ret_taken = true;
	return 0;
}

void file_unlock(int fd)
{
	(void)flock(fd, LOCK_UN);
}
