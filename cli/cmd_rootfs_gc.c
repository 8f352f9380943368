/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/images.h"
#include "cli/json.h"
#include "cli/output.h"

struct gc_args {
	bool dry_run;
	bool json;
};

static void show_json(const struct ncrun_collect_report *report, bool dry_run)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	json_put_flag(object, "dry_run", dry_run);
	json_put_number(object, "images", report->images);
	json_put_number(object, "unfinished", report->unfinished);
	json_put_number(object, "in_use", report->in_use);
	json_put_number(object, "bytes", (int64_t)report->bytes);
	json_show(object);
}

static int gc_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	const struct gc_args *args = data;
	struct ncrun_collect_report report = {0};
	_cleanup_text_ struct text out = {0};
	int r;

	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r == 0)
		r = ncrun_store_collect(store, args->dry_run, &report, err);
	if (r < 0)
		return r;
	if (args->json) {
		show_json(&report, args->dry_run);
		return 0;
	}
	text_printf(&out, "%s: ", args->dry_run ? "would remove" : "removed");
	print_count(&out, report.images, "image");
	text_append(&out, " without a name, ");
	print_count(&out, report.unfinished, "unfinished import");
	text_append(&out, ", ");
	print_size(&out, report.bytes);
	if (report.in_use > 0)
		text_printf(&out, "; kept, as nodes run on them: %u", report.in_use);
	text_append_char(&out, '\n');
	text_print(&out);
	return 0;
}

static const struct option options[] = {
	{
		.name = "dry-run",
		.letter = 'n',
		.help = "only tell what would be removed",
		OPTION_FLAG(struct gc_args, dry_run),
	},
	{
		.name = "json",
		.help = "the numbers, as JSON",
		OPTION_FLAG(struct gc_args, json),
	},
	{0},
};

static const char *const description[] = {
	"Remove content of the store that has no name and that no node runs on, and imports that were "
	"killed.",
	NULL,
};

const struct command cmd_rootfs_gc = {
	.name = "rootfs gc",
	.summary = "remove what no name and no node refers to",
	.description = description,
	.options = options,
	.exits = cli_exits,
	.args_size = sizeof(struct gc_args),
	.run = gc_run,
};
