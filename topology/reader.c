/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "topology/read.h"

bool reader_problem(struct reader *reader, const struct element *at, const char *fmt, ...)
{
	char message[NCRUN_ERROR_MESSAGE_MAX / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	problems_add(reader->problems, element_place(at), "%s%s%s", reader->context,
		     reader->context[0] ? ": " : "", message);
	return false;
}

void reader_enter(struct reader *reader, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reader->context, sizeof(reader->context), fmt, args);
	va_end(args);
}

bool reader_no_memory(struct reader *reader)
{
	reader->failed = true;
	return false;
}

bool reader_failed(struct reader *reader, const struct element *at, const struct ncrun_error *err)
{
	if (err->code == ENOMEM)
		return reader_no_memory(reader);
	return reader_problem(reader, at, "%s", err->message);
}

bool reader_expected(struct reader *reader, const struct element *at, const char *expected)
{
	if (at->key)
		return reader_problem(reader, at, "'%.60s': expected %s, not %.60s", at->key,
				      expected, element_describe(at));
	return reader_problem(reader, at, "expected %s, not %.60s", expected, element_describe(at));
}

/** The words of YAML 1.1 are no more than words. */
static bool is_old_boolean(const struct element *at)
{
	static const char *const words[] = {"yes", "no", "on",  "off", "Yes",
					    "No",  "On", "Off", NULL};

	return at->kind == ELEMENT_STRING && strings_contain(words, at->text);
}

bool reader_expects(struct reader *reader, const struct element *at, enum element_kind kind)
{
	static const char *const expected[] = {
		[ELEMENT_NULL] = "null",       [ELEMENT_BOOL] = "true or false",
		[ELEMENT_NUMBER] = "a number", [ELEMENT_STRING] = "a string",
		[ELEMENT_LIST] = "a list",     [ELEMENT_MAP] = "a map",
	};

	if (kind == ELEMENT_BOOL && is_old_boolean(at))
		return reader_problem(reader, at, "'%.60s': expected true or false, not '%s'",
				      at->key ? at->key : "", at->text);
	return at->kind == kind || reader_expected(reader, at, expected[kind]);
}

const char *reader_text(struct reader *reader, const struct element *at)
{
	switch (at->kind) {
	case ELEMENT_STRING:
	case ELEMENT_NUMBER:
	case ELEMENT_BOOL:
		return at->text;
	case ELEMENT_NULL:
	case ELEMENT_LIST:
	case ELEMENT_MAP:
		break;
	}
	reader_expected(reader, at, "a string");
	return NULL;
}

const struct element *element_items(const struct element *at, size_t *ret_count)
{
	*ret_count = at->kind == ELEMENT_LIST ? at->count : at->kind != ELEMENT_NULL;
	return at->kind == ELEMENT_LIST ? at->children : at;
}

bool items_are_few(struct reader *reader, const struct element *at, size_t count, size_t max)
{
	return count <= max || reader_problem(reader, at, "'%.60s': more than %zu of them",
					      at->key ? at->key : "list", max);
}

bool line_is_short(struct reader *reader, const struct element *at, const char *text)
{
	return strnlen(text, LINE_MAX_BYTES + 1) <= LINE_MAX_BYTES ||
	       reader_problem(reader, at, "'%.20s...': more than %u KiB", text,
			      LINE_MAX_BYTES >> 10);
}

struct reader reader_quiet(const struct reader *reader, struct problems *ignored)
{
	struct reader quiet = *reader;

	quiet.problems = ignored;
	return quiet;
}

/* ---- keys ------------------------------------------------------------------------- */

/** What other programs call it; NULL if none does, or it cannot be here. */
static const char *key_of_habit(const struct key_table *const *tables, size_t count,
				const char *theirs, unsigned int kinds)
{
	static const struct {
		const char *theirs, *ours;
	} habits[] = {
		{"services", "nodes"},    {"containers", "nodes"},
		{"endpoints", "ends"},    {"image", "rootfs"},
		{"type", "kind"},         {"command", "run"},
		{"cmd", "run"},           {"entrypoint", "run"},
		{"environment", "env"},   {"binds", "volumes"},
		{"mounts", "volumes"},    {"working_dir", "workdir"},
		{"dir", "workdir"},       {"mem_limit", "memory"},
		{"cpu-set", "cpuset"},    {"cap_add", "cap-add"},
		{"cap_drop", "cap-drop"}, {"stop_grace_period", "stop-grace"},
		{"ulimits", "rlimits"},   {"network", "subnet"},
		{"extra_hosts", "hosts"}, {"forward", "forwarding"},
		{"latency", "delay"},     {"bandwidth", "rate"},
		{"bw", "rate"},           {"ip", "address"},
		{"ipv4", "address"},      {"ipv6", "address"},
		{"addresses", "address"}, {"ip_address", "address"},
		{"mac_address", "mac"},   {"iface", "interface"},
		{"chain", "hook"},        {"verdict", "action"},
		{"target", "action"},     {"jump", "action"},
		{"source", "from"},       {"destination", "to"},
		{"sport", "source-port"}, {"dport", "port"},
		{"next-hop", "via"},      {"gw", "via"},
		{"size", "length"},
	};
	struct key key;

	for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
		if (!text_equal(habits[i].theirs, theirs))
			continue;
		for (size_t table = 0; table < count; table++)
			if (key_find(tables[table], habits[i].ours, &key) && (key.kinds & kinds))
				return habits[i].ours;
	}
	return NULL;
}

/** {rootfs:alpine} is a key, and null its value. */
static bool key_has_no_blank(const struct key_table *const *tables, size_t count, const char *text)
{
	const char *colon = strchr(text, ':');
	_cleanup_free_ char *name = colon ? strndup(text, (size_t)(colon - text)) : NULL;
	struct key key;

	for (size_t table = 0; name && table < count; table++)
		if (key_find(tables[table], name, &key))
			return true;
	return false;
}

bool key_unknown(struct reader *reader, const struct key_table *const *tables, size_t count,
		 const struct element *at, unsigned int kinds)
{
	const char *longer = NULL, *ours;
	struct nearest nearest = {0};
	struct key key;

	assert(at->key);
	ours = key_of_habit(tables, count, at->key, kinds);
	if (ours)
		return reader_problem(reader, at, "unknown key '%.60s' (here it is '%s')", at->key,
				      ours);
	if (!problems_keep(reader->problems))
		return reader_problem(reader, at, "unknown key");
	if (key_has_no_blank(tables, count, at->key))
		return reader_problem(reader, at,
				      "unknown key '%.60s' (a blank is missing after the ':')",
				      at->key);

	for (size_t table = 0; table < count; table++)
		for (size_t i = 0; key_at(tables[table], i, &key); i++) {
			if (!(key.kinds & kinds))
				continue;
			nearest_consider(&nearest, at->key, key.name);
			if (!longer && at->key[0] && at->key[1] &&
			    text_starts_with(key.name, at->key))
				longer = key.name;
		}
	if (nearest.word || longer)
		return reader_problem(reader, at, "unknown key '%.60s' (did you mean '%s'?)",
				      at->key, nearest.word ? nearest.word : longer);
	return reader_problem(reader, at, "unknown key '%.60s' of %s", at->key, tables[0]->what);
}

/** "a switch has no 'run' (only hosts, routers and nats have)" */
static bool key_of_others(struct reader *reader, const struct element *at, const struct key *key,
			  unsigned int kinds)
{
	char owners[KINDS_TEXT_MAX];
	const char *kind = NULL;

	kinds_print(key->kinds, owners);
	for (int i = 0; i <= NODE_KIND_SWITCH; i++)
		if (kinds == 1u << i)
			kind = node_kind_name((enum node_kind)i);
	if (!kind)
		return reader_problem(reader, at, "'%s' cannot be here (only %s have it)",
				      key->name, owners);
	return reader_problem(reader, at, "a %s has no '%s' (only %s have)", kind, key->name,
			      owners);
}

static bool layers_have_before(const struct layers *layers, size_t layer, const char *key)
{
	for (size_t i = 0; i < layer; i++)
		if (layers->maps[i] && element_get(layers->maps[i], key))
			return true;
	return false;
}

static bool layer_read(struct reader *reader, const struct key_table *table, void *object,
		       const struct layers *layers, size_t layer, unsigned int kinds)
{
	const struct element *map = layers->maps[layer];
	bool good = true;

	for (size_t i = 0; i < map->count; i++) {
		const struct element *at = &map->children[i];
		const struct element place = element_key(at);
		struct key key;

		if (layers_have_before(layers, layer, at->key))
			continue;
		if (!key_find(table, at->key, &key))
			good = layer == 0 ? key_unknown(reader, &table, 1, &place, kinds) : good;
		else if (!(key.kinds & kinds))
			good = layer == 0 ? key_of_others(reader, &place, &key, kinds) : good;
		else if (key.value && at->kind != ELEMENT_NULL)
			good &= key.value->read(reader, &key, object, at);
	}
	return good;
}

bool keys_read(struct reader *reader, const struct key_table *table, void *object,
	       const struct layers *layers, unsigned int kinds)
{
	struct problems ignored = {0};
	struct reader quiet = reader_quiet(reader, &ignored);
	bool good = true;

	for (size_t i = 0; i < sizeof(layers->maps) / sizeof(layers->maps[0]); i++) {
		const struct element *map = layers->maps[i];

		if (!map || map->kind == ELEMENT_NULL)
			continue;
		if (!reader_expects(i == 0 ? reader : &quiet, map, ELEMENT_MAP))
			good = false;
		else
			good &= layer_read(i == 0 ? reader : &quiet, table, object, layers, i,
					   kinds);
	}
	problems_done(&ignored);
	reader->failed |= quiet.failed;
	return good;
}

bool keys_read_map(struct reader *reader, const struct key_table *table, void *object,
		   const struct element *map)
{
	return keys_read(reader, table, object, &(struct layers){{map}}, KINDS_ALL);
}
