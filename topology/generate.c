/* SPDX-License-Identifier: Apache-2.0 */

#include "topology/generate.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/number.h"

/** struct sizes - what a pattern can be told; 0 = not */
struct sizes {
	uint32_t length, hosts, depth, fanout, k, leaves, spines;
	enum node_kind kind; /* of what is between hosts */
};

/** struct build - a pattern that is being built */
struct build {
	struct ncrun_topology *topology;
	struct place place;
	struct sizes sizes;
	bool circular; /* switches need STP */
	uint32_t hosts;
	struct ncrun_error *err;
};

/** struct size - a number that a pattern can be told; @fallback 0: it must be told */
struct size {
	const char *name;
	size_t at;
	uint32_t min, fallback;
};

#define SIZE(member) offsetof(struct sizes, member)

/** struct pattern - @sizes: the first is what a bare number means; ends with an empty one */
struct pattern {
	const char *name;
	struct size sizes[4];
	enum node_kind kind;
	bool kind_fixed;
	bool circular;
	int (*build)(struct build *build);
};

/* ---- nodes and links ---------------------------------------------------------------------- */

static int build_node(struct build *build, enum node_kind kind, const char *prefix, uint32_t number)
{
	char name[32];
	struct node *node;
	int r;

	snprintf(name, sizeof(name), "%s%" PRIu32, prefix, number);
	r = topology_add_node(build->topology, name, &node, build->err);
	if (r < 0)
		return r;
	node->kind = kind;
	node->place = build->place;
	node->bridge.stp = kind == NODE_KIND_SWITCH && build->circular;
	return 0;
}

static int build_link(struct build *build, struct node *a, struct node *b)
{
	struct link *link;
	int r = topology_add_link(build->topology, a, b, &link, build->err);

	if (r < 0)
		return r;
	link->place = build->place;
	link->ends[0].place = build->place;
	link->ends[1].place = build->place;
	return 0;
}

/** That many, PREFIX1 and so on; they stand side by side in the topology from *@ret_first on. */
static int build_nodes(struct build *build, const char *prefix, uint32_t count, size_t *ret_first)
{
	enum node_kind kind = build->sizes.kind;
	int r = 0;

	if (!prefix)
		prefix = kind == NODE_KIND_SWITCH ? "s" : "r";
	*ret_first = build->topology->node_count;
	for (uint32_t i = 1; r == 0 && i <= count; i++)
		r = build_node(build, kind, prefix, i);
	return r;
}

static int build_join(struct build *build, size_t a, size_t b)
{
	return build_link(build, build->topology->nodes[a], build->topology->nodes[b]);
}

/** @hosts further hosts at each of @count nodes. */
static int build_hosts(struct build *build, size_t first, uint32_t count, uint32_t hosts)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++)
		for (uint32_t j = 0; r == 0 && j < hosts; j++) {
			r = build_node(build, NODE_KIND_HOST, "h", ++build->hosts);
			if (r == 0)
				r = build_join(build, build->topology->node_count - 1, first + i);
		}
	return r;
}

/* ---- patterns ------------------------------------------------------------------------------ */

static int build_star(struct build *build)
{
	size_t first;
	int r = build_nodes(build, NULL, 1, &first);

	return r < 0 ? r : build_hosts(build, first, 1, build->sizes.hosts);
}

static int build_linear(struct build *build)
{
	uint32_t length = build->sizes.length;
	size_t first;
	int r = build_nodes(build, NULL, length, &first);

	for (uint32_t i = 1; r == 0 && i < length; i++)
		r = build_join(build, first + i - 1, first + i);
	if (r == 0 && build->circular && length > 2)
		r = build_join(build, first + length - 1, first);
	return r < 0 ? r : build_hosts(build, first, length, build->sizes.hosts);
}

static int build_mesh(struct build *build)
{
	bool of_hosts = build->sizes.kind == NODE_KIND_HOST;
	uint32_t length = build->sizes.length;
	size_t first;
	int r = build_nodes(build, of_hosts ? "h" : NULL, length, &first);

	for (uint32_t i = 0; r == 0 && i < length; i++)
		for (uint32_t j = i + 1; r == 0 && j < length; j++)
			r = build_join(build, first + i, first + j);
	if (r < 0 || of_hosts)
		return r;
	return build_hosts(build, first, length, build->sizes.hosts);
}

/** Level by level; each node of one has @fanout in the next. */
static int build_tree(struct build *build)
{
	uint32_t fanout = build->sizes.fanout, width = 1, number = 1;
	size_t above, first;
	int r = build_nodes(build, NULL, 1, &first);

	for (uint32_t level = 1; r == 0 && level < build->sizes.depth; level++) {
		above = first;
		first = build->topology->node_count;
		/* width stays below the bound on nodes, since all of them were made */
		for (uint32_t i = 0; r == 0 && i < width * fanout; i++)
			r = build_node(build, build->sizes.kind,
				       build->sizes.kind == NODE_KIND_SWITCH ? "s" : "r", ++number);
		for (uint32_t i = 0; r == 0 && i < width * fanout; i++)
			r = build_join(build, above + i / fanout, first + i);
		width *= fanout;
	}
	return r < 0 ? r : build_hosts(build, first, width, fanout);
}

static int build_bipartite(struct build *build, size_t upper, uint32_t upper_count, size_t lower,
			   uint32_t lower_count)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < upper_count; i++)
		for (uint32_t j = 0; r == 0 && j < lower_count; j++)
			r = build_join(build, upper + i, lower + j);
	return r;
}

static int build_leaf_spine(struct build *build)
{
	const struct sizes *sizes = &build->sizes;
	size_t spines = 0, leaves = 0;
	int r = build_nodes(build, "spine", sizes->spines, &spines);

	if (r == 0)
		r = build_nodes(build, "leaf", sizes->leaves, &leaves);
	if (r == 0)
		r = build_bipartite(build, spines, sizes->spines, leaves, sizes->leaves);
	return r < 0 ? r : build_hosts(build, leaves, sizes->leaves, sizes->hosts);
}

/** Al-Fares, Loukissas, Vahdat: "A Scalable, Commodity Data Center Network Architecture". */
static int build_fat_tree(struct build *build)
{
	uint32_t k = build->sizes.k, half = k / 2;
	size_t cores = 0, middles = 0, edges = 0;
	int r = build_nodes(build, "core", half * half, &cores);

	if (r == 0)
		r = build_nodes(build, "agg", k * half, &middles);
	if (r == 0)
		r = build_nodes(build, "edge", k * half, &edges);
	for (uint32_t i = 0; r == 0 && i < k * half; i++)
		r = build_bipartite(build, cores + (size_t)(i % half) * half, half, middles + i, 1);
	for (uint32_t pod = 0; r == 0 && pod < k; pod++)
		r = build_bipartite(build, middles + (size_t)pod * half, half,
				    edges + (size_t)pod * half, half);
	return r < 0 ? r
		     : build_hosts(build, edges, k * half,
				   build->sizes.hosts < UINT32_MAX ? build->sizes.hosts : half);
}

/* ---- what can be told -------------------------------------------------------------------- */

static const struct pattern patterns[] = {
	{"single", {{"hosts", SIZE(hosts), 1, 0}}, NODE_KIND_SWITCH, true, false, build_star},
	{"star", {{"hosts", SIZE(hosts), 1, 0}}, NODE_KIND_ROUTER, false, false, build_star},
	{"linear",
	 {{"length", SIZE(length), 1, 0}, {"hosts", SIZE(hosts), 0, 1}},
	 NODE_KIND_SWITCH,
	 false,
	 false,
	 build_linear},
	{"ring",
	 {{"length", SIZE(length), 3, 0}, {"hosts", SIZE(hosts), 0, 1}},
	 NODE_KIND_ROUTER,
	 false,
	 true,
	 build_linear},
	{"tree",
	 {{"depth", SIZE(depth), 1, 0}, {"fanout", SIZE(fanout), 1, 2}},
	 NODE_KIND_SWITCH,
	 false,
	 false,
	 build_tree},
	{"mesh",
	 {{"length", SIZE(length), 2, 0}, {"hosts", SIZE(hosts), 0, 1}},
	 NODE_KIND_HOST,
	 false,
	 true,
	 build_mesh},
	{"fat-tree",
	 {{"k", SIZE(k), 2, 0}, {"hosts", SIZE(hosts), 0, UINT32_MAX}},
	 NODE_KIND_ROUTER,
	 false,
	 true,
	 build_fat_tree},
	{"leaf-spine",
	 {{"leaves", SIZE(leaves), 1, 0},
	  {"spines", SIZE(spines), 1, 0},
	  {"hosts", SIZE(hosts), 0, 1}},
	 NODE_KIND_ROUTER,
	 false,
	 true,
	 build_leaf_spine},
};

#define PATTERN_COUNT (sizeof(patterns) / sizeof(patterns[0]))

const char *pattern_at(size_t i, struct text *form)
{
	const struct pattern *pattern = &patterns[i];

	if (i >= PATTERN_COUNT)
		return NULL;
	for (const struct size *size = pattern->sizes; size->name; size++) {
		text_printf(form, "%s%s", size == pattern->sizes ? "" : ", ", size->name);
		if (size->fallback == UINT32_MAX)
			text_append(form, " (default: k/2)");
		else if (size->fallback)
			text_printf(form, " (default: %" PRIu32 ")", size->fallback);
	}
	if (!pattern->kind_fixed)
		text_printf(form, ", kind (default: %s)", node_kind_name(pattern->kind));
	return pattern->name;
}

static struct place place_of_key(const struct element *at)
{
	return (struct place){at->key_line, at->key_column};
}

static bool size_read(struct problems *problems, const struct size *size, const struct element *at,
		      struct sizes *sizes)
{
	uint64_t number;
	uint32_t *to = (uint32_t *)((char *)sizes + size->at);

	if (at->kind == ELEMENT_NUMBER &&
	    number_parse_u64("", at->text, size->min, TOPOLOGY_NODES_MAX, &number, NULL) == 0) {
		*to = (uint32_t)number;
		return true;
	}
	problems_add(problems, (struct place){at->line, at->column},
		     "topology: %s: expected a number from %" PRIu32 " to %d, not %.60s", at->key,
		     size->min, TOPOLOGY_NODES_MAX, element_describe(at));
	return false;
}

static bool kind_read(struct problems *problems, const struct pattern *pattern,
		      const struct element *at, enum node_kind *ret)
{
	const enum node_kind kinds[] = {NODE_KIND_SWITCH, NODE_KIND_ROUTER, pattern->kind};

	for (size_t i = 0; at->text && i < 3; i++)
		if (text_equal(at->text, node_kind_name(kinds[i]))) {
			*ret = kinds[i];
			return true;
		}
	problems_add(problems, (struct place){at->line, at->column},
		     "topology: kind: expected router%s or switch, not %.60s",
		     pattern->kind == NODE_KIND_HOST ? ", host" : "",
		     at->text ? at->text : element_describe(at));
	return false;
}

static int part_unknown(struct problems *problems, const struct pattern *pattern,
			const struct element *at, const char *nearest)
{
	_cleanup_text_ struct text known = {0};

	if (nearest)
		return problems_add(problems, place_of_key(at),
				    "topology: %s: unknown key '%.60s' (did you mean '%s'?)",
				    pattern->name, at->key, nearest);
	for (const struct size *size = pattern->sizes; size->name; size++)
		text_printf(&known, "%s'%s'", known.length ? ", " : "", size->name);
	if (!pattern->kind_fixed)
		text_append(&known, ", 'kind'");
	return problems_add(problems, place_of_key(at),
			    "topology: %s: unknown key '%.60s' (it has %s)", pattern->name, at->key,
			    text_string(&known));
}

/** One key of {depth: 3, fanout: 4, kind: router}. */
static bool part_read(struct problems *problems, const struct pattern *pattern,
		      const struct element *at, struct sizes *sizes)
{
	struct nearest nearest = {0};

	for (const struct size *size = pattern->sizes; size->name; size++) {
		if (text_equal(size->name, at->key))
			return size_read(problems, size, at, sizes);
		nearest_consider(&nearest, at->key, size->name);
	}
	if (!pattern->kind_fixed && text_equal(at->key, "kind"))
		return kind_read(problems, pattern, at, &sizes->kind);
	if (!pattern->kind_fixed)
		nearest_consider(&nearest, at->key, "kind");
	part_unknown(problems, pattern, at, nearest.word);
	return false;
}

static bool sizes_read(struct problems *problems, const struct pattern *pattern,
		       const struct element *at, struct sizes *sizes)
{
	bool good = true;

	*sizes = (struct sizes){.kind = pattern->kind};
	for (const struct size *size = pattern->sizes; size->name; size++)
		*(uint32_t *)((char *)sizes + size->at) = size->fallback;
	if (at->kind != ELEMENT_MAP) {
		good = size_read(problems, &pattern->sizes[0], at, sizes);
	} else {
		for (size_t i = 0; i < at->count; i++)
			good &= part_read(problems, pattern, &at->children[i], sizes);
	}
	for (const struct size *size = pattern->sizes; good && size->name; size++)
		if (!size->fallback && !*(uint32_t *)((char *)sizes + size->at)) {
			problems_add(problems, place_of_key(at), "topology: %s: '%s' is missing",
				     pattern->name, size->name);
			good = false;
		}
	if (good && sizes->k % 2) {
		problems_add(problems, (struct place){at->line, at->column},
			     "topology: fat-tree: k '%" PRIu32 "': not an even number", sizes->k);
		good = false;
	}
	return good;
}

static const struct pattern *pattern_find(struct problems *problems, const struct element *at)
{
	struct nearest nearest = {0};

	for (size_t i = 0; i < PATTERN_COUNT; i++) {
		if (text_equal(patterns[i].name, at->key))
			return &patterns[i];
		nearest_consider(&nearest, at->key, patterns[i].name);
	}
	if (nearest.word)
		problems_add(problems, place_of_key(at),
			     "topology: unknown pattern '%.60s' (did you mean '%s'?)", at->key,
			     nearest.word);
	else
		problems_add(problems, place_of_key(at),
			     "topology: unknown pattern '%.60s' (try linear, single, star, ring, "
			     "tree, mesh, fat-tree or leaf-spine)",
			     at->key);
	return NULL;
}

/** What stands in the map beside `node` and `link`, which must be one. */
static const struct element *pattern_element(struct problems *problems, const struct element *at)
{
	const struct element *found = NULL;

	if (at->kind != ELEMENT_MAP) {
		problems_add(problems, (struct place){at->line, at->column},
			     "topology: expected a pattern ({linear: 10}), not %.60s",
			     element_describe(at));
		return NULL;
	}
	for (size_t i = 0; i < at->count; i++) {
		const struct element *child = &at->children[i];

		if (text_equal(child->key, "node") || text_equal(child->key, "link"))
			continue;
		if (found) {
			problems_add(problems, place_of_key(child),
				     "topology: '%.60s' beside '%.60s': one pattern only",
				     child->key, found->key);
			return NULL;
		}
		found = child;
	}
	if (!found)
		problems_add(problems, (struct place){at->line, at->column},
			     "topology: no pattern (try {linear: 10})");
	return found;
}

int topology_generate(struct ncrun_topology *topology, const struct element *at,
		      struct problems *problems, struct ncrun_error *err)
{
	const struct element *element = pattern_element(problems, at);
	const struct pattern *pattern = element ? pattern_find(problems, element) : NULL;
	struct build build = {.topology = topology, .err = err};
	size_t nodes = topology->node_count;
	int r;

	if (!pattern || !sizes_read(problems, pattern, element, &build.sizes))
		return 0;
	build.place = place_of_key(element);
	build.circular = pattern->circular;
	r = pattern->build(&build);
	if (r == 0)
		return 0;
	while (topology->node_count > nodes)
		topology_remove_node(topology, topology->nodes[topology->node_count - 1]);
	return error_wrap(err, r, "topology: %s", pattern->name);
}
