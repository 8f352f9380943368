/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/completion.h"
#include "cli/options.h"

static const char head[] =
	"#compdef ncrun\n"
	"# zsh completion for ncrun, made by: ncrun completion zsh\n"
	"\n"
	"_ncrun_offer_nodes() {\n"
	"\tlocal -a names=(${(f)\"$(ncrun list --all --names 2>/dev/null)\"})\n"
	"\tcompadd -a names\n"
	"}\n"
	"_ncrun_offer_networks() {\n"
	"\tlocal -a names=(${(f)\"$(ncrun list --networks --names 2>/dev/null)\"})\n"
	"\tcompadd -a names\n"
	"}\n"
	"_ncrun_offer_nodes_or_networks() {\n"
	"\t_ncrun_offer_nodes\n"
	"\t_ncrun_offer_networks\n"
	"}\n"
	"_ncrun_offer_peers() {\n"
	"\tlocal word first=''\n"
	"\tfor word in ${words[2,CURRENT-1]}; do\n"
	"\t\t[[ $word = -* ]] && continue\n"
	"\t\t[[ -n $first && $word != ?*/?* ]] || first=$word\n"
	"\t\t[[ $word = ?*/?* ]] && break\n"
	"\tdone\n"
	"\tlocal -a names=(${(f)\"$(ncrun ps --all --names \"${first%%/*}\" 2>/dev/null)\"})\n"
	"\tnames=(${names##*/})\n"
	"\tcompadd -a names\n"
	"}\n"
	"_ncrun_offer_images() {\n"
	"\tlocal -a names=(${(f)\"$(ncrun rootfs list --names 2>/dev/null)\"})\n"
	"\tcompadd -a names\n"
	"}\n"
	"_ncrun_offer_rootfs() {\n"
	"\tcompadd host\n"
	"\t_ncrun_offer_images\n"
	"\t_files -/\n"
	"}\n";

static const char tail[] = "if [ \"$funcstack[1]\" = _ncrun ]; then\n"
			   "\t_ncrun \"$@\"\n"
			   "else\n"
			   "\tcompdef _ncrun ncrun\n"
			   "fi\n";

/* Text inside a spec of _arguments: colons and brackets mean something there. */
static void put_text(struct text *out, const char *text)
{
	_cleanup_text_ struct text escaped = {0};

	for (; *text; text++) {
		if (*text == ':' || *text == '[' || *text == ']' || *text == '\\')
			text_append_char(&escaped, '\\');
		text_append_char(&escaped, *text);
	}
	completion_quote(out, text_string(&escaped), "'\\''");
}

/* "node rootfs" as part of a function's name */
static void put_function(struct text *out, const struct command *command)
{
	text_append(out, "_ncrun");
	if (command->name[0])
		text_append_char(out, '_');
	for (const char *c = command->name; *c; c++)
		text_append_char(out, (char)(*c == ' ' ? '_' : *c));
}

static void put_action(struct text *out, enum completes completes, const char *const *choices)
{
	switch (completes) {
	case COMPLETES_NOTHING:
		text_append_char(out, ' ');
		return;
	case COMPLETES_FILE:
		text_append(out, "_files");
		return;
	case COMPLETES_DIRECTORY:
		text_append(out, "_files -/");
		return;
	case COMPLETES_NODE:
		text_append(out, "_ncrun_offer_nodes");
		return;
	case COMPLETES_NETWORK:
		text_append(out, "_ncrun_offer_networks");
		return;
	case COMPLETES_NODES:
		text_append(out, "_ncrun_offer_nodes_or_networks");
		return;
	case COMPLETES_PEER:
		text_append(out, "_ncrun_offer_peers");
		return;
	case COMPLETES_IMAGE:
		text_append(out, "_ncrun_offer_images");
		return;
	case COMPLETES_ROOTFS:
		text_append(out, "_ncrun_offer_rootfs");
		return;
	case COMPLETES_COMMAND:
		text_append(out, "_ncrun_commands");
		return;
	case COMPLETES_CHOICE:
		text_append_char(out, '(');
		for (; choices && *choices; choices++)
			text_printf(out, "%s%s", *choices, choices[1] ? " " : "");
		text_append_char(out, ')');
		return;
	}
}

static void put_option_end(struct text *out, const struct option *option)
{
	text_append(out, "[");
	put_text(out, option->help);
	text_append(out, "]");
	if (option->value) {
		text_append_char(out, ':');
		put_text(out, option->value);
		text_append_char(out, ':');
		put_action(out, option->completes, option->choices);
	}
	text_append(out, "' \\\n");
}

static void put_option(struct text *out, const struct option *option)
{
	const char *equals = option->value ? "=" : "";

	text_append(out, "\t\t'");
	if (option->repeatable)
		text_append_char(out, '*');
	else if (option->letter)
		text_printf(out, "(-%c --%s)", option->letter, option->name);
	text_printf(out, "--%s%s", option->name, equals);
	put_option_end(out, option);
	if (!option->letter)
		return;
	text_append(out, "\t\t'");
	if (option->repeatable)
		text_append_char(out, '*');
	else
		text_printf(out, "(-%c --%s)", option->letter, option->name);
	text_printf(out, "-%c%s", option->letter, option->value ? "+" : "");
	put_option_end(out, option);
}

static void put_options(struct text *out, const struct command *command)
{
	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o))
		put_option(out, o);
	put_option(out, &option_help);
}

static void put_arguments(struct text *out, const struct command *command)
{
	for (const struct argument *a = command->arguments; a && a->name; a++) {
		switch (a->kind) {
		case ARGUMENT_ONE:
			text_printf(out, "\t\t':%s:", a->name);
			break;
		case ARGUMENT_OPTIONAL:
			text_printf(out, "\t\t'::%s:", a->name);
			break;
		case ARGUMENT_MANY:
		case ARGUMENT_ANY:
			text_printf(out, "\t\t'*:%s:", a->name);
			break;
		case ARGUMENT_COMMAND:
			text_printf(out, "\t\t'*::%s:_default' \\\n", a->name);
			continue;
		}
		put_action(out, a->completes, a->choices);
		text_append(out, "' \\\n");
	}
}

/* One function a command; that of a group hands on to those of its commands. */
static void put_command(void *data, const struct command *command)
{
	struct text *out = data;

	put_function(out, command);
	text_append(out, "() {\n");
	if (!command->children) {
		text_append(out, "\t_arguments -s -S \\\n");
		put_options(out, command);
		put_arguments(out, command);
		text_append(out, "\t\t&& return 0\n}\n");
		return;
	}
	text_append(out, "\tlocal context state line\n\ttypeset -A opt_args\n"
			 "\t_arguments -s -S -C \\\n");
	put_options(out, command);
	text_append(out, "\t\t': :");
	put_function(out, command);
	text_append(out, "_commands' '*::: :->rest' && return 0\n"
			 "\t[ \"$state\" = rest ] || return 1\n"
			 "\twords=($line[1] \"${words[@]}\")\n"
			 "\t(( CURRENT += 1 ))\n"
			 "\tcase $line[1] in\n");
	for (const struct command *const *c = command->children; *c; c++) {
		text_printf(out, "\t%s) ", command_word(*c));
		put_function(out, *c);
		text_append(out, " ;;\n");
	}
	text_append(out, "\tesac\n}\n");
	put_function(out, command);
	text_append(out, "_commands() {\n\tlocal -a commands=(\n");
	for (const struct command *const *c = command->children; *c; c++) {
		text_printf(out, "\t\t'%s:", command_word(*c));
		put_text(out, (*c)->summary);
		text_append(out, "'\n");
	}
	text_append(out, "\t)\n\t_describe command commands\n}\n");
}

void completion_zsh(struct text *out)
{
	text_append(out, head);
	commands_visit(put_command, out);
	text_append(out, tail);
}
