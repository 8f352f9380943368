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

static int clean_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct clean_args *args = data;
	struct ncrun_network_clean_report networks = {0};
	struct ncrun_clean_report report = {0};
	_cleanup_text_ struct text out = {0};
	struct ncrun_error also;
	int r, x;

	/* One that cannot be removed does not keep the others. */
	r = ncrun_network_clean(&cli->context, args->dry_run, &networks, err);
	x = ncrun_clean(&cli->context, args->dry_run, &report, r < 0 ? &also : err);
	if (r == 0)
		r = x;
	if (args->json) {
		_cleanup_json_ struct json_object *object = json_object_new_object();

		json_put_flag(object, "dry_run", args->dry_run);
		json_put_number(object, "networks", networks.networks);
		json_put_number(object, "mended_networks", networks.mended);
		json_put_number(object, "network_nodes", networks.nodes);
		json_put_number(object, "objects", networks.objects);
		json_put_number(object, "nodes", report.nodes);
		json_put_number(object, "files", report.files);
		json_put_number(object, "unfinished_imports", report.unfinished_imports);
		json_put_number(object, "groups", report.groups);
		json_put_number(object, "foreign_groups", report.foreign);
		json_show(object);
		return r;
	}
	if (report.foreign > 0)
		complain(cli->command->name,
			 "%" PRIu32 " control group%s of ours stay%s: processes of others are in",
			 report.foreign, report.foreign == 1 ? "" : "s",
			 report.foreign == 1 ? "s" : "");
	if (networks.mended > 0) {
		text_printf(&out, "%s: ", args->dry_run ? "would mend" : "mended");
		print_count(&out, networks.mended, "network");
		text_append_char(&out, '\n');
	}
	if (networks.networks + networks.objects + report.nodes + report.files +
		    report.unfinished_imports + report.groups ==
	    0) {
		if (networks.mended == 0 && r == 0)
			text_append(&out, "nothing to clean\n");
		text_print(&out);
		return r;
	}
	text_printf(&out, "%s: ", args->dry_run ? "would remove" : "removed");
	if (networks.networks > 0) {
		print_count(&out, networks.networks, "broken network");
		text_append(&out, ", ");
	}
	if (networks.objects > 0) {
		print_count(&out, networks.objects, "stray link or filter");
		text_append(&out, ", ");
	}
	print_count(&out, report.nodes, "broken node");
	text_append(&out, ", ");
	print_count(&out, report.files, "stray file");
	text_append(&out, ", ");
	print_count(&out, report.unfinished_imports, "unfinished import");
	if (report.groups > 0) {
		text_append(&out, ", ");
		print_count(&out, report.groups, "control group");
	}
	text_append_char(&out, '\n');
	text_print(&out);
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
