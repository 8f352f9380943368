/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/links.h"

#include <inttypes.h>
#include <string.h>

#include "cli/output.h"

/* ---- as a table ------------------------------------------------------------------------- */

static const char *end_state(const struct ncrun_link_end *end)
{
	if (!end->mac[0])
		return "gone";
	if (!end->up)
		return "down";
	return end->carrier ? "up" : "no carrier";
}

/** The same, or what STP does at a port that is up. */
static const char *shown_state(const struct ncrun_link_end *end)
{
	bool waits = end->up && end->carrier && end->port_state[0] &&
		     !text_equal(end->port_state, "forwarding");

	return waits ? end->port_state : end_state(end);
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
	table_add(table, shown_state(end));
	table_addf(table, "%" PRIu32, end->mtu);
	add_addresses(table, end);
	add_traffic(table, end->tx_bytes, end->tx_packets);
	table_addf(table, "%" PRIu64, end->impair_lost + end->impair_queue_dropped);
	add_text(table, end->impairment[0] ? end->impairment : "-");
}

void print_links(struct text *out, const struct ncrun_link *links, size_t count, const char *node)
{
	_cleanup_table_ struct table table = {
		.headings = {"END", "TO", "STATE", "MTU", "ADDRESS", "SENT", "LOST", "IMPAIRED"},
		.right = 1u << 3 | 1u << 5 | 1u << 6,
	};

	for (size_t i = 0; i < count; i++)
		for (int end = 0; end < 2; end++) {
			const struct ncrun_link_end *from = &links[i].ends[end];

			if (from->node && (!node || text_equal(from->node, node)))
				add_row(&table, from, &links[i].ends[!end]);
		}
	table_print(&table, out);
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
	json_put_text(object, "port_state", end->port_state[0] ? end->port_state : NULL);
	json_put_text(object, "mac", end->mac[0] ? end->mac : NULL);
	json_put_texts(object, "addresses", end->addresses);
	json_put_text(object, "impairment", end->impairment[0] ? end->impairment : NULL);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_put_number(object, counts[i].name, (int64_t)counts[i].value);
	return object;
}

struct json_object *json_from_links(const struct ncrun_link *links, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *link = json_object_new_object();
		struct json_object *ends = json_object_new_array();

		for (int end = 0; end < 2 && links[i].ends[end].node; end++)
			json_object_array_add(ends, json_from_end(&links[i].ends[end]));
		json_object_object_add(link, "ends", ends);
		json_object_array_add(array, link);
	}
	return array;
}
