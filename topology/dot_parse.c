/* SPDX-License-Identifier: Apache-2.0 */

/* The sentences of Graphviz' language. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/dot_graph.h"

struct dot_parser {
	struct dot_scanner scanner;
	struct dot_graph graph;
	size_t subgraphs, statements;
};

static int parse_statements(struct dot_parser *parser, struct dot_scope *scope);

static int complain_at(struct dot_parser *parser, struct place place, const char *what)
{
	return problems_add(parser->scanner.problems, place, "%s", what);
}

/** "expected ']', not 'x'" */
static int unexpected(struct dot_parser *parser, const char *wanted)
{
	const struct dot_scanner *scanner = &parser->scanner;
	char shown[64];

	switch (scanner->kind) {
	case DOT_END:
		snprintf(shown, sizeof(shown), "the end of the file");
		break;
	case DOT_MARK:
		snprintf(shown, sizeof(shown), "'%c'", scanner->mark);
		break;
	case DOT_EDGE:
		snprintf(shown, sizeof(shown), "'-%c'", scanner->mark);
		break;
	case DOT_ID:
	case DOT_KEYWORD:
		snprintf(shown, sizeof(shown), "'%.40s'", text_string(&scanner->word));
		break;
	}
	return problems_add(scanner->problems, scanner->place, "expected %s, not %s", wanted,
			    shown);
}

static bool at_mark(const struct dot_parser *parser, char mark)
{
	return parser->scanner.kind == DOT_MARK && parser->scanner.mark == mark;
}

static bool at_keyword(const struct dot_parser *parser, const char *word)
{
	return parser->scanner.kind == DOT_KEYWORD &&
	       text_equal(text_string(&parser->scanner.word), word);
}

/** Pass a mark that has to be there. */
static int parse_mark(struct dot_parser *parser, char mark)
{
	const char wanted[] = {'\'', mark, '\'', '\0'};

	return at_mark(parser, mark) ? dot_scan(&parser->scanner) : unexpected(parser, wanted);
}

/** Take over a word that has to be there. */
static int parse_id(struct dot_parser *parser, const char *wanted, char **ret)
{
	_cleanup_free_ char *word = NULL;
	int r;

	if (parser->scanner.kind != DOT_ID)
		return unexpected(parser, wanted);
	word = strdup(text_string(&parser->scanner.word));
	if (!word || text_failed(&parser->scanner.word))
		return dot_graph_no_memory(&parser->graph);
	r = dot_scan(&parser->scanner);
	if (r == 0)
		*ret = take_ptr(word);
	return r;
}

/* ---- lists and the index ------------------------------------------------------------- */

/* ---- attributes ------------------------------------------------------------------------ */

/** ID '=' ID, of which the first was read: as a map of one. */
static int parse_value(struct dot_parser *parser, const char *name, struct place place,
		       struct draft_value *to)
{
	struct draft_value *one = draft_map(parser->graph.draft);
	struct element value = {.kind = ELEMENT_STRING, .key_line = place.line};
	_cleanup_free_ char *text = NULL;
	int r = parse_mark(parser, '=');

	if (r < 0)
		return r;
	value.key = name;
	value.key_column = place.column;
	value.line = parser->scanner.place.line;
	value.column = parser->scanner.place.column;
	r = parse_id(parser, "a value", &text);
	if (r < 0)
		return r;
	value.text = text;
	if (!draft_add(one, name, &value))
		return dot_graph_no_memory(&parser->graph);
	return dot_graph_merge(&parser->graph, place, to, one);
}

/** Any number of '[' ... ']'. */
static int parse_attributes(struct dot_parser *parser, struct draft_value *to)
{
	while (at_mark(parser, '[')) {
		int r = dot_scan(&parser->scanner);

		while (r == 0 && !at_mark(parser, ']')) {
			struct place place = parser->scanner.place;
			_cleanup_free_ char *name = NULL;

			r = parse_id(parser, "an attribute or ']'", &name);
			if (r == 0)
				r = parse_value(parser, name, place, to);
			if (r == 0 && (at_mark(parser, ',') || at_mark(parser, ';')))
				r = dot_scan(&parser->scanner);
		}
		if (r == 0)
			r = dot_scan(&parser->scanner);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- nodes and edges --------------------------------------------------------------------- */

static bool is_compass(const char *port)
{
	static const char *const points[] = {"n", "ne", "e", "se", "s", "sw",
					     "w", "nw", "c", "_",  NULL};

	return strings_contain(points, port);
}

/** ':' ID (':' ID)?; a point of the compass says only where the line is drawn. */
static int parse_port(struct dot_parser *parser, char **ret)
{
	_cleanup_free_ char *port = NULL, *point = NULL;
	int r = dot_scan(&parser->scanner);

	if (r == 0)
		r = parse_id(parser, "a port", &port);
	if (r == 0 && at_mark(parser, ':')) {
		r = dot_scan(&parser->scanner);
		if (r == 0)
			r = parse_id(parser, "a point of the compass", &point);
	}
	if (r == 0 && !is_compass(port))
		*ret = take_ptr(port);
	return r;
}

/** ('subgraph' ID?)? '{' ... '}' */
/* NOLINTNEXTLINE(misc-no-recursion): to DOT_DEPTH_MAX */
static int parse_subgraph(struct dot_parser *parser, struct dot_scope *outer, struct dot_names *ret)
{
	_cleanup_(dot_scope_done) struct dot_scope scope = {.node = draft_map(parser->graph.draft),
							    .edge = draft_map(parser->graph.draft),
							    .depth = outer->depth + 1};
	struct place place = parser->scanner.place;
	int r = 0;

	if (scope.depth > DOT_DEPTH_MAX)
		return problems_add(parser->scanner.problems, place,
				    "subgraphs nested more than %d deep", DOT_DEPTH_MAX);
	if (parser->subgraphs++ == DOT_SUBGRAPHS_MAX)
		return problems_add(parser->scanner.problems, place, "more than %d subgraphs",
				    DOT_SUBGRAPHS_MAX);
	if (at_keyword(parser, "subgraph")) {
		r = dot_scan(&parser->scanner);
		if (r == 0 && parser->scanner.kind == DOT_ID)
			r = dot_scan(&parser->scanner);
	}
	if (r == 0)
		r = dot_graph_merge(&parser->graph, place, scope.node, outer->node);
	if (r == 0)
		r = dot_graph_merge(&parser->graph, place, scope.edge, outer->edge);
	if (r == 0)
		r = parse_mark(parser, '{');
	if (r == 0)
		r = parse_statements(parser, &scope);
	if (r == 0)
		r = parse_mark(parser, '}');
	if (r < 0)
		return r;
	r = dot_graph_close(&parser->graph, &scope.names, outer);
	if (r == 0)
		*ret = take_value(scope.names, ((struct dot_names){0}));
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int parse_operand(struct dot_parser *parser, struct dot_scope *scope,
			 struct dot_operand *ret)
{
	_cleanup_free_ char *name = NULL;
	int r;

	ret->place = parser->scanner.place;
	if (at_mark(parser, '{') || at_keyword(parser, "subgraph"))
		return parse_subgraph(parser, scope, &ret->names);
	r = parse_id(parser, "a node", &name);
	if (r == 0)
		r = dot_graph_node(&parser->graph, scope, name, ret->place, &ret->names);
	if (r == 0 && at_mark(parser, ':'))
		r = parse_port(parser, &ret->port);
	return r;
}

/* ---- statements ------------------------------------------------------------------------ */

struct dot_chain {
	struct dot_operand *operands; /* owned */
	size_t count;
};

static void chain_done(struct dot_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		dot_operand_done(&chain->operands[i]);
	free(chain->operands);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int chain_add(struct dot_parser *parser, struct dot_scope *scope, struct dot_chain *chain)
{
	if (chain->count > TOPOLOGY_LINKS_MAX)
		return problems_add(parser->scanner.problems, parser->scanner.place,
				    "more than %d links", TOPOLOGY_LINKS_MAX);
	if (array_grow((void **)&chain->operands, chain->count, sizeof(*chain->operands)) < 0)
		return dot_graph_no_memory(&parser->graph);
	chain->operands[chain->count] = (struct dot_operand){0};
	return parse_operand(parser, scope, &chain->operands[chain->count++]);
}

static int parse_arrow(struct dot_parser *parser)
{
	if ((parser->scanner.mark == '>') != parser->graph.directed)
		return complain_at(parser, parser->scanner.place,
				   parser->graph.directed ? "'--' in a digraph (write '->')"
							  : "'->' in a graph (write '--')");
	return dot_scan(&parser->scanner);
}

/** Of operands: a node, or a subgraph, alone; or edges between them. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int parse_chain(struct dot_parser *parser, struct dot_scope *scope)
{
	_cleanup_(chain_done) struct dot_chain chain = {0};
	struct draft_value *attributes = draft_map(parser->graph.draft);
	const struct dot_operand *first;
	int r = chain_add(parser, scope, &chain);

	while (r == 0 && parser->scanner.kind == DOT_EDGE) {
		r = parse_arrow(parser);
		if (r == 0)
			r = chain_add(parser, scope, &chain);
	}
	if (r < 0)
		return r;
	first = &chain.operands[0];
	if (chain.count > 1)
		r = dot_graph_merge(&parser->graph, first->place, attributes, scope->edge);
	if (r == 0)
		r = parse_attributes(parser, attributes);
	if (r == 0 && chain.count == 1 && first->names.count == 1)
		return dot_graph_merge(&parser->graph, first->place,
				       dot_graph_attributes(&parser->graph,
							    first->names.numbers[0]),
				       attributes);
	for (size_t i = 1; r == 0 && i < chain.count; i++)
		r = dot_graph_join(&parser->graph, &chain.operands[i - 1], &chain.operands[i],
				   attributes);
	return r;
}

/** ID '=' ID is an attribute of the graph; of subgraphs none means anything to a network. */
static int parse_assignment(struct dot_parser *parser, const struct dot_scope *scope,
			    const char *name, struct place place)
{
	return parse_value(parser, name, place,
			   scope->depth == 0 ? parser->graph.attributes
					     : draft_map(parser->graph.draft));
}

/** Is the word that was read followed by '='? Then it is no node. */
static bool assignment_follows(const struct dot_parser *parser)
{
	struct problems ignored = {0};
	struct dot_scanner ahead = parser->scanner;
	bool follows;

	ahead.word = (struct text){0};
	ahead.problems = &ignored;
	follows = dot_scan(&ahead) == 0 && ahead.kind == DOT_MARK && ahead.mark == '=';
	text_done(&ahead.word);
	problems_done(&ignored);
	return follows;
}

static int parse_defaults(struct dot_parser *parser, struct dot_scope *scope)
{
	struct draft_value *to = scope->node;
	int r;

	if (at_keyword(parser, "edge"))
		to = scope->edge;
	else if (at_keyword(parser, "graph"))
		to = scope->depth == 0 ? parser->graph.attributes : draft_map(parser->graph.draft);
	r = dot_scan(&parser->scanner);
	if (r == 0 && !at_mark(parser, '['))
		return unexpected(parser, "'['");
	return r < 0 ? r : parse_attributes(parser, to);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int parse_statement(struct dot_parser *parser, struct dot_scope *scope)
{
	struct place place = parser->scanner.place;
	_cleanup_free_ char *name = NULL;
	int r;

	if (parser->statements++ == DOT_STATEMENTS_MAX)
		return problems_add(parser->scanner.problems, place, "more than %d statements",
				    DOT_STATEMENTS_MAX);
	if (at_keyword(parser, "graph") || at_keyword(parser, "node") || at_keyword(parser, "edge"))
		return parse_defaults(parser, scope);
	if (parser->scanner.kind != DOT_ID || !assignment_follows(parser))
		return parse_chain(parser, scope);
	r = parse_id(parser, "an attribute", &name);
	return r < 0 ? r : parse_assignment(parser, scope, name, place);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static int parse_statements(struct dot_parser *parser, struct dot_scope *scope)
{
	int r = 0;

	while (r == 0 && !at_mark(parser, '}') && parser->scanner.kind != DOT_END) {
		r = parse_statement(parser, scope);
		if (r == 0 && at_mark(parser, ';'))
			r = dot_scan(&parser->scanner);
	}
	return r;
}

static int parse_graph(struct dot_parser *parser)
{
	_cleanup_(dot_scope_done) struct dot_scope scope = {.node = draft_map(parser->graph.draft),
							    .edge = draft_map(parser->graph.draft)};
	struct place place;
	_cleanup_free_ char *name = NULL;
	int r = dot_scan(&parser->scanner);

	if (r == 0 && at_keyword(parser, "strict")) {
		parser->graph.strict = true;
		r = dot_scan(&parser->scanner);
	}
	if (r < 0)
		return r;
	parser->graph.directed = at_keyword(parser, "digraph");
	if (!parser->graph.directed && !at_keyword(parser, "graph"))
		return unexpected(parser, "'graph' or 'digraph'");
	r = dot_scan(&parser->scanner);
	place = parser->scanner.place;
	if (r == 0 && parser->scanner.kind == DOT_ID)
		r = parse_id(parser, "a name", &name);
	dot_graph_put(draft_root(parser->graph.draft), "name", name, place);
	if (r == 0)
		r = parse_mark(parser, '{');
	if (r == 0)
		r = parse_statements(parser, &scope);
	if (r == 0)
		r = parse_mark(parser, '}');
	if (r == 0 && parser->scanner.kind != DOT_END)
		return unexpected(parser, "the end of the file");
	return r;
}

static void parser_done(struct dot_parser *parser)
{
	text_done(&parser->scanner.word);
	dot_graph_done(&parser->graph);
}

int dot_parse(const char *source, const char *text, size_t length, struct problems *problems,
	      struct document **ret, struct ncrun_error *err)
{
	_cleanup_(parser_done) struct dot_parser parser = {
		.scanner = {.text = text,
			    .length = length,
			    .here = {.line = 1, .column = 1},
			    .problems = problems},
		.graph = {.problems = problems, .err = err},
	};
	int r = dot_graph_init(&parser.graph, source);

	if (r < 0)
		return r;
	if (length > DOT_BYTES_MAX)
		return problems_add(problems, parser.scanner.here, "larger than %u MiB",
				    DOT_BYTES_MAX >> 20);
	r = parse_graph(&parser);
	if (r < 0)
		return r;
	*ret = draft_finish(take_ptr(parser.graph.draft));
	return *ret ? 0 : dot_graph_no_memory(&parser.graph);
}
