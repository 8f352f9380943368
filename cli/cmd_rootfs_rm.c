/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/images.h"
#include "cli/json.h"
#include "cli/output.h"

struct rm_args {
	bool json;
	const char *const *names;
};

static int rm_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	const struct rm_args *args = data;
	_cleanup_json_ struct json_object *removed = args->json ? json_object_new_array() : NULL;
	int r, status = 0;

	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r < 0)
		return r;
	for (const char *const *name = args->names; *name; name++) {
		r = ncrun_image_remove(store, *name, err);
		if (r < 0) {
			complain(cli->command->name, "%s", err->message);
			status = CLI_FAILED;
		} else if (removed) {
			json_object_array_add(removed, json_object_new_string(*name));
		}
	}
	if (removed)
		json_show(removed);
	return status;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "the names that are gone, as JSON",
		OPTION_FLAG(struct rm_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "IMAGE",
		.help = "name of an image",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_IMAGE,
		ARGUMENTS_AT(struct rm_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Forget the names of images. Content without a name goes too, unless a node runs on it; then "
	"rootfs gc removes it later.",
	NULL,
};

const struct command cmd_rootfs_rm = {
	.name = "rootfs rm",
	.summary = "remove images",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct rm_args),
	.run = rm_run,
};
