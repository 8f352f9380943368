/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "cli/commands.h"
#include "cli/images.h"
#include "cli/json.h"
#include "cli/output.h"

struct inspect_args {
	bool json;
	const char *const *names;
};

static void put(struct text *out, const char *what, const char *value)
{
	if (!value || !value[0])
		return;
	text_printf(out, "%-14s", what);
	text_append_escaped(out, value, strlen(value));
	text_append_char(out, '\n');
}

static void put_words(struct text *out, const char *what, const char *const *words)
{
	_cleanup_text_ struct text line = {0};

	print_words(&line, words);
	put(out, what, text_string(&line));
}

static void describe(struct text *out, const struct ncrun_image_info *info)
{
	_cleanup_text_ struct text size = {0}, made = {0};

	print_size(&size, info->bytes);
	text_printf(&size, " in %llu entr%s", (unsigned long long)info->entries,
		    info->entries == 1 ? "y" : "ies");
	print_time(&made, info->created_at_s * 1000000000);

	put(out, "image", info->name ? info->name : "(no name)");
	put(out, "digest", info->digest);
	put(out, "source", info->source);
	put(out, "format", info->format);
	put(out, "system", info->os_release);
	put(out, "architecture", info->architecture);
	put(out, "size", text_string(&size));
	put(out, "imported", text_string(&made));
	put(out, "in use", info->in_use ? "yes" : "no");
	if (info->squashed)
		put(out, "incomplete",
		    "owners, devices or attributes could not be kept without root");
	put_words(out, "entrypoint", info->entrypoint);
	put_words(out, "command", info->cmd);
	for (const char *const *variable = info->env; variable && *variable; variable++)
		put(out, "environment", *variable);
	put(out, "user", info->user);
	put(out, "workdir", info->workdir);
	if (info->stop_signal > 0)
		put(out, "stop signal", sigabbrev_np(info->stop_signal));
}

static int inspect_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	const struct inspect_args *args = data;
	_cleanup_json_ struct json_object *array = args->json ? json_object_new_array() : NULL;
	_cleanup_text_ struct text out = {0};
	int r, status = 0;

	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r < 0)
		return r;
	for (const char *const *name = args->names; *name; name++) {
		_cleanup_image_ struct ncrun_image *image = NULL;

		r = ncrun_image_open(store, *name, &image, err);
		if (r < 0) {
			complain(cli->command->name, "%s", err->message);
			status = CLI_FAILED;
			continue;
		}
		if (array) {
			json_object_array_add(array, json_from_image(ncrun_image_info(image)));
			continue;
		}
		if (out.length > 0)
			text_append_char(&out, '\n');
		describe(&out, ncrun_image_info(image));
	}
	if (array)
		json_show(array);
	else
		text_print(&out);
	return status;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "all of it, as a list in JSON",
		OPTION_FLAG(struct inspect_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "IMAGE",
		.help = "name of an image, or the first 12 digits or more of its digest",
		.kind = ARGUMENT_MANY,
		.completes = COMPLETES_IMAGE,
		ARGUMENTS_AT(struct inspect_args, names),
	},
	{0},
};

static const char *const description[] = {
	"Show all that is known of images: where they came from, what they hold, and what a node that "
	"is made from them runs.",
	NULL,
};

const struct command cmd_rootfs_inspect = {
	.name = "rootfs inspect",
	.summary = "show all that is known of an image",
	.description = description,
	.options = options,
	.arguments = arguments,
	.exits = cli_exits,
	.args_size = sizeof(struct inspect_args),
	.run = inspect_run,
};
