/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Commands as data: each cmd_*.c declares one struct command with tables of its
 * options and arguments. The parser (options.c), the help texts (help.c), the
 * manual page (man.c) and the completions (completion.c) all read these tables,
 * so that they cannot tell different stories.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ncrun/container.h>
#include <ncrun/error.h>
#include <ncrun/limits.h>

/** What a shell may offer for a value. */
enum completes {
	COMPLETES_NOTHING,
	COMPLETES_FILE,
	COMPLETES_DIRECTORY,
	COMPLETES_NODE,
	COMPLETES_NETWORK,
	COMPLETES_NODES, /* a node, or a network for all of its */
	COMPLETES_PEER,  /* a node of the network that the first argument names */
	COMPLETES_IMAGE,
	COMPLETES_ROOTFS,  /* an image, a directory or "host" */
	COMPLETES_CHOICE,  /* one of the option's choices */
	COMPLETES_COMMAND, /* one of ncrun's commands */
};

/** What becomes of an option's value; see the OPTION_ macros for the type of its place. */
enum option_kind {
	OPTION_KIND_FLAG,
	OPTION_KIND_TEXT,
	OPTION_KIND_LIST,
	OPTION_KIND_U32,
	OPTION_KIND_U64,
	OPTION_KIND_SIZE,
	OPTION_KIND_DURATION,
	OPTION_KIND_SIGNAL,
	OPTION_KIND_CHOICE,
	OPTION_KIND_CALL,
	OPTION_KIND_LIMIT, /* one of the library's table of limits */
};

/** Offset of a member, with a check of its type when it is compiled. */
#define FIELD(args, member, type)                                                            \
	(offsetof(args, member) +                                                            \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((args *)0)->member), type) \
				 ? 1                                                         \
				 : -1]))

#define OPTION_FLAG(args, member) .kind = OPTION_KIND_FLAG, .at = FIELD(args, member, bool)
#define OPTION_TEXT(args, member) .kind = OPTION_KIND_TEXT, .at = FIELD(args, member, const char *)
/* char **, owned by the args, released by options_release(); such an option may be repeated */
#define OPTION_LIST(args, member) \
	.kind = OPTION_KIND_LIST, .at = FIELD(args, member, char **), .repeatable = true
#define OPTION_U32(args, member, least, most) \
	.kind = OPTION_KIND_U32, .at = FIELD(args, member, uint32_t), .min = (least), .max = (most)
#define OPTION_U64(args, member, least, most) \
	.kind = OPTION_KIND_U64, .at = FIELD(args, member, uint64_t), .min = (least), .max = (most)
#define OPTION_SIZE(args, member) .kind = OPTION_KIND_SIZE, .at = FIELD(args, member, uint64_t)
#define OPTION_DURATION(args, member) \
	.kind = OPTION_KIND_DURATION, .at = FIELD(args, member, uint64_t)
#define OPTION_SIGNAL(args, member) .kind = OPTION_KIND_SIGNAL, .at = FIELD(args, member, int)
/* an enum without negative values that counts the choices from 0 */
#define OPTION_CHOICE(args, member, list)                                                       \
	.kind = OPTION_KIND_CHOICE, .at = FIELD(args, member, unsigned int), .choices = (list), \
	.completes = COMPLETES_CHOICE
#define LIMITS_AT(args, member) .limits_at = FIELD(args, member, struct ncrun_limits)
#define OPTION_CALL(function)   .kind = OPTION_KIND_CALL, .call = (function)

/**
 * struct option - one option of a command
 * @heading:	starts a new group in the help texts; NULL = same as the one before
 * @letter:	0 = none
 * @value:	placeholder, e.g. "FILE"; NULL = takes no value
 * @fallback:	what holds without the option, as text for people
 * @choices:	NULL-terminated; also to be offered beside @completes
 * @call:	takes the value itself ("" for an option without one)
 */
struct option {
	const char *heading;
	const char *name;
	const char *value;
	const char *help;
	const char *fallback;
	enum completes completes;
	const char *const *choices;
	enum option_kind kind;
	char letter;
	bool repeatable;
	size_t at;
	uint64_t min, max;
	int (*call)(void *args, const char *value, struct ncrun_error *err);
};

enum argument_kind {
	ARGUMENT_ONE,      /* const char * */
	ARGUMENT_OPTIONAL, /* const char *, NULL when it is not given */
	ARGUMENT_MANY,     /* const char *const *: one or more, NULL-terminated */
	ARGUMENT_ANY,      /* the same, or none */
	ARGUMENT_COMMAND,  /* the same, and from its first word on nothing is an option of ours */
};

#define ARGUMENT_AT(args, member)  .at = FIELD(args, member, const char *)
#define ARGUMENTS_AT(args, member) .at = FIELD(args, member, const char *const *)

/** struct argument - what stands at one place of the command line, or at all that follow. */
struct argument {
	const char *name;
	const char *help;
	enum argument_kind kind;
	enum completes completes;
	const char *const *choices;
	bool required; /* for ARGUMENT_COMMAND */
	size_t at;
};

struct example {
	const char *command;
	const char *meaning;
};

struct exit_status {
	const char *status;
	const char *meaning;
};

/** struct cli - what stands before the command's name, and the command itself. */
struct cli {
	struct ncrun_context context;
	const struct command *command;
};

/** Returned by run() for a failure that has been reported already: exit status 1. */
#define CLI_FAILED 1
#define CLI_MISUSE 2

/** Of a command's failure: what the library refuses for its value is as wrong as what the parser
 * refuses. */
static inline int cli_status(int r)
{
	return r == -EINVAL ? CLI_MISUSE : CLI_FAILED;
}

/* What `node` and the like exit with, so that it cannot be the program's own. */
#define CLI_TIMEOUT   124
#define CLI_NOT_RUN   125
#define CLI_NOT_EXEC  126
#define CLI_NOT_FOUND 127

/**
 * struct command - one command, or a group of them
 * @name:	with its group: "rootfs import"
 * @summary:	one line, for `ncrun help`
 * @description: paragraphs, NULL-terminated; a line in a paragraph that begins with a blank is kept
 * as it is
 * @options:	ends with an empty one; NULL = none. Loop over them with option_next()
 * @limits_at:	the library's limits are options too, for the struct ncrun_limits that is there
 *		in the args; 0 = they are not
 * @arguments:	ends with an empty one; NULL = none
 * @exits:	ends with an empty one
 * @children:	of a group: NULL-terminated
 * @args_size:	of the struct that options and arguments are written to
 * @check:	looks at options that have to fit together, before anything is done; may be NULL
 * @run:	returns the exit status, or a negative errno with @err filled
 * @release:	frees what OPTION_CALL functions have put into the args; may be NULL
 * @runs_program: a failure is 125, 126 or 127 instead of 1
 */
struct command {
	const char *name;
	const char *summary;
	const char *const *description;
	const struct option *options;
	size_t limits_at;
	const struct argument *arguments;
	const struct example *examples;
	const struct exit_status *exits;
	const struct command *const *children;
	size_t args_size;
	int (*check)(void *args, struct ncrun_error *err);
	int (*run)(const struct cli *cli, void *args, struct ncrun_error *err);
	void (*release)(void *args);
	bool runs_program;
};

/** struct globals - the args of cli_root: what stands before the command. */
struct globals {
	const char *state_dir;
	const char *store_dir;
	bool debug;
	bool version;
	const char *const *command;
};

/** The program itself: options before the command, and all commands in the order of `ncrun help`.
 */
extern const struct command cli_root;

/** Its commands, in the order of the help; NULL at the end. The quick program has few. */
extern const struct command *const cli_commands[];

/** A variable of the environment that ncrun reads. */
struct variable {
	const char *name;
	const char *meaning;
};
extern const struct variable cli_variables[]; /* ends with an empty one */

/** What most commands, and those that run a program, exit with. */
extern const struct exit_status cli_exits[];
extern const struct exit_status cli_program_exits[];

/** Last word of the name: "import". */
const char *command_word(const struct command *command);

/** The child of that word, or NULL. */
const struct command *command_child(const struct command *group, const char *word);

/**
 * command_find() - follow @words, NULL-terminated, down from the root
 * @ret_used:	how many words named the command
 *
 * -EINVAL with the nearest known word when there is no such command.
 */
int command_find(const char *const *words, const struct command **ret, size_t *ret_used,
		 struct ncrun_error *err);

/** Call @visit for the root and every command below it, in the order of the help texts. */
void commands_visit(void (*visit)(void *data, const struct command *command), void *data);

/** Run the whole program; what main() returns. */
int cli_main(int argc, char **argv);
