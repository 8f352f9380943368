/* SPDX-License-Identifier: Apache-2.0 */

#include "rootfs/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "rootfs/mount_api.h"

#define RESOLVE_INSIDE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)

static int check_type(int fd, const char *path, bool directory, struct ncrun_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "look at mount target '/%s'", path);
	if (directory && !S_ISDIR(st.st_mode))
		return error_set(err, ENOTDIR,
				 "mount target '/%s' is not a directory, but its source is", path);
	if (!directory && S_ISDIR(st.st_mode))
		return error_set(err, EISDIR,
				 "mount target '/%s' is a directory, but its source is not", path);
	return 0;
}

/* A name that is there but leads nowhere can only be a dangling link: it is not followed. */
static int make(int parent, const char *path, const char *name, bool directory,
		struct ncrun_error *err)
{
	int r = directory ? mkdirat(parent, name, 0755) : mknodat(parent, name, S_IFREG | 0644, 0);

	if (r < 0 && errno == EEXIST)
		return error_set(err, ELOOP, "mount target '/%s' goes through a dangling link",
				 path);
	if (r < 0)
		return error_errno(err, "make mount target '/%s'", path);
	return 0;
}

static int make_walking(int root_fd, const char *path, bool directory, int *ret_fd,
			struct ncrun_error *err)
{
	_cleanup_close_ int parent = path_open(root_fd, ".", O_PATH | O_DIRECTORY, RESOLVE_INSIDE);
	char prefix[PATH_MAX];
	size_t end = 0;
	int r;

	if (parent < 0)
		return error_errno(err, "open the root for mount target '/%s'", path);

	for (;;) {
		size_t start = end;
		bool last;
		int fd;

		end += strcspn(path + end, "/");
		last = path[end] == '\0';
		memcpy(prefix, path, end);
		prefix[end] = '\0';

		fd = path_open(root_fd, prefix, O_PATH, RESOLVE_INSIDE);
		if (fd < 0 && errno == ENOENT) {
			r = make(parent, path, prefix + start, !last || directory, err);
			if (r < 0)
				return r;
			fd = path_open(parent, prefix + start, O_PATH | O_NOFOLLOW,
				       RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
		}
		if (fd < 0)
			return error_errno(err, "open '/%s' for mount target '/%s'", prefix, path);
		closep(&parent);
		parent = fd;
		if (last)
			break;
		end++;
	}

	*ret_fd = take_fd(parent);
	return 0;
}

int target_open(int root_fd, const char *path, bool directory, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_close_ int fd = path_open(root_fd, path, O_PATH, RESOLVE_INSIDE);
	int r;

	if (fd < 0) {
		if (errno != ENOENT)
			return error_errno(err, "open mount target '/%s'", path);
		r = make_walking(root_fd, path, directory, &fd, err);
		if (r < 0)
			return r;
	}
	r = check_type(fd, path, directory, err);
	if (r < 0)
		return r;

	*ret_fd = take_fd(fd);
	return 0;
}

int target_open_own(int root_fd, const char *name, bool replace, int *ret_fd,
		    struct ncrun_error *err)
{
	const uint64_t flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
	const uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	int fd = path_open(root_fd, name, flags, resolve);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		if (!replace)
			return error_set(err, ENOTDIR,
					 "'/%s' of the root file system is not a directory", name);
		if (unlinkat(root_fd, name, 0) < 0)
			return error_errno(err, "remove '/%s' of the root file system", name);
		errno = ENOENT;
	}
	if (fd < 0 && errno == ENOENT) {
		if (mkdirat(root_fd, name, 0755) < 0)
			return error_errno(err, "make '/%s'", name);
		fd = path_open(root_fd, name, flags, resolve);
	}
	if (fd < 0)
		return error_errno(err, "open '/%s'", name);

	*ret_fd = fd;
	return 0;
}
