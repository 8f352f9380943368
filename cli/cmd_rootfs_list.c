/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/images.h"
#include "cli/json.h"
#include "cli/output.h"

struct list_args {
	bool json;
	bool names;
};

/* For _cleanup_: a list and its length. */
struct image_list {
	struct ncrun_image **items;
	size_t count;
};

static void image_list_done(struct image_list *list)
{
	if (list->items)
		ncrun_image_list_free(list->items, list->count);
}

static void show_table(const struct image_list *list)
{
	_cleanup_table_ struct table table = {
		.headings = {"IMAGE", "DIGEST", "SIZE", "AGE", "USED", "SYSTEM"},
		.right = 1u << 2,
	};
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct ncrun_image_info *info = ncrun_image_info(list->items[i]);
		_cleanup_text_ struct text size = {0}, age = {0};

		print_size(&size, info->bytes);
		print_duration(&age, clock_wall_ns() - info->created_at_s * 1000000000);
		table_add(&table, info->name ? info->name : "-");
		table_addf(&table, "%.12s", info->digest);
		table_add(&table, text_string(&size));
		table_add(&table, text_string(&age));
		table_add(&table, info->in_use ? "yes" : "no");
		table_add(&table, info->os_release ? info->os_release : "");
	}
	table_print(&table, &out);
	text_print(&out);
}

static void show_names(const struct image_list *list)
{
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < list->count; i++) {
		const char *name = ncrun_image_info(list->items[i])->name;

		if (name)
			text_printf(&out, "%s\n", name);
	}
	text_print(&out);
}

static void show_json(const struct image_list *list)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_object_array_add(array, json_from_image(ncrun_image_info(list->items[i])));
	json_show(array);
}

static int list_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_store_ struct ncrun_store *store = NULL;
	_cleanup_(image_list_done) struct image_list list = {0};
	const struct list_args *args = data;
	int r;

	r = ncrun_store_open(cli->context.store_dir, &store, err);
	if (r == 0)
		r = ncrun_image_list(store, &list.items, &list.count, err);
	if (r < 0)
		return r;
	if (args->json)
		show_json(&list);
	else if (args->names)
		show_names(&list);
	else
		show_table(&list);
	return 0;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "a list of what rootfs inspect shows of each, as JSON",
		OPTION_FLAG(struct list_args, json),
	},
	{
		.name = "names",
		.help = "names only, one a line",
		OPTION_FLAG(struct list_args, names),
	},
	{0},
};

static const char *const description[] = {
	"List the images of the store. USED says whether a running node has it.",
	NULL,
};

const struct command cmd_rootfs_list = {
	.name = "rootfs list",
	.summary = "list images",
	.description = description,
	.options = options,
	.exits = cli_exits,
	.args_size = sizeof(struct list_args),
	.run = list_run,
};
