/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/help.h"

#include <string.h>

#include "cli/options.h"
#include "cli/output.h"

#define WIDTH       80
#define HELP_COLUMN 28 /* where the help of an option begins */

/* Words of @paragraph, wrapped and indented; @column is where the line stands already. */
static void wrap(struct text *out, const char *paragraph, size_t indent, size_t column)
{
	const char *word = paragraph;

	while (*word) {
		size_t length = strcspn(word, " ");

		if (column > indent && column + 1 + length > WIDTH) {
			text_append_char(out, '\n');
			column = 0;
		}
		if (column < indent) {
			text_printf(out, "%*s", (int)(indent - column), "");
			column = indent;
		} else if (column > indent) {
			text_append_char(out, ' ');
			column++;
		}
		text_append_bytes(out, word, length);
		column += length;
		word += length;
		word += strspn(word, " ");
	}
	text_append_char(out, '\n');
}

/* Lines that begin with a blank are kept as they are; the rest flows. */
static void print_paragraph(struct text *out, const char *paragraph)
{
	if (paragraph[0] == ' ')
		text_printf(out, "%s\n", paragraph);
	else
		wrap(out, paragraph, 0, 0);
}

void help_option(struct text *out, const struct option *option)
{
	if (option->letter)
		text_printf(out, "-%c, ", option->letter);
	else
		text_append(out, "    ");
	text_printf(out, "--%s", option->name);
	if (option->value)
		text_printf(out, " %s", option->value);
}

static void print_entry(struct text *out, const char *name, const char *help)
{
	size_t column = 2 + text_width(name);

	text_printf(out, "  %s", name);
	if (column + 2 > HELP_COLUMN) {
		text_append_char(out, '\n');
		column = 0;
	}
	wrap(out, help, HELP_COLUMN, column);
}

static void print_option(struct text *out, const struct option *option)
{
	_cleanup_text_ struct text name = {0}, help = {0};

	help_option(&name, option);
	text_append(&help, option->help);
	if (option->fallback)
		text_printf(&help, " (default: %s)", option->fallback);
	if (option->repeatable)
		text_append(&help, "; may be repeated");
	print_entry(out, text_string(&name), text_string(&help));
}

void help_synopsis(struct text *out, const struct command *command)
{
	if (command == &cli_root) {
		text_append(out, "ncrun [OPTION]... COMMAND [ARG]...");
		return;
	}
	text_printf(out, "ncrun %s", command->name);
	if (option_next(command, NULL))
		text_append(out, " [OPTION]...");
	if (command->children)
		text_append(out, " COMMAND ...");
	for (const struct argument *a = command->arguments; a && a->name; a++) {
		switch (a->kind) {
		case ARGUMENT_ONE:
			text_printf(out, " %s", a->name);
			break;
		case ARGUMENT_OPTIONAL:
			text_printf(out, " [%s]", a->name);
			break;
		case ARGUMENT_MANY:
			text_printf(out, " %s...", a->name);
			break;
		case ARGUMENT_ANY:
			text_printf(out, " [%s]...", a->name);
			break;
		case ARGUMENT_COMMAND:
			text_printf(out, a->required ? " [--] %s [ARG]..." : " [[--] %s [ARG]...]",
				    a->name);
			break;
		}
	}
}

void help_usage(struct text *out, const struct command *command)
{
	text_append(out, "Usage: ");
	help_synopsis(out, command);
	text_append_char(out, '\n');
}

static void print_children(struct text *out, const struct command *group)
{
	text_append(out, "\nCommands:\n");
	for (const struct command *const *c = group->children; *c; c++)
		print_entry(out, command_word(*c), (*c)->summary);
}

static void print_options(struct text *out, const struct command *command)
{
	const struct option *first = option_next(command, NULL);
	bool grouped = first && first->heading, helped = false;

	if (!grouped)
		text_append(out, "\nOptions:\n");
	for (const struct option *o = first; o; o = option_next(command, o)) {
		if (o->heading && !grouped && !helped) {
			print_option(out, &option_help);
			helped = true;
		}
		if (o->heading)
			text_printf(out, "\n%s:\n", o->heading);
		print_option(out, o);
	}
	if (grouped)
		text_append(out, "\nOther:\n");
	if (!helped)
		print_option(out, &option_help);
}

static void print_arguments(struct text *out, const struct command *command)
{
	if (!command->arguments || !command->arguments->name)
		return;
	text_append(out, "\nArguments:\n");
	for (const struct argument *a = command->arguments; a->name; a++)
		print_entry(out, a->name, a->help);
}

static void print_examples(struct text *out, const struct command *command)
{
	if (!command->examples)
		return;
	text_append(out, "\nExamples:\n");
	for (const struct example *e = command->examples; e->command; e++)
		text_printf(out, "  %s\n      %s\n", e->command, e->meaning);
}

static void print_exits(struct text *out, const struct command *command)
{
	if (!command->exits)
		return;
	text_append(out, "\nExit status:\n");
	for (const struct exit_status *e = command->exits; e->status; e++) {
		text_printf(out, "  %-6s", e->status);
		wrap(out, e->meaning, 9, 8);
	}
}

void help_command(struct text *out, const struct command *command)
{
	help_usage(out, command);
	for (const char *const *p = command->description; p && *p; p++) {
		if ((*p)[0] != ' ' || p == command->description)
			text_append_char(out, '\n');
		print_paragraph(out, *p);
	}
	if (!command->description)
		text_printf(out, "\n%s\n", command->summary);
	if (command->children)
		print_children(out, command);
	else
		print_arguments(out, command);
	print_options(out, command);
	print_examples(out, command);
	print_exits(out, command);
}
