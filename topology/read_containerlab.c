/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A file of containerlab's as a topology.
 *
 * A node of its kind linux is a host that forwards and may set up its own interfaces, since
 * that is what one finds there; a bridge is a switch. As there, links have no addresses but
 * those that the file gives, and commands of `exec` set up the rest. There is no
 * management network. What is not supported is refused by name.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "topology/containerlab.h"
#include "topology/foreign.h"

static const struct lab_key file_keys[] = {
	{"name", true},
	{"prefix", true},
	{"topology", true},
	{"mgmt", false},
	{"debug", false},
	{"settings", false},
	{0},
};

static const struct lab_key topology_keys[] = {
	{"nodes", true},  {"links", true},    {"kinds", true},
	{"groups", true}, {"defaults", true}, {0},
};

/* ---- what the others call ------------------------------------------------------------- */

static bool is_told(const struct problems *problems, struct place place, const char *text)
{
	for (size_t i = problems_kept(problems); i-- > 0;) {
		const struct problem *problem = &problems->items[i];

		if (problem->place.line == place.line && problem->place.column == place.column &&
		    text_equal(problem->text, text))
			return true;
	}
	return false;
}

void lab_problem(struct lab *lab, const struct element *at, const char *fmt, ...)
{
	const struct place place = {at->line, at->column};
	char message[NCRUN_ERROR_MESSAGE_MAX / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (!is_told(lab->problems, place, message))
		problems_add(lab->problems, place, "%s", message);
}

void lab_expected(struct lab *lab, const struct element *at, const char *expected)
{
	if (at->key)
		lab_problem(lab, at, "'%.60s': expected %s, not %.60s", at->key, expected,
			    element_describe(at));
	else
		lab_problem(lab, at, "expected %s, not %.60s", expected, element_describe(at));
}

bool lab_check_keys(struct lab *lab, const struct element *map, const struct lab_key *keys,
		    const char *what)
{
	if (map->kind != ELEMENT_MAP) {
		lab_expected(lab, map, "a map");
		return false;
	}
	for (size_t i = 0; i < map->count; i++) {
		const struct element *child = &map->children[i];
		const struct element at = {.line = child->key_line, .column = child->key_column};
		const struct lab_key *key = keys;
		struct nearest nearest = {0};

		for (; key->name && !text_equal(key->name, child->key); key++)
			nearest_consider(&nearest, child->key, key->name);
		if (key->name && key->supported)
			continue;
		if (key->name)
			lab_problem(lab, &at, "'%s' of %s: not supported", key->name, what);
		else if (nearest.word)
			lab_problem(lab, &at, "unknown key '%.60s' (did you mean '%s'?)",
				    child->key, nearest.word);
		else
			lab_problem(lab, &at, "unknown key '%.60s' of %s", child->key, what);
	}
	return true;
}

/** "__clabNodeName__" and "__clabLabName__"; false: a word that means nothing here. */
static bool magic_replace(struct lab *lab, const char *text, const char *node, struct text *out)
{
	const struct {
		const char *word, *value;
	} words[] = {
		{"__clabNodeName__", node},
		{"__clabLabName__", lab->name},
	};

	while (*text) {
		size_t i = 0;

		while (i < 2 && !text_starts_with(text, words[i].word))
			i++;
		if (i < 2) {
			text_append(out, words[i].value);
			text += strlen(words[i].word);
		} else if (text_starts_with(text, "__clab")) {
			return false;
		} else {
			text_append_char(out, *text++);
		}
	}
	return true;
}

char *lab_text(struct lab *lab, const struct element *at, const char *node)
{
	_cleanup_text_ struct text out = {0};
	char *text;

	if (!at->text || at->kind == ELEMENT_NULL) {
		lab_expected(lab, at, "a string");
		return NULL;
	}
	if (node && strstr(at->text, "__clab") && !magic_replace(lab, at->text, node, &out)) {
		lab_problem(lab, at, "'%.80s': folders of a lab are not supported", at->text);
		return NULL;
	}
	text = out.length > 0 ? text_take(&out) : strdup(at->text);
	if (!text)
		lab->failed = true;
	return text;
}

bool lab_has_room(struct lab *lab, const struct element *at)
{
	if (lab->value_count > LAB_VALUES_MAX)
		return false;
	if (++lab->value_count > LAB_VALUES_MAX)
		lab_problem(lab, at, "more than %d values, with those that are inherited",
			    LAB_VALUES_MAX);
	return lab->value_count <= LAB_VALUES_MAX;
}

void lab_put_string(struct lab *lab, struct draft_value *to, const char *key,
		    const struct element *at, const char *text)
{
	struct element string = {.kind = ELEMENT_STRING,
				 .text = text,
				 .line = at->line,
				 .column = at->column,
				 .key = at->key,
				 .key_line = at->key_line,
				 .key_column = at->key_column};

	if (lab_has_room(lab, at))
		draft_add(to, key, &string);
}

void lab_put(struct lab *lab, struct draft_value *to, const char *key, const struct element *at)
{
	if (at->kind == ELEMENT_LIST || at->kind == ELEMENT_MAP)
		lab_expected(lab, at, "a single value");
	else if (lab_has_room(lab, at))
		draft_add(to, key, at);
}

/** A key of a map that may be missing. */
static const struct element *get(const struct element *map, const char *key)
{
	return map ? element_get(map, key) : NULL;
}

const struct element *lab_kind(const struct lab *lab, const struct element *node)
{
	const struct element *kind = get(node, "kind");
	const struct element *group = get(node, "group");

	if (!group)
		group = get(lab->defaults, "group");
	if (!kind && group && group->text)
		kind = get(get(lab->groups, group->text), "kind");
	return kind ? kind : get(lab->defaults, "kind");
}

bool lab_is_bridge(const struct lab *lab, const char *node)
{
	const struct element *found = element_index_get(lab->index, node);
	const struct element *kind = found ? lab_kind(lab, found) : NULL;

	return kind && kind->text && text_equal(kind->text, "bridge");
}

/* ---- the file -------------------------------------------------------------------------- */

static void put_fixed(struct draft_value *to, const char *key, const char *text)
{
	struct element value = {.text = text, .line = 1, .column = 1};

	element_resolve(&value);
	draft_add(to, key, &value);
}

/** A part of the topology that has to be a map, or is missing. */
static const struct element *topology_map(struct lab *lab, const char *key)
{
	const struct element *map = get(lab->topology, key);

	if (!map || map->kind == ELEMENT_NULL)
		return NULL;
	if (map->kind == ELEMENT_MAP)
		return map;
	lab_expected(lab, map, "a map");
	return NULL;
}

/** Each node looks through them. */
static const struct element *few_of(struct lab *lab, const struct element *map)
{
	if (!map || map->count <= LAB_LAYERS_MAX)
		return map;
	lab_problem(lab, map, "'%s': more than %d of them", map->key, LAB_LAYERS_MAX);
	return NULL;
}

static void translate_name(struct lab *lab, const struct element *root)
{
	const struct element *name = get(root, "name");
	_cleanup_free_ char *text = name ? lab_text(lab, name, NULL) : NULL;
	struct draft_value *to = draft_root(lab->draft);

	if (!name)
		lab_problem(lab, root, "'name' is missing");
	if (!text)
		return;
	lab_put_string(lab, to, "name", name, text);
	if (draft_get(to, "name"))
		lab->name = draft_element(draft_get(to, "name"))->text;
}

/** None of it if it is more than a network may have. */
static const struct element *at_most(struct lab *lab, const struct element *at, size_t most)
{
	if (!at || at->count <= most)
		return at;
	lab_problem(lab, at, "'%s': more than %zu", at->key, most);
	return NULL;
}

static void translate_topology(struct lab *lab)
{
	static const struct element map = {.kind = ELEMENT_MAP, .line = 1, .column = 1};
	static const struct element list = {.kind = ELEMENT_LIST, .line = 1, .column = 1};
	const struct element *links = at_most(lab, get(lab->topology, "links"), TOPOLOGY_LINKS_MAX);
	struct draft_value *to;

	if (!lab_check_keys(lab, lab->topology, topology_keys, "a topology"))
		return;
	lab->kinds = few_of(lab, topology_map(lab, "kinds"));
	lab->groups = few_of(lab, topology_map(lab, "groups"));
	lab->defaults = topology_map(lab, "defaults");
	lab->nodes = at_most(lab, topology_map(lab, "nodes"), TOPOLOGY_NODES_MAX);
	lab->index = element_index_new(lab->nodes);
	if (!lab->index) {
		lab->failed = true;
		return;
	}
	lab_check_layers(lab);
	to = draft_add(draft_root(lab->draft), "nodes", &map);
	for (size_t i = 0; lab->nodes && i < lab->nodes->count; i++)
		lab_translate_node(lab, to, &lab->nodes->children[i]);
	if (links && links->kind != ELEMENT_LIST && links->kind != ELEMENT_NULL)
		lab_expected(lab, links, "a list");
	to = draft_add(draft_root(lab->draft), "links", &list);
	for (size_t i = 0; links && links->kind == ELEMENT_LIST && i < links->count; i++)
		lab_translate_link(lab, to, &links->children[i]);
}

/** All of it, now that it is YAML. */
static struct document *translate(const struct document *document, struct problems *problems)
{
	const struct element *root = document_root(document);
	struct draft *draft = draft_new(document_name(document));
	struct lab lab = {.document = document, .name = "", .problems = problems, .draft = draft};
	_cleanup_(document_freep) struct document *translated = NULL;

	if (!draft)
		return NULL;
	if (lab_check_keys(&lab, root, file_keys, "a lab")) {
		translate_name(&lab, root);
		put_fixed(draft_root(draft), "routing", "none");
		put_fixed(draft_root(draft), "ipv4", "false");
		put_fixed(draft_root(draft), "ipv6", "false");
		lab.topology = get(root, "topology");
		if (lab.topology)
			translate_topology(&lab);
		else
			lab_problem(&lab, root, "'topology' is missing");
	}
	translated = draft_finish(draft);
	element_index_free(lab.index);
	return lab.failed ? NULL : take_ptr(translated);
}

int topology_translate_containerlab(const char *source, const char *text, size_t length,
				    struct problems *problems, struct document **ret,
				    struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_free_ char *expanded = lab_expand(text, length, problems);
	struct ncrun_error mistake = {0};
	int r;

	*ret = NULL;
	if (!expanded)
		return problems->count > 0 ? 0 : error_set(err, ENOMEM, "%s: no memory", source);
	r = document_parse(source, expanded, strlen(expanded), DOCUMENT_YAML, &document, &mistake);
	if (r < 0)
		return document_problem(source, &mistake, problems, err);
	*ret = translate(document, problems);
	return *ret ? 0 : error_set(err, ENOMEM, "%s: no memory", source);
}
