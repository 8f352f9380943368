/* SPDX-License-Identifier: Apache-2.0 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

/** mkdir(2) that is content with what is there, and not thinned by the umask. */
static int directory_make_at(int dir_fd, const char *name, mode_t mode, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;

	if (mkdirat(dir_fd, name, mode) < 0) {
		struct stat st;

		/* EROFS, EACCES: the kernel may say so before it looks for the name */
		if (errno != EEXIST && errno != EROFS && errno != EACCES)
			return error_errno(err, "make directory '%s'", name);
		if (fstatat(dir_fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode))
			return 0;
		if (errno == EEXIST)
			errno = ENOTDIR;
		return error_errno(err, "make directory '%s'", name);
	}
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fchmod(fd, mode) < 0)
		return error_errno(err, "make directory '%s'", name);
	return 0;
}

int directory_ensure(const char *path, mode_t mode, struct ncrun_error *err)
{
	_cleanup_free_ char *copy = strdup(path);
	size_t length;
	int r;

	if (!copy)
		return error_errno(err, "make directory '%s'", path);
	length = strlen(copy);
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	for (char *slash = strchr(copy + (*copy == '/'), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		if (slash[-1] == '/')
			continue;
		*slash = '\0';
		r = directory_make_at(AT_FDCWD, copy, 0755, err);
		*slash = '/';
		if (r < 0)
			return r;
	}
	return directory_make_at(AT_FDCWD, copy, mode, err);
}

int directory_open_at(int dir_fd, const char *name, int *ret_fd, struct ncrun_error *err)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "open directory '%s'", name);
	*ret_fd = fd;
	return 0;
}

static int directory_check_private(int fd, const char *name, bool made, struct ncrun_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "stat '%s'", name);
	if (st.st_uid != geteuid())
		return error_set(err, EPERM, "directory '%s' belongs to user %u, not to %u", name,
				 st.st_uid, geteuid());
	/* mkdir(2) applies the umask, which may take our own access */
	if (made && (st.st_mode & 0700) != 0700 && fchmod(fd, 0700) < 0)
		return error_errno(err, "set the mode of '%s'", name);
	if (st.st_mode & 0077)
		return error_set(err, EPERM,
				 "directory '%s' is open to others, mode %04o (name one that only "
				 "you can use: mkdir -m 700 DIR)",
				 name, st.st_mode & 07777);
	return 0;
}

int directory_open_private_at(int dir_fd, const char *name, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_close_ int fd = -1;
	bool made = false;
	/* It is there but for the first time. */
	int r = directory_open_at(dir_fd, name, &fd, NULL);

	if (r == -ENOENT) {
		made = mkdirat(dir_fd, name, 0700) == 0;
		if (!made && errno != EEXIST)
			return error_errno(err, "make directory '%s'", name);
	}
	if (r < 0) /* made, or to tell why not */
		r = directory_open_at(dir_fd, name, &fd, err);
	if (r == 0)
		r = directory_check_private(fd, name, made, err);
	if (r == 0)
		*ret_fd = take_fd(fd);
	return r;
}

int directory_open_private(const char *path, int *ret_fd, struct ncrun_error *err)
{
	_cleanup_free_ char *parent = NULL;
	char *slash;
	int r;

	/* All that leads to it is there, too, but for the first time. */
	r = directory_open_private_at(AT_FDCWD, path, ret_fd, err);
	if (r != -ENOENT)
		return r;
	parent = strdup(path);
	if (!parent)
		return error_errno(err, "make directory '%s'", path);
	slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		r = directory_ensure(parent, 0755, err);
		if (r < 0)
			return r;
	}
	return directory_open_private_at(AT_FDCWD, path, ret_fd, err);
}

static bool path_is_plain(const char *path)
{
	while (*path == '/') {
		size_t length = strcspn(++path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += length;
	}
	return *path == '\0';
}

int directory_open_private_real(const char *path, int *ret_fd, bool *ret_real,
				struct ncrun_error *err)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	_cleanup_close_ int fd = -1;
	int r;

	*ret_real = false;
	if (path[0] == '/' && path_is_plain(path))
		fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd < 0)
		return directory_open_private(path, ret_fd, err);
	r = directory_check_private(fd, path, false, err);
	if (r < 0)
		return r;
	*ret_real = true;
	*ret_fd = take_fd(fd);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int directory_list(int dir_fd, char ***ret, struct ncrun_error *err)
{
	_cleanup_(strings_freep) char **names = calloc(1, sizeof(*names));
	_cleanup_closedir_ DIR *dir = NULL;
	size_t count = 0, capacity = 1;
	int fd;

	if (!names)
		return error_errno(err, "list directory");
	/* a description of its own: the caller's offset is not ours, and may be O_PATH's */
	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "list directory");
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_errno(err, "list directory");
	}
	for (;;) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry && errno)
			return error_errno(err, "list directory");
		if (!entry)
			break;
		if (text_equal(entry->d_name, ".") || text_equal(entry->d_name, ".."))
			continue;
		if (count + 1 == capacity) {
			char **grown = realloc(names, (capacity * 2 + 1) * sizeof(*grown));

			if (!grown)
				return error_errno(err, "list directory");
			names = grown;
			capacity = capacity * 2 + 1;
		}
		names[count] = strdup(entry->d_name);
		if (!names[count])
			return error_errno(err, "list directory");
		names[++count] = NULL;
	}
	qsort(names, count, sizeof(*names), compare_names);
	*ret = take_ptr(names);
	return 0;
}
