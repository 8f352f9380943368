/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/number.h"
#include "base/signal_name.h"
#include "base/text.h"

const struct option option_help = {.name = "help", .letter = 'h', .help = "show this text"};

/* Where the parser is. */
struct parser {
	const struct command *command;
	char **words; /* borrowed; those before @kept are arguments */
	size_t next;  /* the word to look at */
	size_t kept;  /* arguments found so far */
	size_t fixed; /* how many of them stand before an ARGUMENT_COMMAND; SIZE_MAX = there is none
		       */
	bool only_arguments;
	bool help;
	void *args;
};

#define LIMITS_MAX 32

/* The library's table of limits as options, made once. */
static const struct option *limit_options(void)
{
	static struct option options[LIMITS_MAX + 1];
	size_t count = 0;
	const struct ncrun_limit *limits;

	if (options[0].name)
		return options;
	limits = ncrun_limit_list(&count);
	for (size_t i = 0; i < count && i < LIMITS_MAX; i++)
		options[i] = (struct option){
			.heading = i == 0 ? "Limits" : NULL,
			.name = limits[i].name,
			.value = limits[i].value,
			.help = limits[i].help,
			.kind = OPTION_KIND_LIMIT,
			.repeatable = limits[i].repeatable,
		};
	return options;
}

const struct option *option_next(const struct command *command, const struct option *option)
{
	const struct option *next = option ? option + 1 : command->options;

	if (next && next->name)
		return next;
	if (!command->limits_at || (option && option->kind == OPTION_KIND_LIMIT))
		return NULL;
	return limit_options();
}

const struct option *option_find(const struct command *command, const char *name, size_t length)
{
	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o))
		if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
			return o;
	return length == 4 && memcmp(name, "help", 4) == 0 ? &option_help : NULL;
}

static const struct option *option_find_letter(const struct command *command, char letter)
{
	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o))
		if (o->letter == letter)
			return o;
	return letter == option_help.letter ? &option_help : NULL;
}

static int choice_parse(const char *what, const struct option *option, const char *value,
			unsigned int *ret, struct ncrun_error *err)
{
	_cleanup_text_ struct text known = {0};

	for (unsigned int i = 0; option->choices[i]; i++) {
		if (text_equal(option->choices[i], value)) {
			*ret = i;
			return 0;
		}
		text_printf(&known, "%s%s", i > 0 ? ", " : "", option->choices[i]);
	}
	return error_set(err, EINVAL, "%s '%s': not one of %s", what, value, text_string(&known));
}

static int u32_parse(const char *what, const struct option *option, const char *value,
		     uint32_t *ret, struct ncrun_error *err)
{
	uint64_t number;
	int r;

	r = number_parse_u64(what, value, option->min, option->max, &number, err);
	if (r < 0)
		return r;

	*ret = (uint32_t)number;
	return 0;
}

/* "--pull 'often': ...", or what the value's own parser said after "--volume: ". */
static int refused(const char *what, int r, struct ncrun_error *err)
{
	char said[NCRUN_ERROR_MESSAGE_MAX];

	if (text_starts_with(err->message, what))
		return r;
	if (err->message[0] != '\'')
		return error_wrap(err, r, "%s", what);
	memcpy(said, err->message, sizeof(said));
	return error_set(err, -r, "%s %.*s", what, NCRUN_ERROR_MESSAGE_MAX - 70, said);
}

/* @value is "" for an option that takes none. */
static int option_apply(struct parser *parser, const struct option *option, const char *value,
			struct ncrun_error *err)
{
	void *at = (char *)parser->args + option->at;
	char what[64] = "--";
	int r = 0;

	strncat(what, option->name, sizeof(what) - 3);
	if (option == &option_help) {
		parser->help = true;
		return 0;
	}
	switch (option->kind) {
	case OPTION_KIND_FLAG:
		*(bool *)at = true;
		break;
	case OPTION_KIND_TEXT:
		*(const char **)at = value;
		break;
	case OPTION_KIND_LIST:
		r = strings_append(at, value);
		if (r < 0)
			return error_set(err, -r, "no memory for %s", what);
		break;
	case OPTION_KIND_U32:
		r = u32_parse(what, option, value, at, err);
		break;
	case OPTION_KIND_U64:
		r = number_parse_u64(what, value, option->min, option->max, at, err);
		break;
	case OPTION_KIND_SIZE:
		r = size_parse(what, value, at, err);
		if (r == 0 && *(uint64_t *)at == 0) /* what is not given is 0 */
			return error_set(err, EINVAL, "%s '%s': must not be 0", what, value);
		break;
	case OPTION_KIND_DURATION:
		r = duration_parse(what, value, at, err);
		if (r == 0 && *(uint64_t *)at == 0)
			return error_set(err, EINVAL, "%s '%s': must not be 0", what, value);
		break;
	case OPTION_KIND_SIGNAL:
		r = signal_name_parse(value, at, err);
		if (r < 0)
			refused(what, r, err);
		break;
	case OPTION_KIND_CHOICE:
		r = choice_parse(what, option, value, at, err);
		break;
	case OPTION_KIND_CALL:
		r = option->call(parser->args, value, err);
		if (r < 0)
			refused(what, r, err);
		break;
	case OPTION_KIND_LIMIT:
		at = (char *)parser->args + parser->command->limits_at;
		r = ncrun_limits_set(at, option->name, value, err);
		if (r < 0)
			refused(what, r, err);
		break;
	}
	return r;
}

static int option_unknown(const struct command *command, const char *name, struct ncrun_error *err)
{
	struct nearest nearest = {0};

	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o))
		nearest_consider(&nearest, name, o->name);
	nearest_consider(&nearest, name, option_help.name);
	if (nearest.word)
		return error_set(err, EINVAL, "unknown option '--%s' (did you mean '--%s'?)", name,
				 nearest.word);
	return error_set(err, EINVAL, "unknown option '--%s'", name);
}

static int value_missing(const struct option *option, struct ncrun_error *err)
{
	return error_set(err, EINVAL, "option '--%s' needs a value: %s", option->name,
			 option->value);
}

/* --NAME, --NAME VALUE, --NAME=VALUE */
static int parse_long(struct parser *parser, char *word, struct ncrun_error *err)
{
	size_t length = strcspn(word, "=");
	const struct option *option = option_find(parser->command, word, length);
	const char *value = NULL;

	if (!option) {
		word[length] = '\0';
		return option_unknown(parser->command, word, err);
	}
	if (word[length] == '=')
		value = word + length + 1;
	if (value && !option->value)
		return error_set(err, EINVAL, "option '--%s' takes no value, but got '%s'",
				 option->name, value);
	if (!value && option->value) {
		value = parser->words[parser->next];
		if (!value)
			return value_missing(option, err);
		parser->next++;
	}
	return option_apply(parser, option, value ? value : "", err);
}

/* -x, -xyz, -xVALUE, -x VALUE */
static int parse_letters(struct parser *parser, const char *letters, struct ncrun_error *err)
{
	for (const char *at = letters; *at; at++) {
		const struct option *option = option_find_letter(parser->command, *at);
		const char *value;
		int r;

		if (!option)
			return error_set(err, EINVAL, "unknown option '-%c'", *at);
		if (!option->value) {
			r = option_apply(parser, option, "", err);
			if (r < 0)
				return r;
			continue;
		}
		value = at[1] ? at + 1 : parser->words[parser->next];
		if (!value)
			return value_missing(option, err);
		if (!at[1])
			parser->next++;
		return option_apply(parser, option, value, err);
	}
	return 0;
}

static int parse_words(struct parser *parser, struct ncrun_error *err)
{
	char *word;
	int r = 0;

	while ((word = parser->words[parser->next])) {
		if (!parser->only_arguments && text_equal(word, "--")) {
			parser->only_arguments = true;
			parser->next++;
			continue;
		}
		if (parser->only_arguments || word[0] != '-' || word[1] == '\0') {
			if (parser->kept >= parser->fixed)
				return 0;
			parser->words[parser->kept++] = word;
			parser->next++;
			continue;
		}
		parser->next++;
		r = word[1] == '-' ? parse_long(parser, word + 2, err)
				   : parse_letters(parser, word + 1, err);
		if (r < 0 || parser->help)
			return r;
	}
	return 0;
}

static int argument_missing(const struct command *command, const struct argument *argument,
			    struct ncrun_error *err)
{
	return error_set(err, EINVAL, "%s is missing (see: ncrun %s%s--help)", argument->name,
			 command->name, command->name[0] ? " " : "");
}

/* Hand the words to the places of the argument table. */
static int place_arguments(struct parser *parser, struct ncrun_error *err)
{
	const struct argument *argument = parser->command->arguments;
	size_t at = 0;

	for (; argument && argument->name; argument++) {
		void *place = (char *)parser->args + argument->at;
		bool given = at < parser->kept;

		switch (argument->kind) {
		case ARGUMENT_ONE:
			if (!given)
				return argument_missing(parser->command, argument, err);
			*(const char **)place = parser->words[at++];
			break;
		case ARGUMENT_OPTIONAL:
			*(const char **)place = given ? parser->words[at++] : NULL;
			break;
		case ARGUMENT_MANY:
		case ARGUMENT_ANY:
			if (!given && argument->kind == ARGUMENT_MANY)
				return argument_missing(parser->command, argument, err);
			*(char ***)place = parser->words + at;
			at = parser->kept;
			break;
		case ARGUMENT_COMMAND:
			if (argument->required && !parser->words[parser->next])
				return argument_missing(parser->command, argument, err);
			*(char ***)place = parser->words + parser->next;
			break;
		}
	}
	if (at < parser->kept)
		return error_set(err, EINVAL, "unexpected argument '%s'", parser->words[at]);
	return 0;
}

int options_parse(const struct command *command, char **argv, void *args, struct ncrun_error *err)
{
	struct parser parser = {.command = command, .words = argv, .args = args, .fixed = SIZE_MAX};
	size_t places = 0;
	int r;

	if (command->limits_at)
		*(struct ncrun_limits *)((char *)args + command->limits_at) = NCRUN_LIMITS_INIT;
	for (const struct argument *a = command->arguments; a && a->name; a++, places++)
		if (a->kind == ARGUMENT_COMMAND)
			parser.fixed = places;
	r = parse_words(&parser, err);
	if (r < 0)
		return r;
	if (parser.help)
		return OPTIONS_HELP;
	if (parser.fixed == SIZE_MAX)
		argv[parser.kept] = NULL;
	return place_arguments(&parser, err);
}

void options_release(const struct command *command, void *args)
{
	for (const struct option *o = option_next(command, NULL); o; o = option_next(command, o)) {
		char ***list = (char ***)((char *)args + o->at);

		if (o->kind == OPTION_KIND_LIST)
			*list = strings_free(*list);
	}
	if (command->limits_at)
		ncrun_limits_clear((struct ncrun_limits *)((char *)args + command->limits_at));
	if (command->release)
		command->release(args);
}
