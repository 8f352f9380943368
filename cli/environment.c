/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "base/text.h"

#define FILE_MAX    (1 << 20)
#define SOCKETS_MAX 1000
#define LINES_MAX   4096 /* that say something */

int environment_add(char ***list, const char *text, struct ncrun_error *err)
{
	if (text[0] == '\0' || text[0] == '=')
		return error_set(err, EINVAL, "'%s': not NAME=VALUE or NAME", text);
	if (strings_append(list, text) < 0)
		return error_set(err, ENOMEM, "no memory for the environment");
	return 0;
}

int environment_add_file(char ***list, const char *path, struct ncrun_error *err)
{
	_cleanup_free_ char *content = NULL;
	char *line, *rest;
	size_t size;
	int number = 0, said = 0;
	int r;

	r = file_read_at(AT_FDCWD, path, FILE_MAX, &content, &size, err);
	if (r < 0)
		return r;
	if (strlen(content) != size)
		return error_set(err, EINVAL, "'%s': holds a NUL byte", path);

	for (rest = content; (line = strsep(&rest, "\n"));) {
		char after;

		number++;
		line[strcspn(line, "\r")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		if (++said > LINES_MAX)
			return error_set(err, E2BIG, "%s:%d: more than %d variables", path, number,
					 LINES_MAX);
		/* as in "export NAME=VALUE": it is no shell that reads this */
		after = line[strcspn(line, " \t=")];
		if (after == ' ' || after == '\t')
			r = error_set(err, EINVAL, "'%s': a blank in the name", line);
		else
			r = environment_add(list, line, err);
		if (r < 0)
			return error_wrap(err, r, "%s:%d", path, number);
	}
	return 0;
}

static int pass_names(char ***list, struct ncrun_error *err)
{
	const char *names = getenv("LISTEN_FDNAMES");
	_cleanup_text_ struct text variable = {0};

	if (!names)
		return 0;
	text_printf(&variable, "LISTEN_FDNAMES=%s", names);
	return environment_add(list, text_string(&variable), err);
}

int environment_pass_sockets(char ***list, uint32_t *preserve_fds, struct ncrun_error *err)
{
	const char *count_text = getenv("LISTEN_FDS");
	const char *pid_text = getenv("LISTEN_PID");
	char variable[64] = "LISTEN_FDS=";
	uint64_t count, pid;
	int r;

	if (!count_text || !pid_text ||
	    number_parse_u64("LISTEN_PID", pid_text, 1, INT32_MAX, &pid, NULL) < 0 ||
	    pid != (uint64_t)getpid())
		return 0;
	r = number_parse_u64("LISTEN_FDS", count_text, 0, SOCKETS_MAX, &count, err);
	if (r < 0 || count == 0)
		return r;

	if (count > *preserve_fds)
		*preserve_fds = (uint32_t)count;
	strncat(variable, count_text, 16);
	r = environment_add(list, variable, err);
	if (r == 0)
		r = environment_add(list, "LISTEN_PID=1", err);
	return r < 0 ? r : pass_names(list, err);
}
