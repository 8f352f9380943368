/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What `exec` and `shell` have in common. */

#include <ncrun/container.h>

#include "cli/command.h"

struct exec_args {
	struct ncrun_exec_spec spec;
	const char *node;
	const char *const *command;
	char **env;
	char **groups;
	bool terminal;
	bool no_terminal;
	bool interactive;
};

int exec_add_env(void *data, const char *value, struct ncrun_error *err);
int exec_add_env_file(void *data, const char *value, struct ncrun_error *err);

/** Put the parts together; refuses options that contradict each other. */
int exec_check(void *data, struct ncrun_error *err);
void exec_release(void *data);

/** Open a node that has to run. */
int exec_open(const struct cli *cli, const char *name, struct ncrun_container **ret,
	      struct ncrun_error *err);

/* clang-format would spread the rows of this table over the page. */
/* clang-format off */
#define EXEC_OPTIONS                                                                               \
	{.name = "env", .letter = 'e', .value = "NAME[=VALUE]",                                    \
	 .help = "a variable of the environment; without a value: ncrun's own",                    \
	 .repeatable = true, OPTION_CALL(exec_add_env)},                                           \
	{.name = "env-file", .value = "FILE", .help = "such variables, one a line",                \
	 .completes = COMPLETES_FILE, .repeatable = true, OPTION_CALL(exec_add_env_file)},         \
	{.name = "workdir", .letter = 'w', .value = "DIR", .help = "working directory inside",     \
	 .fallback = "the node's", OPTION_TEXT(struct exec_args, spec.workdir)},                   \
	{.name = "user", .letter = 'u', .value = "USER[:GROUP]",                                   \
	 .help = "names or numbers, looked up inside the node", .fallback = "the node's",          \
	 OPTION_TEXT(struct exec_args, spec.user)},                                                \
	{.name = "group-add", .value = "GROUP", .help = "a further group, name or number",         \
	 OPTION_LIST(struct exec_args, groups)},                                                   \
	{.name = "privileged",                                                                     \
	 .help = "all capabilities of the node's user namespace, and no seccomp filter",           \
	 OPTION_FLAG(struct exec_args, spec.privileged)}
/* clang-format on */
