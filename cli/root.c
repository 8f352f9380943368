/* SPDX-License-Identifier: Apache-2.0 */

/* The program itself: its commands, its global options, its environment. */

#include "cli/commands.h"

static const struct option options[] = {
	{
		.name = "state",
		.value = "DIR",
		.help = "where running nodes are kept track of",
		.fallback = "$NCRUN_STATE, /run/ncrun, or $XDG_RUNTIME_DIR/ncrun for a user",
		.completes = COMPLETES_DIRECTORY,
		OPTION_TEXT(struct globals, state_dir),
	},
	{
		.name = "store",
		.value = "DIR",
		.help = "where images are kept",
		.fallback = "$NCRUN_STORE, /var/lib/ncrun, or $XDG_DATA_HOME/ncrun for a user",
		.completes = COMPLETES_DIRECTORY,
		OPTION_TEXT(struct globals, store_dir),
	},
	{
		.name = "debug",
		.help = "tell on standard error what is being done",
		OPTION_FLAG(struct globals, debug),
	},
	{
		.name = "version",
		.help = "show the version",
		OPTION_FLAG(struct globals, version),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "COMMAND",
		.help = "one of the commands below, with its own options and arguments",
		.kind = ARGUMENT_COMMAND,
		.completes = COMPLETES_COMMAND,
		ARGUMENTS_AT(struct globals, command),
	},
	{0},
};

static const char *const description[] = {
	"ncrun starts the nodes of a network as isolated containers: each has its own users, "
	"processes, mounts, network, host name and cgroup view, a root file system under a private "
	"overlay, and a seccomp filter. There is no daemon; nothing of a node is left when it has "
	"ended.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun node --rootfs alpine -- sh", "a node with a shell"},
	{"ncrun node --rootfs alpine --detach --name web -- httpd -f", "one in the background"},
	{"ncrun shell web", "look around in it"},
	{"ncrun stop web && ncrun rm web", "end it, and forget it"},
	{"ncrun doctor", "what this machine offers"},
	{0},
};

const struct command cli_root = {
	.name = "",
	.summary = "start the nodes of a network as isolated containers",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.children = cli_commands,
	.args_size = sizeof(struct globals),
};

const struct exit_status cli_exits[] = {
	{"0", "success"},
	{"1", "it could not be done; a line on standard error says why"},
	{"2", "misuse: an unknown command or option, a bad value or file; nothing was changed"},
	{0},
};

const struct exit_status cli_program_exits[] = {
	{"N", "the program ended with N"},
	{"2", "misuse: an unknown option, or a value that cannot be read; nothing was started"},
	{"124", "it was ended because its --timeout was over"},
	{"125", "ncrun could not do it, or will not; a line on standard error says why"},
	{"126", "the program was found, but cannot be run"},
	{"127", "the program was not found"},
	{"128+N", "the program was ended by signal N"},
	{0},
};

const struct variable cli_variables[] = {
	{"NCRUN_STATE", "directory for the state of nodes, as --state"},
	{"NCRUN_STORE", "directory for images, as --store"},
	{"NCRUN_PULL",
	 "whether images are fetched (missing, always, never), as node --pull; what a file says comes first"},
	{"NCRUN_ALPINE_MIRROR", "base URL of the Alpine mirror for rootfs pull, as --mirror"},
	{"XDG_RUNTIME_DIR, XDG_DATA_HOME", "where state and images of a user other than root are"},
	{"LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES",
	 "sockets of a service manager: node and exec pass them on to the program"},
	{"NO_COLOR", "no colour, not even on a terminal"},
	{"SHELL", "its name is the first that shell tries in a node"},
	{0},
};
