/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"

static const struct command *const commands[] = {&cmd_seccomp_show, NULL};

static const char *const description[] = {
	"A seccomp profile says which system calls a node may make.",
	NULL,
};

const struct command cmd_seccomp = {
	.name = "seccomp",
	.summary = "look at seccomp profiles",
	.description = description,
	.exits = cli_exits,
	.children = commands,
};
