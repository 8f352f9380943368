/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/network_target.h"
#include "cli/output.h"

struct show_args {
	bool json;
	const char *target;
};

/* ---- as a table ------------------------------------------------------------------------- */

static const char *end_state(const struct ncrun_link_end *end)
{
	if (!end->mac[0])
		return "gone";
	if (!end->up)
		return "down";
	return end->carrier ? "up" : "no carrier";
}

static void add_text(struct table *table, const char *text)
{
	_cleanup_text_ struct text escaped = {0};

	text_append_escaped(&escaped, text, strlen(text));
	table_add(table, text_string(&escaped));
}

static void add_name(struct table *table, const struct ncrun_link_end *end)
{
	if (end->node)
		table_addf(table, "%s:%s", end->node, end->interface);
	else
		table_add(table, "-");
}

static void add_addresses(struct table *table, const struct ncrun_link_end *end)
{
	_cleanup_text_ struct text text = {0};

	for (const char *const *address = end->addresses; *address; address++)
		text_printf(&text, "%s%s", text.length ? " " : "", *address);
	table_add(table, text.length ? text_string(&text) : "-");
}

static void add_traffic(struct table *table, uint64_t bytes, uint64_t packets)
{
	_cleanup_text_ struct text text = {0};

	text_printf(&text, "%" PRIu64 ", ", packets);
	print_size(&text, bytes);
	table_add(table, text_string(&text));
}

static void add_row(struct table *table, const struct ncrun_link_end *end,
		    const struct ncrun_link_end *peer)
{
	add_name(table, end);
	add_name(table, peer);
	table_add(table, end_state(end));
	table_addf(table, "%" PRIu32, end->mtu);
	add_addresses(table, end);
	add_traffic(table, end->tx_bytes, end->tx_packets);
	table_addf(table, "%" PRIu64, end->impair_lost + end->impair_queue_dropped);
	add_text(table, end->impairment[0] ? end->impairment : "-");
}

static void show_table(const struct ncrun_link *links, size_t count)
{
	_cleanup_table_ struct table table = {
		.headings = {"END", "TO", "STATE", "MTU", "ADDRESS", "SENT", "LOST", "IMPAIRED"},
		.right = 1u << 3 | 1u << 5 | 1u << 6,
	};
	_cleanup_text_ struct text out = {0};

	for (size_t i = 0; i < count; i++) {
		add_row(&table, &links[i].ends[0], &links[i].ends[1]);
		if (links[i].ends[1].node)
			add_row(&table, &links[i].ends[1], &links[i].ends[0]);
	}
	table_print(&table, &out);
	text_print(&out);
}

/* ---- as JSON ---------------------------------------------------------------------------- */

static struct json_object *json_from_end(const struct ncrun_link_end *end)
{
	struct json_object *object = json_object_new_object();
	const struct {
		const char *name;
		uint64_t value;
	} counts[] = {
		{"mtu", end->mtu},
		{"rx_bytes", end->rx_bytes},
		{"rx_packets", end->rx_packets},
		{"rx_errors", end->rx_errors},
		{"rx_drops", end->rx_drops},
		{"tx_bytes", end->tx_bytes},
		{"tx_packets", end->tx_packets},
		{"tx_errors", end->tx_errors},
		{"tx_drops", end->tx_drops},
		{"impair_lost", end->impair_lost},
		{"impair_duplicated", end->impair_duplicated},
		{"impair_corrupted", end->impair_corrupted},
		{"impair_queue_dropped", end->impair_queue_dropped},
	};

	json_put_text(object, "node", end->node);
	json_put_text(object, "interface", end->interface);
	json_put_text(object, "state", end_state(end));
	json_put_text(object, "mac", end->mac[0] ? end->mac : NULL);
	json_put_texts(object, "addresses", end->addresses);
	json_put_text(object, "impairment", end->impairment[0] ? end->impairment : NULL);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_put_number(object, counts[i].name, (int64_t)counts[i].value);
	return object;
}

static void show_json(const struct ncrun_link *links, size_t count)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *link = json_object_new_object();
		struct json_object *ends = json_object_new_array();

		for (int end = 0; end < 2 && links[i].ends[end].node; end++)
			json_object_array_add(ends, json_from_end(&links[i].ends[end]));
		json_object_object_add(link, "ends", ends);
		json_object_array_add(array, link);
	}
	json_show(array);
}

/* ---- the command ------------------------------------------------------------------------ */

static int show_run(const struct cli *cli, void *data, struct ncrun_error *err)
{
	_cleanup_network_target_ struct network_target target = {.network = NULL};
	const struct show_args *args = data;
	struct ncrun_link *links = NULL;
	size_t count = 0;
	int r = network_target_open(cli, args->target, strchr(args->target, '/'), &target, err);

	if (r == 0)
		r = ncrun_link_list(target.network, target.name, &links, &count, err);
	if (r < 0)
		return r;
	if (args->json)
		show_json(links, count);
	else
		show_table(links, count);
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
	"bad the way from there is.",
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
