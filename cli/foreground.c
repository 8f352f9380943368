/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/output.h"

bool terminal_wanted(bool asked_for, bool refused)
{
	if (asked_for || refused)
		return asked_for;
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void terminal_size(uint16_t *ret_rows, uint16_t *ret_columns)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0 &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return;
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
}

int report_end(const char *command, const struct ncrun_exit *end)
{
	switch (end->cause) {
	case NCRUN_CAUSE_NONE:
	case NCRUN_CAUSE_EXITED:
	case NCRUN_CAUSE_SIGNAL:
		break;
	case NCRUN_CAUSE_OOM_KILLED:
		complain(command, "the kernel killed it: out of memory");
		break;
	case NCRUN_CAUSE_TIMEOUT:
		complain(command, "ended: its timeout is over");
		break;
	case NCRUN_CAUSE_FAILED_STEP:
		complain(command, "%s", end->message[0] ? end->message : "it could not be started");
		break;
	case NCRUN_CAUSE_LOST:
		complain(command, "%s",
			 end->message[0] ? end->message : "its init was killed from outside");
		break;
	}
	return end->code;
}

int report_not_run(const char *command, const struct ncrun_error *err)
{
	complain(command, "%s", err->message);
	return CLI_NOT_RUN;
}

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

void exit_file_done(struct exit_file *file)
{
	if (file->name)
		close(file->dir_fd);
	file->name = NULL;
}
