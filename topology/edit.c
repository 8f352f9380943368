/* SPDX-License-Identifier: Apache-2.0 */

/* Topologies that a program puts together: what stands in a file, piece by piece. */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/api.h"
#include "base/error.h"
#include "base/name.h"
#include "topology/generate.h"
#include "topology/read.h"
#include "topology/writer.h"

/** "kind: router", with or without braces, as a map; *@ret is NULL when there is nothing in it. */
static int options_parse(const char *options, struct document **ret, struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_text_ struct text text = {0};
	bool braces = options && options[strspn(options, " \t\n")] == '{';
	int r;

	if (!options || !options[strspn(options, " \t\n")])
		return 0;
	text_printf(&text, braces ? "%s" : "{%s}", options);
	if (text_failed(&text))
		return error_set(err, ENOMEM, "no memory for options");
	r = document_parse("options", text_string(&text), text.length, DOCUMENT_YAML, &document,
			   err);
	if (r < 0)
		return r;
	if (document_root(document)->kind != ELEMENT_MAP)
		return error_set(err, EINVAL, "options '%.100s': not 'key: value, ...'", options);
	*ret = take_ptr(document);
	return 0;
}

__attribute__((format(printf, 1, 0))) static int options_print(const char *options, va_list args,
							       struct document **ret,
							       struct ncrun_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (!options)
		return 0;
	if (vasprintf(&text, options, args) < 0)
		return error_set(err, ENOMEM, "no memory for options");
	return options_parse(text, ret, err);
}

/** The first of them as the error of a call: there is no file that it stands in. */
static int problems_raise(const struct reader *reader, struct ncrun_error *err)
{
	const struct problems *problems = reader->problems;

	if (reader->failed || problems->failed)
		return error_set(err, ENOMEM, "no memory");
	if (problems->count == 0)
		return 0;
	if (problems->count > 1)
		return error_set(err, EINVAL, "%s (and %zu more)", problems->items[0].text,
				 problems->count - 1);
	return error_set(err, EINVAL, "%s", problems->items[0].text);
}

static const struct element *options_root(const struct document *document)
{
	return document ? document_root(document) : NULL;
}

NCRUN_API int ncrun_topology_new(const char *name, struct ncrun_topology **ret,
				 struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	int r = name_check("network", name, err);

	if (r == 0)
		r = topology_new(name, &topology, err);
	if (r < 0)
		return r;
	assert(topology);
	topology->name = strdup(name);
	if (!topology->name)
		return error_set(err, ENOMEM, "no memory for a topology");
	*ret = take_ptr(topology);
	return 0;
}

NCRUN_API int ncrun_topology_add_node(struct ncrun_topology *topology, const char *name,
				      struct ncrun_error *err, const char *options, ...)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct reader reader = {.topology = topology, .problems = &problems};
	struct node *node = NULL;
	va_list args;
	int r;

	va_start(args, options);
	r = options_print(options, args, &document, err);
	va_end(args);
	if (r == 0)
		r = topology_add_node(topology, name, &node, err);
	if (r < 0)
		return r;
	node_read(&reader, node, &(struct layers){{options_root(document)}});
	r = problems_raise(&reader, err);
	if (r < 0)
		topology_remove_node(topology, node);
	return r;
}

/* ---- links ---------------------------------------------------------------------------- */

static int end_name(struct interface *end, const char *name, struct ncrun_error *err)
{
	char kernel_name[NETNS_NAME_MAX];

	if (!name)
		return 0;
	if (netns_name_short(name, kernel_name, err) < 0)
		return -EINVAL;
	end->name = strdup(name);
	return end->name ? 0 : error_set(err, ENOMEM, "no memory for a link");
}

static int link_make(struct reader *reader, const char *const ends[2], struct link **ret,
		     struct ncrun_error *err)
{
	const struct element nowhere = {0};
	const char *names[2] = {NULL, NULL};
	struct node *nodes[2] = {NULL, NULL};
	struct link *link = NULL;
	int r = 0;

	for (int i = 0; i < 2 && ends[i]; i++)
		nodes[i] = end_find(reader, &nowhere, ends[i], &names[i]);
	r = problems_raise(reader, err);
	if (r == 0)
		r = topology_add_link(reader->topology, nodes[0], nodes[1], &link, err);
	if (r < 0)
		return r;
	assert(link);
	for (int i = 0; i < 2 && nodes[i] && r == 0; i++)
		r = end_name(&link->ends[i], names[i], err);
	if (r < 0)
		topology_remove_link(reader->topology, link);
	else
		*ret = link;
	return r;
}

int topology_connect(struct ncrun_topology *topology, const char *a, const char *b,
		     const char *options, struct link **ret, struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct reader reader = {.topology = topology, .problems = &problems};
	struct link *link = NULL;
	int r;

	r = options_parse(options, &document, err);
	if (r == 0)
		r = link_make(&reader, (const char *const[]){a, b}, &link, err);
	if (r < 0)
		return r;
	snprintf(reader.context, sizeof(reader.context), b ? "link '%s -- %s'" : "link of '%s'", a,
		 b);
	if (document)
		link_read_keys(&reader, link, document_root(document));
	r = problems_raise(&reader, err);
	if (r < 0)
		topology_remove_link(topology, link);
	else
		*ret = link;
	return r;
}

NCRUN_API int ncrun_topology_add_link(struct ncrun_topology *topology, const char *a, const char *b,
				      struct ncrun_error *err, const char *options, ...)
{
	_cleanup_free_ char *text = NULL;
	struct link *link;
	va_list args;
	int r = 0;

	va_start(args, options);
	if (options)
		r = vasprintf(&text, options, args);
	va_end(args);
	if (r < 0)
		return error_set(err, ENOMEM, "no memory for options");
	return topology_connect(topology, a, b, text, &link, err);
}

/** Which ends a key is for, as bits: @end is 1, the other one 2. */
static unsigned int ends_meant(const struct key *key, enum ncrun_direction direction)
{
	if (!key->both || direction == NCRUN_DIRECTION_OUT)
		return 1;
	return direction == NCRUN_DIRECTION_IN ? 2 : 3;
}

static void link_edit_key(struct reader *reader, struct interface *end,
			  enum ncrun_direction direction, const struct element *at)
{
	struct interface *ends[] = {end, interface_peer(end)};
	const struct element map = {.kind = ELEMENT_MAP, .children = at, .count = 1};
	struct key key = {.both = false}; /* one that is unknown is told of at @end */

	(void)key_find(&interface_keys, at->key, &key);
	for (unsigned int i = 0; i < 2; i++)
		if (ends[i] && ends_meant(&key, direction) & 1u << i &&
		    !keys_read(reader, &interface_keys, ends[i], &(struct layers){{&map}},
			       1u << ends[i]->node->kind))
			return;
}

int link_edit(struct interface *end, enum ncrun_direction direction, const char *options,
	      struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct reader reader = {.problems = &problems};
	const struct element *root;
	int r;

	r = options_parse(options, &document, err);
	if (r < 0 || !document)
		return r;
	root = document_root(document);
	for (size_t i = 0; i < root->count; i++)
		link_edit_key(&reader, end, direction, &root->children[i]);
	return problems_raise(&reader, err);
}

int impairment_print(const struct netns_impairment *impairment, struct text *out)
{
	struct interface end = {.out = *impairment};
	struct writer writer = {.text = out, .style = TOPOLOGY_STYLE_YAML};
	struct key key;

	for (size_t i = 0; key_at(&interface_keys, i, &key); i++)
		key_write(&writer, &key, &end);
	return text_failed(out) ? -ENOMEM : 0;
}

/* ---- patterns ----------------------------------------------------------------------------- */

/** Keys of hosts that were made, judged once for all. */
static void hosts_read(struct reader *reader, size_t first, const struct layers *layers)
{
	for (size_t i = 0; i < 2; i++)
		if (layers->maps[i] && !node_judge(reader, layers->maps[i], "every node"))
			return;
	for (size_t i = first; i < reader->topology->node_count; i++)
		if (reader->topology->nodes[i]->kind == NODE_KIND_HOST)
			node_read(reader, reader->topology->nodes[i], layers);
}

NCRUN_API int ncrun_topology_generate(struct ncrun_topology *topology, const char *pattern,
				      const char *node_options, struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = NULL, *keys = NULL;
	_cleanup_problems_ struct problems problems = {0};
	struct reader reader = {.topology = topology, .problems = &problems};
	size_t first = topology->node_count;
	int r;

	r = options_parse(pattern, &document, err);
	if (r == 0)
		r = options_parse(node_options, &keys, err);
	if (r < 0)
		return r;
	if (!document)
		return error_set(err, EINVAL, "no pattern (try 'linear: 10')");
	r = topology_generate(topology, document_root(document), &problems, err);
	if (r < 0)
		return r;
	hosts_read(&reader, first,
		   &(struct layers){
			   {options_root(keys), element_get(document_root(document), "node")}});
	r = problems_raise(&reader, err);
	while (r < 0 && topology->node_count > first)
		topology_remove_node(topology, topology->nodes[topology->node_count - 1]);
	return r;
}
