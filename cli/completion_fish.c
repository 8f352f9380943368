/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/completion.h"
#include "cli/options.h"

static const char head[] = "# fish completion for ncrun, made by: ncrun completion fish\n"
			   "\n"
			   "function __ncrun_nodes\n"
			   "\tncrun list --all --names 2>/dev/null\n"
			   "end\n"
			   "function __ncrun_networks\n"
			   "\tncrun list --networks --names 2>/dev/null\n"
			   "end\n"
			   "function __ncrun_images\n"
			   "\tncrun rootfs list --names 2>/dev/null\n"
			   "end\n"
			   "function __ncrun_rootfs\n"
			   "\techo host\n"
			   "\t__ncrun_images\n"
			   "\t__fish_complete_directories\n"
			   "end\n";

static const char middle[] =
	"# the command that is being typed, and how many arguments it has so far, and the first\n"
	"function __ncrun_state\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l name ''\n"
	"\tset -l count 0\n"
	"\tset -l first ''\n"
	"\tset -l skip 0\n"
	"\tfor word in $words[2..-1]\n"
	"\t\tif test $skip = 1\n"
	"\t\t\tset skip 0\n"
	"\t\telse if string match -q -- '-*' $word\n"
	"\t\t\tcontains -- \"$name $word\" $__ncrun_takers; and set skip 1\n"
	"\t\telse if test $count = 0; and contains -- (string trim \"$name $word\") $__ncrun_names\n"
	"\t\t\tset name (string trim \"$name $word\")\n"
	"\t\telse\n"
	"\t\t\ttest $count = 0; and set first $word\n"
	"\t\t\tset count (math $count + 1)\n"
	"\t\tend\n"
	"\tend\n"
	"\techo $name\n"
	"\techo $count\n"
	"\techo $first\n"
	"end\n"
	"function __ncrun_peers\n"
	"\tset -l state (__ncrun_state)\n"
	"\tncrun ps --all --names (string replace -r '/.*' '' -- $state[3]) 2>/dev/null | "
	"string replace -r '.*/' ''\n"
	"end\n"
	"function __ncrun_in\n"
	"\tset -l state (__ncrun_state)\n"
	"\ttest \"$state[1]\" = \"$argv[1]\"\n"
	"end\n"
	"function __ncrun_at\n"
	"\tset -l state (__ncrun_state)\n"
	"\ttest \"$state[1]\" = \"$argv[1]\"; and test \"$state[2]\" -ge \"$argv[2]\"; "
	"and test \"$state[2]\" -le \"$argv[3]\"\n"
	"end\n"
	"complete -c ncrun -f\n";

static void put_quoted(struct text *out, const char *text)
{
	text_append_char(out, '\'');
	completion_quote(out, text, "\\'");
	text_append_char(out, '\'');
}

static void put_offer(struct text *out, enum completes completes, const char *const *choices)
{
	switch (completes) {
	case COMPLETES_NOTHING:
	case COMPLETES_CHOICE:
		break;
	case COMPLETES_FILE:
		text_append(out, " -F");
		break;
	case COMPLETES_DIRECTORY:
		text_append(out, " -a '(__fish_complete_directories)'");
		break;
	case COMPLETES_NODE:
		text_append(out, " -a '(__ncrun_nodes)'");
		break;
	case COMPLETES_NETWORK:
		text_append(out, " -a '(__ncrun_networks)'");
		break;
	case COMPLETES_NODES:
		text_append(out, " -a '(__ncrun_nodes; __ncrun_networks)'");
		break;
	case COMPLETES_PEER:
		text_append(out, " -a '(__ncrun_peers)'");
		break;
	case COMPLETES_IMAGE:
		text_append(out, " -a '(__ncrun_images)'");
		break;
	case COMPLETES_ROOTFS:
		text_append(out, " -a '(__ncrun_rootfs)'");
		break;
	case COMPLETES_COMMAND:
		text_append(out, " -a \"$__ncrun_names\"");
		break;
	}
	if (!choices)
		return;
	text_append(out, " -a '");
	for (; *choices; choices++)
		text_printf(out, "%s%s", *choices, choices[1] ? " " : "");
	text_append_char(out, '\'');
}

static void put_name(void *data, const struct command *command)
{
	if (command->name[0])
		text_printf(data, " '%s'", command->name);
}

static void put_takers(void *data, const struct command *command)
{
	struct text *out = data;

	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o)) {
		if (!o->value)
			continue;
		text_printf(out, " '%s --%s'", command->name, o->name);
		if (o->letter)
			text_printf(out, " '%s -%c'", command->name, o->letter);
	}
}

static void put_option(struct text *out, const struct command *command, const struct option *option)
{
	text_printf(out, "complete -c ncrun -n '__ncrun_in \"%s\"' -l %s", command->name,
		    option->name);
	if (option->letter)
		text_printf(out, " -s %c", option->letter);
	if (option->value)
		text_append(out, option->completes == COMPLETES_FILE ? " -r" : " -x");
	if (option->value)
		put_offer(out, option->completes, option->choices);
	text_append(out, " -d ");
	put_quoted(out, option->help);
	text_append_char(out, '\n');
}

static void put_arguments(struct text *out, const struct command *command)
{
	int at = 0;

	for (const struct argument *a = command->arguments; a && a->name; a++, at++) {
		bool many = a->kind != ARGUMENT_ONE && a->kind != ARGUMENT_OPTIONAL;

		text_printf(out, "complete -c ncrun -n '__ncrun_at \"%s\" %d %d'", command->name,
			    at, many ? 1000 : at);
		if (a->kind == ARGUMENT_COMMAND)
			text_append(out, " -F");
		else
			put_offer(out, a->completes, a->choices);
		text_append_char(out, '\n');
	}
}

static void put_command(void *data, const struct command *command)
{
	struct text *out = data;

	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o))
		put_option(out, command, o);
	put_option(out, command, &option_help);
	if (!command->children) {
		put_arguments(out, command);
		return;
	}
	for (const struct command *const *c = command->children; *c; c++) {
		text_printf(out, "complete -c ncrun -n '__ncrun_at \"%s\" 0 0' -a %s -d ",
			    command->name, command_word(*c));
		put_quoted(out, (*c)->summary);
		text_append_char(out, '\n');
	}
}

void completion_fish(struct text *out)
{
	text_append(out, head);
	text_append(out, "set -g __ncrun_names");
	commands_visit(put_name, out);
	text_append(out, "\nset -g __ncrun_takers");
	commands_visit(put_takers, out);
	text_append_char(out, '\n');
	text_append(out, middle);
	commands_visit(put_command, out);
}
