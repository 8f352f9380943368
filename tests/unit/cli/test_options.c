/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/options.h"
#include "tests/support/test.h"

struct args {
	bool flag;
	bool other;
	const char *text;
	char **list;
	uint32_t u32;
	uint64_t u64;
	uint64_t size;
	uint64_t duration;
	int signo;
	unsigned int choice;
	const char *called;
	const char *first;
	const char *second;
	const char *const *rest;
};

static int call(void *data, const char *value, struct ncrun_error *err)
{
	if (text_equal(value, "bad"))
		return error_set(err, EINVAL, "'%s': not good", value);
	((struct args *)data)->called = value;
	return 0;
}

static const char *const choices[] = {"one", "two", NULL};

static const struct option options[] = {
	{.name = "flag", .letter = 'f', OPTION_FLAG(struct args, flag)},
	{.name = "other", .letter = 'o', OPTION_FLAG(struct args, other)},
	{.name = "text", .letter = 't', .value = "TEXT", OPTION_TEXT(struct args, text)},
	{.name = "list", .letter = 'l', .value = "ITEM", OPTION_LIST(struct args, list)},
	{.name = "u32", .value = "N", OPTION_U32(struct args, u32, 1, 10)},
	{.name = "u64", .value = "N", OPTION_U64(struct args, u64, 0, UINT64_MAX)},
	{.name = "size", .value = "SIZE", OPTION_SIZE(struct args, size)},
	{.name = "duration", .value = "TIME", OPTION_DURATION(struct args, duration)},
	{.name = "signal", .value = "SIGNAL", OPTION_SIGNAL(struct args, signo)},
	{.name = "choice", .value = "WHICH", OPTION_CHOICE(struct args, choice, choices)},
	{.name = "call", .value = "X", OPTION_CALL(call)},
	{0},
};

static const struct argument none[] = {{0}};
static const struct argument two[] = {
	{.name = "FIRST", .kind = ARGUMENT_ONE, ARGUMENT_AT(struct args, first)},
	{.name = "SECOND", .kind = ARGUMENT_OPTIONAL, ARGUMENT_AT(struct args, second)},
	{0},
};
static const struct argument many[] = {
	{.name = "NODE", .kind = ARGUMENT_MANY, ARGUMENTS_AT(struct args, rest)},
	{0},
};
static const struct argument program[] = {
	{.name = "NODE", .kind = ARGUMENT_ONE, ARGUMENT_AT(struct args, first)},
	{.name = "COMMAND",
	 .kind = ARGUMENT_COMMAND,
	 .required = true,
	 ARGUMENTS_AT(struct args, rest)},
	{0},
};

static struct args args;
static struct ncrun_error err;
static char buffer[256];
static char *words[32];

/* Parse a line of words with one blank between them. */
static int parse(const struct argument *arguments, const char *line)
{
	static struct command command;
	size_t count = 0;

	command = (struct command){.name = "test", .options = options, .arguments = arguments};
	options_release(&command, &args);
	memset(&args, 0, sizeof(args));
	memset(&err, 0, sizeof(err));
	snprintf(buffer, sizeof(buffer), "%s", line);
	for (char *word = strtok(buffer, " "); word; word = strtok(NULL, " "))
		words[count++] = word;
	words[count] = NULL;
	return options_parse(&command, words, &args, &err);
}

static int release(void **state __attribute__((unused)))
{
	args.list = strings_free(args.list);
	return 0;
}

TEST(takes_values_in_every_form)
{
	assert_ok(parse(none, "--text=a"));
	assert_string_equal(args.text, "a");
	assert_ok(parse(none, "--text b"));
	assert_string_equal(args.text, "b");
	assert_ok(parse(none, "-tc"));
	assert_string_equal(args.text, "c");
	assert_ok(parse(none, "-t d"));
	assert_string_equal(args.text, "d");
	assert_ok(parse(none, "--text="));
	assert_string_equal(args.text, "");
}

TEST(takes_flags_in_a_cluster)
{
	assert_ok(parse(none, "-fotX"));

	assert_true(args.flag);
	assert_true(args.other);
	assert_string_equal(args.text, "X");
}

TEST(takes_typed_values)
{
	assert_ok(parse(none, "--u32 7 --u64 18446744073709551615 --size 2M --duration 1.5s "
			      "--signal HUP --choice two --call good"));

	assert_int_equal(args.u32, 7);
	assert_true(args.u64 == UINT64_MAX);
	assert_int_equal(args.size, 2 << 20);
	assert_int_equal(args.duration, 1500);
	assert_int_equal(args.signo, SIGHUP);
	assert_int_equal(args.choice, 1);
	assert_string_equal(args.called, "good");
}

TEST(gathers_repeated_options_in_order)
{
	assert_ok(parse(none, "-l a --list b -lc"));

	assert_int_equal(strings_count((const char *const *)args.list), 3);
	assert_string_equal(args.list[0], "a");
	assert_string_equal(args.list[2], "c");
}

TEST(takes_a_value_that_looks_like_an_option)
{
	assert_ok(parse(none, "--text -f"));

	assert_string_equal(args.text, "-f");
	assert_false(args.flag);
}

TEST(finds_options_after_arguments)
{
	assert_ok(parse(two, "a -f b"));

	assert_true(args.flag);
	assert_string_equal(args.first, "a");
	assert_string_equal(args.second, "b");
}

TEST(takes_all_words_after_two_dashes_as_arguments)
{
	assert_ok(parse(many, "a -- -f --text"));

	assert_false(args.flag);
	assert_int_equal(strings_count(args.rest), 3);
	assert_string_equal(args.rest[1], "-f");
}

TEST(takes_a_single_dash_as_an_argument)
{
	assert_ok(parse(two, "a -"));

	assert_string_equal(args.second, "-");
}

TEST(leaves_the_words_of_a_command_alone)
{
	assert_ok(parse(program, "web -f ls -o --text -- x"));

	assert_true(args.flag);
	assert_false(args.other);
	assert_string_equal(args.first, "web");
	assert_int_equal(strings_count(args.rest), 5);
	assert_string_equal(args.rest[0], "ls");
	assert_string_equal(args.rest[3], "--");
}

TEST(drops_the_two_dashes_before_a_command)
{
	assert_ok(parse(program, "web -- -strange"));
	assert_string_equal(args.rest[0], "-strange");

	assert_ok(parse(program, "-f web -- ls"));
	assert_string_equal(args.rest[0], "ls");
}

TEST(knows_help_everywhere_but_in_a_command)
{
	assert_int_equal(parse(two, "--help"), OPTIONS_HELP);
	assert_int_equal(parse(two, "a b c -h"), OPTIONS_HELP);
	assert_int_equal(parse(program, "-fh"), OPTIONS_HELP);
	assert_int_equal(parse(program, "web ls --help"), 0);
}

/* What is refused, and the message. */
static const struct {
	const struct argument *arguments;
	const char *line;
	const char *message;
} refused[] = {
	{none, "--txet a", "unknown option '--txet' (did you mean '--text'?)"},
	{none, "--txet=a", "unknown option '--txet' (did you mean '--text'?)"},
	{none, "--tex a", "unknown option '--tex' (did you mean '--text'?)"},
	{none, "--zzzzzz", "unknown option '--zzzzzz'"},
	{none, "-fz", "unknown option '-z'"},
	{none, "--text", "option '--text' needs a value: TEXT"},
	{none, "-ft", "option '--text' needs a value: TEXT"},
	{none, "--flag=yes", "option '--flag' takes no value, but got 'yes'"},
	{none, "--choice three", "--choice 'three': not one of one, two"},
	{none, "--call bad", "--call 'bad': not good"},
	{none, "--signal NOSUCH", "--signal: unknown signal 'NOSUCH'"},
	{none, "a", "unexpected argument 'a'"},
	{two, "", "FIRST is missing (see: ncrun test --help)"},
	{two, "a b c", "unexpected argument 'c'"},
	{many, "-f", "NODE is missing (see: ncrun test --help)"},
	{program, "web", "COMMAND is missing (see: ncrun test --help)"},
};

TEST(refuses_with_the_option_and_the_value)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_fails(parse(refused[i].arguments, refused[i].line), EINVAL);
		assert_string_equal(err.message, refused[i].message);
	}
}

TEST(names_the_option_of_a_bad_number)
{
	static const char *const lines[] = {
		"--u32 0",
		"--u32 11",
		"--u32 x",
		"--u64 -1",
		"--size 1Q",
		"--duration 1y",
		"--u64 18446744073709551616",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t length = strcspn(lines[i], " ");

		assert_fails(parse(none, lines[i]), EINVAL);
		assert_memory_equal(err.message, lines[i], length);
		assert_non_null(strstr(err.message, lines[i] + length + 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_values_in_every_form),
		cmocka_unit_test(takes_flags_in_a_cluster),
		cmocka_unit_test(takes_typed_values),
		cmocka_unit_test(gathers_repeated_options_in_order),
		cmocka_unit_test(takes_a_value_that_looks_like_an_option),
		cmocka_unit_test(finds_options_after_arguments),
		cmocka_unit_test(takes_all_words_after_two_dashes_as_arguments),
		cmocka_unit_test(takes_a_single_dash_as_an_argument),
		cmocka_unit_test(leaves_the_words_of_a_command_alone),
		cmocka_unit_test(drops_the_two_dashes_before_a_command),
		cmocka_unit_test(knows_help_everywhere_but_in_a_command),
		cmocka_unit_test(refuses_with_the_option_and_the_value),
		cmocka_unit_test(names_the_option_of_a_bad_number),
	};

	return cmocka_run_group_tests_name("cli/options", tests, NULL, release);
}
