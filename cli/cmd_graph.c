/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

#include "cli/commands.h"
#include "cli/topologies.h"

struct graph_args {
	const char *subject;
	unsigned int format;
	bool json;
};

static const char *const format_names[] = {"ascii", "dot", "json", "svg", NULL};

static int graph_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	static const enum ncrun_graph_format formats[] = {NCRUN_GRAPH_ASCII, NCRUN_GRAPH_DOT,
							  NCRUN_GRAPH_JSON, NCRUN_GRAPH_SVG};
	const struct graph_args *args = data;
	enum ncrun_graph_format format = args->json ? NCRUN_GRAPH_JSON : formats[args->format];
	_cleanup_subject_ struct subject subject = {0};
	_cleanup_free_ char *picture = NULL;
	int r = subject_open(cli, args->subject, &subject, err);

	if (r == 0)
		r = ncrun_topology_graph(subject_topology(&subject), subject.network, format,
					 &picture, err);
	if (r != 0)
		return r;
	if (format == NCRUN_GRAPH_JSON)
		return json_reprint(picture, err);
	fputs(picture, stdout);
	return 0;
}

static const struct option options[] = {
	{
		.name = "format",
		.letter = 'f',
		.value = "FORMAT",
		.help = "ascii, dot (Graphviz), json, or svg, for which Graphviz has to be installed",
		.fallback = "ascii",
		OPTION_CHOICE(struct graph_args, format, format_names),
	},
	{
		.name = "json",
		.help = "as --format json",
		OPTION_FLAG(struct graph_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK|FILE",
		.help = "name of a running network, or a topology file",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NETWORK,
		ARGUMENT_AT(struct graph_args, subject),
	},
	{0},
};

static const char *const description[] = {
	"Draw a network: its nodes and links, with addresses and impairments. Of one that runs also "
	"what state they are in: nodes that have ended, links that are down.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun graph quorum", "look at it in the terminal"},
	{"ncrun graph --format svg quorum >quorum.svg", "as a picture"},
	{"ncrun graph quorum.yaml", "before it is up"},
	{0},
};

const struct command cmd_graph = {
	.name = "graph",
	.summary = "draw a network",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct graph_args),
	.run = graph_run,
};
