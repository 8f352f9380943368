/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/foreground.h"
#include "cli/json.h"
#include "cli/output.h"

int exit_file_open(const char *path, struct exit_file *ret, struct ncrun_error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *folder =
		slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	const char *name = slash ? slash + 1 : path;
	int fd;

	if (!folder)
		return error_set(err, ENOMEM, "no memory for the exit file");
	if (name[0] == '\0' || text_equal(name, ".") || text_equal(name, ".."))
		return error_set(err, EISDIR, "exit file '%s': is a directory", path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "exit file '%s': open its directory", path);

	*ret = (struct exit_file){.dir_fd = fd, .name = name};
	return 0;
}

int exit_file_write(const struct exit_file *file, const struct ncrun_exit *end,
		    struct ncrun_error *err)
{
	_cleanup_json_ struct json_object *object = NULL;
	_cleanup_text_ struct text text = {0};

	if (!file->name)
		return 0;
	object = json_from_exit(end);
	json_print(&text, object);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "no memory for the exit file");
	return file_replace_at(file->dir_fd, file->name, text.chars, text.length, 0644, err);
}
