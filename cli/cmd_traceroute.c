/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network_target.h"
#include "cli/output.h"

#define US_PER_MS    1000.0
#define TIME_MOST_MS 3600000u

struct trace_args {
	bool four, six, json;
	uint32_t max_hops;
	uint64_t timeout_ms;
	const char *target, *to;
};

static int trace_check(void *data, struct ncrun_error *err)
{
	const struct trace_args *args = data;

	if (args->four && args->six)
		return error_set(err, EINVAL, "--ipv4 contradicts --ipv6");
	if (args->timeout_ms > TIME_MOST_MS)
		return error_set(err, EINVAL, "--timeout: at most one hour");
	return 0;
}

static void show_json(const struct ncrun_hop *hops, size_t count)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *hop = json_object_new_object();

		json_put_number(hop, "ttl", hops[i].ttl);
		json_put_text(hop, "address", hops[i].address[0] ? hops[i].address : NULL);
		json_put_text(hop, "node", hops[i].node);
		json_put_text(hop, "interface", hops[i].interface);
		if (hops[i].rtt_us >= 0)
			json_put_number(hop, "rtt_us", hops[i].rtt_us);
		json_put_text(hop, "failure", hops[i].failure);
		json_put_flag(hop, "reached", hops[i].reached);
		json_object_array_add(array, hop);
	}
	json_show(array);
}

static void show_text(const struct ncrun_hop *hops, size_t count)
{
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < count; i++) {
		const struct ncrun_hop *hop = &hops[i];

		text_printf(&out, "%3" PRIu32 "  ", hop->ttl);
		if (!hop->address[0]) {
			text_append(&out, "*\n");
			continue;
		}
		if (hop->node)
			text_printf(&out, "%s%s%s (%s)", hop->node, hop->interface ? ":" : "",
				    hop->interface ? hop->interface : "", hop->address);
		else
			text_append(&out, hop->address);
		text_printf(&out, "  %.3f ms", (double)hop->rtt_us / US_PER_MS);
		if (hop->failure)
			text_printf(&out, "  %s", hop->failure);
		text_append(&out, "\n");
	}
	text_print(&out);
}

static int trace_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	_cleanup_free_ struct ncrun_hop *hops = NULL;
	const struct trace_args *args = data;
	struct ncrun_trace_options how = NCRUN_TRACE_OPTIONS_INIT;
	size_t count = 0;
	int r = network_target_open(cli, args->target, true, &target, err);

	if (args->four || args->six)
		how.family = args->four ? 4 : 6;
	how.max_hops = args->max_hops;
	how.timeout_ms = (uint32_t)args->timeout_ms;
	if (r == 0)
		r = ncrun_network_traceroute(target.network, target.name, args->to, &how, &hops,
					     err);
	if (r < 0)
		return r;
	assert(hops);
	while (hops[count].ttl > 0)
		count++;
	if (args->json)
		show_json(hops, count);
	else
		show_text(hops, count);
	return count > 0 && hops[count - 1].reached ? 0 : CLI_FAILED;
}

static const struct option options[] = {
	{
		.name = "max-hops",
		.letter = 'm',
		.value = "N",
		.help = "go no farther; eight silent hops in a row are the end, too",
		.fallback = "255",
		OPTION_U32(struct trace_args, max_hops, 1, 255),
	},
	{
		.name = "timeout",
		.letter = 'w',
		.value = "TIME",
		.help = "for each of two requests to a hop",
		.fallback = "1s",
		OPTION_DURATION(struct trace_args, timeout_ms),
	},
	{
		.name = "ipv4",
		.letter = '4',
		.help = "by IPv4",
		.fallback = "IPv4 if there is an address, else IPv6",
		OPTION_FLAG(struct trace_args, four),
	},
	{
		.name = "ipv6",
		.letter = '6',
		.help = "by IPv6",
		OPTION_FLAG(struct trace_args, six),
	},
	{
		.name = "json",
		.help = "the hops as JSON",
		OPTION_FLAG(struct trace_args, json),
	},
	{0},
};

static const struct argument arguments[] = {
	{
		.name = "NETWORK/NODE",
		.help = "where the way begins",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_NODE,
		ARGUMENT_AT(struct trace_args, target),
	},
	{
		.name = "TO",
		.help = "a node of the same network, or an address",
		.kind = ARGUMENT_ONE,
		.completes = COMPLETES_PEER,
		ARGUMENT_AT(struct trace_args, to),
	},
	{0},
};

static const char *const description[] = {
	"Show the way that packets of a node take: whose interface each hop is, and how long it takes to "
	"answer. No program is needed in the node. Many hops are asked at once.",
	NULL,
};

static const struct example examples[] = {
	{"ncrun traceroute lab/web db", "the routers between them"},
	{"ncrun traceroute --json lab/web db | jq -r '.[].node'", "their names"},
	{0},
};

static const struct exit_status exits[] = {
	{"0", "the way leads there"},
	{"1", "it ends before, or it could not be done"},
	{"2", "misuse: unknown option, missing argument, bad value"},
	{0},
};

const struct command cmd_traceroute = {
	.name = "traceroute",
	.summary = "show the way that packets take",
	.description = description,
	.options = options,
	.arguments = arguments,
	.examples = examples,
	.exits = exits,
	.args_size = sizeof(struct trace_args),
	.check = trace_check,
	.run = trace_run,
};
