/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Topologies as text: one line for each node and link. All is written by the tables by
 * which it is read, so that what was written reads back the same.
 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "topology/writer.h"

static bool is_json(const struct writer *writer)
{
	return writer->style != TOPOLOGY_STYLE_YAML;
}

/* ---- links ------------------------------------------------------------------------------- */

/** Does the key have a value at this end? Into @ret, without the key. */
static void value_write(const struct writer *writer, const struct key *key,
			const struct interface *end, struct text *ret)
{
	struct writer one = {.text = ret, .style = writer->style};

	key->value->write(&one, key, end);
}

static bool end_may_have(const struct interface *end, const struct key *key)
{
	return end->node && key->kinds & 1u << end->node->kind;
}

/** Does a key beside the ends mean this end and not the other, as link_read_keys() sees it? */
static bool end_is_meant(const struct link *link, int i, const struct key *key)
{
	const struct interface *other = &link->ends[!i];

	if (!end_may_have(&link->ends[i], key))
		return false;
	if (!end_may_have(other, key))
		return true;
	return !node_is_switch(link->ends[i].node) && node_is_switch(other->node);
}

/**
 * struct link_text - a link being written: @common stands beside the ends
 * @ends:	what each says of itself
 */
struct link_text {
	struct text common, ends[2];
};

static void link_text_done(struct link_text *text)
{
	text_done(&text->common);
	text_done(&text->ends[0]);
	text_done(&text->ends[1]);
}

static void pair_append(const struct writer *writer, struct text *text, const char *key,
			const struct text *value)
{
	struct writer one = {.text = text, .style = writer->style};

	text->failed |= text_failed(value); /* also one that has not a character for it */
	if (!value->length)
		return;
	writer_key(&one, key);
	text_append(text, text_string(value));
}

static void link_key_write(const struct writer *writer, const struct link *link,
			   const struct key *key, struct link_text *ret)
{
	_cleanup_text_ struct text first = {0}, second = {0};
	struct text *values[] = {&first, &second};
	bool full = writer->style == TOPOLOGY_STYLE_FULL;

	for (int i = 0; i < 2; i++)
		if (end_may_have(&link->ends[i], key))
			value_write(writer, key, &link->ends[i], values[i]);
	if (!full && key->both &&
	    (!link->ends[1].node || text_equal(text_string(&first), text_string(&second)))) {
		pair_append(writer, &ret->common, key->name, &first);
		return;
	}
	for (int i = 0; i < 2; i++) {
		bool common = !full && !key->both && end_is_meant(link, i, key);

		pair_append(writer, common ? &ret->common : &ret->ends[i], key->name, values[i]);
	}
}

/** "a", "a:eth0", or {node: a, ...} */
static void end_write(struct writer *writer, const struct interface *end, const struct text *own)
{
	_cleanup_text_ struct text name = {0};
	bool named = end->name && !end->name_assigned && writer->style != TOPOLOGY_STYLE_FULL;

	writer_item(writer);
	text_printf(&name, named ? "%s:%s" : "%s", end->node->name, end->name);
	if (text_failed(&name) || text_failed(own))
		writer->text->failed = true;
	if (!own->length) {
		writer_string(writer, text_string(&name));
		return;
	}
	writer_open(writer, '{');
	writer_key(writer, "node");
	writer_string(writer, text_string(&name));
	text_append(writer->text, ", ");
	text_append(writer->text, text_string(own));
	writer_close(writer, '}');
}

static void link_write(struct writer *writer, const struct link *link)
{
	_cleanup_(link_text_done) struct link_text text = {0};
	bool map;
	struct key key;

	for (size_t i = 0; key_at(&interface_keys, i, &key); i++) {
		/* it stands in the end's name */
		if (key.value == &value_interface_name && writer->style != TOPOLOGY_STYLE_FULL)
			continue;
		link_key_write(writer, link, &key, &text);
	}
	writer->text->failed |= text_failed(&text.common);
	map = text.common.length || link->kind != LINK_KIND_VETH;
	if (map) {
		writer_open(writer, '{');
		writer_key(writer, "ends");
	}
	writer_open(writer, '[');
	for (int i = 0; i < 2 && link->ends[i].node; i++)
		end_write(writer, &link->ends[i], &text.ends[i]);
	writer_close(writer, ']');
	if (!map)
		return;
	keys_write(writer, &link_keys, link, KINDS_ALL);
	if (text.common.length) {
		writer_item(writer);
		text_append(writer->text, text_string(&text.common));
	}
	writer_close(writer, '}');
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void node_write(struct writer *writer, const struct node *node)
{
	writer_open(writer, '{');
	keys_write(writer, &node_keys, node, 1u << node->kind);
	writer_close(writer, '}');
}

static void file_write(struct writer *writer, const struct ncrun_topology *topology)
{
	const char *indent = is_json(writer) ? "    " : "  ";
	struct key key;

	for (size_t i = 0; key_at(&file_keys, i, &key); i++) {
		size_t before = writer->text->length;

		if (!key.value)
			continue;
		text_append(writer->text, is_json(writer) ? "  " : "");
		if (!key_write(writer, &key, topology)) {
			writer->text->length = before;
			continue;
		}
		text_append(writer->text, is_json(writer) ? ",\n" : "\n");
	}
	text_append(writer->text, is_json(writer) ? "  \"nodes\": {\n" : "nodes:\n");
	for (size_t i = 0; i < topology->node_count; i++) {
		text_append(writer->text, indent);
		writer_string(writer, topology->nodes[i]->name);
		text_append(writer->text, ": ");
		node_write(writer, topology->nodes[i]);
		text_append(writer->text,
			    is_json(writer) && i + 1 < topology->node_count ? ",\n" : "\n");
	}
	text_append(writer->text, is_json(writer) ? "  },\n  \"links\": [\n" : "links:\n");
	for (size_t i = 0; i < topology->link_count; i++) {
		text_append(writer->text, indent);
		text_append(writer->text, is_json(writer) ? "" : "- ");
		link_write(writer, topology->links[i]);
		text_append(writer->text,
			    is_json(writer) && i + 1 < topology->link_count ? ",\n" : "\n");
	}
	text_append(writer->text, is_json(writer) ? "  ]\n" : "");
}

int topology_write(const struct ncrun_topology *topology, enum topology_style style,
		   struct text *out, struct ncrun_error *err)
{
	struct writer writer = {.text = out, .style = style};

	if (is_json(&writer))
		text_append(out, "{\n");
	file_write(&writer, topology);
	if (is_json(&writer))
		text_append(out, "}\n");
	if (text_failed(out))
		return error_set(err, ENOMEM, "no memory for the text of a topology");
	return 0;
}
