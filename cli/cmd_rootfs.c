/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"

static const struct command *const commands[] = {
	&cmd_rootfs_import, &cmd_rootfs_pull, &cmd_rootfs_list, &cmd_rootfs_inspect,
	&cmd_rootfs_export, &cmd_rootfs_rm,   &cmd_rootfs_gc,   NULL,
};

static const char *const description[] = {
	"Images are unpacked, read-only root file systems in the store. A name points at content; "
	"every change of a name is atomic, and nodes that run keep the content they run on.",
	NULL,
};

const struct command cmd_rootfs = {
	.name = "rootfs",
	.summary = "make, list and remove images of root file systems",
	.description = description,
	.exits = cli_exits,
	.children = commands,
};
