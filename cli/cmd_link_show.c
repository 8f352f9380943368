/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/links.h"
#include "cli/network_target.h"
#include "cli/output.h"

struct show_args {
	bool json;
	const char *target;
};

static int show_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_text_ struct text out = {0};
	const struct show_args *args = data;
	struct ncrun_link *links = NULL;
	size_t count = 0;
	int r = network_target_open(cli, args->target, strchr(args->target, '/'), &target, err);

	if (r == 0)
		r = ncrun_link_list(target.network, target.name, &links, &count, err);
	if (r < 0)
		return r;
	if (args->json) {
		_cleanup_json_ struct json_object *array = json_from_links(links, count);

		json_show(array);
	} else {
		print_links(&out, links, count, NULL);
		text_print(&out);
	}
	ncrun_link_list_free(links, count);
	return 0;
}

static const struct option options[] = {
	{
		.name = "json",
		.help = "both ends of each link with all that is counted, as JSON",
		OPTION_FLAG(struct show_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK[/NODE[:IF]]",
		.help = "all links of a network, of a node, or one",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NETWORK,
		ARGUMENT_AT(struct show_args, target),
	},
	{0},
};

static const char *const description[] = {
	"Show links as the kernel has them: a line for each end. SENT counts packets and bytes that left "
	"it, LOST those of them that the impairment has lost or had no room for, and IMPAIRED says how "
	"bad the way from there is. STATE of a switch's port may also be blocking, listening or learning: "
	"what STP has decided.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun link show lab", "all links"},
	{"ncrun link show --json lab/web:eth0 | jq '.[0].ends[].tx_bytes'", "counters of one"},
	{0},
};

const struct command cmd_link_show = {
	.name = "link show",
	.summary = "show links, their counters and impairments",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = cli_exits,
	.args_size = sizeof(struct show_args),
	.run = show_run,
};
