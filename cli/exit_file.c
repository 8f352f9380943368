/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/foreground.h"
#include "cli/json.h"
#include "cli/output.h"

/* /dev/stderr, or the file that it is: replaced, what else is written there would be lost. */
static int open_own_stream(const struct stat *st)
{
	struct stat own;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &own) == 0 && own.st_dev == st->st_dev && own.st_ino == st->st_ino)
			return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return -1;
}

/* A device, FIFO or socket is written to, never replaced. *@ret_fd: -1 = a file to replace. */
static int open_in_place(const char *path, const struct stat *st, int *ret_fd,
			 struct ncrun_error *err)
{
	int fd = open_own_stream(st);

	if (fd < 0 && !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)) {
		/* O_RDWR: a FIFO's reader may come while the node runs */
		fd = open(path, (S_ISFIFO(st->st_mode) ? O_RDWR : O_WRONLY) | O_NONBLOCK |
					O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return error_errno(err, "open the exit file '%s'", path);
	}
	*ret_fd = fd;
	return 0;
}

int exit_file_open(const char *path, struct exit_file *ret, struct ncrun_error *err)
{
	_cleanup_free_ char *real = NULL;
	const char *slash, *name;
	struct stat st;
	int fd = -1;

	if (stat(path, &st) == 0) {
		int r = open_in_place(path, &st, &fd, err);

		if (r < 0)
			return r;
		if (fd >= 0) {
			*ret = (struct exit_file){.fd = fd, .path = path};
			return 0;
		}
		/* what a link points to is replaced, not the link */
		real = realpath(path, NULL);
	} else {
		real = strdup(path);
	}
	if (!real)
		return error_errno(err, "find the exit file '%s'", path);

	slash = strrchr(real, '/');
	name = slash ? slash + 1 : real;
	if (name[0] == '\0' || text_equal(name, ".") || text_equal(name, "..") ||
	    (stat(real, &st) == 0 && S_ISDIR(st.st_mode)))
		return error_set(err, EISDIR, "exit file '%s': is a directory", path);
	ret->name = strdup(name);
	if (!ret->name)
		return error_set(err, ENOMEM, "no memory for the exit file");
	if (slash)
		real[slash - real + 1] = '\0';
	fd = open(slash ? real : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		int r = error_errno(err, "exit file '%s': open its directory", path);

		free(ret->name);
		ret->name = NULL;
		return r;
	}
	ret->fd = fd;
	ret->path = path;
	return 0;
}

int exit_file_write(const struct exit_file *file, const struct ncrun_exit *end,
		    struct ncrun_error *err)
{
	_cleanup_json_ struct json_object *object = NULL;
	_cleanup_text_ struct text text = {0};
	int r;

	if (!file->path)
		return 0;
	object = json_from_exit(end);
	json_print(&text, object);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "no memory for the exit file");
	if (file->name)
		return file_replace_at(file->fd, file->name, text.chars, text.length, 0644, err);
	r = file_write_all(file->fd, text.chars, text.length, err);
	return r < 0 ? error_wrap(err, r, "write the exit file '%s'", file->path) : 0;
}
