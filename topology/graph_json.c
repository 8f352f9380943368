/* SPDX-License-Identifier: Apache-2.0 */

/* A picture as data, for programs that draw it themselves. */

#include "topology/picture.h"
#include "topology/writer.h"

static void write_string(struct writer *writer, const char *key, const char *chars)
{
	writer_key(writer, key);
	if (chars)
		writer_string(writer, chars);
	else
		writer_raw(writer, "null");
}

static void write_flag(struct writer *writer, const char *key, bool flag)
{
	writer_key(writer, key);
	writer_raw(writer, flag ? "true" : "false");
}

static void write_node(struct writer *writer, const struct picture_node *node)
{
	writer_item(writer);
	writer_open(writer, '{');
	write_string(writer, "name", node->node->name);
	write_string(writer, "kind", node_kind_name(node->node->kind));
	write_flag(writer, "uplink", node->node->uplink);
	write_string(writer, "state", node->state);
	writer_close(writer, '}');
}

static void write_addresses(struct writer *writer, const struct interface *interface)
{
	writer_key(writer, "addresses");
	writer_open(writer, '[');
	for (size_t i = 0; i < interface->address_count; i++) {
		writer_item(writer);
		writer_prefix(writer, &interface->addresses[i].prefix);
	}
	writer_close(writer, ']');
}

static void write_end(struct writer *writer, const struct picture_end *end)
{
	char mac[NETNS_MAC_TEXT_MAX], mtu[16];

	snprintf(mtu, sizeof(mtu), "%u", end->interface->mtu);
	writer_item(writer);
	writer_open(writer, '{');
	write_string(writer, "node", end->interface->node->name);
	write_string(writer, "interface", end->interface->name);
	write_string(writer, "mac",
		     end->interface->mac_set ? netns_mac_print(end->interface->mac, mac) : NULL);
	writer_key(writer, "mtu");
	writer_raw(writer, end->interface->mtu ? mtu : "null");
	write_addresses(writer, end->interface);
	write_string(writer, "impairment", end->impairment);
	write_flag(writer, "up", !end->down);
	write_flag(writer, "carrier", !end->down && !end->no_carrier);
	writer_close(writer, '}');
}

void picture_draw_json(const struct picture *picture, struct text *out)
{
	struct writer writer = {.text = out, .style = TOPOLOGY_STYLE_JSON};

	writer_open(&writer, '{');
	write_string(&writer, "name", *picture->name ? picture->name : NULL);
	writer_key(&writer, "nodes");
	writer_open(&writer, '[');
	for (size_t i = 0; i < picture->node_count; i++)
		write_node(&writer, &picture->nodes[i]);
	writer_close(&writer, ']');
	writer_key(&writer, "links");
	writer_open(&writer, '[');
	for (size_t i = 0; i < picture->link_count; i++) {
		const struct picture_link *link = &picture->links[i];

		writer_item(&writer);
		writer_open(&writer, '{');
		writer_key(&writer, "ends");
		writer_open(&writer, '[');
		for (int end = 0; end < link->end_count; end++)
			write_end(&writer, &link->ends[end]);
		writer_close(&writer, ']');
		writer_close(&writer, '}');
	}
	writer_close(&writer, ']');
	writer_close(&writer, '}');
	text_append_char(out, '\n');
}
