/* SPDX-License-Identifier: Apache-2.0 */

/* The tables of all commands are sound, and every text that is made of them is complete. */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/options.h"
#include "tests/support/test.h"

static struct ncrun_error err;

static const struct command *find(const char *const *words)
{
	const struct command *command;
	size_t used;

	assert_ok(command_find(words, &command, &used, &err));
	assert_null(words[used]);
	return command;
}

TEST(finds_commands_and_those_of_groups)
{
	assert_string_equal(find((const char *[]){"node", NULL})->name, "node");
	assert_string_equal(find((const char *[]){"rootfs", "gc", NULL})->name, "rootfs gc");
	assert_ptr_equal(find((const char *[]){NULL}), &cli_root);
}

TEST(names_the_command_that_was_meant)
{
	static const struct {
		const char *words[3];
		const char *message;
	} wrong[] = {
		{{"nide", NULL}, "unknown command 'nide' (did you mean 'node'?)"},
		{{"insp", NULL}, "unknown command 'insp' (did you mean 'inspect'?)"},
		{{"frobnicate", NULL}, "unknown command 'frobnicate' (see: ncrun help)"},
		{{"rootfs", "lst", NULL}, "unknown command 'rootfs lst' (did you mean 'list'?)"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct command *command;
		size_t used;

		assert_fails(command_find(wrong[i].words, &command, &used, &err), EINVAL);
		assert_string_equal(err.message, wrong[i].message);
	}
}

/* ---- tables ------------------------------------------------------------------ */

/* Words that stand in a sentence of their own maker's: no capital, no full stop. */
static void check_phrase(const char *where, const char *text)
{
	if (!text || !text[0] || text[strlen(text) - 1] == '.')
		fail_msg("%s: '%s' ends in a full stop or is missing", where, text ? text : "");
}

static void check_option(const struct command *command, const struct option *option)
{
	check_phrase(command->name, option->help);
	for (const char *c = option->name; *c; c++)
		assert_true(islower(*c) || isdigit(*c) || *c == '-');
	if (option->kind != OPTION_KIND_FLAG && option->kind != OPTION_KIND_CALL)
		assert_non_null(option->value);
	if (option->kind == OPTION_KIND_CALL)
		assert_non_null(option->call);
	if (option->kind != OPTION_KIND_CALL)
		assert_true(option->at < command->args_size);
	if (option->completes == COMPLETES_CHOICE)
		assert_non_null(option->choices);
	for (const struct option *other = option + 1; other->name; other++) {
		assert_string_not_equal(option->name, other->name);
		if (option->letter && option->letter == other->letter)
			fail_msg("ncrun %s: two options have the letter %c", command->name,
				 option->letter);
	}
	assert_string_not_equal(option->name, option_help.name);
	assert_true(option->letter != option_help.letter);
}

static void check_command(void *data __attribute__((unused)), const struct command *command)
{
	check_phrase(command->name, command->summary);
	assert_true(islower(command->summary[0]));
	assert_non_null(command->exits);
	assert_true(command == &cli_root || !command->children == !!command->run);
	for (const struct option *o = command->options; o && o->name; o++)
		check_option(command, o);
	for (const struct argument *a = command->arguments; a && a->name; a++) {
		check_phrase(command->name, a->help);
		assert_true(a->at < command->args_size);
	}
}

TEST(has_sound_tables)
{
	commands_visit(check_command, NULL);
}

/* ---- texts --------------------------------------------------------------------- */

/* The part of @text from @start up to @end. */
static void cut(struct text *out, const char *text, const char *start, const char *end)
{
	const char *from = strstr(text, start);
	const char *to = from ? strstr(from + strlen(start), end) : NULL;

	if (!from)
		fail_msg("'%s' is missing", start);
	text_append_bytes(out, from, to ? (size_t)(to - from) : strlen(from));
}

/* Every option of @command stands in @section after @before, hyphens written as @hyphen. */
static void require_options(const struct command *command, const struct text *section,
			    const char *before, const char *hyphen)
{
	for (const struct option *o = command->options; o && o->name; o++) {
		_cleanup_text_ struct text wanted = {0};

		text_append(&wanted, before);
		for (const char *c = o->name; *c; c++)
			if (*c == '-')
				text_append(&wanted, hyphen);
			else
				text_append_char(&wanted, *c);
		if (!strstr(text_string(section), text_string(&wanted)))
			fail_msg("ncrun %s: '%s' is missing", command->name, text_string(&wanted));
	}
}

static void check_help(void *data __attribute__((unused)), const struct command *command)
{
	_cleanup_text_ struct text help = {0};

	help_command(&help, command);
	require_options(command, &help, "--", "-");
	for (const struct command *const *c = command->children; c && *c; c++)
		assert_non_null(strstr(text_string(&help), (*c)->summary));
}

TEST(tells_of_every_option_in_the_help)
{
	commands_visit(check_help, NULL);
}

static void check_man(void *data, const struct command *command)
{
	_cleanup_text_ struct text start = {0}, section = {0};

	if (command == &cli_root)
		text_append(&start, ".SH OPTIONS");
	else
		text_printf(&start, ".SS ncrun %s", command->name);
	cut(&section, text_string(data), text_string(&start), "\n.S");
	require_options(command, &section, "\\-\\-", "\\-");
}

TEST(tells_of_every_option_in_the_manual)
{
	_cleanup_text_ struct text page = {0};

	man_page(&page);
	commands_visit(check_man, &page);
}

static void check_bash(void *data, const struct command *command)
{
	_cleanup_text_ struct text start = {0}, section = {0};

	text_printf(&start, "\t'%s') _ncrun_words '-", command->name);
	cut(&section, text_string(data), text_string(&start), "\n");
	require_options(command, &section, "--", "-");
}

static void check_zsh(void *data, const struct command *command)
{
	_cleanup_text_ struct text start = {0}, section = {0};

	text_append(&start, "\n_ncrun");
	text_append(&start, command->name[0] ? "_" : "");
	for (const char *c = command->name; *c; c++)
		text_append_char(&start, (char)(*c == ' ' ? '_' : *c));
	text_append(&start, "() {\n");
	cut(&section, text_string(data), text_string(&start), "\n}");
	require_options(command, &section, "--", "-");
}

static void check_fish(void *data, const struct command *command)
{
	_cleanup_text_ struct text before = {0};

	text_printf(&before, "__ncrun_in \"%s\"' -l ", command->name);
	require_options(command, data, text_string(&before), "-");
}

TEST(completes_every_option_in_every_shell)
{
	static const struct {
		const char *shell;
		void (*check)(void *data, const struct command *command);
	} shells[] = {{"bash", check_bash}, {"zsh", check_zsh}, {"fish", check_fish}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		_cleanup_text_ struct text script = {0};

		assert_ok(completion_script(&script, shells[i].shell, &err));
		commands_visit(shells[i].check, &script);
	}
}

TEST(refuses_to_complete_in_an_unknown_shell)
{
	struct text script = {0};

	assert_fails(completion_script(&script, "csh", &err), EINVAL);
	assert_string_equal(err.message, "shell 'csh': not one of bash, zsh, fish");
	assert_null(script.chars);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_commands_and_those_of_groups),
		cmocka_unit_test(names_the_command_that_was_meant),
		cmocka_unit_test(has_sound_tables),
		cmocka_unit_test(tells_of_every_option_in_the_help),
		cmocka_unit_test(tells_of_every_option_in_the_manual),
		cmocka_unit_test(completes_every_option_in_every_shell),
		cmocka_unit_test(refuses_to_complete_in_an_unknown_shell),
	};

	return cmocka_run_group_tests_name("cli/commands", tests, NULL, NULL);
}
