/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the quick program's C library (musl) lacks of glibc, for sources that are
 * written for the latter. Included before each of them (Makefile).
 */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __GLIBC__

/* <linux/stat.h> has statx(), and the same modes once more. */
#undef S_IFMT
#undef S_IFSOCK
#undef S_IFLNK
#undef S_IFREG
#undef S_IFBLK
#undef S_IFDIR
#undef S_IFCHR
#undef S_IFIFO
#undef S_ISUID
#undef S_ISGID
#undef S_ISVTX
#undef S_ISLNK
#undef S_ISREG
#undef S_ISDIR
#undef S_ISCHR
#undef S_ISBLK
#undef S_ISFIFO
#undef S_ISSOCK
#undef S_IRWXU
#undef S_IRUSR
#undef S_IWUSR
#undef S_IXUSR
#undef S_IRWXG
#undef S_IRGRP
#undef S_IWGRP
#undef S_IXGRP
#undef S_IRWXO
#undef S_IROTH
#undef S_IWOTH
#undef S_IXOTH
#include <linux/stat.h>

#ifndef ALLPERMS
#define ALLPERMS 07777
#endif
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#define RENAME_EXCHANGE  (1 << 1)
#endif

static inline const char *strerrordesc_np(int code)
{
	return strerror(code);
}

static inline int close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int renameat2(int from_fd, const char *from, int to_fd, const char *to,
			    unsigned int flags)
{
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

static inline int statx(int dir_fd, const char *path, int flags, unsigned int mask,
			struct statx *ret)
{
	return (int)syscall(SYS_statx, dir_fd, path, flags, mask, ret);
}

#endif
