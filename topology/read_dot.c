/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A graph of Graphviz' as a topology: Gont's words for it, and all of ours as attributes.
 *
 *	digraph lab {
 *		host1 [type=host, exec="ping -c 1 host2"]
 *		host1 -> router1 [address="10.0.0.1/24", mtu=9000]
 *	}
 *
 * An address is that of the tail. What Graphviz itself knows (label, color, pos ...) is passed
 * over; what nobody knows goes on to the reader, which refuses it: a word that is misspelt
 * must not be lost.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/draft.h"
#include "base/error.h"
#include "topology/dot.h"
#include "topology/foreign.h"

struct translation {
	struct problems *problems;
	const struct element_index *nodes; /* borrowed */
};

/** How an attribute is called here. */
struct rename {
	const char *theirs, *ours;
};

static const struct rename node_names[] = {{"type", "kind"}, {0}};
static const struct rename link_names[] = {{"latency", "delay"}, {0}};
static const struct rename end_names[] = {{"name", "interface"}, {"latency", "delay"}, {0}};
static const struct rename no_names[] = {{0}};

/* Attributes that only say how a picture looks (graphviz.org/doc/info/attrs.html), sorted. */
static const char *const pictorial[] = {
	"Damping",
	"K",
	"TBbalance",
	"URL",
	"area",
	"arrowhead",
	"arrowsize",
	"arrowtail",
	"bb",
	"beautify",
	"bgcolor",
	"center",
	"charset",
	"class",
	"cluster",
	"clusterrank",
	"color",
	"colorscheme",
	"comment",
	"compound",
	"concentrate",
	"constraint",
	"decorate",
	"defaultdist",
	"dim",
	"dimen",
	"dir",
	"diredgeconstraints",
	"distortion",
	"dpi",
	"edgeURL",
	"edgehref",
	"edgetarget",
	"edgetooltip",
	"epsilon",
	"esep",
	"fillcolor",
	"fixedsize",
	"fontcolor",
	"fontname",
	"fontnames",
	"fontpath",
	"fontsize",
	"forcelabels",
	"gradientangle",
	"headURL",
	"head_lp",
	"headclip",
	"headhref",
	"headlabel",
	"headport",
	"headtarget",
	"headtooltip",
	"height",
	"href",
	"id",
	"image",
	"imagepath",
	"imagepos",
	"imagescale",
	"inputscale",
	"label",
	"labelURL",
	"label_scheme",
	"labelangle",
	"labeldistance",
	"labelfloat",
	"labelfontcolor",
	"labelfontname",
	"labelfontsize",
	"labelhref",
	"labeljust",
	"labelloc",
	"labeltarget",
	"labeltooltip",
	"landscape",
	"layer",
	"layerlistsep",
	"layers",
	"layerselect",
	"layersep",
	"layout",
	"len",
	"levels",
	"levelsgap",
	"lhead",
	"lheight",
	"linelength",
	"lp",
	"ltail",
	"lwidth",
	"margin",
	"maxiter",
	"mclimit",
	"mindist",
	"minlen",
	"mode",
	"model",
	"newrank",
	"nodesep",
	"nojustify",
	"normalize",
	"notranslate",
	"nslimit",
	"nslimit1",
	"oneblock",
	"ordering",
	"orientation",
	"outputorder",
	"overlap",
	"overlap_scaling",
	"overlap_shrink",
	"pack",
	"packmode",
	"pad",
	"page",
	"pagedir",
	"pencolor",
	"penwidth",
	"peripheries",
	"pin",
	"pos",
	"quadtree",
	"quantum",
	"radius",
	"rank",
	"rankdir",
	"ranksep",
	"ratio",
	"rects",
	"regular",
	"remincross",
	"repulsiveforce",
	"resolution",
	"root",
	"rotate",
	"rotation",
	"samehead",
	"sametail",
	"samplepoints",
	"scale",
	"searchsize",
	"sep",
	"shape",
	"shapefile",
	"showboxes",
	"sides",
	"size",
	"skew",
	"smoothing",
	"sortv",
	"splines",
	"start",
	"style",
	"stylesheet",
	"tailURL",
	"tail_lp",
	"tailclip",
	"tailhref",
	"taillabel",
	"tailport",
	"tailtarget",
	"tailtooltip",
	"target",
	"tooltip",
	"truecolor",
	"vertices",
	"viewport",
	"voro_margin",
	"weight",
	"width",
	"xdotversion",
	"xlabel",
	"xlp",
	"z",
};

/* Of one interface: that of the tail, unless that is a switch. */
bool dot_is_tail_key(const char *key)
{
	static const char *const keys[] = {"address", "mac", "group", "tx-queue", "down", NULL};

	return strings_contain(keys, key);
}

static int compare_words(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

/** xdot writes what it has drawn into names that begin with '_'. */
static bool is_pictorial(const char *name)
{
	return name[0] == '_' || bsearch(name, pictorial, sizeof(pictorial) / sizeof(pictorial[0]),
					 sizeof(pictorial[0]), compare_words);
}

/** Our key for an attribute: Graphviz' names have '_' where ours have '-'. free() releases it. */
static char *key_of(const char *name, const struct rename *names)
{
	char *key;

	for (; names->theirs; names++)
		if (text_equal(name, names->theirs))
			return strdup(names->ours);
	key = strdup(name);
	for (char *c = key; c && *c; c++)
		if (*c == '_')
			*c = '-';
	return key;
}

/** Everything that was parsed apart stands where its attribute does. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as a document may be */
static void add_at(struct draft_value *to, const char *key, const struct element *value,
		   const struct element *at)
{
	struct element shell = *value;
	struct draft_value *added;

	shell.count = 0;
	shell.children = NULL;
	shell.line = at->line;
	shell.column = at->column;
	shell.key = at->key;
	shell.key_line = at->key_line;
	shell.key_column = at->key_column;
	added = draft_add(to, key, &shell);
	for (size_t i = 0; i < value->count; i++)
		add_at(added, value->children[i].key, &value->children[i], at);
}

/** A value that begins like a list or map of YAML's is one. */
static void add_structure(const struct translation *translation, struct draft_value *to,
			  const char *key, const struct element *attribute)
{
	_cleanup_(document_freep) struct document *document = NULL;
	struct ncrun_error err = {0};
	const char *reason;

	if (document_parse("value", attribute->text, strlen(attribute->text), DOCUMENT_YAML,
			   &document, &err) == 0) {
		add_at(to, key, document_root(document), attribute);
		return;
	}
	reason = strstr(err.message, ": ");
	problems_add(translation->problems, (struct place){attribute->line, attribute->column},
		     "'%.60s': begins like a list or map of YAML's, but %s", attribute->key,
		     reason ? reason + 2 : err.message);
}

static void add_value(const struct translation *translation, struct draft_value *to,
		      const char *key, const struct element *attribute)
{
	struct element value = *attribute;

	if (!key || draft_get(to, key))
		return; /* the same in other words: the first counts */
	if (attribute->text[0] == '[' || attribute->text[0] == '{') {
		add_structure(translation, to, key, attribute);
		return;
	}
	element_resolve(&value);
	draft_add(to, key, &value);
}

static void add_attributes(const struct translation *translation, struct draft_value *to,
			   const struct element *attributes, const struct rename *names)
{
	for (size_t i = 0; i < attributes->count; i++) {
		const struct element *attribute = &attributes->children[i];
		_cleanup_free_ char *key = key_of(attribute->key, names);

		if (!is_pictorial(attribute->key))
			add_value(translation, to, key, attribute);
	}
}

/* ---- nodes ------------------------------------------------------------------------------- */

static bool is_switch(const struct translation *translation, const char *name)
{
	const struct element *node = element_index_get(translation->nodes, name);
	const struct element *kind = node ? element_get(node, "type") : NULL;

	if (node && !kind)
		kind = element_get(node, "kind");
	return kind && text_equal(kind->text, "switch");
}

static void add_node(const struct translation *translation, struct draft_value *nodes,
		     const struct element *node)
{
	const struct element map = {.kind = ELEMENT_MAP,
				    .line = node->line,
				    .column = node->column};
	struct draft_value *to = draft_add(nodes, node->key, &map);

	for (size_t i = 0; i < node->count; i++) {
		const struct element *attribute = &node->children[i];
		_cleanup_free_ char *key = key_of(attribute->key, node_names);

		/* which is of a layout at a node, and of an interface at a link */
		if (!is_pictorial(attribute->key) && !text_equal(attribute->key, "group"))
			add_value(translation, to, key, attribute);
	}
}

/* ---- links ------------------------------------------------------------------------------- */

/** An end: a map of its keys, as far as there are any. */
static void add_end(struct draft_value *ends, const struct element *edge, const char *end,
		    const char *port, const struct draft_value *keys)
{
	const struct element *node = element_get(edge, end);
	const struct element *interface = element_get(edge, port);
	const struct element map = {.kind = ELEMENT_MAP,
				    .line = node->line,
				    .column = node->column};
	struct draft_value *to;

	if (!interface && draft_count(keys) == 0) {
		draft_add(ends, NULL, node);
		return;
	}
	to = draft_add(ends, NULL, &map);
	draft_add(to, "node", node);
	if (interface)
		draft_add(to, "interface", interface);
	draft_merge(to, keys);
}

/** Whose the attribute is: what is left of its name, if it begins with that word. */
static const char *name_of_end(const char *name, const char *end)
{
	size_t length = strlen(end);

	if (strncmp(name, end, length) != 0 || name[length] == '\0')
		return NULL;
	name += length;
	return *name == '_' || *name == '-' ? name + 1 : name;
}

static void add_link_attribute(const struct translation *translation,
			       const struct element *attribute, struct draft_value *const ends[2],
			       struct draft_value *link, bool tail_is_switch)
{
	static const char *const words[] = {"tail", "head"};
	_cleanup_free_ char *key = NULL;

	if (is_pictorial(attribute->key))
		return;
	for (int i = 0; i < 2; i++) {
		const char *name = name_of_end(attribute->key, words[i]);

		if (!name)
			continue;
		key = key_of(name, end_names);
		add_value(translation, ends[i], key, attribute);
		return;
	}
	key = key_of(attribute->key, link_names);
	if (key && !tail_is_switch && dot_is_tail_key(key))
		link = ends[0];
	add_value(translation, link, key, attribute);
}

/** A link with one end goes, in a picture, from a node to itself. */
static bool is_dummy(const struct element *attributes)
{
	const struct element *kind = element_get(attributes, "kind");

	return kind && text_equal(kind->text, "dummy");
}

static void add_link(const struct translation *translation, struct draft *draft,
		     struct draft_value *links, const struct element *edge)
{
	const struct element map = {.kind = ELEMENT_MAP,
				    .line = edge->line,
				    .column = edge->column};
	const struct element list = {.kind = ELEMENT_LIST,
				     .line = edge->line,
				     .column = edge->column};
	const struct element *attributes = element_get(edge, "attributes");
	struct draft_value *link = draft_add(links, NULL, &map);
	struct draft_value *list_of_ends = draft_add(link, "ends", &list);
	struct draft_value *const ends[] = {draft_map(draft), draft_map(draft)};
	bool tail_is_switch = is_switch(translation, element_get(edge, "tail")->text);

	for (size_t i = 0; i < attributes->count; i++)
		add_link_attribute(translation, &attributes->children[i], ends, link,
				   tail_is_switch);
	add_end(list_of_ends, edge, "tail", "tail-port", ends[0]);
	if (!is_dummy(attributes))
		add_end(list_of_ends, edge, "head", "head-port", ends[1]);
}

/* ---- the graph ----------------------------------------------------------------------------- */

static void add_graph(const struct translation *translation, struct draft *draft,
		      const struct element *graph)
{
	static const struct element map = {.kind = ELEMENT_MAP, .line = 1, .column = 1};
	static const struct element list = {.kind = ELEMENT_LIST, .line = 1, .column = 1};
	const struct element *name = element_get(graph, "name");
	const struct element *nodes = element_get(graph, "nodes");
	const struct element *edges = element_get(graph, "edges");
	struct draft_value *root = draft_root(draft), *to;

	if (name)
		draft_add(root, "name", name);
	add_attributes(translation, root, element_get(graph, "attributes"), no_names);
	to = draft_add(root, "nodes", &map);
	for (size_t i = 0; i < nodes->count; i++)
		add_node(translation, to, &nodes->children[i]);
	to = draft_add(root, "links", &list);
	for (size_t i = 0; i < edges->count; i++)
		add_link(translation, draft, to, &edges->children[i]);
}

int topology_translate_dot(const char *source, const char *text, size_t length,
			   struct problems *problems, struct document **ret,
			   struct ncrun_error *err)
{
	_cleanup_(element_index_freep) struct element_index *nodes = NULL;
	struct translation translation = {.problems = problems};
	_cleanup_(document_freep) struct document *graph = NULL;
	_cleanup_(draft_freep) struct draft *draft = NULL;
	int r;

	r = dot_parse(source, text, length, problems, &graph, err);
	if (r == -EINVAL) {
		*ret = NULL;
		return 0;
	}
	if (r < 0)
		return r;
	draft = draft_new(source);
	nodes = element_index_new(element_get(document_root(graph), "nodes"));
	if (!draft || !nodes)
		return error_set(err, ENOMEM, "%s: no memory", source);
	translation.nodes = nodes;
	add_graph(&translation, draft, document_root(graph));
	*ret = draft_finish(take_ptr(draft));
	return *ret ? 0 : error_set(err, ENOMEM, "%s: no memory", source);
}
