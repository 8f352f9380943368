/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files and directories by descriptor. Every descriptor made here is close-on-exec. */

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <ncrun/error.h>

/** open(2) of what is there, O_CLOEXEC added, in one system call: musl's own makes another one to
 * set FD_CLOEXEC again. */
static inline int file_open(const char *path, int flags)
{
	return openat(AT_FDCWD, path, flags | O_CLOEXEC);
}

/** Read a whole regular file of at most @max bytes; *@ret is terminated with a NUL that is not
 * counted. -EFBIG. */
int file_read_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_size,
		 struct ncrun_error *err);

/** Write all of it, over short writes and EINTR. */
int file_write_all(int fd, const void *bytes, size_t size, struct ncrun_error *err);

/* Files that file_replace_at() had not finished when it was killed have such names; while it is
 * at them they are locked. */
#define FILE_TEMPORARY_PREFIX ".new-"

/** Remove those, or with @dry_run count them; how many. */
int file_temporaries_remove(int dir_fd, bool dry_run);

/** Replace @name (or a path) in @dir_fd by a new file: temporary name beside it, write, rename. */
int file_replace_at(int dir_fd, const char *name, const void *bytes, size_t size, mode_t mode,
		    struct ncrun_error *err);

/** mkdir -p; the last part is made with @mode, its parents with 0755. An existing directory is
 * fine. */
int directory_ensure(const char *path, mode_t mode, struct ncrun_error *err);

/**
 * Open a directory that only we may use: makes it 0700 if it is missing (with its
 * parents), refuses symlinks, foreign owners and any access for others (-EPERM).
 */
int directory_open_private(const char *path, int *ret_fd, struct ncrun_error *err);
int directory_open_private_at(int dir_fd, const char *name, int *ret_fd, struct ncrun_error *err);
/** The same as directory_open_private(); *@ret_real says that @path is its one absolute path, which
 * no link is part of. */
int directory_open_private_real(const char *path, int *ret_fd, bool *ret_real,
				struct ncrun_error *err);

/** Open the directory @name itself, no symlink, O_RDONLY. */
int directory_open_at(int dir_fd, const char *name, int *ret_fd, struct ncrun_error *err);

/** Names in it, without . and .., sorted; release with strings_free(). */
int directory_list(int dir_fd, char ***ret, struct ncrun_error *err);

/**
 * Remove @name and all below it. Never follows a symlink, never leaves the file
 * system it starts on, depth-bounded by no stack. A missing one is no error.
 * @ret_bytes: disk space freed (st_blocks); may be NULL.
 */
int tree_remove_at(int dir_fd, const char *name, uint64_t *ret_bytes, struct ncrun_error *err);

/**
 * Open @path as if @root_fd were /; links inside are followed but never lead out (openat2(2),
 * RESOLVE_IN_ROOT | NO_MAGICLINKS). The descriptor, or a negative errno that is also in errno.
 */
int file_open_in_root(int root_fd, const char *path, int flags, mode_t mode);

/** Take flock(LOCK_EX) (or LOCK_SH) on @fd. @wait false: *@ret_taken says whether it was had. */
int file_lock(int fd, bool exclusive, bool wait, bool *ret_taken, struct ncrun_error *err);
void file_unlock(int fd);
