/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/topologies.h"

struct import_args {
	const char *file;
	unsigned int from;
	unsigned int format;
	bool check;
	bool json;
};

static const char *const from_names[] = {"guess", "yaml", "json", "dot", "containerlab", NULL};

static int import_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	static const enum ncrun_topology_format formats[] = {NCRUN_TOPOLOGY_GUESS,
							     NCRUN_TOPOLOGY_YAML,
							     NCRUN_TOPOLOGY_JSON,
							     NCRUN_TOPOLOGY_DOT,
							     NCRUN_TOPOLOGY_CONTAINERLAB};
	const struct import_args *args = data;
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	struct problem_printer printer = {.cli = cli};
	int r = ncrun_topology_load(args->file, formats[args->from], problem_print, &printer,
				    &topology, err);

	if (r < 0)
		return printer.count > 0 ? cli_status(r) : r;
	if (args->check)
		return 0;
	return topology_print(topology, args->json ? 1 : args->format, false, err);
}

static const struct option options[] = {
	{
		.name = "from",
		.value = "FORMAT",
		.help = "what the file is: yaml, json, dot (Graphviz), containerlab, or guess",
		.fallback = "guess, by name and content",
		OPTION_CHOICE(struct import_args, from, from_names),
	},
	{
		.name = "format",
		.letter = 'f',
		.value = "FORMAT",
		.help = "what is written: yaml, json or dot",
		.fallback = "yaml",
		OPTION_CHOICE(struct import_args, format, topology_formats),
	},
	{
		.name = "check",
		.help = "only tell its mistakes",
		OPTION_FLAG(struct import_args, check),
	},
	{
		.name = "json",
		.help = "as --format json",
		OPTION_FLAG(struct import_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "FILE",
		.help = "topology file; '-' is standard input",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_FILE,
		ARGUMENT_AT(struct import_args, file),
	},
	{0},
};

static const char *const description[] = {
	"Read a topology file in any format that ncrun knows, and write it in ncrun's own (see "
	"ncrun-topology(5)). What cannot be said there is refused by name, with its place. Nothing is "
	"made or changed.",
	"Of containerlab's format the common part is known: nodes of kind linux and bridge, links of "
	"type veth and dummy. Variables of the environment are replaced as containerlab does. As "
	"there, nodes set up their addresses themselves.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun import lab.clab.yml >lab.yaml", "go on with containerlab's file here"},
	{"ncrun import --check lab.yaml", "see whether it is right"},
	{0},
};

const struct command cmd_import = {
	.name = "import",
	.summary = "convert or check a topology file",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct import_args),
	.run = import_run,
};
