/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/completion.h"

#include <errno.h>

#include "base/error.h"
#include "cli/help.h"

const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

void completion_quote(struct text *out, const char *text, const char *quote)
{
	for (; *text; text++)
		if (*text == '\'')
			text_append(out, quote);
		else
			text_append_char(out, *text);
}

int completion_script(struct text *out, const char *shell, struct ncrun_error *err)
{
	if (text_equal(shell, "bash"))
		completion_bash(out);
	else if (text_equal(shell, "zsh"))
		completion_zsh(out);
	else if (text_equal(shell, "fish"))
		completion_fish(out);
	else
		return error_set(err, EINVAL, "shell '%s': not one of bash, zsh, fish", shell);
	return 0;
}
