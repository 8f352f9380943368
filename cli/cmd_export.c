/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/topologies.h"

struct export_args {
	const char *subject;
	unsigned int format;
	bool full;
	bool json;
};

static int export_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	const struct export_args *args = data;
	_cleanup_subject_ struct subject subject = {0};
	int r = subject_open(cli, args->subject, &subject, err);

	return r != 0 ? r
		      : topology_print(subject_topology(&subject), args->json ? 1 : args->format,
				       args->full, err);
}

static const struct option options[] = {
	{
		.name = "format",
		.letter = 'f',
		.value = "FORMAT",
		.help = "yaml, json, or dot (Graphviz)",
		.fallback = "yaml",
		OPTION_CHOICE(struct export_args, format, topology_formats),
	},
	{
		.name = "full",
		.help = "with all names, addresses, MACs and routes that ncrun assigned",
		OPTION_FLAG(struct export_args, full),
	},
	{
		.name = "json",
		.help = "as --format json",
		OPTION_FLAG(struct export_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK|FILE",
		.help = "name of a running network, or a topology file",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NETWORK,
		ARGUMENT_AT(struct export_args, subject),
	},
	{0},
};

static const char *const description[] = {
	"Write a network as a topology file again, with all that was changed since it is up: `ncrun up` "
	"makes the same of it.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun export quorum >quorum.yaml", "keep what it has become"},
	{"ncrun export --full quorum", "see which addresses and routes there are"},
	{0},
};

const struct command cmd_export = {
	.name = "export",
	.summary = "write a network as a topology file",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct export_args),
	.run = export_run,
};
