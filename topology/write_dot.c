/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A topology in Graphviz' language, to be read back by read_dot.c as the same: whatever our
 * own format says of a node, link or end becomes an attribute.
 */

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "topology/dot.h"
#include "topology/foreign.h"

struct dot_writer {
	struct text *out;
	const struct element_index *nodes;
	bool first;             /* of a list of attributes */
	const char *unwritable; /* a value that Graphviz has no way to write */
};

void dot_append_string(struct text *out, const char *chars)
{
	text_append_char(out, '"');
	for (; *chars; chars++) {
		if (*chars == '"')
			text_append_char(out, '\\');
		text_append_char(out, *chars);
	}
	text_append_char(out, '"');
}

/** In YAML's quotes, so that no backslash comes to stand before a '"'. */
static void flow_string(struct text *flow, const char *chars)
{
	bool escape = strpbrk(chars, "\\\n\r\t") != NULL;

	for (const char *c = chars; *c && !escape; c++)
		escape = (unsigned char)*c < 0x20 || *c == 0x7f;
	text_append_char(flow, escape ? '"' : '\'');
	for (; *chars; chars++) {
		if (escape && ((unsigned char)*chars < 0x20 || strchr("\\\"\x7f", *chars)))
			text_printf(flow, "\\x%02x", (unsigned char)*chars);
		else if (!escape && *chars == '\'')
			text_append(flow, "''");
		else
			text_append_char(flow, *chars);
	}
	text_append_char(flow, escape ? '"' : '\'');
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as a document may be */
static void flow_value(struct text *flow, const struct element *value)
{
	bool map = value->kind == ELEMENT_MAP;

	if (value->kind == ELEMENT_STRING)
		flow_string(flow, value->text);
	else if (!map && value->kind != ELEMENT_LIST)
		text_append(flow, value->kind == ELEMENT_NULL ? "null" : value->text);
	if (!map && value->kind != ELEMENT_LIST)
		return;
	text_append_char(flow, map ? '{' : '[');
	for (size_t i = 0; i < value->count; i++) {
		text_append(flow, i > 0 ? ", " : "");
		if (map) {
			flow_string(flow, value->children[i].key);
			text_append(flow, ": ");
		}
		flow_value(flow, &value->children[i]);
	}
	text_append_char(flow, map ? '}' : ']');
}

/** Would it be read as something else? There is no way to write a backslash before a quote. */
static bool is_writable(const char *chars)
{
	size_t length = strlen(chars);

	if (chars[0] == '[' || chars[0] == '{' || (length > 0 && chars[length - 1] == '\\'))
		return false;
	return !strstr(chars, "\\\"") && !strstr(chars, "\\\n");
}

static void write_attribute(struct dot_writer *writer, const char *prefix, const char *key,
			    const struct element *value)
{
	_cleanup_text_ struct text flow = {0}, name = {0};

	text_printf(&name, "%s%s", prefix, key);
	text_append(writer->out, writer->first ? " [" : ", ");
	writer->first = false;
	if (strspn(text_string(&name), "abcdefghijklmnopqrstuvwxyz") == name.length)
		text_append(writer->out, text_string(&name));
	else
		dot_append_string(writer->out, text_string(&name));
	text_append_char(writer->out, '=');
	if (value->kind != ELEMENT_STRING) {
		flow_value(&flow, value);
	} else {
		text_append(&flow, value->text);
		if (!is_writable(value->text))
			writer->unwritable = value->text;
	}
	if (value->kind == ELEMENT_NUMBER || value->kind == ELEMENT_BOOL)
		text_append(writer->out, text_string(&flow));
	else
		dot_append_string(writer->out, text_string(&flow));
	writer->out->failed |= flow.failed || name.failed;
}

static void attributes_end(struct dot_writer *writer)
{
	text_append(writer->out, writer->first ? "\n" : "]\n");
	writer->first = true;
}

static void write_node(struct dot_writer *writer, const struct element *node)
{
	text_append(writer->out, "  ");
	dot_append_string(writer->out, node->key);
	for (size_t i = 0; i < node->count; i++) {
		const struct element *value = &node->children[i];

		write_attribute(writer, "", text_equal(value->key, "kind") ? "type" : value->key,
				value);
	}
	attributes_end(writer);
}

/* ---- links -------------------------------------------------------------------------------- */

/** "NODE" or "NODE:INTERFACE", which is a port here. */
static void write_end(struct dot_writer *writer, const struct element *end)
{
	const struct element *node = end->kind == ELEMENT_MAP ? element_get(end, "node") : end;
	const char *colon = strchr(node->text, ':');
	_cleanup_free_ char *name =
		colon ? strndup(node->text, (size_t)(colon - node->text)) : strdup(node->text);

	if (!name) {
		writer->out->failed = true;
		return;
	}
	dot_append_string(writer->out, name);
	if (!colon)
		return;
	text_append_char(writer->out, ':');
	dot_append_string(writer->out, colon + 1);
}

static void write_end_keys(struct dot_writer *writer, const struct element *end, const char *prefix)
{
	for (size_t i = 0; end->kind == ELEMENT_MAP && i < end->count; i++) {
		const struct element *value = &end->children[i];

		if (text_equal(value->key, "interface"))
			write_attribute(writer, prefix, "name", value);
		else if (!text_equal(value->key, "node"))
			write_attribute(writer, prefix, value->key, value);
	}
}

/** Beside `ends`: what is of one end in DOT, and a list of two in our format, is each end's. */
static void write_link_key(struct dot_writer *writer, const struct element *value, bool of_both)
{
	static const char *const prefixes[] = {"tail", "head"};

	if (!of_both || !dot_is_tail_key(value->key) || value->kind != ELEMENT_LIST) {
		write_attribute(writer, "", value->key, value);
		return;
	}
	for (size_t i = 0; i < value->count && i < 2; i++)
		if (value->children[i].kind != ELEMENT_NULL)
			write_attribute(writer, prefixes[i], value->key, &value->children[i]);
}

static bool is_switch(const struct dot_writer *writer, const struct element *end)
{
	const struct element *name = end->kind == ELEMENT_MAP ? element_get(end, "node") : end;
	_cleanup_free_ char *text = strndup(name->text, strcspn(name->text, ":"));
	const struct element *node = text ? element_index_get(writer->nodes, text) : NULL;
	const struct element *kind = node ? element_get(node, "kind") : NULL;

	return kind && text_equal(kind->text, "switch");
}

static void write_link(struct dot_writer *writer, const struct element *link)
{
	const struct element *ends = link->kind == ELEMENT_MAP ? element_get(link, "ends") : link;
	const struct element *tail = &ends->children[0];
	const struct element *head = &ends->children[ends->count > 1];
	bool of_both = ends->count > 1 && link->kind == ELEMENT_MAP && !is_switch(writer, tail) &&
		       !is_switch(writer, head);

	text_append(writer->out, "  ");
	write_end(writer, tail);
	text_append(writer->out, " -- ");
	write_end(writer, head);
	write_end_keys(writer, tail, "tail");
	if (head != tail)
		write_end_keys(writer, head, "head");
	for (size_t i = 0; link->kind == ELEMENT_MAP && i < link->count; i++)
		if (!text_equal(link->children[i].key, "ends"))
			write_link_key(writer, &link->children[i], of_both);
	attributes_end(writer);
}

static void write_graph(struct dot_writer *writer, const struct element *root)
{
	const struct element *name = element_get(root, "name"), *nodes = element_get(root, "nodes");
	const struct element *links = element_get(root, "links");

	text_append(writer->out, "graph ");
	if (name) {
		dot_append_string(writer->out, name->text);
		text_append_char(writer->out, ' ');
	}
	text_append(writer->out, "{\n");
	for (size_t i = 0; i < root->count; i++) {
		const struct element *value = &root->children[i];

		if (value == name || value == nodes || value == links)
			continue;
		text_append(writer->out, "  graph");
		write_attribute(writer, "", value->key, value);
		attributes_end(writer);
	}
	for (size_t i = 0; nodes && i < nodes->count; i++)
		write_node(writer, &nodes->children[i]);
	for (size_t i = 0; links && i < links->count; i++)
		write_link(writer, &links->children[i]);
	text_append(writer->out, "}\n");
}

int topology_write_dot(const char *source, const char *json, size_t length, struct text *out,
		       struct ncrun_error *err)
{
	struct dot_writer writer = {.out = out, .first = true};
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_(element_index_freep) struct element_index *nodes = NULL;
	int r;

	r = document_parse(source, json, length, DOCUMENT_JSON, &document, err);
	if (r < 0)
		return r;
	nodes = element_index_new(element_get(document_root(document), "nodes"));
	if (!nodes)
		return error_set(err, ENOMEM, "no memory for a topology");
	writer.nodes = nodes;
	write_graph(&writer, document_root(document));
	if (writer.unwritable)
		return error_set(err, ENOTSUP, "'%.80s' cannot be written in DOT (try YAML)",
				 writer.unwritable);
	return text_failed(out) ? error_set(err, ENOMEM, "no memory for a topology") : 0;
}
