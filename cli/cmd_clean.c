/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdio.h>

#include <ncrun/container.h>
#include <ncrun/network.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"

struct clean_args {
	bool dry_run;
	bool json;
};

/** struct cleaned - what was removed, or would be */
struct cleaned {
	struct ncrun_network_clean_report networks;
	struct ncrun_clean_report nodes;
};

static void show_json(const struct clean_args *args, const struct cleaned *cleaned)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	json_put_flag(object, "dry_run", args->dry_run);
	json_put_number(object, "networks", cleaned->networks.networks);
	json_put_number(object, "mended_networks", cleaned->networks.mended);
	json_put_number(object, "network_nodes", cleaned->networks.nodes);
	json_put_number(object, "objects", cleaned->networks.objects);
	json_put_number(object, "nodes", cleaned->nodes.nodes);
	json_put_number(object, "files", cleaned->nodes.files);
	json_put_number(object, "unfinished_imports", cleaned->nodes.unfinished_imports);
	json_put_number(object, "groups", cleaned->nodes.groups);
	json_put_number(object, "foreign_groups", cleaned->nodes.foreign);
	json_show(object);
}

/** "1 broken node, 3 stray files"; nothing if there was nothing. */
static void put_removed(struct text *out, const struct cleaned *cleaned)
{
	const struct {
		uint64_t count;
		const char *thing;
	} things[] = {
		{cleaned->networks.networks, "broken network"},
		{cleaned->networks.objects, "stray link or filter"},
		{cleaned->nodes.nodes, "broken node"},
		{cleaned->nodes.files, "stray file"},
		{cleaned->nodes.unfinished_imports, "unfinished import"},
		{cleaned->nodes.groups, "control group"},
	};

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++) {
		if (things[i].count == 0)
			continue;
		if (out->length > 0)
			text_append(out, ", ");
		print_count(out, things[i].count, things[i].thing);
	}
}

static void show_text(const struct cli *cli, const struct clean_args *args,
		      const struct cleaned *cleaned, bool all)
{
	_cleanup_text_ struct text out = {0}, removed = {0};
	const uint32_t foreign = cleaned->nodes.foreign;

	if (foreign > 0)
		complain(cli->command->name,
			 "%" PRIu32 " control group%s of ours stay%s: processes of others are in",
			 foreign, foreign == 1 ? "" : "s", foreign == 1 ? "s" : "");
	if (cleaned->networks.mended > 0) {
		text_printf(&out, "%s: ", args->dry_run ? "would mend" : "mended");
		print_count(&out, cleaned->networks.mended, "network");
		text_append_char(&out, '\n');
	}
	put_removed(&removed, cleaned);
	out.failed |= text_failed(&removed);
	if (removed.length > 0)
		text_printf(&out, "%s: %s\n", args->dry_run ? "would remove" : "removed",
			    text_string(&removed));
	else if (all && out.length == 0)
		text_append(&out, "nothing to clean\n");
	text_print(&out);
}

/* What cannot be removed does not keep the rest. */
static int clean_all(const struct cli *cli, bool dry_run, struct cleaned *cleaned,
		     struct ncrun_error *err)
{
	struct ncrun_network_clean_report more = {0};
	struct ncrun_error also;
	int r = ncrun_network_clean(&cli->context, dry_run, &cleaned->networks, err);
	int x = ncrun_clean(&cli->context, dry_run, &cleaned->nodes, r < 0 ? &also : err);

	r = r < 0 ? r : x;
	if (cleaned->nodes.nodes == 0 || dry_run)
		return r;
	/* as long as one of these lived, what it had on the machine was its own */
	x = ncrun_network_clean(&cli->context, dry_run, &more, r < 0 ? &also : err);
	cleaned->networks.networks += more.networks;
	cleaned->networks.nodes += more.nodes;
	cleaned->networks.objects += more.objects;
	cleaned->networks.mended += more.mended;
	return r < 0 ? r : x;
}

static int clean_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct clean_args *args = data;
	struct cleaned cleaned = {0};
	int r = clean_all(cli, args->dry_run, &cleaned, err);

	if (args->json)
		show_json(args, &cleaned);
	else
		show_text(cli, args, &cleaned, r == 0);
	return r;
}

static const struct option options[] = {
	{
		.name = "dry-run",
		.letter = 'n',
		.help = "only tell what would be removed",
		OPTION_FLAG(struct clean_args, dry_run),
	},
	{
		.name = "json",
		.help = "the numbers, as JSON",
		OPTION_FLAG(struct clean_args, json),
	},
	{0},
};

static const char *const description[] = {
	"Remove what crashed or killed ncruns have left behind, and nothing else: nodes that run and "
	"nodes that have ended in good order stay. So do networks of which only a change was killed, a "
	"link's or a node's that joined: that is taken back.",
	"Nodes that run though their state cannot be read, networks whose record cannot, and what a newer "
	"ncrun has made are told of and stay: 'rm --force' and 'down' remove the former.",
	NULL,
};

const struct command cmd_clean = {
	.name = "clean",
	.summary = "remove what crashes have left behind",
	.description = description,
	.options = options,
	.exits = cli_exits,
	.args_size = sizeof(struct clean_args),
	.run = clean_run,
};
