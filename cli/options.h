/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <ncrun/error.h>

#include "cli/command.h"

/** Returned by options_parse(): somebody asked for --help. */
#define OPTIONS_HELP 1

/**
 * options_parse() - read a command line by a command's tables
 * @argv:	without the command's name, NULL-terminated; its words are reordered
 * @args:	zeroed, @args_size bytes; release with options_release(), even after a failure
 *
 * Options may stand anywhere before an ARGUMENT_COMMAND. Names are never abbreviated.
 *
 * Return: 0, OPTIONS_HELP, or -EINVAL with a message that names option and value.
 */
int options_parse(const struct command *command, char **argv, void *args, struct ncrun_error *err);

/** Free what options_parse() has put into @args. */
void options_release(const struct command *command, void *args);

/** The one after @option, the first for NULL; NULL = no more. With the limits, if it has them. */
const struct option *option_next(const struct command *command, const struct option *option);

/** The letter's or name's option, or NULL; "help" is always known. @length: of @name. */
const struct option *option_find(const struct command *command, const char *name, size_t length);

/** The option --help, which every command has. */
extern const struct option option_help;
