/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/completion.h"
#include "cli/options.h"

static const char head[] =
	"# bash completion for ncrun, made by: ncrun completion bash\n"
	"\n"
	"_ncrun_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\"); }\n"
	"_ncrun_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); }\n"
	"_ncrun_folders() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); "
	"}\n"
	"_ncrun_nodes() { _ncrun_words \"$(ncrun list --all --names 2>/dev/null)\"; }\n"
	"_ncrun_networks() { _ncrun_words \"$(ncrun list --networks --names 2>/dev/null)\"; }\n"
	"_ncrun_nodes_or_networks() {\n"
	"\t_ncrun_words \"$(ncrun list --all --names 2>/dev/null) "
	"$(ncrun list --networks --names 2>/dev/null)\"\n"
	"}\n"
	"_ncrun_peers() {\n"
	"\t_ncrun_words \"$(ncrun ps --all --names \"${first%%/*}\" 2>/dev/null | sed 's|.*/||')\"\n"
	"}\n"
	"_ncrun_images() { _ncrun_words \"$(ncrun rootfs list --names 2>/dev/null)\"; }\n"
	"_ncrun_rootfs() {\n"
	"\tcase $current in\n"
	"\t*/*) _ncrun_folders ;;\n"
	"\t*) _ncrun_words \"host $(ncrun rootfs list --names 2>/dev/null)\" ;;\n"
	"\tesac\n"
	"}\n"
	"_ncrun_words_or_files() {\n"
	"\t_ncrun_words \"$1\"\n"
	"\t[ ${#COMPREPLY[@]} -gt 0 ] || _ncrun_files\n"
	"}\n";

static const char tail[] =
	"_ncrun() {\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command='' word i skip='' only='' count=0 first=''\n"
	"\n"
	"\tCOMPREPLY=()\n"
	"\t# bash takes --option=value apart\n"
	"\tif [ \"$current\" = '=' ]; then\n"
	"\t\tcurrent=''\n"
	"\telif [ \"$previous\" = '=' ]; then\n"
	"\t\tprevious=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tword=${COMP_WORDS[i]}\n"
	"\t\tif [ \"$word\" = '=' ]; then\n"
	"\t\t\tskip=1\n"
	"\t\telif [ -n \"$skip\" ]; then\n"
	"\t\t\tskip=''\n"
	"\t\telif [ -n \"$only\" ] || [ \"${word:0:1}\" != '-' ]; then\n"
	"\t\t\tif [ \"$count\" -eq 0 ] && _ncrun_is_command \"${command:+$command }$word\"; then\n"
	"\t\t\t\tcommand=${command:+$command }$word\n"
	"\t\t\telse\n"
	"\t\t\t\t[ \"$count\" -gt 0 ] || first=$word\n"
	"\t\t\t\tcount=$((count + 1))\n"
	"\t\t\tfi\n"
	"\t\telif [ \"$word\" = '--' ]; then\n"
	"\t\t\tonly=1\n"
	"\t\telif _ncrun_takes_value \"$command\" \"$word\"; then\n"
	"\t\t\tskip=1\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tif [ -n \"$skip\" ] && _ncrun_takes_value \"$command\" \"$previous\"; then\n"
	"\t\t_ncrun_value \"$command\" \"$previous\"\n"
	"\telif [ -z \"$only\" ] && [ \"${current:0:1}\" = '-' ] && "
	"! _ncrun_is_rest \"$command\" \"$count\"; then\n"
	"\t\t_ncrun_options \"$command\"\n"
	"\telse\n"
	"\t\t_ncrun_argument \"$command\" \"$count\"\n"
	"\tfi\n"
	"}\n"
	"complete -F _ncrun ncrun\n";

static void put_offer(struct text *out, enum completes completes, const char *const *choices)
{
	_cleanup_text_ struct text words = {0};

	for (; choices && *choices; choices++)
		text_printf(&words, "%s%s", words.length > 0 ? " " : "", *choices);

	switch (completes) {
	case COMPLETES_NOTHING:
		text_append(out, ":");
		break;
	case COMPLETES_FILE:
		if (words.length > 0)
			text_printf(out, "_ncrun_words_or_files '%s'", words.chars);
		else
			text_append(out, "_ncrun_files");
		break;
	case COMPLETES_DIRECTORY:
		text_append(out, "_ncrun_folders");
		break;
	case COMPLETES_NODE:
		text_append(out, "_ncrun_nodes");
		break;
	case COMPLETES_NETWORK:
		text_append(out, "_ncrun_networks");
		break;
	case COMPLETES_NODES:
		text_append(out, "_ncrun_nodes_or_networks");
		break;
	case COMPLETES_PEER:
		text_append(out, "_ncrun_peers");
		break;
	case COMPLETES_IMAGE:
		text_append(out, "_ncrun_images");
		break;
	case COMPLETES_ROOTFS:
		text_append(out, "_ncrun_rootfs");
		break;
	case COMPLETES_CHOICE:
		text_printf(out, "_ncrun_words '%s'", text_string(&words));
		break;
	case COMPLETES_COMMAND:
		text_append(out, "_ncrun_commands ''");
		break;
	}
}

static void put_children(void *data, const struct command *command)
{
	struct text *out = data;

	if (!command->children)
		return;
	text_printf(out, "\t'%s') _ncrun_words '", command->name);
	for (const struct command *const *c = command->children; *c; c++)
		text_printf(out, "%s%s", c == command->children ? "" : " ", command_word(*c));
	text_append(out, "' ;;\n");
}

static void put_name(void *data, const struct command *command)
{
	struct text *out = data;

	if (command->name[0])
		text_printf(out, "'%s' | ", command->name);
}

static void put_options(void *data, const struct command *command)
{
	struct text *out = data;

	text_printf(out, "\t'%s') _ncrun_words '", command->name);
	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o)) {
		text_printf(out, "--%s ", o->name);
		if (o->letter)
			text_printf(out, "-%c ", o->letter);
	}
	text_printf(out, "--%s -%c' ;;\n", option_help.name, option_help.letter);
}

static void put_values(void *data, const struct command *command)
{
	struct text *out = data;

	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o)) {
		if (!o->value)
			continue;
		text_printf(out, "\t'%s --%s'", command->name, o->name);
		if (o->letter)
			text_printf(out, " | '%s -%c'", command->name, o->letter);
		text_append(out, ") ");
		put_offer(out, o->completes, o->choices);
		text_append(out, " ;;\n");
	}
}

static void put_takers(void *data, const struct command *command)
{
	struct text *out = data;

	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o)) {
		if (!o->value)
			continue;
		text_printf(out, "'%s --%s' | ", command->name, o->name);
		if (o->letter)
			text_printf(out, "'%s -%c' | ", command->name, o->letter);
	}
}

static void put_arguments(void *data, const struct command *command)
{
	struct text *out = data;
	int at = 0;

	if (command->children) {
		text_printf(out, "\t'%s 0') _ncrun_commands '%s' ;;\n", command->name,
			    command->name);
		return;
	}
	for (const struct argument *a = command->arguments; a && a->name; a++, at++) {
		bool many = a->kind == ARGUMENT_MANY || a->kind == ARGUMENT_ANY;

		if (a->kind == ARGUMENT_COMMAND)
			text_printf(out, "\t'%s '*) compopt -o default ;;\n", command->name);
		if (a->kind == ARGUMENT_COMMAND)
			continue;
		if (many)
			text_printf(out, "\t'%s '*) ", command->name);
		else
			text_printf(out, "\t'%s %d') ", command->name, at);
		put_offer(out, a->completes, a->choices);
		text_append(out, " ;;\n");
	}
}

/* Where words of the node's command begin, options are not ours. */
static void put_rest(void *data, const struct command *command)
{
	struct text *out = data;
	int at = 0;

	if (command->children)
		return;
	for (const struct argument *a = command->arguments; a && a->name; a++, at++)
		if (a->kind == ARGUMENT_COMMAND)
			text_printf(out, "\t'%s') [ \"$2\" -gt %d ] ;;\n", command->name, at);
}

void completion_bash(struct text *out)
{
	text_append(out, head);
	text_append(out, "_ncrun_commands() {\n\tcase $1 in\n");
	commands_visit(put_children, out);
	text_append(out, "\tesac\n}\n_ncrun_is_command() {\n\tcase $1 in\n\t");
	commands_visit(put_name, out);
	text_append(out, "'-') ;;\n\t*) return 1 ;;\n\tesac\n}\n"
			 "_ncrun_takes_value() {\n\tcase \"$1 $2\" in\n\t");
	commands_visit(put_takers, out);
	text_append(out, "'-') ;;\n\t*) return 1 ;;\n\tesac\n}\n"
			 "_ncrun_options() {\n\tcase $1 in\n");
	commands_visit(put_options, out);
	text_append(out, "\tesac\n}\n_ncrun_value() {\n\tcase \"$1 $2\" in\n");
	commands_visit(put_values, out);
	text_append(out, "\tesac\n}\n_ncrun_is_rest() {\n\tcase $1 in\n");
	commands_visit(put_rest, out);
	text_append(out, "\t*) return 1 ;;\n\tesac\n}\n"
			 "_ncrun_argument() {\n\tcase \"$1 $2\" in\n");
	commands_visit(put_arguments, out);
	text_append(out, "\tesac\n}\n");
	text_append(out, tail);
}
