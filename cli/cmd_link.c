/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"

static const struct command *const commands[] = {
	&cmd_link_show, &cmd_link_set, &cmd_link_up, &cmd_link_down,
	&cmd_link_add,  &cmd_link_rm,  NULL,
};

static const char *const description[] = {
	"Links of a network that runs: what the kernel counts, how bad they are, and changes of both in "
	"place. A link is named by one of its ends: NETWORK/NODE:INTERFACE, or NETWORK/NODE if that has "
	"one only. Changes are recorded: export tells of them, and the next up makes of the links what "
	"its file says.",
	NULL,
};

const struct command cmd_link = {
	.name = "link",
	.summary = "show and change links of a network that runs",
	.description = description,
	.exits = cli_exits,
	.children = commands,
};
