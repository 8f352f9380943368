/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static int assignment_put(char ***env, const char *assignment)
{
	size_t name = strcspn(assignment, "=") + 1;

	for (char **e = *env; e && *e; e++)
		if (strncmp(*e, assignment, name) == 0) {
			char *copy = strdup(assignment);

			if (!copy)
				return -ENOMEM;
			free(*e);
			*e = copy;
			return 0;
		}
	return strings_append(env, assignment);
}

int environment_put(char ***env, const char *const *list, enum environment_from from,
		    struct ncrun_error *err)
{
	for (; list && *list; list++) {
		_cleanup_text_ struct text text = {0};
		const char *assignment = *list;
		int r;

		if (!*assignment || *assignment == '=')
			return error_set(err, EINVAL, "environment '%s': not NAME=VALUE",
					 assignment);
		if (!strchr(assignment, '=')) {
			const char *value = from == ENVIRONMENT_CALLER ? getenv(assignment) : NULL;

			if (!value)
				continue;
			text_printf(&text, "%s=%s", assignment, value);
			assignment = text_string(&text);
		}
		r = text_failed(&text) ? -ENOMEM : assignment_put(env, assignment);
		if (r < 0)
			return error_set(err, -r, "make room for the environment");
	}
	return 0;
}

int environment_put_terminal(char ***env, struct ncrun_error *err)
{
	static const char *const term[] = {"TERM=xterm", "TERM", NULL};

	return environment_put(env, term, ENVIRONMENT_CALLER, err);
}
