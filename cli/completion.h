/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the completion scripts of all shells are made of. */

#include "base/text.h"
#include "cli/command.h"

void completion_bash(struct text *out);
void completion_zsh(struct text *out);
void completion_fish(struct text *out);

/** @text for a shell's '...', without the quotes; @quote replaces each ' in it. */
void completion_quote(struct text *out, const char *text, const char *quote);
