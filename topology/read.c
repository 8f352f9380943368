/* SPDX-License-Identifier: Apache-2.0 */

/* Topologies from text, in whichever format: all become documents of our own. */

#include "topology/read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "topology/foreign.h"

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && text_equal(text + length - wanted, end);
}

/** Does it begin as a graph does? Comments of either language are passed over. */
static bool looks_like_dot(const char *text, size_t length)
{
	static const char *const words[] = {"graph", "digraph", "strict"};
	size_t at = 0;

	while (at < length) {
		if (strchr(" \t\r\n", text[at]) && text[at]) {
			at++;
		} else if (text[at] == '#' ||
			   (length - at > 1 && memcmp(text + at, "//", 2) == 0)) {
			const char *end = memchr(text + at, '\n', length - at);

			at = end ? (size_t)(end - text) : length;
		} else if (length - at > 1 && memcmp(text + at, "/*", 2) == 0) {
			const char *end = memmem(text + at + 2, length - at - 2, "*/", 2);

			at = end ? (size_t)(end - text) + 2 : length;
		} else {
			break;
		}
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t size = strlen(words[i]);

		/* "graph:" would be a key */
		if (length - at > size && memcmp(text + at, words[i], size) == 0 &&
		    strchr(" \t\r\n{\"", text[at + size]))
			return true;
	}
	return false;
}

/** Its `topology` holds the nodes; ours is a pattern. */
static bool looks_like_containerlab(const struct document *document)
{
	const struct element *topology = element_get(document_root(document), "topology");

	return topology && topology->kind == ELEMENT_MAP &&
	       (element_get(topology, "nodes") || element_get(topology, "kinds"));
}

static enum topology_format format_guess(const char *source, const char *text, size_t length)
{
	if (ends_with(source, ".dot") || ends_with(source, ".gv"))
		return TOPOLOGY_FORMAT_DOT;
	if (ends_with(source, ".clab.yml") || ends_with(source, ".clab.yaml"))
		return TOPOLOGY_FORMAT_CONTAINERLAB;
	if (ends_with(source, ".yaml") || ends_with(source, ".yml") || ends_with(source, ".json"))
		return TOPOLOGY_FORMAT_GUESS;
	return looks_like_dot(text, length) ? TOPOLOGY_FORMAT_DOT : TOPOLOGY_FORMAT_GUESS;
}

int document_problem(const char *source, const struct ncrun_error *parsed,
		     struct problems *problems, struct ncrun_error *err)
{
	const char *text = parsed->message;
	struct place place = {0};
	char *end;

	if (parsed->code != EINVAL && parsed->code != EFBIG) {
		if (err)
			*err = *parsed;
		return -parsed->code;
	}
	if (strncmp(text, source, strlen(source)) == 0 && text[strlen(source)] == ':') {
		text += strlen(source) + 1;
		place.line = (uint32_t)strtoul(text, &end, 10);
		if (end != text && *end == ':') {
			text = end + 1;
			place.column = (uint32_t)strtoul(text, &end, 10);
			text = end + (*end == ':');
		}
		text += *text == ' ';
	}
	problems_add(problems, place, "%s", text);
	return 0;
}

static int document_read(const struct topology_text *from, struct problems *problems,
			 struct document **ret, struct ncrun_error *err)
{
	const bool state = from->format == TOPOLOGY_FORMAT_STATE;
	/* YAML, of which JSON is a part, but for the tabs between its tokens */
	const struct document_kind kind = {
		.format = ends_with(from->source, ".json") ? DOCUMENT_JSON : DOCUMENT_YAML,
		.mib = state ? TOPOLOGY_STATE_MIB : TOPOLOGY_FILE_MIB,
		.elements = state ? TOPOLOGY_STATE_ELEMENTS : TOPOLOGY_FILE_ELEMENTS,
		/* what a file says in lines is quoted in the state */
		.quoted_mib = state ? TOPOLOGY_STATE_MIB : 0,
	};
	struct ncrun_error parsed = {0};

	if (document_parse_kind(&kind, from->source, from->text, from->length, ret, &parsed) == 0)
		return 0;
	return document_problem(from->source, &parsed, problems, err);
}

/** The text as a document of our own format; none when it is none of any. */
static int document_make(const struct topology_text *from, struct problems *problems,
			 struct document **ret, struct ncrun_error *err)
{
	enum topology_format format = from->format;
	_cleanup_(document_freep) struct document *document = NULL;
	int r;

	if (format == TOPOLOGY_FORMAT_GUESS)
		format = format_guess(from->source, from->text, from->length);
	if (format == TOPOLOGY_FORMAT_DOT)
		return topology_translate_dot(from->source, from->text, from->length, problems, ret,
					      err);
	if (format == TOPOLOGY_FORMAT_CONTAINERLAB)
		return topology_translate_containerlab(from->source, from->text, from->length,
						       problems, ret, err);
	r = document_read(from, problems, &document, err);
	if (r < 0 || !document)
		return r;
	if (format == TOPOLOGY_FORMAT_GUESS && looks_like_containerlab(document))
		return topology_translate_containerlab(from->source, from->text, from->length,
						       problems, ret, err);
	*ret = take_ptr(document);
	return 0;
}

int topology_read(const struct topology_text *from, struct ncrun_topology **ret,
		  struct problems *problems, struct ncrun_error *err)
{
	_cleanup_(ncrun_topology_unrefp) struct ncrun_topology *topology = NULL;
	_cleanup_(document_freep) struct document *document = NULL;
	struct reader reader = {.problems = problems};
	int r;

	r = topology_new(from->source, &topology, err);
	if (r < 0)
		return r;
	r = document_make(from, problems, &document, err);
	if (r < 0)
		return r;
	if (document) {
		reader.topology = topology;
		file_read(&reader, document_root(document));
	}
	if (reader.failed || problems->failed)
		return error_set(err, ENOMEM, "%s: no memory", from->source);
	*ret = take_ptr(topology);
	return 0;
}
