/* SPDX-License-Identifier: Apache-2.0 */

/* The manual page, as roff for man(7). */

#include <ncrun/machine.h>

#include "cli/help.h"
#include "cli/options.h"
#include "cli/roff.h"

static void put_description(struct text *out, const struct command *command)
{
	bool kept = false;

	for (const char *const *p = command->description; p && *p; p++) {
		bool keep = (*p)[0] == ' ';

		if (keep != kept)
			text_append(out, keep ? ".nf\n" : ".fi\n");
		if (!keep)
			text_append(out, ".PP\n");
		roff_line(out, "", *p);
		kept = keep;
	}
	if (kept)
		text_append(out, ".fi\n");
	if (!command->description) {
		text_append(out, ".PP\n");
		roff_line(out, "", command->summary);
	}
}

static void put_option(struct text *out, const struct option *option)
{
	text_append(out, ".TP\n");
	if (option->letter)
		text_printf(out, "\\fB\\-%c\\fR, ", option->letter);
	text_append(out, "\\fB\\-\\-");
	roff_put(out, option->name);
	text_append(out, "\\fR");
	if (option->value) {
		text_append(out, " \\fI");
		roff_put(out, option->value);
		text_append(out, "\\fR");
	}
	text_append_char(out, '\n');
	roff_put(out, option->help);
	if (option->fallback) {
		text_append(out, " (default: ");
		roff_put(out, option->fallback);
		text_append_char(out, ')');
	}
	if (option->repeatable)
		text_append(out, "; may be repeated");
	text_append(out, ".\n");
}

static void put_options(struct text *out, const struct command *command)
{
	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o)) {
		if (o->heading) {
			text_append(out, ".PP\n");
			text_printf(out, "\\fI%s:\\fR\n", o->heading);
		}
		put_option(out, o);
	}
}

static void put_arguments(struct text *out, const struct command *command)
{
	for (const struct argument *a = command->arguments; a && a->name; a++) {
		text_append(out, ".TP\n\\fI");
		roff_put(out, a->name);
		text_append(out, "\\fR\n");
		roff_put(out, a->help);
		text_append(out, ".\n");
	}
}

static void put_examples(struct text *out, const struct command *command)
{
	for (const struct example *e = command->examples; e && e->command; e++) {
		text_append(out, ".PP\n");
		roff_put(out, e->meaning);
		text_append(out, ":\n.PP\n.nf\n.RS 4\n");
		roff_line(out, "", e->command);
		text_append(out, ".RE\n.fi\n");
	}
}

static void put_exits(struct text *out, const struct exit_status *exits)
{
	for (; exits->status; exits++) {
		text_printf(out, ".TP\n\\fB%s\\fR\n", exits->status);
		roff_put(out, exits->meaning);
		text_append(out, ".\n");
	}
}

static void put_command(void *data, const struct command *command)
{
	struct text *out = data;
	_cleanup_text_ struct text synopsis = {0};

	if (!command->name[0])
		return;
	help_synopsis(&synopsis, command);
	roff_line(out, ".SS ", text_string(&synopsis));
	put_description(out, command);
	if (!command->children)
		put_arguments(out, command);
	put_options(out, command);
	put_examples(out, command);
	if (command->exits && command->exits != cli_exits && command->exits != cli_program_exits) {
		text_append(out, ".PP\nExit status:\n");
		put_exits(out, command->exits);
	}
}

static const struct {
	const char *path;
	const char *meaning;
} files[] = {
	{"/run/ncrun",
	 "state of the nodes that run: a folder for each network, in it one for each node"},
	{"/var/lib/ncrun", "the store: images, and caches that are made from them"},
	{"/dev/.ncrun", "inside a node: which one it is, for ncrun identify"},
};

void man_page(struct text *out)
{
	text_append(out, ".\\\" Made from the program's own tables by: ncrun help --man\n");
	text_printf(out, ".TH NCRUN 1 \"\" \"ncrun %s\" \"User Commands\"\n", ncrun_version());
	/* words as they are typed: no hyphenation, no stretching */
	text_append(out, ".nh\n.ad l\n.SH NAME\nncrun \\- ");
	roff_line(out, "", cli_root.summary);
	text_append(out, ".SH SYNOPSIS\n\\fBncrun\\fR [\\fIOPTION\\fR]... \\fICOMMAND\\fR "
			 "[\\fIARG\\fR]...\n.SH DESCRIPTION\n");
	put_description(out, &cli_root);
	text_append(out, ".SH OPTIONS\nThese stand before the command.\n");
	put_options(out, &cli_root);
	text_append(out, ".PP\nEvery command also knows:\n");
	put_option(out, &option_help);
	text_append(out, ".SH COMMANDS\n");
	commands_visit(put_command, out);
	text_append(out, ".SH EXIT STATUS\nOf commands that run a program (node, exec, shell, "
			 "attach):\n");
	put_exits(out, cli_program_exits);
	text_append(out, ".PP\nOf all others:\n");
	put_exits(out, cli_exits);
	text_append(out, ".SH ENVIRONMENT\n");
	for (const struct variable *v = cli_variables; v->name; v++) {
		roff_line(out, ".TP\n.B ", v->name);
		roff_put(out, v->meaning);
		text_append(out, ".\n");
	}
	text_append(out, ".SH FILES\n");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		roff_line(out, ".TP\n.I ", files[i].path);
		roff_put(out, files[i].meaning);
		text_append(out, ".\n");
	}
	text_append(out, ".SH EXAMPLES\n");
	put_examples(out, &cli_root);
	text_append(out,
		    ".SH SECURITY\nWhat a node can do to its machine and to other nodes, kind by "
		    "kind, and how that compares with others is told in \\fIsecurity.md\\fR, in "
		    "share/doc/ncrun where ncrun is installed, and in docs of its sources.\n");
	text_append(
		out,
		".SH SEE ALSO\n.BR ncrun\\-topology (5),\n.BR namespaces (7),\n.BR capabilities (7),\n"
		".BR seccomp (2),\n.BR user_namespaces (7),\n.BR cgroups (7)\n");
}
