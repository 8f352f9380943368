/* SPDX-License-Identifier: Apache-2.0 */

/* Files of our own format: what stands at their top. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "topology/generate.h"
#include "topology/read.h"

#define INHERITED_MAX 1000000

static int name_form_check(const char *what __attribute__((unused)), const char *text,
			   struct ncrun_error *err)
{
	return name_check("network", text, err);
}

#define FILE_KEY(member) offsetof(struct ncrun_topology, member)

static const char *const routings[] = {"auto", "none", NULL};
static const struct word_form routing_form = {routings, sizeof(enum routing)};
static const struct text_form name_form = {"a name", name_form_check};

/* What has no value here is read by file_read(), in its order. */
static const struct key file_rows[] = {
	{"name", KINDS_ALL, &value_string, FILE_KEY(name), &name_form, false},
	{"routing", KINDS_ALL, &value_word, FILE_KEY(routing), &routing_form, false},
	{"subnet", KINDS_ALL, &value_subnets, FILE_KEY(subnets), NULL, false},
	{"ipv4", KINDS_ALL, &value_not, FILE_KEY(no_ipv4), NULL, false},
	{"ipv6", KINDS_ALL, &value_not, FILE_KEY(no_ipv6), NULL, false},
	{"persistent", KINDS_ALL, &value_not, FILE_KEY(temporary), NULL, false},
	{"defaults", KINDS_ALL, NULL, 0, NULL, false},
	{"topology", KINDS_ALL, NULL, 0, NULL, false},
	{"nodes", KINDS_ALL, NULL, 0, NULL, false},
	{"links", KINDS_ALL, NULL, 0, NULL, false},
	{"test", KINDS_ALL, NULL, 0, NULL, false},
};

const struct key_table file_keys = {"a topology", file_rows,
				    sizeof(file_rows) / sizeof(file_rows[0]), false};

/** The value of the key; NULL if it is null or not there. */
static const struct element *element_said(const struct element *map, const char *key)
{
	const struct element *at = element_get(map, key);

	return at && at->kind != ELEMENT_NULL ? at : NULL;
}

/* ---- defaults -------------------------------------------------------------------------------- */

/** struct file - its parts; NULL = not there */
struct file {
	const struct element *defaults, *link_defaults;
	const struct element *pattern_node, *pattern_link;
};

static void defaults_read(struct reader *reader, const struct element *root, struct file *file)
{
	const struct element *defaults = element_said(root, "defaults");

	reader_enter(reader, "defaults");
	if (!defaults || !reader_expects(reader, defaults, ELEMENT_MAP))
		return;
	node_judge(reader, defaults, "defaults");
	file->defaults = defaults;
	file->link_defaults = element_said(defaults, "link");
	if (file->link_defaults && !link_judge(reader, file->link_defaults, true) &&
	    file->link_defaults->kind != ELEMENT_MAP)
		file->link_defaults = NULL;
}

/* ---- generators -------------------------------------------------------------------------- */

static void pattern_read(struct reader *reader, const struct element *root, struct file *file)
{
	const struct element *pattern = element_said(root, "topology");
	struct ncrun_error err = {0};

	reader_enter(reader, "topology");
	if (!pattern || !reader_expects(reader, pattern, ELEMENT_MAP))
		return;
	file->pattern_node = element_said(pattern, "node");
	file->pattern_link = element_said(pattern, "link");
	if (file->pattern_node && reader_expects(reader, file->pattern_node, ELEMENT_MAP))
		node_judge(reader, file->pattern_node, "every node");
	if (file->pattern_link && !link_judge(reader, file->pattern_link, true) &&
	    file->pattern_link->kind != ELEMENT_MAP)
		file->pattern_link = NULL;
	if (topology_generate(reader->topology, pattern, reader->problems, &err) < 0)
		reader_failed(reader, pattern, &err);
	for (size_t i = 0; i < reader->topology->link_count; i++) {
		link_apply(reader, reader->topology->links[i], file->link_defaults);
		link_apply(reader, reader->topology->links[i], file->pattern_link);
	}
}

/* ---- nodes -------------------------------------------------------------------------------- */

/** struct entry - of `nodes`: @own its keys, or NULL */
struct entry {
	struct node *node;         /* borrowed */
	const struct element *own; /* borrowed */
	bool generated;
};

/** How many there are, itself among them. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a document may be */
static size_t element_total(const struct element *at)
{
	size_t total = 1;

	for (size_t i = 0; at && i < at->count; i++)
		total += element_total(&at->children[i]);
	return total;
}

/** What many nodes inherit counts as if it stood in each of them. */
static bool inherited_is_little(struct reader *reader, const struct element *at, size_t nodes)
{
	if (!at || element_total(at) <= INHERITED_MAX / (nodes ? nodes : 1))
		return true;
	return reader_problem(reader, at, "'%s': too much for %zu nodes", at->key, nodes);
}

/** The node of that name: a new one, or one that a pattern made and that is told more of. */
static bool entry_read(struct reader *reader, const struct element *at, size_t generated,
		       struct entry *ret)
{
	const struct element place = element_key(at);
	const char *name = at->key ? at->key : at->text;
	struct ncrun_error err = {0};
	struct node *node;

	if (!name)
		return reader_expected(reader, at, "a name, or for all {NAME: {...}, ...}");
	node = topology_node(reader->topology, name);
	*ret = (struct entry){
		.own = at->key ? at : NULL,
		.generated = node && node->mark < generated,
	};
	if (!ret->generated && topology_add_node(reader->topology, name, &node, &err) < 0)
		return reader_failed(reader, &place, &err);
	ret->node = node;
	node->mark = UINT32_MAX;
	node->place = element_place(&place);
	return true;
}

/** Hosts that a pattern made have what it says of them. */
static void entry_settle(struct reader *reader, const struct entry *entry, const struct file *file)
{
	bool template = entry->generated && entry->node->kind == NODE_KIND_HOST;
	const struct layers layers = {
		{entry->own, template ? file->pattern_node : NULL, file->defaults}};

	node_read(reader, entry->node, &layers);
}

static void nodes_read(struct reader *reader, const struct element *root, const struct file *file)
{
	const struct element *nodes = element_said(root, "nodes");
	size_t generated = reader->topology->node_count, count = 0, room = 0;
	_cleanup_free_ struct entry *entries = NULL;

	reader_enter(reader, "nodes");
	if (nodes && (nodes->kind == ELEMENT_LIST || reader_expects(reader, nodes, ELEMENT_MAP)))
		room = nodes->count;
	/* each that is one too many would be told by itself */
	if (room > TOPOLOGY_NODES_MAX) {
		reader_problem(reader, nodes, "more than %d nodes", TOPOLOGY_NODES_MAX);
		return;
	}
	if (!inherited_is_little(reader, file->defaults, generated + room) ||
	    !inherited_is_little(reader, file->pattern_node, generated))
		return;
	entries = calloc(room + 1, sizeof(*entries));
	if (!entries) {
		reader_no_memory(reader);
		return;
	}
	for (uint32_t i = 0; i < generated; i++)
		reader->topology->nodes[i]->mark = i;
	for (size_t i = 0; i < room; i++)
		if (entry_read(reader, &nodes->children[i], generated, &entries[count]))
			count++;
	for (size_t i = 0; i < count; i++)
		entry_settle(reader, &entries[i], file);
	for (size_t i = 0; i < generated; i++) {
		struct node *node = reader->topology->nodes[i];

		if (node->mark != UINT32_MAX)
			entry_settle(reader, &(struct entry){node, NULL, true}, file);
	}
}

/* ---- links -------------------------------------------------------------------------------- */

static void links_read(struct reader *reader, const struct element *root, const struct file *file)
{
	const struct element *links = element_said(root, "links");

	reader_enter(reader, "links");
	if (!links || !reader_expects(reader, links, ELEMENT_LIST))
		return;
	if (links->count > TOPOLOGY_LINKS_MAX) {
		reader_problem(reader, links, "more than %d links", TOPOLOGY_LINKS_MAX);
		return;
	}
	for (size_t i = 0; i < links->count; i++)
		link_read(reader, &links->children[i], file->link_defaults);
}

/* ---- all of it ---------------------------------------------------------------------------- */

bool file_read(struct reader *reader, const struct element *root)
{
	const struct element *name;
	struct file file = {0};
	bool good;

	if (!reader_expects(reader, root, ELEMENT_MAP))
		return false;
	good = keys_read_map(reader, &file_keys, reader->topology, root);
	name = element_get(root, "name");
	if (name)
		reader->topology->name_place = element_place(name);
	defaults_read(reader, root, &file);
	pattern_read(reader, root, &file);
	nodes_read(reader, root, &file);
	links_read(reader, root, &file);
	return good && reader->problems->count == 0 && !reader->failed;
}
