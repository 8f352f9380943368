/* SPDX-License-Identifier: Apache-2.0 */

/*
 * libfyaml's events become elements. Events, not its own tree: so a document
 * that is too deep or too large is refused while it is read.
 *
 * Elements of lists and maps that are still open wait on one stack (@pending);
 * when one closes, its part of the stack moves to the document.
 */

#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/document.h"
#include "base/document_store.h"
#include "base/error.h"
#include "base/library.h"
#include "base/text.h"

#define STANDARD_MIB      16
#define STANDARD_ELEMENTS 500000

static struct {
	__typeof__(&fy_parser_create) parser_create;
	__typeof__(&fy_parser_destroy) parser_destroy;
	__typeof__(&fy_parser_set_string) parser_set_string;
	__typeof__(&fy_parser_parse) parser_parse;
	__typeof__(&fy_parser_event_free) event_free;
	__typeof__(&fy_parser_get_stream_error) stream_error;
	__typeof__(&fy_event_start_mark) start_mark;
	__typeof__(&fy_token_get_text) token_text;
	__typeof__(&fy_token_scalar_style) token_style;
	__typeof__(&fy_diag_cfg_default) diag_default;
	__typeof__(&fy_diag_create) diag_create;
	__typeof__(&fy_diag_destroy) diag_destroy;
	__typeof__(&fy_diag_set_collect_errors) diag_collect;
	__typeof__(&fy_diag_errors_iterate) diag_errors;
} fyaml;

static const struct library_symbol fyaml_symbols[] = {
	{"fy_parser_create", (void **)&fyaml.parser_create},
	{"fy_parser_destroy", (void **)&fyaml.parser_destroy},
	{"fy_parser_set_string", (void **)&fyaml.parser_set_string},
	{"fy_parser_parse", (void **)&fyaml.parser_parse},
	{"fy_parser_event_free", (void **)&fyaml.event_free},
	{"fy_parser_get_stream_error", (void **)&fyaml.stream_error},
	{"fy_event_start_mark", (void **)&fyaml.start_mark},
	{"fy_token_get_text", (void **)&fyaml.token_text},
	{"fy_token_scalar_style", (void **)&fyaml.token_style},
	{"fy_diag_cfg_default", (void **)&fyaml.diag_default},
	{"fy_diag_create", (void **)&fyaml.diag_create},
	{"fy_diag_destroy", (void **)&fyaml.diag_destroy},
	{"fy_diag_set_collect_errors", (void **)&fyaml.diag_collect},
	{"fy_diag_errors_iterate", (void **)&fyaml.diag_errors},
	{0},
};

/** An open list or map. */
struct frame {
	struct element element;
	size_t first;       /* its first child in @pending */
	struct element key; /* of a map: waits for its value; .text NULL = none */
};

struct builder {
	struct document *document;
	const struct document_kind *kind;
	struct frame frames[DOCUMENT_DEPTH_MAX];
	size_t depth;
	struct element *pending; /* owned */
	size_t count, capacity;
	size_t total;
	bool begun;
	struct ncrun_error *err;
};

static void builder_done(struct builder *builder)
{
	free(builder->pending);
}

static int builder_no_memory(const struct builder *builder)
{
	return error_set(builder->err, ENOMEM, "%s: no memory", builder->document->name);
}

/** Where the event begins, in the text; what has no place of its own is where its key is. */
static struct element event_place(const struct builder *builder, struct fy_event *event)
{
	const struct fy_mark *mark = fyaml.start_mark(event);
	struct element place = {.line = 1, .column = 1};

	if (mark) {
		bool quoted = false;

		if (event->type == FYET_SCALAR) {
			enum fy_scalar_style style = fyaml.token_style(event->scalar.value);

			/* the mark is behind the quote */
			quoted = mark->column > 0 &&
				 (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED);
		}
		place.line = (uint32_t)mark->line + 1;
		place.column = (uint32_t)mark->column + 1 - quoted;
	} else if (builder->depth > 0) {
		const struct frame *frame = &builder->frames[builder->depth - 1];
		const struct element *at = frame->key.text ? &frame->key : &frame->element;

		place.line = at->line;
		place.column = at->column;
	}
	return place;
}

/** Give a finished element its place in what is open around it. */
static int builder_add(struct builder *builder, struct element element)
{
	if (++builder->total > builder->kind->elements)
		return element_error(builder->document, &element, builder->err,
				     "more than %zu elements", builder->kind->elements);
	if (builder->depth == 0) {
		builder->document->root = element;
		return 0;
	}
	if (builder->count == builder->capacity) {
		size_t capacity = builder->capacity ? builder->capacity * 2 : 64;
		struct element *grown = realloc(builder->pending, capacity * sizeof(*grown));

		if (!grown)
			return builder_no_memory(builder);
		builder->pending = grown;
		builder->capacity = capacity;
	}
	builder->pending[builder->count++] = element;
	return 0;
}

/** The key that waits for this value; a list, or the document, has none. */
static int builder_take_key(struct builder *builder, struct element *value)
{
	struct frame *frame = builder->depth ? &builder->frames[builder->depth - 1] : NULL;

	if (!frame || frame->element.kind != ELEMENT_MAP)
		return 0;
	if (!frame->key.text)
		return element_error(builder->document, value, builder->err,
				     "a key must be a string");
	value->key = frame->key.text;
	value->key_line = frame->key.line;
	value->key_column = frame->key.column;
	frame->key = (struct element){0};
	return 0;
}

static size_t digits_skip(const char *text, size_t at)
{
	return at + strspn(text + at, "0123456789");
}

/** JSON's numbers, which are those of YAML as well; "+1", "0x1f", ".inf" are strings to us. */
static bool is_number(const char *text)
{
	size_t at = text[0] == '-';
	size_t end = digits_skip(text, at);

	if (end == at)
		return false;
	if (text[end] == '.') {
		at = end + 1;
		end = digits_skip(text, at);
		if (end == at)
			return false;
	}
	if (text[end] == 'e' || text[end] == 'E') {
		at = end + 1;
		at += text[at] == '+' || text[at] == '-';
		end = digits_skip(text, at);
		if (end == at)
			return false;
	}
	return text[end] == '\0';
}

void element_resolve(struct element *element)
{
	static const struct {
		const char *text;
		enum element_kind kind;
		bool boolean;
	} words[] = {
		{"", ELEMENT_NULL, false},      {"~", ELEMENT_NULL, false},
		{"null", ELEMENT_NULL, false},  {"Null", ELEMENT_NULL, false},
		{"NULL", ELEMENT_NULL, false},  {"true", ELEMENT_BOOL, true},
		{"True", ELEMENT_BOOL, true},   {"TRUE", ELEMENT_BOOL, true},
		{"false", ELEMENT_BOOL, false}, {"False", ELEMENT_BOOL, false},
		{"FALSE", ELEMENT_BOOL, false},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!text_equal(words[i].text, element->text))
			continue;
		element->kind = words[i].kind;
		element->boolean = words[i].boolean;
		return;
	}
	element->kind = is_number(element->text) ? ELEMENT_NUMBER : ELEMENT_STRING;
}

static int builder_scalar(struct builder *builder, struct fy_event *event)
{
	struct element element = event_place(builder, event);
	struct frame *frame = builder->depth ? &builder->frames[builder->depth - 1] : NULL;
	size_t length = 0;
	const char *text = fyaml.token_text(event->scalar.value, &length);
	char *copy = document_allocate(builder->document, length + 1);
	int r;

	if (!copy)
		return builder_no_memory(builder);
	if (length > 0 && memchr(text, '\0', length))
		return element_error(builder->document, &element, builder->err, "NUL in a string");
	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	element.text = copy;
	if (frame && frame->element.kind == ELEMENT_MAP && !frame->key.text) {
		frame->key = element;
		return 0;
	}
	element.kind = ELEMENT_STRING;
	if (!event->scalar.value || fyaml.token_style(event->scalar.value) == FYSS_PLAIN)
		element_resolve(&element);
	r = builder_take_key(builder, &element);
	return r < 0 ? r : builder_add(builder, element);
}

static int builder_open(struct builder *builder, struct fy_event *event, enum element_kind kind)
{
	struct element element = event_place(builder, event);
	int r;

	element.kind = kind;
	if (builder->depth == DOCUMENT_DEPTH_MAX)
		return element_error(builder->document, &element, builder->err,
				     "nested more than %d deep", DOCUMENT_DEPTH_MAX);
	r = builder_take_key(builder, &element);
	if (r < 0)
		return r;
	builder->frames[builder->depth++] =
		(struct frame){.element = element, .first = builder->count};
	return 0;
}

static int key_is_twice(const struct builder *builder, const struct element *first,
			const struct element *second)
{
	const struct element at = {.line = second->key_line, .column = second->key_column};

	return element_error(builder->document, &at, builder->err,
			     "key '%.60s' is in line %u already", second->key, first->key_line);
}

static int few_check_duplicates(const struct builder *builder, const struct element *map)
{
	for (size_t i = 1; i < map->count; i++)
		for (size_t j = 0; j < i; j++)
			if (text_equal(map->children[j].key, map->children[i].key))
				return key_is_twice(builder, &map->children[j], &map->children[i]);
	return 0;
}

static int map_check_duplicates(const struct builder *builder, const struct element *map)
{
	_cleanup_free_ uint32_t *slots = NULL; /* child + 1; 0 = free */
	size_t size = 64;

	if (map->count <= 8)
		return few_check_duplicates(builder, map);
	while (size < 2 * map->count)
		size *= 2;
	slots = calloc(size, sizeof(*slots));
	if (!slots)
		return builder_no_memory(builder);
	for (uint32_t i = 0; i < map->count; i++) {
		size_t at = text_slot(map->children[i].key) & (size - 1);

		for (; slots[at]; at = (at + 1) & (size - 1))
			if (text_equal(map->children[slots[at] - 1].key, map->children[i].key))
				return key_is_twice(builder, &map->children[slots[at] - 1],
						    &map->children[i]);
		slots[at] = i + 1;
	}
	return 0;
}

static int builder_close(struct builder *builder)
{
	struct frame *frame = &builder->frames[--builder->depth];
	struct element element = frame->element;
	size_t count = builder->count - frame->first;
	int r;

	if (count > 0) {
		struct element *children =
			document_allocate(builder->document, count * sizeof(*children));

		if (!children)
			return builder_no_memory(builder);
		memcpy(children, builder->pending + frame->first, count * sizeof(*children));
		element.children = children;
		element.count = count;
		builder->count = frame->first;
	}
	r = element.kind == ELEMENT_MAP ? map_check_duplicates(builder, &element) : 0;
	return r < 0 ? r : builder_add(builder, element);
}

/** Anchors and tags hang on the event that they stand before. */
static bool event_is_decorated(const struct fy_event *event)
{
	switch ((int)event->type) {
	case FYET_SCALAR:
		return event->scalar.anchor || event->scalar.tag;
	case FYET_SEQUENCE_START:
		return event->sequence_start.anchor || event->sequence_start.tag;
	case FYET_MAPPING_START:
		return event->mapping_start.anchor || event->mapping_start.tag;
	default:
		return event->type == FYET_ALIAS;
	}
}

static int builder_event(struct builder *builder, struct fy_event *event)
{
	struct element place = {0};

	if (event_is_decorated(event)) {
		place = event_place(builder, event);
		return element_error(builder->document, &place, builder->err,
				     "anchors, aliases and tags are not supported");
	}
	switch ((int)event->type) {
	case FYET_DOCUMENT_START:
		if (builder->begun) {
			place = event_place(builder, event);
			return element_error(builder->document, &place, builder->err,
					     "a second document begins");
		}
		builder->begun = true;
		return 0;
	case FYET_SCALAR:
		return builder_scalar(builder, event);
	case FYET_SEQUENCE_START:
		return builder_open(builder, event, ELEMENT_LIST);
	case FYET_MAPPING_START:
		return builder_open(builder, event, ELEMENT_MAP);
	case FYET_SEQUENCE_END:
	case FYET_MAPPING_END:
		return builder_close(builder);
	default:
		return 0; /* the stream's and the document's ends */
	}
}

/** Refuse what must not reach the library at all. */
static int text_check(const struct builder *builder, const char *text, size_t length)
{
	struct element at = {.line = 1, .column = 1};

	for (size_t i = 0; i < length;) {
		size_t size = text_utf8_length(text + i, length - i);

		if (size == 0)
			return element_error(builder->document, &at, builder->err,
					     "byte 0x%02x is not UTF-8", (unsigned char)text[i]);
		if (text[i] == '\0')
			return element_error(builder->document, &at, builder->err, "NUL byte");
		/* libfyaml 0.7.12 never returns from certain directives; we need none */
		if (text[i] == '%' && at.column == 1 && builder->kind->format == DOCUMENT_YAML)
			return element_error(builder->document, &at, builder->err,
					     "directives are not supported");
		at.column++;
		if (text[i] == '\n' ||
		    (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n')))
			at = (struct element){.line = at.line + 1, .column = 1};
		i += size;
	}
	return 0;
}

static int text_scan(const struct builder *builder, const char *text, size_t length)
{
	struct element at = {.line = 1, .column = 1};

	switch (document_scan(builder->kind, text, length, &at)) {
	case DOCUMENT_EXCESS_DEPTH:
		return element_error(builder->document, &at, builder->err,
				     "nested more than %d deep", DOCUMENT_DEPTH_MAX);
	case DOCUMENT_EXCESS_LINE:
		return element_error(builder->document, &at, builder->err,
				     "more than %d elements in one line (break it)",
				     DOCUMENT_LINE_ITEMS_MAX);
	case DOCUMENT_EXCESS_LINES:
		return element_error(builder->document, &at, builder->err, "more than %d lines",
				     DOCUMENT_LINES_MAX);
	case DOCUMENT_EXCESS_QUOTED:
		return element_error(builder->document, &at, builder->err,
				     "a quoted text of more than %zu MiB",
				     document_quoted_mib(builder->kind));
	case DOCUMENT_EXCESS_NONE:
		break;
	}
	return 0;
}

/** What the library itself has to say against the text, if anything. */
static int parser_verdict(const struct builder *builder, struct fy_parser *parser,
			  struct fy_diag *diag)
{
	struct element at = {.line = 1, .column = 1};
	void *iterator = NULL;
	const struct fy_diag_error *first = fyaml.diag_errors(diag, &iterator);

	if (first) {
		at.line = first->line > 0 ? (uint32_t)first->line : 1;
		at.column = first->column > 0 ? (uint32_t)first->column : 1;
		return element_error(builder->document, &at, builder->err, "%s", first->msg);
	}
	if (fyaml.stream_error(parser) || builder->depth > 0)
		return element_error(builder->document, &at, builder->err, "cannot be parsed");
	if (!builder->begun)
		return element_error(builder->document, &at, builder->err, "is empty");
	return 0;
}

static int builder_run(struct builder *builder, struct fy_parser *parser, struct fy_diag *diag)
{
	struct fy_event *event;
	int r = 0;

	while (r == 0 && (event = fyaml.parser_parse(parser))) {
		r = builder_event(builder, event);
		fyaml.event_free(parser, event);
	}
	return r < 0 ? r : parser_verdict(builder, parser, diag);
}

static int builder_parse(struct builder *builder, const char *text, size_t length)
{
	struct fy_diag_cfg quiet;
	struct fy_parse_cfg config = {
		.flags =
			builder->kind->format == DOCUMENT_JSON ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE,
	};
	struct fy_parser *parser;
	int r;

	fyaml.diag_default(&quiet);
	quiet.fp = NULL;
	config.diag = fyaml.diag_create(&quiet);
	if (!config.diag)
		return builder_no_memory(builder);
	fyaml.diag_collect(config.diag, true);
	parser = fyaml.parser_create(&config);
	if (!parser || fyaml.parser_set_string(parser, text, length) != 0)
		r = builder_no_memory(builder);
	else
		r = builder_run(builder, parser, config.diag);
	if (parser)
		fyaml.parser_destroy(parser);
	fyaml.diag_destroy(config.diag);
	return r;
}

int document_parse_kind(const struct document_kind *kind, const char *name, const char *text,
			size_t length, struct document **ret, struct ncrun_error *err)
{
	_cleanup_(document_freep) struct document *document = document_new(name);
	_cleanup_(builder_done) struct builder builder = {.document = document,
							  .kind = kind,
							  .err = err};
	int r;

	if (!document)
		return error_set(err, ENOMEM, "%s: no memory", name);
	if (length > kind->mib << 20)
		return error_set(err, EFBIG, "%s: larger than %zu MiB", name, kind->mib);
	r = library_load("libfyaml.so.0", "libfyaml0", fyaml_symbols, err);
	if (r < 0)
		return error_wrap(err, r, "%s", name);
	r = text_check(&builder, text, length);
	if (r == 0)
		r = text_scan(&builder, text, length);
	if (r == 0)
		r = builder_parse(&builder, text, length);
	if (r < 0)
		return r;
	*ret = take_ptr(document);
	return 0;
}

int document_parse(const char *name, const char *text, size_t length, enum document_format format,
		   struct document **ret, struct ncrun_error *err)
{
	const struct document_kind kind = {format, STANDARD_MIB, STANDARD_ELEMENTS, 0};

	return document_parse_kind(&kind, name, text, length, ret, err);
}
